"""The one timeline of a customer card: what every floor knows, newest first, planned things on top."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial, reduce

from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.date_words import plain_day
from accounts.models import User
from accounts.prepared import Prepared
from accounts.rules import setting

from .loss_words import loss_told
from .models import Grade, Lead, LeadEvent
from .models.leads import Status, past_of
from .models.log import EventKind, Source
from .organisations import MEETINGS, PERSONS
from .snooze_words import SnoozeReason
from .statuses import BackReason, InvalidReason, RestReason
from .steps import Step, step_label

CONTACTS, VISITS, CHANGES = "contacts", "visits", "changes"
KINDS = (CONTACTS, VISITS, CHANGES)
PAGE = 40  # entries at first, and with each "more"
LONGEST = 2_000

RANKED = frozenset(Grade.values) - {Grade.NONE}
# Rows of their own stand for these: contacts, visits and appointments.
TOLD_BY_ROWS = (
    EventKind.CONTACT,
    EventKind.MESSAGE,
    EventKind.VISIT,
    EventKind.LEAVING,
    EventKind.APPOINTMENT,
)
REASONS = {
    "visit": gettext_lazy("The customer came in."),
    "call": gettext_lazy("The customer called."),
    "phone_only": gettext_lazy("Called, and did not come within the days of protection."),
    "lapsed": gettext_lazy("Protection ended."),
    "imported": gettext_lazy("From the imported register."),
    "asked_again": gettext_lazy("Asked again in writing."),
    "listed": gettext_lazy("Named again in an imported list."),
    "merged": gettext_lazy("Folded into another card."),
    "given": gettext_lazy("Given by hand."),
    "handover": gettext_lazy("The owner left; handed over."),
    "profile": gettext_lazy("The store changed its grades."),
    "taken": gettext_lazy("Taken from the pool."),
    "dispute": gettext_lazy("A dispute was settled."),
    "changed_hands": gettext_lazy("The lead changed hands."),
    "number": gettext_lazy("Whoever gets the number owns the customer."),
    "crossed_out": gettext_lazy("The visit or call was crossed out."),
    **{why.value: why.label for reasons in (RestReason, InvalidReason, BackReason) for why in reasons},
}


# What became of a row of the registers.
ROW_EDITS = {
    "visit_kind": gettext_lazy("The kind of a visit was corrected"),
    "visit_void": gettext_lazy("A visit was crossed out of the register"),
    "call_void": gettext_lazy("A call was crossed out of the register"),
    "call_back": gettext_lazy("Who was to call back has left: the owner does"),
}


@dataclass(frozen=True)
class TimelineItem:
    """One entry, in the reader's language; `at` in UTC, `tags` are (colour word, text) pairs.

    `soft` marks a talk with the customer, `future` what is planned.
    """

    at: dt.datetime
    icon: str
    title: str
    text: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    soft: bool = False
    future: bool = False
    undone: bool = False
    undo_url: str = ""  # of an act of today that the reader may take back


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands in a timeline and how it is told: only what is shown is put into words.

    `at` in UTC, `kind` is one of KINDS, `undo_url` as the item's.
    """

    at: dt.datetime
    kind: str
    tell: Callable[[], TimelineItem]
    undo_url: str = ""

    def item(self) -> TimelineItem:
        item = self.tell()
        return replace(item, undo_url=self.undo_url) if self.undo_url else item


def shown(request) -> int:
    """How many entries the reader asked for."""
    asked = request.GET.get("shown", "")
    return min(max(int(asked), PAGE), LONGEST) if asked.isdecimal() and len(asked) < 6 else PAGE


