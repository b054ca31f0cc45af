"""Where people are told outside the house: their own addresses, and the group of a store (SPEC A43)."""

import datetime as dt
from functools import lru_cache
from importlib.util import find_spec

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import Refused
from accounts.models import Store, StoreHours, User
from accounts.rules import record_change, setting

from .models import Notice, StaffChannel
from .notice_words import Kind, address_of, text_of
from .outbox.backends.apprise import is_known
from .outbox.staff import queue_staff

MOST = 5  # of a person, or of a store's groups
# Whose servers are known: an address of one's own choice could ask this machine's neighbours.
SERVICES = {
    "wecombot": gettext_lazy("WeCom group robot"),
    "dingtalk": gettext_lazy("DingTalk"),
    "feishu": gettext_lazy("Feishu"),
    "lark": gettext_lazy("Lark"),
    "mailto": gettext_lazy("E-mail"),
    "mailtos": gettext_lazy("E-mail"),
    "tgram": gettext_lazy("Telegram"),
    "slack": gettext_lazy("Slack"),
}


def is_offered() -> bool:
    """Whether the machine can send to such addresses: apprise is installed."""
    return find_spec("apprise") is not None


def service_of(url: str) -> str:
    """What an address is of, in the reader's language; empty for what is not known."""
    scheme, sign, _rest = url.partition("://")
    return str(SERVICES.get(scheme.lower(), "")) if sign else ""


def masked(url: str) -> str:
    """An address as it may be shown: it holds a secret."""
    return f"{url.partition('://')[0]}://…{url[-4:]}"


@lru_cache(maxsize=256)
def _channels(store_id: int, stamp: str) -> tuple[StaffChannel, ...]:
    live = StaffChannel.objects.filter(store=store_id, ended_at=None)
    return tuple(live.select_related("user", "store").order_by("pk"))


def channels_of(store: Store, user_id: int | None) -> list[StaffChannel]:
    """A person's in a store, or with None the store's groups; in memory until a rule of it changes."""
    return [one for one in _channels(store.pk, store.rules_stamp) if one.user_id == user_id]


@transaction.atomic
def add_channel(
    store: Store, user: User | None, *, name: str, url: str, urgent_only: bool, by: User, now: dt.datetime
) -> StaffChannel:
    """Tell a person, or with None the whole store, by one more address; `now` UTC.

    Refused: an address of a service that is not on the list or that cannot be read, or one too many.
    """
    url = url.strip()
    if not service_of(url):
        raise Refused(_("This service is not on the list. Take an address as it stands there."), field="url")
    if not is_known(url):
        raise Refused(_("The address cannot be read. Check it against the example."), field="url")
    if len(channels_of(store, user and user.pk)) >= MOST:
        raise Refused(_("Five addresses are the most. End one first."), field="url")
    channel = StaffChannel.objects.create(
        store=store, user=user, name=name.strip(), url=url, urgent_only=urgent_only, added_by=by, added_at=now
    )
    _changed(channel, None, {"channel": channel.pk}, by=by, at=now)
    return channel


@transaction.atomic
def end_channel(channel: StaffChannel, *, by: User, now: dt.datetime) -> None:
    """Nothing goes there any more; what is on its way is called off when its turn comes."""
    channel.ended_at = now
    channel.save(update_fields=["ended_at"])
    _changed(channel, {"channel": channel.pk}, None, by=by, at=now)


def _changed(channel: StaffChannel, old, new, *, by: User, at: dt.datetime) -> None:
    """Keep who changed it, without the address, and let processes read the channels anew."""
    StoreHours(store=channel.store).renew_stamp()
    record_change(channel.store, f"staff_channel:{channel.user_id or 'group'}", old, new, by=by, at=at)


def send_test(channel: StaffChannel, *, now: dt.datetime) -> None:
    """Put a test on its way, which takes a minute at most; `now` UTC."""
    key = f"test:{channel.pk}:{now.isoformat()}"
    text = _("If you read this, the address works.")
    queue_staff(channel, key=key, kind="test", subject=_title(channel), text=text, now=now, urgent=True)


def send_notice(notice: Notice) -> None:
    """A notice to its person's own addresses, in the person's language; once for each."""
    for channel in channels_of(notice.store, notice.user_id):
        with translation.override(channel.user.language):
            text = _with_link(words_of(notice), notice)
            queue_staff(
                channel,
                key=f"notice:{notice.user_id}:{notice.cause}:{channel.pk}"[:120],
                kind=notice.kind,
                subject=_title(channel),
                text=text,
                now=notice.at,
                urgent=notice.urgent,
            )


def send_to_groups(store: Store, kind: Kind, args: dict, *, cause: str, now: dt.datetime) -> None:
    """Counts of the whole store to its groups, in the store's language."""
    for channel in channels_of(store, None):
        with translation.override(store.language):
            key, text = f"{cause}:{channel.pk}", text_of(kind, args)
            queue_staff(
                channel, key=key, kind=kind, subject=_title(channel), text=text, now=now, urgent=False
            )


def words_of(notice: Notice) -> str:
    """What it says; with the customer's name only where the store lets it (SPEC A43)."""
    lead = notice.lead
    text = text_of(notice.kind, notice.args, lead.number if lead else "")
    named = lead and lead.customer.name and setting(notice.store, "notices_name_customers")
    return f"{text} · {lead.customer.name}" if named else text


def _title(channel: StaffChannel) -> str:
    return channel.store.name


def _with_link(text: str, notice: Notice) -> str:
    """With the address of what it is about, where the machine knows its own."""
    path = address_of(notice.kind, notice.args, notice.lead.number if notice.lead else "")
    return "\n".join([text, *(f"{origin}{path}" for origin in settings.CSRF_TRUSTED_ORIGINS[:1])])
