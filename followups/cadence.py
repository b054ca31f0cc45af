"""Grade -> due date -> task: the one open cadence task of a lead, and the date it carries (SPEC 18)."""

import datetime as dt

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.prepared import Prepared
from leads.acts import held, insert, is_met, known, write
from leads.book import book
from leads.models import Lead
from leads.models.leads import Status
from leads.organisations import KIND
from leads.protection import SETTLED, lapses_on, may_have_cadence

from .models import Appointment, Contact, Task
from .task_changes import Sql, both, change_tasks, closable_by, of_kinds, open_tasks
from .task_kinds import RIDERS, TaskKind, kinds_closed_by, kinds_void_when

DATES = ("agreed_on", *SETTLED)
CAME = ("last_visit_at", "phone_only_since", "phone_only_ended_on")


def next_due(interval_days: int, anchor_on: dt.date) -> dt.date:
    """The cadence date: so many days after the last contact or counted visit (SPEC CAD-01, CAD-11)."""
    return anchor_on + dt.timedelta(days=interval_days)


def anchor_on(lead: Lead) -> dt.date | None:
    """Store day of the later of last contact and last counted visit (SPEC A65)."""
    moments = [moment for moment in (lead.last_contact_at, lead.last_visit_at) if moment]
    return lead.store.business_date(max(moments)) if moments else None


def cadence_date(lead: Lead) -> dt.date | None:
    """The date the grade asks for, agreed dates apart; None without a cadence or any talk yet."""
    interval, anchor = book(lead.store).interval(lead.grade), anchor_on(lead)
    return next_due(interval, anchor) if interval and anchor else None


def check_next_date(
    lead: Lead, next_on: dt.date, *, agreed: bool, today: dt.date, planned: dt.date | None = None
) -> None:
    """Refused: a next date in the past, or past the cadence without the customer's word (SPEC A68)."""
    if next_on < today:
        raise Refused(_("The next date lies in the past. Pick today or later."), field="next_on")
    latest = max(filter(None, (cadence_date(lead), planned, today)))
    if next_on > latest and not agreed and may_have_cadence(lead):
        raise Refused(
            _("The grade asks for %(day)s at the latest. Tick “agreed with the customer” for a later day.")
            % {"day": date_format(latest, "MONTH_DAY_FORMAT")},
            field="next_on",
        )


def close_tasks(lead: Lead, what: str, *, by, at: dt.datetime, contact: Contact | None = None) -> None:
    """Close every open task that a "contact", a "visit", a "message", a "move" or a kind of evidence
    satisfies (SPEC A64).

    A task for one person only is closed by that person alone; the others were the owner's.
    """
    if known(lead, "has_tasks") is False:
        return
    facts = {"state": Task.State.DONE, "closed_at": at, "closed_by": by, "contact": contact}
    if is_met(lead):  # it may have changed hands in the same act
        facts["assignee"] = Sql("CASE WHEN only_assignee THEN assignee_id ELSE %s END", (lead.owner_id,))
    change_tasks(lead, both(of_kinds(kinds_closed_by(what)), closable_by(by and by.pk)), **facts)


def void_tasks(lead: Lead, what: str, *, at: dt.datetime) -> None:
    """Void the open tasks that a status, grade none or a next date makes pointless (SPEC A67)."""
    if known(lead, "has_tasks") is not False:
        change_tasks(lead, of_kinds(kinds_void_when(what)), state=Task.State.VOID, closed_at=at)


def open_cadence(lead: Lead, due_on: dt.date, *, cause: str, also: tuple[str, ...] = ()) -> Task | None:
    """Open the cadence task of a lead that may have one; saves the lead's dates and the fields in `also`.

    Close the old task first: neither database waits with the promise of one open task.
    """
    lead.lapses_on = lapses_on(lead)
    wanted = may_have_cadence(lead)
    if wanted:
        lead.has_cadence, lead.next_due_on = True, due_on
    write(lead, *DATES, *also)
    if not wanted:
        return None
    task = Task(
        store_id=lead.store_id,
        lead=lead,
        kind=TaskKind.CADENCE,
        assignee_id=lead.owner_id,
        due_at=lead.store.end_of_day(due_on),
        due_on=due_on,
        cause=f"cadence:{cause}",
        why="cadence",
        why_args={"grade": lead.grade},
    )
    return insert(lead, task)


def move_cadence(lead: Lead, due_on: dt.date) -> None:
    """Give the open cadence task another date and take it out of the catch-up; saves the lead's dates.

    What is told along with it goes with it.
    """
    lead.next_due_on = due_on
    lead.lapses_on = lapses_on(lead)
    write(lead, *DATES)
    due_at = lead.store.end_of_day(due_on)
    opened = [task for task in held(lead, Task) if task.kind == TaskKind.CADENCE]
    for task in opened:
        task.due_on, task.due_at = due_on, due_at
    if not opened:
        anew = {"catch_up": False, "missed_on": None, "escalated": False, "told_up": 0}
        change_tasks(lead, of_kinds((TaskKind.CADENCE, *RIDERS)), due_on=due_on, due_at=due_at, **anew)


def planned_appointments(lead: Lead) -> list[Appointment]:
    """Planned appointments of a lead, earliest first."""
    read = known(lead, "planned")
    if read is not None:
        return read
    return _planned(lead=lead.pk)


