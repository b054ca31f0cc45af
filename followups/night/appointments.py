"""Planned appointments whose day is over: nobody came (SPEC A63, A68)."""

import datetime as dt
from functools import partial

from django.db.models import OuterRef, Subquery

from accounts.models import Store
from accounts.sql import update_rows
from followups.catch_up import lock_leads
from followups.models import Appointment, Task
from followups.task_kinds import TaskKind
from leads.models import Lead, LeadEvent
from leads.models.log import EventKind, Source
from leads.protection import lapses_on

from .chunks import Counts, Job

DAY = dt.timedelta(days=1)
PLANNED = Appointment.State.PLANNED
# Work that set a date of its own; later than the missed day, it stands.
DATING = (EventKind.CONTACT, EventKind.VISIT, EventKind.GRADE, EventKind.STATUS)


def mark_no_shows(store: Store, on: dt.date, *, now: dt.datetime) -> Counts:
    """Planned appointments before a day become no-shows of the morning after theirs.

    The cadence task falls due that morning, or on the day of a later planned appointment;
    protection keeps counting from the agreed day (SPEC A68).
    """
    past = Appointment.objects.filter(store=store, state=PLANNED, at__lt=store.start_of_day(on))
    job = Job("mark_no_shows", Appointment, store, now=now)
    return job.over(past, partial(_mark, store, on, now), order="at")


def _mark(store: Store, on: dt.date, now: dt.datetime, ids: list[int]) -> Counts:
    lock_leads(Appointment.objects.filter(pk__in=ids).values_list("lead_id", flat=True))
    missed = list(Appointment.objects.filter(pk__in=ids, state=PLANNED).order_by("at", "pk"))
    Appointment.objects.filter(pk__in=[a.pk for a in missed]).update(state=Appointment.State.NO_SHOW)
    LeadEvent.objects.bulk_create(_event(store, appointment, now) for appointment in missed)
    last_day = {a.lead_id: store.business_date(a.at) for a in missed}
    return Counts(changed=2 * len(missed) + _date_anew(store, last_day, since=store.start_of_day(on)))


def _event(store: Store, appointment: Appointment, now: dt.datetime) -> LeadEvent:
    return LeadEvent(
        lead_id=appointment.lead_id,
        store=store,
        kind=EventKind.APPOINTMENT,
        at=store.start_of_day(store.business_date(appointment.at) + DAY),
        recorded_at=now,
        source=Source.NIGHT,
        from_value=PLANNED,
        to_value=Appointment.State.NO_SHOW,
        data={"appointment": appointment.pk},
    )


def _date_anew(store: Store, last_day: dict[int, dt.date], *, since: dt.datetime) -> int:
    """Agreed day, cadence and protection of the leads; answers how many rows changed."""
    later = _later_days(store, last_day, since)
    worked = LeadEvent.objects.filter(lead=OuterRef("pk"), kind__in=DATING).order_by("-at")
    leads = []
    found = Lead.objects.filter(pk__in=last_day).select_related("customer")
    for lead in found.annotate(worked_at=Subquery(worked.values("at")[:1])):
        missed_on = last_day[lead.pk]
        if lead.worked_at and store.business_date(lead.worked_at) > missed_on:
            continue
        lead.store = store
        lead.agreed_on = later.get(lead.pk, missed_on)
        if lead.has_cadence:
            lead.next_due_on = later.get(lead.pk, missed_on + DAY)
        lead.lapses_on = lapses_on(lead)
        leads.append(lead)
    rows = [(lead.pk, lead.agreed_on, lead.next_due_on, lead.lapses_on) for lead in leads]
    changed = update_rows(Lead, ["agreed_on", "next_due_on", "lapses_on"], rows)
    return changed + _move_tasks(store, {lead.pk: lead.next_due_on for lead in leads if lead.has_cadence})


def _later_days(store: Store, lead_ids, since: dt.datetime) -> dict[int, dt.date]:
    """Store day of each lead's next planned appointment."""
    planned = Appointment.objects.filter(lead_id__in=lead_ids, state=PLANNED, at__gte=since).order_by("-at")
    return {lead_id: store.business_date(at) for lead_id, at in planned.values_list("lead_id", "at")}


def _move_tasks(store: Store, days: dict[int, dt.date]) -> int:
    tasks = Task.objects.filter(lead_id__in=days, kind=TaskKind.CADENCE, state=Task.State.OPEN)
    rows = [
        (pk, days[lead_id], store.end_of_day(days[lead_id]), False, None, False, 0)
        for pk, lead_id in tasks.values_list("pk", "lead_id")
    ]
    return update_rows(Task, ["due_on", "due_at", "catch_up", "missed_on", "escalated", "told_up"], rows)
