"""Undo of a contact or an attempt: what it closed is open again, and every date follows (SPEC A74)."""

import datetime as dt

from django.db import transaction
from django.db.models import Min, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.prepared import Prepared
from accounts.rules import setting
from leads.acts import insert, known, write
from leads.log import record
from leads.models import Consent, Lead, LeadEvent
from leads.models.leads import past_of
from leads.models.log import EventKind
from leads.moves import lock_lead
from leads.protection import lapses_on, may_have_cadence
from leads.undoing import (
    check_may_undo,
    record_undo,
    reopen_proposals,
    rest_again,
    standing_events,
    standing_of,
    standing_read,
)

from .cadence import (
    DATES,
    cadence_date,
    open_cadence,
    open_tasks,
    planned_appointments,
    planned_day,
    void_tasks,
)
from .ladder import step_down
from .models import Appointment, Contact, Task
from .outcomes import Outcome
from .task_changes import Sql, change_tasks
from .task_kinds import TaskKind, kinds_void_when

LOGGED = (EventKind.CONTACT, EventKind.MESSAGE)


@transaction.atomic
def undo_contact(contact_id: int, *, by, at: dt.datetime) -> Contact:
    """Take back one's own contact or attempt of this store day; twice writes once.

    Tasks that it opened are void, those that it closed are opened again as new rows, cadence and
    protection are dated from what remains, past dates included. `at` in UTC. Refused: a day later.
    NotAllowed: somebody else's contact.
    """
    lead = lock_lead(Contact.objects.values_list("lead_id", flat=True).get(pk=contact_id))
    contact = Contact.objects.get(pk=contact_id)
    if contact.undone_at:
        return contact
    check_may_undo(lead, lead.store, done_by=contact.by_id, done_at=contact.recorded_at, by=by, at=at)
    logged = _event_of(contact)
    contact.undone_at, contact.undone_by = at, by
    contact.save(update_fields=["undone_at", "undone_by"])
    undoing = record_undo(lead, logged, "contact", by=by, at=at, data={"contact": contact.pk})
    _take_back_the_rest(lead, contact, logged, by=by, at=at)
    _count_again(lead, contact, last_talk(lead))
    if contact.kind == Contact.Kind.ATTEMPT:
        _untried(lead, contact)
        step_down(lead, contact, undoing=undoing.pk, at=at)
    elif contact.kind == Contact.Kind.CONTACT:
        _unsaid(lead, contact, undoing)
    else:
        Task.objects.bulk_create(_copy(lead, task, f"{undoing.pk}") for task in _closed_by(contact))
    return contact


def _event_of(contact: Contact) -> LeadEvent:
    """Refused: the call that brought a customer in stands on the register."""
    events = LeadEvent.objects.filter(lead=contact.lead_id, kind__in=LOGGED, data__contact=contact.pk)
    if logged := events.order_by("-id").first():
        return logged
    raise Refused(_("This call stands on the call register. Cross it out there."))


def _take_back_the_rest(lead: Lead, contact: Contact, logged: LeadEvent, *, by, at: dt.datetime) -> None:
    """The appointment, the withdrawn consent and the overtaken proposal that came with it."""
    if appointment := logged.data.get("appointment"):
        take_back_appointment(lead, appointment, by=by, at=at)
    if contact.outcome == Outcome.STOP:
        withdrawn = Consent.objects.filter(customer=lead.customer_id, evidence="contact", given=False)
        withdrawn.filter(at=contact.at, by=contact.by_id).delete()
    reopen_proposals(lead, since=contact.recorded_at)


def take_back_appointment(lead: Lead, appointment_id: int, *, by, at: dt.datetime) -> None:
    """Cancel an appointment that is still planned; those that it had moved stand again."""
    made = Appointment.objects.filter(pk=appointment_id, state=Appointment.State.PLANNED)
    if not made.update(state=Appointment.State.CANCELLED):
        return
    Appointment.objects.filter(moved_to=appointment_id, state=Appointment.State.MOVED).update(
        state=Appointment.State.PLANNED, moved_to=None
    )
    record(
        lead,
        "appointment",
        at=at,
        recorded_at=at,
        by=by,
        from_value="planned",
        to_value=Appointment.State.CANCELLED,
        data={"appointment": appointment_id},
    )


def contacts_of(lead: Lead) -> QuerySet:
    """What stands of a lead's contacts and tries, those of a lead folded into it too."""
    return Contact.objects.standing().filter(lead__in=lead.histories())


def last_talk(lead: Lead) -> Contact | None:
    """The newest talk that stands."""
    return _last_talk.first(lead.has_folded, lead=lead.pk)


@Prepared
def _last_talk(has_folded: bool, *, lead: int) -> QuerySet:
    talks = Contact.objects.standing().filter(lead__in=past_of(lead, has_folded), kind=Contact.Kind.CONTACT)
    return talks.order_by("-at", "-id")[:1]