@Prepared
def _planned(*, lead: int) -> QuerySet:
    return Appointment.objects.filter(lead=lead, state=Appointment.State.PLANNED).order_by("at")


def planned_day(lead: Lead, planned: list[Appointment], *, since: dt.date) -> dt.date | None:
    """Store day of the earliest planned appointment on or after a day: an agreed date (SPEC A68)."""
    days = [lead.store.business_date(appointment.at) for appointment in planned]
    return min((day for day in days if day >= since), default=None)


def proposed_date(lead: Lead, planned: list[Appointment], *, today: dt.date) -> dt.date | None:
    """The next date to propose after a contact today: the earliest appointment, else by the grade."""
    interval = book(lead.store).interval(lead.grade) if may_have_cadence(lead) else None
    by_grade = next_due(interval, today) if interval else None
    return planned_day(lead, planned, since=today) or by_grade


def visit_counted(lead: Lead, *, visit_id: int, at: dt.datetime, by) -> None:
    """A counted visit at its arrival: closes tasks, keeps appointments, starts anew (SPEC A64, A65).

    The caller holds the lead's row. `at` is the arrival, in UTC. A visit written down late, older
    than the last visit or contact, leaves tasks and dates to the newer one.
    """
    on, newest = lead.store.business_date(at), is_newest(lead, at)
    lead.phone_only_since = lead.phone_only_ended_on = None  # he came (SPEC CALL-09)
    lead.last_visit_at = max(filter(None, (lead.last_visit_at, at)))
    planned = planned_appointments(lead)
    kept = [a.pk for a in planned if lead.store.business_date(a.at) == on]
    if kept:
        Appointment.objects.filter(pk__in=kept).update(state=Appointment.State.SHOWED)
    if not newest:
        lead.lapses_on = lapses_on(lead)
        write(lead, *CAME, "lapses_on")
        return
    close_tasks(lead, "visit", by=by, at=at)
    lead.agreed_on = planned_day(lead, planned, since=on + dt.timedelta(days=1))
    due_on = lead.agreed_on or cadence_date(lead) or on
    open_cadence(lead, due_on, cause=f"visit:{visit_id}", also=CAME)


def is_newest(lead: Lead, at: dt.datetime) -> bool:
    """Whether nobody has talked to the customer or seen him since a moment."""
    return all(moment is None or moment <= at for moment in (lead.last_visit_at, lead.last_contact_at))


# --- what the leads floor tells us (LEAD_LISTENERS) -----------------------------------


def on_lead_event(lead: Lead, event) -> None:
    """Keep the tasks in line with grade, owner, step and status (SPEC CAD-11, A67).

    An act that meets the customer closes them all and dates the lead itself.
    """
    handler = HANDLERS.get(event.kind)
    if handler and not is_met(lead):
        handler(lead, event)


def _on_grade(lead: Lead, event) -> None:
    if not may_have_cadence(lead):
        void_tasks(lead, "grade_none", at=event.recorded_at)
        return
    if event.reason == "profile" and open_tasks(lead).filter(catch_up=True).exists():
        return  # the store changed its letters, nobody this customer: the share stays
    today = lead.store.business_date(event.recorded_at)
    wanted = cadence_date(lead) or today
    if not lead.has_cadence:
        void_tasks(lead, "dated", at=event.recorded_at)
        open_cadence(lead, max(lead.agreed_on or wanted, today), cause=f"grade:{lead.pk}:{lead.version}")
    elif lead.agreed_on and lead.agreed_on >= today:
        move_cadence(lead, lead.agreed_on)
    else:
        move_cadence(lead, max(min(lead.next_due_on, wanted), today))


def _on_owner(lead: Lead, event) -> None:
    if event.reason == "handover":  # who left calls nobody back
        open_tasks(lead).filter(assignee_id=event.from_value).update(only_assignee=False)
    pool = {} if lead.owner_id else {"catch_up": False}  # it has no share (SPEC A60)
    change_tasks(lead, Sql("NOT only_assignee"), assignee=lead.owner_id, **pool)


def _on_step(lead: Lead, event) -> None:
    close_tasks(lead, "move", by=event.by, at=event.at)
    if not may_have_cadence(lead):
        void_tasks(lead, "grade_none", at=event.recorded_at)


def _on_status(lead: Lead, event) -> None:
    void_tasks(lead, lead.status, at=event.recorded_at)
    if lead.status == Status.ACTIVE:
        open_cadence(lead, lead.store.business_date(event.at), cause=f"status:{lead.pk}:{lead.version}")


def _on_edit(lead: Lead, event) -> None:
    """A card that was touched is fresh (CARD-08); person or organisation: a cadence, or none (TYPE-06)."""
    fields = event.data.get("fields", ())
    if fields:
        stale = Task.objects.filter(lead__customer=lead.customer_id, kind__in=kinds_closed_by("edit"))
        stale.filter(state=Task.State.OPEN).update(
            state=Task.State.DONE, closed_at=event.at, closed_by=event.by
        )
    if KIND in fields:
        _on_grade(lead, event)


HANDLERS = {"edit": _on_edit, "grade": _on_grade, "owner": _on_owner, "step": _on_step, "status": _on_status}
