"""The last chore: every lead with a cadence goes into the day with its open task (SPEC A52)."""

import datetime as dt
from functools import partial

from django.db.models import Exists, OuterRef

from accounts.models import Store
from accounts.rules import setting
from followups.escalation import MANAGER
from followups.models import Task
from followups.task_kinds import TaskKind
from leads.models import Lead
from leads.models.leads import Status

from .chunks import Counts, Job
from .waking import cadence_task

DAY = dt.timedelta(days=1)


def open_missing_tasks(store: Store, on: dt.date, *, now: dt.datetime) -> Counts:
    """Mend a broken promise: a lead whose cadence task is gone gets one, due as the lead says."""
    job = Job("open_missing_tasks", Lead, store, now=now)
    return job.over(_without_task(store), partial(_open, store, on), order="next_due_on")


def _without_task(store: Store):
    task = Task.objects.filter(lead=OuterRef("pk"), kind=TaskKind.CADENCE, state=Task.State.OPEN)
    return Lead.objects.filter(store=store, status=Status.ACTIVE, has_cadence=True).exclude(Exists(task))


def _open(store: Store, on: dt.date, ids: list[int]) -> Counts:
    leads = (
        _without_task(store).filter(pk__in=ids).select_for_update(of=("self",), no_key=True).order_by("pk")
    )
    tasks = [_task(store, lead, on) for lead in leads]
    Task.objects.bulk_create(tasks)
    return Counts(changed=len(tasks))


def _task(store: Store, lead: Lead, on: dt.date) -> Task:
    """As late as it is, it is marked so at once: the chores for that ran before."""
    task = cadence_task(store, lead, lead.next_due_on, cause=f"cadence:night:{lead.pk}:{on}")
    if task.due_on < on:
        task.missed_on = task.due_on + DAY
        patience = dt.timedelta(days=setting(store, "escalate_after_days"))
        if task.assignee_id and task.due_on < on - patience:
            task.told_up, task.escalated = MANAGER, True
    return task
