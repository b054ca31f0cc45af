"""The one timeline of a customer card: what every floor knows, newest first, planned things on top."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.models import User
from accounts.rules import setting

from .loss_words import losses_of, told
from .loss_words import loss_told
from .models import Grade, Lead, LeadEvent
from .models.leads import Status
from .models.log import EventKind, Source
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
    **{why.value: why.label for reasons in (RestReason, InvalidReason, BackReason) for why in reasons},
}


@dataclass(frozen=True)
class TimelineItem:
    """One entry, in the reader's language; `at` in UTC, `tags` are (colour word, text) pairs.

    `soft` marks a talk with the customer, `future` what is planned, `kind` is one of KINDS.
    """

    at: dt.datetime
    icon: str
    title: str
    text: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    kind: str = CHANGES
    soft: bool = False
    future: bool = False
    undone: bool = False
    undo_url: str = ""  # of an act of today that the reader may take back


def shown(request) -> int:
    """How many entries the reader asked for; a panel needs to bring one more of its own than that."""
    asked = request.GET.get("shown", "")
    return min(max(int(asked), PAGE), LONGEST) if asked.isdecimal() and len(asked) < 6 else PAGE


def merged(items: Iterable[TimelineItem], *, kind: str = "", limit: int) -> tuple[list[TimelineItem], bool]:
    """The newest entries of a kind (of all, when empty), and whether there are older ones."""
    rows = [item for item in items if not kind or item.kind == kind]
    rows.sort(key=lambda item: item.at, reverse=True)
    return rows[:limit], len(rows) > limit


def sentences(*parts: object) -> str:
    """Sentences one after another, empty ones left out; Chinese ones need no space between."""
    pair = pgettext("one sentence after another", "%(before)s %(after)s")
    said = [str(part) for part in parts if part]
    return reduce(lambda before, after: pair % {"before": ended(before), "after": after}, said or [""])


def ended(sentence: str) -> str:
    """With its full stop, when whoever wrote it left it out."""
    done = sentence.endswith((".", "!", "?", "…", "。", "！", "？"))
    return sentence if done else pgettext("as a sentence", "%(words)s.") % {"words": sentence}


def change_items(lead: Lead, events: list[LeadEvent]) -> list[TimelineItem]:
    """The lead's own entries: opened, step, grade, owner, status."""
    people = _people(lead, events)
    return [_item(event, lead, people) for event in events]


def changes(lead: Lead, *, limit: int) -> list[LeadEvent]:
    """The events behind those entries, newest first, with who wrote them; `lead.losses` by id beside them."""
    told = Q(kind__in=TOLD_BY_ROWS) | Q(kind=EventKind.CALL, from_value="")
    events = LeadEvent.objects.filter(lead__in=lead.histories()).exclude(told)
    rows = list(events.select_related("by").order_by("-at", "-id")[: limit + 1])
    lead.losses = losses_of(rows)
    return rows


def _people(lead: Lead, events: list[LeadEvent]) -> dict[str, str]:
    """Names of the owners an event speaks of; asks the database only for people not seen yet."""
    near = [lead.owner, lead.setter, *(event.by for event in events)]
    known = {str(person.pk): person.full_name for person in near if person}
    owners = [event for event in events if event.kind == EventKind.OWNER]
    wanted = {value for event in owners for value in (event.from_value, event.to_value) if value}
    if missing := wanted - known.keys():
        rows = User.objects.filter(pk__in=missing).values_list("pk", "full_name")
        known |= {str(pk): name for pk, name in rows}
    return known


def _item(event: LeadEvent, lead: Lead, people: dict[str, str]) -> TimelineItem:
    icon, tell = TELLERS.get(event.kind, ("dots", _other))
    title, *says = tell(event, lead, people)
    says.append(REASONS.get(event.reason, event.reason))
    if event.source == Source.NIGHT:
        says.append(_("By the nightly run."))
    elif event.by:
        says.append(_("By %(name)s.") % {"name": event.by.full_name})
    return TimelineItem(at=event.at, icon=icon, title=str(title), text=sentences(*says))


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
    if loss := lead.losses.get(event.data.get("loss")):
        return told(event, loss)
    return (f"{_label(Status, event.from_value)} → {_label(Status, event.to_value)}",)


def _call(_event, _lead, _people):
    """Calls have rows of their own; this is the night that ended the protection of who only called."""
    return _("Protection ended"), REASONS["phone_only"]


UNDONE = {
    "contact": gettext_lazy("Contact undone"),
    "leaving": gettext_lazy("Leaving undone: in the house again"),
    "grade": gettext_lazy("Grade as before: %(grade)s"),
    "loss": gettext_lazy("Loss undone"),
    "merge": gettext_lazy("Merge undone"),
}


def _merge(event, _lead, _people):
    folded = event.data.get("folded")
    return (_("Another card was merged into this one") if folded else _("Moved here from a merged card"),)


def _undo(event, _lead, _people):
    words = UNDONE.get(event.to_value, EventKind.UNDO.label)
    return (str(words) % {"grade": _label(Grade, event.data.get("grade", ""))},)


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
    EventKind.MERGE: ("copy", _merge),
    EventKind.UNDO: ("arrow-back-up", _undo),
    EventKind.CALL: ("phone-off", _call),
}