def enough(entries: int) -> int:
    """How many of its own a panel reads for so many: one more at least, and one of a few numbers."""
    return PAGE * 2 ** ((entries - 1) // PAGE).bit_length() + 1


def merged(entries: Iterable[Entry], *, kind: str = "", limit: int) -> tuple[list[TimelineItem], bool]:
    """The newest entries of a kind (of all, when empty), and whether there are older ones."""
    rows = [entry for entry in entries if not kind or entry.kind == kind]
    rows.sort(key=lambda entry: entry.at, reverse=True)
    return [entry.item() for entry in rows[:limit]], len(rows) > limit


def sentences(*parts: object) -> str:
    """Sentences one after another, empty ones left out; Chinese ones need no space between."""
    pair = pgettext("one sentence after another", "%(before)s %(after)s")
    said = [str(part) for part in parts if part]
    return reduce(lambda before, after: pair % {"before": ended(before), "after": after}, said or [""])


def ended(sentence: str) -> str:
    """With its full stop, when whoever wrote it left it out."""
    done = sentence.endswith((".", "!", "?", "…", "。", "！", "？"))
    return sentence if done else pgettext("as a sentence", "%(words)s.") % {"words": sentence}


def change_entries(lead: Lead, events: list[LeadEvent]) -> list[Entry]:
    """The lead's own entries: opened, step, grade, owner, status."""
    people = _people(lead, events)
    undone = {event.undoes_id for event in events if event.undoes_id}
    return [
        Entry(event.at, CHANGES, partial(_item, event, lead, people, undone=event.pk in undone))
        for event in events
    ]


def changes(lead: Lead, *, limit: int) -> list[LeadEvent]:
    """So many of the events behind those entries, the newest first, with the name of who wrote them."""
    return _changes(limit, lead.has_folded, lead=lead.pk)


@Prepared
def _changes(limit: int, has_folded: bool, *, lead: int):
    told = Q(kind__in=TOLD_BY_ROWS) | Q(kind=EventKind.CALL, from_value="")
    events = LeadEvent.objects.filter(lead__in=past_of(lead, has_folded)).exclude(told)
    return events.annotate(by_name=F("by__full_name")).order_by("-at", "-id")[:limit]


def _people(lead: Lead, events: list[LeadEvent]) -> dict[str, str]:
    """Names of the people an event speaks of; asks the database only for those not seen yet."""
    known = {str(person.pk): person.full_name for person in (lead.owner, lead.setter) if person}
    known |= {str(event.by_id): event.by_name for event in events}
    wanted = {pk for event in events for pk in _named(event)}
    if missing := wanted - known.keys():
        rows = User.objects.filter(pk__in=missing).values_list("pk", "full_name")
        known |= {str(pk): name for pk, name in rows}
    return known


def _named(event: LeadEvent) -> set[str]:
    """Ids of the people an event names beside the one who wrote it."""
    if event.kind in (EventKind.OWNER, EventKind.SETTER, EventKind.COLLABORATOR):
        return {event.from_value, event.to_value} - {""}
    if event.kind == EventKind.DISPUTE:
        return {str(event.data[part]) for part in ("claimant", "winner") if event.data.get(part)}
    return set(event.data.get("after", ())) if event.kind == EventKind.CREDIT else set()


def _item(event: LeadEvent, lead: Lead, people: dict[str, str], *, undone: bool) -> TimelineItem:
    icon, tell = TELLERS.get(event.kind, ("dots", _other))
    title, *says = tell(event, lead, people)
    says.append(REASONS.get(event.reason, event.reason))
    if event.source == Source.NIGHT:
        says.append(_("By the nightly run."))
    elif event.by_id:
        says.append(_("By %(name)s.") % {"name": event.by_name})
    return TimelineItem(at=event.at, icon=icon, title=str(title), text=sentences(*says), undone=undone)


def _created(event, _lead, _people):
    return _("Lead opened"), REASONS["imported"] if event.source == Source.IMPORT else ""


def _step(event, lead, _people):
    labels = setting(lead.store, "step_labels")
    step = Step.__members__.get(event.to_value.upper())
    title = f"{int(step)} {step_label(step, labels)}" if step else _("Step")
    skipped = [str(step_label(number, labels)) for number in event.data.get("skipped", ())]
    left_out = _("Skipped: %(steps)s.") % {"steps": pgettext("between names", ", ").join(skipped)}
    by_hand = _("Moved by hand.") if event.data.get("by_hand") else ""
    return title, by_hand, left_out if skipped else ""


def _passed(event, lead, _people):
    title = _step(event, lead, _people)[0]
    return title, _("Skipped before, now passed.")


def _grade(event, _lead, _people):
    named = {"before": _label(Grade, event.from_value), "after": _label(Grade, event.to_value)}
    suggested = event.data.get("suggested", "")
    title = _("Grade %(before)s → %(after)s") if event.from_value in RANKED else _("Grade %(after)s")
    differs = _("The suggestion was %(grade)s.") % {"grade": _label(Grade, suggested)}
    return title % named, differs if suggested not in ("", event.to_value) else ""


def _owner(event, _lead, people):
    if not event.to_value:
        return (_("Into the pool"),)
    return (_("Owner: %(name)s") % {"name": people.get(event.to_value, "")},)


def _status(event, lead, _people):
    if "loss" in event.data:
        return loss_told(event, lead)
    return (f"{_label(Status, event.from_value)} → {_label(Status, event.to_value)}",)


def _call(_event, _lead, _people):
    """Calls have rows of their own; this is the night that ended the protection of who only called."""
    return _("Protection ended"), REASONS["phone_only"]


UNDONE = {
    "contact": gettext_lazy("Contact undone"),
    "leaving": gettext_lazy("Leaving undone: in the house again"),
    "grade": gettext_lazy("Grade as before: %(grade)s"),
    "loss": gettext_lazy("Loss undone"),
    "visit": gettext_lazy("Grade and dates as before the visit"),
    "status": gettext_lazy("Rests again"),
    "merge": gettext_lazy("Merge undone"),
    "dispute": gettext_lazy("Dispute open again"),
}


def _merge(event, _lead, _people):
    folded = event.data.get("folded")
    return (_("Another card was merged into this one") if folded else _("Moved here from a merged card"),)


FIELD_NAMES = {
    "name": gettext_lazy("Name"),
    "birthday": gettext_lazy("Birthday"),
    "address": gettext_lazy("Lives at"),
    "occupation": gettext_lazy("Occupation"),
    "family": gettext_lazy("Family"),
    "hobbies": gettext_lazy("Likes"),
    "current_car": gettext_lazy("Drives now"),
    "language": gettext_lazy("Language"),
    "wechat_added": gettext_lazy("WeChat added"),
    "kind": gettext_lazy("Person or organisation"),
    "behaviour": gettext_lazy("Behaviour type"),
    "product_knowledge": gettext_lazy("Product knowledge"),
    "willingness": gettext_lazy("Willingness to buy"),
    "has_need": gettext_lazy("Needs a car"),
    "has_means": gettext_lazy("Can pay for it"),
    "has_say": gettext_lazy("Decides alone"),
    "cycle_months": gettext_lazy("Months until they buy"),
    "batch": gettext_lazy("Cars at once"),
    "phase": gettext_lazy("Phase"),
    **PERSONS,
    **MEETINGS,
    "channel_id": gettext_lazy("Channel"),
    "media_id": gettext_lazy("Media"),
    "area_id": gettext_lazy("Area"),
    "expected_on": gettext_lazy("Buys by"),
    "models": gettext_lazy("Model"),
    "phone": gettext_lazy("Phone"),
    "email": gettext_lazy("E-mail"),
    "wechat": gettext_lazy("WeChat"),
    "shared": gettext_lazy("shared number"),
    "consent": gettext_lazy("Consent"),
}


def _edit(event, _lead, _people):
    if event.to_value in ROW_EDITS:
        return (ROW_EDITS[event.to_value],)
    names = [str(FIELD_NAMES[name]) for name in event.data.get("fields", ()) if name in FIELD_NAMES]
    return EventKind.EDIT.label, ended(pgettext("between names", ", ").join(names)) if names else ""


def _undo(event, _lead, _people):
    words = UNDONE.get(event.to_value, EventKind.UNDO.label)
    return (str(words) % {"grade": _label(Grade, event.data.get("grade", ""))},)


def _setter(event, _lead, people):
    return (_("Invited by %(name)s") % {"name": people.get(event.to_value, "")},)


def _collaborator(event, _lead, people):
    if event.to_value:
        return (_("%(name)s works along") % {"name": people.get(event.to_value, "")},)
    return (_("%(name)s no longer works along") % {"name": people.get(event.from_value, "")},)


def _dispute(event, _lead, people):
    if event.to_value == "opened":
        claimant = people.get(str(event.data.get("claimant")), "")
        return (_("%(name)s claims this customer") % {"name": claimant},)
    if not event.data.get("winner"):
        return (_("Dispute ended"),)
    return (_("Dispute settled for %(name)s") % {"name": people.get(str(event.data.get("winner")), "")},)


def _credit(event, _lead, people):
    shares = [f"{people.get(pk, '')} {float(share):g}%" for pk, share in event.data.get("after", {}).items()]
    return _("Deal shared out"), pgettext("between names", ", ").join(shares)


REFERRAL = {
    "named": gettext_lazy("Referrer named"),
    "promised": gettext_lazy("Reward promised"),
    "approved": gettext_lazy("Reward approved"),
    "paid": gettext_lazy("Reward paid"),
}


def _referral(event, _lead, _people):
    return (REFERRAL.get(event.to_value, EventKind.REFERRAL.label),)


def _snooze(event, lead, _people):
    until = dt.datetime.fromisoformat(event.data["until"]).astimezone(lead.store.zone)
    day = plain_day(until.date(), today=lead.store.business_date(event.at))
    words = _("Snoozed until %(day)s %(time)s") % {"day": day, "time": f"{until:%H:%M}"}
    return words, ended(_label(SnoozeReason, event.reason))


def _other(event, _lead, _people):
    return (_label(EventKind, event.kind),)


def _label(choices, value: str) -> str:
    return str(choices(value).label) if value in choices.values else value


TELLERS = {
    EventKind.CREATED: ("user-plus", _created),
    EventKind.STEP: ("arrow-right", _step),
    EventKind.PASSED: ("check", _passed),
    EventKind.GRADE: ("arrow-up-right", _grade),
    EventKind.OWNER: ("user-check", _owner),
    EventKind.STATUS: ("refresh", _status),
    EventKind.EDIT: ("pencil", _edit),
    EventKind.SETTER: ("phone-outgoing", _setter),
    EventKind.COLLABORATOR: ("users", _collaborator),
    EventKind.DISPUTE: ("flag", _dispute),
    EventKind.CREDIT: ("cash", _credit),
    EventKind.REFERRAL: ("tag", _referral),
    EventKind.MERGE: ("copy", _merge),
    EventKind.UNDO: ("arrow-back-up", _undo),
    EventKind.CALL: ("phone-off", _call),
    EventKind.SNOOZE: ("clock", _snooze),
}
