"""Dormant leads whose day has come are active again, with a cadence task of that day (SPEC A63, A67)."""

import datetime as dt
from functools import partial

from accounts.models import Store
from accounts.sql import update_rows
from followups.models import Task
from followups.task_kinds import TaskKind
from leads.models import Lead, LeadEvent
from leads.models.leads import Status
from leads.models.log import EventKind, Source
from leads.protection import may_have_cadence, settle

from .chunks import Counts, Job

WOKEN = ("status", "wake_on", "protected_from", "version", "has_cadence", "next_due_on", "lapses_on")


def wake_dormant(store: Store, on: dt.date, *, now: dt.datetime) -> Counts:
    """Wake the dormant leads whose `wake_on` is a day or before it; protection starts at that day."""
    job = Job("wake_dormant", Lead, store, now=now)
    return job.over(_sleeping(store, on), partial(_wake, store, on, now), order="created_at")


def _sleeping(store: Store, on: dt.date):
    return Lead.objects.filter(store=store, status=Status.DORMANT, wake_on__lte=on)


def _wake(store: Store, on: dt.date, now: dt.datetime, ids: list[int]) -> Counts:
    locked = _sleeping(store, on).filter(pk__in=ids).select_for_update(of=("self",), no_key=True)
    leads = list(locked.select_related("customer").order_by("pk"))
    events = [_event(store, lead, now) for lead in leads]
    tasks = [task for lead in leads if (task := _woken(store, lead))]
    update_rows(Lead, list(WOKEN), [(lead.pk, *(getattr(lead, name) for name in WOKEN)) for lead in leads])
    LeadEvent.objects.bulk_create(events)
    Task.objects.bulk_create(tasks)
    return Counts(changed=2 * len(leads) + len(tasks))


def _event(store: Store, lead: Lead, now: dt.datetime) -> LeadEvent:
    return LeadEvent(
        lead=lead,
        store=store,
        kind=EventKind.STATUS,
        at=store.start_of_day(lead.wake_on),
        recorded_at=now,
        source=Source.NIGHT,
        from_value=Status.DORMANT,
        to_value=Status.ACTIVE,
    )


def _woken(store: Store, lead: Lead) -> Task | None:
    """Bring the lead's fields to active, unsaved, and answer its cadence task if it may have one."""
    day = lead.wake_on
    lead.store, lead.status, lead.wake_on, lead.protected_from = store, Status.ACTIVE, None, day
    lead.version += 1
    settle(lead)
    if not may_have_cadence(lead):
        return None
    lead.has_cadence, lead.next_due_on = True, day
    return cadence_task(store, lead, day, cause=f"cadence:wake:{lead.pk}:{day}")


def cadence_task(store: Store, lead: Lead, due_on: dt.date, *, cause: str) -> Task:
    """An unsaved cadence task of a lead, as the verbs open it."""
    return Task(
        store=store,
        lead=lead,
        kind=TaskKind.CADENCE,
        assignee_id=lead.owner_id,
        due_at=store.end_of_day(due_on),
        due_on=due_on,
        cause=cause,
        why="cadence",
        why_args={"grade": lead.grade},
    )
