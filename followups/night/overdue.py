"""Tasks whose day went by: missed, and after some days told up (SPEC A62, PDCA-14)."""

import datetime as dt

from django.db.models import Count, DateField, F, Func

from accounts.models import Store
from followups.escalation import BY_DAYS, MANAGER, Rung, marks, overdue, tell_of_overdue
from followups.models import Task
from followups.task_kinds import BESIDE

from .chunks import Counts, Job, long_transaction


class DayAfter(Func):
    """The day after a date column."""

    template = "(%(expressions)s + 1)"
    output_field = DateField()

    def as_sqlite(self, compiler, connection):
        return self.as_sql(compiler, connection, template="DATE(%(expressions)s, '+1 day')")


def mark_missed(store: Store, on: dt.date, *, now: dt.datetime) -> Counts:
    """Open tasks due before a day are missed as of the day after their own; the catch-up never is."""
    late = _open(store).filter(due_at__lt=store.start_of_day(on), missed_on=None)

    def miss(ids: list[int]) -> Counts:
        missed = late.filter(pk__in=ids).update(missed_on=DayAfter(F("due_on")))
        return Counts(changed=missed, missed=missed)

    return Job("mark_missed", Task, store, now=now).over(late, miss, order="due_at")


def escalate(store: Store, on: dt.date, *, now: dt.datetime) -> Counts:
    """Missed tasks of somebody go up once so many whole days have gone by: to the manager after
    `escalate_after_days`, before that some kinds to the supervisor after `supervisor_after_days`.
    """
    return sum((_climb(store, on, rung, now) for rung in BY_DAYS), Counts())


def _climb(store: Store, on: dt.date, rung: Rung, now: dt.datetime) -> Counts:
    neglected = overdue(store, on, rung)
    job = Job("escalate", Task, store, now=now)
    by_person = neglected.order_by().values_list("assignee").annotate(Count("pk"))
    with long_transaction():
        counts = dict(by_person.exclude(pk__in=job.given_up))
    if not counts:
        return Counts()

    def tell(ids: list[int]) -> Counts:
        told = neglected.filter(pk__in=ids).update(**marks(rung.told_up))
        tell_of_overdue(store, rung, counts, on=on)
        return Counts(changed=told, escalated=told if rung.told_up == MANAGER else 0)

    return job.over(neglected, tell, order="due_at")


def _open(store: Store):
    tasks = Task.objects.filter(store=store, state=Task.State.OPEN, catch_up=False)
    return tasks.exclude(kind__in=BESIDE)