def _count_again(lead: Lead, contact: Contact, talk: Contact | None) -> None:
    """First try and last contact, from what remains."""
    if lead.first_attempt_at == contact.at:
        tries = contacts_of(lead).exclude(kind=Contact.Kind.MESSAGE)
        lead.first_attempt_at = tries.aggregate(first=Min("at"))["first"]
    if lead.last_contact_at == contact.at:
        lead.last_contact_at = talk and talk.at
    lead.lapses_on = lapses_on(lead)
    lead.save(update_fields=["first_attempt_at", "last_contact_at", "lapses_on"])


# --- a try ------------------------------------------------------------------------------------


def _untried(lead: Lead, contact: Contact) -> None:
    """The task stands where it stood before the first try of that day, unless another try remains."""
    on = lead.store.business_date(contact.at)
    moved_to = on + dt.timedelta(days=setting(lead.store, "attempt_days"))
    if lead.next_due_on != moved_to or _talked_since(lead, contact):
        return
    tries = Contact.objects.filter(
        lead=lead,
        kind=Contact.Kind.ATTEMPT,
        at__range=lead.store.day(on),
    )
    if tries.filter(undone_at=None).exists():
        return
    logged = LeadEvent.objects.filter(
        lead=lead, kind=EventKind.CONTACT, data__contact__in=list(tries.values_list("pk", flat=True))
    )
    before = next((e.data["moved_from"] for e in logged.order_by("id") if "moved_from" in e.data), None)
    if before:
        _stand_again(lead, before)


def _stand_again(lead: Lead, before: dict) -> None:
    days = {
        name: dt.date.fromisoformat(before[name]) if before[name] else None
        for name in ("due_on", "missed_on")
    }
    lead.next_due_on = days["due_on"]
    lead.save(update_fields=["next_due_on"])
    open_tasks(lead).filter(kind=TaskKind.CADENCE).update(
        due_at=lead.store.end_of_day(days["due_on"]),
        catch_up=before["catch_up"],
        escalated=before["escalated"],
        told_up=before.get("told_up", 2 * before["escalated"]),  # tries of before the ladder had rungs
        **days,
    )


# --- a talk -----------------------------------------------------------------------------------


def _unsaid(lead: Lead, contact: Contact, undoing: LeadEvent) -> None:
    """A later talk or visit keeps its dates; without one, everything stands as before the talk."""
    if _talked_since(lead, contact):
        return
    void_opened(lead, at=undoing.at, ends=f":contact:{contact.pk}")
    lead.agreed_on = agreed_on(lead)
    woke = {"talked_at": contact.at, "recorded_at": contact.recorded_at}
    # Who wakes a lead is protected from that day on, unless nobody owns it.
    may_have_woken = lead.protected_from == (lead.owner_id and lead.store.business_date(contact.at))
    if may_have_woken and rest_again(lead, by=undoing.by, at=undoing.at, **woke):
        void_tasks(lead, lead.status, at=undoing.at)
        lead.save(update_fields=["agreed_on"])
        return
    reopen_tasks(lead, _closed_by(contact), by_undo=f"{undoing.pk}", since=contact.at, at=undoing.at)


def _talked_since(lead: Lead, contact: Contact) -> bool:
    """Whether a later talk or visit has dated everything anew."""
    if lead.last_visit_at and lead.last_visit_at > contact.at:
        return True
    later = Q(at__gt=contact.at) | Q(at=contact.at, pk__gt=contact.pk)
    if contacts_of(lead).filter(later, kind=Contact.Kind.CONTACT).exists():
        return True
    return standing_events(lead, EventKind.LEAVING).filter(at__gt=contact.at).exists()


def void_opened(lead: Lead, *, at: dt.datetime, ends: str) -> None:
    """Void the open cadence task, and every open task whose cause names the act."""
    opened = Sql("(kind = %s OR cause LIKE %s)", (TaskKind.CADENCE, f"%{ends}"))
    change_tasks(lead, opened, state=Task.State.VOID, closed_at=at)


def agreed_on(lead: Lead) -> dt.date | None:
    """The date agreed with the customer at the newest talk that stands (SPEC A68)."""
    talk = last_talk(lead)
    leaving = _newest_leaving(lead)
    moments = [
        moment for moment in (lead.last_visit_at, lead.last_contact_at, leaving and leaving.at) if moment
    ]
    last = max(moments, default=lead.created_at)
    if planned := planned_day(lead, planned_appointments(lead), since=lead.store.business_date(last)):
        return planned
    if leaving and leaving.at == last:
        return _day(leaving.data["after"]["agreed_on"])
    return talk.next_on if talk and talk.at == last and talk.agreed_by_customer else None


def _newest_leaving(lead: Lead) -> LeadEvent | None:
    if known(lead, "standing") is None:
        return _last_leaving.first(lead.has_folded, lead=lead.pk)
    leavings = standing_read(lead, EventKind.LEAVING)
    return max(leavings, key=lambda leaving: (leaving.at, leaving.pk), default=None)


