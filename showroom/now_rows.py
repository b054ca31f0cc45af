"""The rows of Showroom now in the reader's words: who is in the house, who comes (SPEC RECP-15, A72)."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Store, User
from accounts.templatetags.look import ticks
from accounts.wording import per_language
from followups.agenda import Coming
from followups.models import Appointment
from followups.why import clock
from leads.masking import short_name, surname_of

from .day_grid import Slot
from .day_register import sees_whole
from .in_house import may_tend
from .models import Visit
from .open_visits import OpenVisit
from .register_rows import Row, address
from .reminding import is_due
from .rota import leads_the_list
from .signals import is_hot


def guest(visit: OpenVisit, user: User, *, seen: set[int], csrf: str, now: dt.datetime) -> Row:
    """One group in the house as its reader may see it; `due` = look freely no longer, go up (RECP-15).

    `seen` holds the leads that the reader sees, `csrf` is what the row's form sends along.
    """
    store, is_seen = visit.store, visit.lead_id in seen
    serves = user.pk in (visit.receiver_id, visit.assistant_id, visit.third_id)
    opens = is_seen or serves or sees_whole(user, store)
    minutes = max(0, int((now - visit.arrived_at).total_seconds() // 60))
    return {
        "key": visit.pk,
        "persons": visit.persons,
        "unit": _unit(visit.persons),
        "name": (short_name(visit.name) if opens else "") or _kind(visit.kind),
        "car": visit.car if opens else "",
        "card": address("leads:card") % visit.lead_number if is_seen else "",
        "hot": is_hot(visit.hot_signals) and (serves or leads_the_list(user, store)),
        "due": is_due(visit, now=now),
        "receiver": visit.receiver_name,
        "ticks": ticks(visit.step, visit.skipped, "inline") if opens and visit.lead_id else "",
        "since": clock(visit.arrived_at, store),
        "minutes": str(minutes),
        **(_acts(visit, user, is_seen=is_seen, csrf=csrf) if opens else {}),
    }


def _acts(visit: OpenVisit, user: User, *, is_seen: bool, csrf: str) -> Row:
    if not may_tend(visit, owner_id=visit.owner_id, by=user):
        return {}
    may_close = visit.lead_id is None or is_seen
    return {
        "approach": address("showroom:approach") % visit.pk,
        "signals": address("showroom:hot_signals") % visit.pk,
        "close": address("showroom:close") % visit.pk if may_close else "",
        "csrf": csrf,
    }


@per_language
def _unit(persons: int) -> str:
    return ngettext("person", "persons", persons)


@per_language
def _kind(kind: str) -> str:
    return str(Visit.Kind(kind).label)


def coming(one: Coming, store: Store, *, opens: bool, late: bool, csrf: str) -> Row:
    """An appointment of today under a short name; `opens` = the reader opens the card."""
    kind = str(Appointment.Kind(one.kind).label)
    return {
        "clock": clock(one.at, store),
        "name": short_name(one.customer_name) or _("No name yet"),
        "car": one.car,
        "what": " · ".join(part for part in (kind, one.car, one.owner_name) if part),
        "state": str(Appointment.State(one.state).label),
        "card": address("leads:card") % one.lead_number if opens else "",
        "late": late,
        "arrived": address("showroom:arrived") % one.pk,
        "csrf": csrf,
    }


def on_grid(slot: Slot, store: Store, *, whole: bool) -> Row:
    """A booking with who drives, by surname, where the reader may know; `whole` = he sees all rows."""
    booking, workshop = slot.booking, slot.booking.lead_id is None
    name = surname_of(booking.customer_name or "") if whole or slot.name else ""
    return {
        "tone": slot.tone,
        "top": str(slot.top),
        "length": slot.minutes,
        "plain": booking.reason if workshop else name or booking.consultant_name,
        "named": name or _("No name yet"),
        "drive": address("showroom:drive") % booking.pk if slot.opens and not workshop else "",
        "from": clock(booking.starts_at, store),
        "till": clock(booking.ends_at, store),
    }
