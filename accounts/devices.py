"""Devices: one's own phone, signed in for 30 days, and the tablet that a store's people share."""

import datetime as dt
import hashlib
import secrets
from importlib import import_module

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from .errors import Refused
from .models import Device, Store, User

OWN_DAYS = dt.timedelta(days=30)
TABLET_DAYS = dt.timedelta(days=365)
TABLET_COOKIE = "tablet"
TABLET, SEEN = "tablet", "seen"  # what the session keeps on a shared tablet: its id, the last touch
# Read from top to bottom: a phone's browser names its system and half the others.
KNOWN = (("iPad", "iPad"), ("iPhone", "iPhone"), ("HarmonyOS", "HarmonyOS"), ("Android", "Android"),
         ("Windows", "Windows"), ("Macintosh", "Mac"), ("Linux", "Linux"))  # fmt: skip
BROWSERS = (("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"),
            ("CriOS", "Chrome"), ("Safari", "Safari"))  # fmt: skip


def device_name(agent: str) -> str:
    """ "iPhone, Safari" from what a browser says about itself; "Browser" when it says nothing known."""
    system = next((name for sign, name in KNOWN if sign in agent), "")
    browser = next((name for sign, name in BROWSERS if sign in agent), "")
    return ", ".join(filter(None, (system, browser))) or _("Browser")


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def remember_own(user: User, store: Store, *, name: str, session_key: str, now: dt.datetime) -> Device:
    """Note that a person signed in on a device of their own, for 30 days."""
    return Device.objects.create(
        user=user,
        store=store,
        name=name[:80],
        session_key=session_key,
        added_by=user,
        added_at=now,
        seen_at=now,
        expires_at=now + OWN_DAYS,
    )


def add_tablet(store: Store, name: str, *, by: User, now: dt.datetime) -> tuple[Device, str]:
    """Make a browser a shared tablet of the store; answers it and the token for its cookie."""
    if not name.strip():
        raise Refused(_("Give the tablet a name, such as “Showroom 1”."), field="name")
    token = secrets.token_urlsafe(32)
    tablet = Device.objects.create(
        store=store,
        name=name.strip()[:80],
        token_hash=hash_of(token),
        added_by=by,
        added_at=now,
        seen_at=now,
        expires_at=now + TABLET_DAYS,
    )
    return tablet, token


def live(devices, *, now: dt.datetime):
    return devices.filter(ended_at=None, expires_at__gt=now)


def tablet_of(token: str | None, *, now: dt.datetime) -> Device | None:
    """The shared tablet a cookie names, unless somebody ended it."""
    if not token:
        return None
    tablets = live(Device.objects.filter(user=None), now=now)
    return tablets.select_related("store").filter(token_hash=hash_of(token)).first()


def note_sign_in(tablet: Device, *, session_key: str, now: dt.datetime) -> None:
    """Who signs in on the tablet ends the session of who was there before."""
    _kill_session(tablet.session_key)
    Device.objects.filter(pk=tablet.pk).update(session_key=session_key, seen_at=now)


@transaction.atomic
def end(device: Device, *, now: dt.datetime) -> None:
    """Sign a device out: its session is dead with its next request, a tablet shows no names any more."""
    _kill_session(device.session_key)
    Device.objects.filter(pk=device.pk, ended_at=None).update(ended_at=now, session_key="")


def end_others(user: User, *, keep: str, now: dt.datetime) -> int:
    """End every device of a person but the one with this session; answers how many."""
    others = list(
        live(user.devices, now=now).exclude(session_key=keep) if keep else live(user.devices, now=now)
    )
    for device in others:
        end(device, now=now)
    return len(others)


def forget_session(key: str | None, *, now: dt.datetime) -> None:
    """Somebody signed out: an own device is ended, a tablet waits for the next name."""
    if key:
        Device.objects.filter(session_key=key, user=None).update(session_key="")
        Device.objects.filter(session_key=key, ended_at=None).update(session_key="", ended_at=now)


def _kill_session(key: str) -> None:
    if key:
        import_module(settings.SESSION_ENGINE).SessionStore(key).delete()
