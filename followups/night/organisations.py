"""Reminders of organisations that nobody has spoken to for long (SPEC TYPE-06)."""

import datetime as dt
from functools import partial

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Store
from accounts.rules import setting
from followups.escalation import MANAGER, NOBODY, marks
from followups.models import Task
from followups.reminding import reminder_on, silent
from followups.task_kinds import TaskKind
from leads.models import Lead

from .chunks import Counts, Job

DAY = dt.timedelta(days=1)


def remind_of_organisations(store: Store, on: dt.date, *, now: dt.datetime) -> Counts:
    """Open a task for each that has none yet, dated on the day it fell due; a contact closes it."""
    job = Job("remind_of_organisations", Lead, store, now=now)
    return job.over(_silent(store, on), partial(_open, store, on), order="arrived_at")


def _silent(store: Store, on: dt.date) -> QuerySet:
    there = Task.objects.filter(lead=OuterRef("pk"), kind=TaskKind.ORGANISATION, state=Task.State.OPEN)
    return silent(Lead.objects.filter(store=store), store, on).exclude(Exists(there))


def _open(store: Store, on: dt.date, ids: list[int]) -> Counts:
    rows = _silent(store, on).filter(pk__in=ids)
    leads = rows.select_for_update(of=("self",), no_key=True).order_by("pk")
    tasks = [_task(store, lead, on) for lead in leads]
    Task.objects.bulk_create(tasks)
    return Counts(changed=len(tasks))


def _task(store: Store, lead: Lead, on: dt.date) -> Task:
    """As late as it is, it is marked so at once: the chores for that ran before."""
    lead.store = store
    due_on = reminder_on(lead)
    late = due_on < on
    patience = dt.timedelta(days=setting(store, "escalate_after_days"))
    return Task(
        store_id=store.pk,
        lead=lead,
        kind=TaskKind.ORGANISATION,
        assignee_id=lead.owner_id,
        due_at=store.end_of_day(due_on),
        due_on=due_on,
        cause=f"organisation:night:{lead.pk}:{on}",
        why="organisation",
        missed_on=due_on + DAY if late else None,
        **marks(MANAGER if late and lead.owner_id and due_on < on - patience else NOBODY),
    )
