"""The floor's entries on a card's timeline, in the reader's language."""

import datetime as dt
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from leads.timeline import CONTACTS, VISITS, Entry, TimelineItem, ended, sentences

from .models import Booking, Concession, NeedsReport, Objection, PriceTalk
from .step_signals import LABELS


def entry_of(row, *, minutes: int, currency: str, now: dt.datetime) -> Entry | None:
    """The entry of a row of the floor panel; None for what is no event, and for a drive that was moved.

    `minutes` at the wheel make a drive valid (SPEC A36); `currency`: the store's, of three letters.
    """
    if row.kind == "drive":
        moved = row.said["state"] == Booking.State.MOVED
        return None if moved else Entry(row.at, VISITS, partial(_drive, row, minutes, now))
    if row.kind == "concession":
        return Entry(row.at, CONTACTS, partial(_concession, row, currency))
    kind, teller = TELLERS.get(row.kind, (None, None))
    return Entry(row.at, kind, partial(teller, row)) if teller else None


def _by(row) -> str:
    return _("By %(name)s.") % {"name": row.said["name"]} if row.said["name"] else ""


def _signals(row) -> str:
    words = [str(LABELS[code]) for code in row.said["signals"] or () if code in LABELS]
    return ended(pgettext("between signals", ", ").join(words)) if words else ""


def _entry(row, icon: str, title: str, *says: str, tags=(), **more) -> TimelineItem:
    return TimelineItem(row.at, icon, title, sentences(*says), tuple(tags), soft=True, **more)


def _titled(name: str, *about: str) -> str:
    return " · ".join(filter(None, (name, *about)))


def _call(row) -> TimelineItem:
    took = _("Taken by %(name)s.") % {"name": row.said["name"]} if row.said["name"] else ""
    car = _("Asked about %(car)s.") % {"car": row.car} if row.car else ""
    return _entry(row, "phone-incoming", _("Enquiry call"), took, car, row.said["remark"])


def _needs_begun(row) -> TimelineItem:
    return _entry(row, "clipboard-text", _("Needs report begun"), _by(row))


def _needs_ended(row) -> TimelineItem:
    if row.said["state"] == NeedsReport.State.DECLINED:
        return _entry(row, "clipboard-text", _("Needs report declined"), _by(row))
    return _entry(row, "clipboard-text", _("Needs agreed on"), row.said["summary"], _by(row))


def _walkaround(row) -> TimelineItem:
    said = row.said
    count = len(said["positions"])
    shown = ngettext("%(count)s position shown.", "%(count)s positions shown.", count) % {"count": count}
    brochure = _("Brochure given.") if said["brochure"] else _("No brochure given.")
    wish = "" if said["wants"] is None else _("Wants to drive.") if said["wants"] else _("No wish to drive.")
    title = _titled(_("Walkaround"), row.car)
    return _entry(row, "car", title, shown, said["focus"], brochure, wish, _signals(row), _by(row))


# --- drives -------------------------------------------------------------------------------


def _drive(row, minutes: int, now: dt.datetime) -> TimelineItem:
    """A booking that is still to come, was missed, or became a ride or a drive."""
    state, title = row.said["state"], _titled(_("Test drive"), row.car)
    if row.said["ride"]:
        return _entry(row, "steering-wheel", title, *_driven(row), _by(row), tags=_valid(row, minutes))
    if state == Booking.State.PLANNED:
        return _entry(row, "steering-wheel", title, _("Booked."), _by(row), future=row.at > now)
    colour = "danger" if state == Booking.State.NO_SHOW else ""
    label = str(Booking.State(state).label)
    return _entry(row, "steering-wheel", title, row.said["reason"], _by(row), tags=[(colour, label)])


def _driven(row) -> list[str]:
    said = row.said
    at_the_wheel = _("Ride only.") if not said["wheel"] else ""
    if said["wheel"] and said["ended"]:
        count = int((row.moment("ended") - row.moment("wheel")).total_seconds() // 60)
        at_the_wheel = ngettext("%(count)s minute at the wheel.", "%(count)s minutes at the wheel.", count)
        at_the_wheel %= {"count": count}
    mark = _("All in all %(mark)s of 5.") % {"mark": said["overall"]} if said["overall"] else ""
    declined = _("No feedback: %(why)s.") % {"why": said["declined"]} if said["declined"] else ""
    return [at_the_wheel, mark, declined, _signals(row), said["comment"] or ""]


def _valid(row, minutes: int) -> list[tuple[str, str]]:
    """Whether the drive counts (SPEC A36), once the car is back."""
    said = row.said
    if not said["ended"]:
        return [("soft", str(Booking.State.RUNNING.label))]
    whole = said["wheel"] and said["signed"] and said["driver"] and (said["ratings"] or said["overall"])
    if whole and row.moment("ended") - row.moment("wheel") >= dt.timedelta(minutes=minutes):
        return [("ok", pgettext("drive", "valid"))]
    return [("", pgettext("drive", "does not count"))]


# --- talks of the price -------------------------------------------------------------------


def _talk(row) -> TimelineItem:
    said = row.said
    agreed = f"{said['acceptance']}%" if said["acceptance"] is not None else ""
    decision = str(PriceTalk.Decision(said["decision"]).label) if said["decision"] else ""
    holds = str(PriceTalk.Resistance(said["resistance"]).label) if said["resistance"] else ""
    says = (ended(text) for text in (decision, holds, said["aspect"]) if text)
    title = _titled(_("Price talk"), agreed)
    return _entry(row, "cash", title, *says, _signals(row), _by(row))


def _objection(row) -> TimelineItem:
    said = row.said
    words = [str(Objection.Cause(said["cause"]).label)]
    words += [str(PriceTalk.Resistance(said["obstacle"]).label)] if said["obstacle"] else []
    words += [str(Objection.Technique(said["technique"]).label)] if said["technique"] else []
    tag = ("ok", _("out of the way")) if said["solved"] else ("warn", pgettext("objection", "open"))
    about = (said["text"], *map(ended, words))
    return _entry(row, "message", _("Objection"), *about, _by(row), tags=[tag])


def _concession(row, currency: str) -> TimelineItem:
    said = row.said
    what = said["asked"] or str(Concession.Kind(said["kind"]).label)
    asked = _titled(what, _money(said["amount"], currency))
    whose = _("Answered by %(name)s.") % {"name": said["answerer"]} if said["answerer"] else ""
    colour = {"granted": "ok", "refused": ""}.get(said["answer"], "warn")
    tag = (colour, str(Concession.Answer(said["answer"]).label))
    says = (asked, said["text"], whose, _by(row))
    return _entry(row, "cash", _("They ask for something"), *says, tags=[tag])


def _money(amount: str | None, currency: str) -> str:
    """ "2000.00" as 2,000 CNY and "99.50" as 99.5 CNY."""
    return f"{float(amount):,.2f}".rstrip("0").rstrip(".") + f" {currency}" if amount else ""


TELLERS = {
    "call": (CONTACTS, _call),
    "needs_begun": (VISITS, _needs_begun),
    "needs_ended": (VISITS, _needs_ended),
    "walkaround": (VISITS, _walkaround),
    "talk": (CONTACTS, _talk),
    "objection": (CONTACTS, _objection),
}