@Prepared
def _last_leaving(has_folded: bool, *, lead: int) -> QuerySet:
    return standing_of(lead, has_folded, EventKind.LEAVING).order_by("-at", "-id")[:1]


def _day(iso: str | None) -> dt.date | None:
    return dt.date.fromisoformat(iso) if iso else None


def _closed_by(contact: Contact) -> list[Task]:
    """The tasks that a talk closed; in place of one that an undone talk had opened, what that one closed."""
    found: list[Task] = []
    for task in Task.objects.filter(contact=contact, state=Task.State.DONE).order_by("id"):
        _cadence, _colon, opener = task.cause.rpartition("cadence:contact:")
        undone = (
            Contact.objects.filter(pk=opener, undone_at__isnull=False).first() if opener.isdigit() else None
        )
        found += _closed_by(undone) if undone and undone.pk != contact.pk else [task]
    return found


def reopen_tasks(lead: Lead, tasks: list[Task], *, by_undo: str, since: dt.datetime, at: dt.datetime) -> None:
    """Open closed tasks again as new rows; saves the lead's dates.

    `by_undo` names the act that nothing else is named by: the undoing event, or the row crossed out;
    `since` is when the tasks were closed. A lead that should have a cadence and got none back is dated
    by its grade.
    """
    pointless = set() if lead.is_active else set(kinds_void_when(lead.status))
    for task in tasks:
        if task.kind != TaskKind.CADENCE and task.kind not in pointless:
            insert(lead, _copy(lead, task, by_undo))
    former = next((task for task in tasks if task.kind == TaskKind.CADENCE), None)
    if former and may_have_cadence(lead):
        _cadence_again(lead, former, by_undo, since=since)
    else:
        due_on = lead.agreed_on or cadence_date(lead) or lead.store.business_date(at)
        lead.has_cadence, lead.next_due_on = False, None
        open_cadence(lead, due_on, cause=f"undo:{by_undo}")


def _cadence_again(lead: Lead, former: Task, by_undo: str, *, since: dt.datetime) -> None:
    task = _copy(lead, former, by_undo)
    due_on = _due_on(lead, former, since=since)
    if due_on != task.due_on:
        task.missed_on, task.escalated, task.told_up, task.catch_up = None, False, 0, False
    task.due_on, task.due_at = due_on, lead.store.end_of_day(due_on)
    lead.has_cadence, lead.next_due_on = True, due_on
    lead.lapses_on = lapses_on(lead)
    write(lead, *DATES)
    insert(lead, task)


def _due_on(lead: Lead, former: Task, *, since: dt.datetime) -> dt.date:
    """The former date; an appointment made or a grade set since the talk still counts (SPEC CAD-11, A68)."""
    planned = Appointment.objects.filter(lead=lead, state=Appointment.State.PLANNED, set_at__gte=since)
    if lead.agreed_on and planned.exists():
        return lead.agreed_on
    graded = _graded_since(lead, since)
    wanted = cadence_date(lead)
    if graded is None or wanted is None or lead.agreed_on:
        return former.due_on
    return max(min(former.due_on, wanted), lead.store.business_date(graded.at))


def _graded_since(lead: Lead, since: dt.datetime) -> LeadEvent | None:
    if known(lead, "standing") is None:
        return _graded.first(lead.has_folded, lead=lead.pk, since=since)
    return next((graded for graded in standing_read(lead, EventKind.GRADE) if graded.at >= since), None)


@Prepared
def _graded(has_folded: bool, *, lead: int, since: dt.datetime) -> QuerySet:
    return standing_of(lead, has_folded, EventKind.GRADE).filter(at__gte=since).order_by("-id")[:1]


def _copy(lead: Lead, task: Task, by_undo: str) -> Task:
    """An open row like a closed one; a new owner gets it, unless it is for one person only."""
    kept = {field.attname: getattr(task, field.attname) for field in Task._meta.concrete_fields}
    for name in ("id", "closed_at", "closed_by_id", "contact_id"):
        kept.pop(name)
    kept |= {"state": Task.State.OPEN, "cause": f"undo:{by_undo}:{task.pk}"}
    if not task.only_assignee:
        kept["assignee_id"] = lead.owner_id
    return Task(**kept)


# --- what the leads floor tells us (LEAD_LISTENERS) ---------------------------------------------


def on_lead_event(lead: Lead, event: LeadEvent) -> None:
    """A loss was undone: what it made void is open again (SPEC A74)."""
    if event.kind == EventKind.UNDO and event.to_value == "loss":
        lost = LeadEvent.objects.get(pk=event.undoes_id)
        voided = Task.objects.filter(lead=lead, state=Task.State.VOID, closed_at=lost.recorded_at)
        tasks = list(voided.order_by("id"))
        reopen_tasks(lead, tasks, by_undo=f"{event.pk}", since=event.at, at=event.at)
