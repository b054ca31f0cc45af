"""Tasks whose day went by: missed, and after some days escalated (SPEC A62)."""

import datetime as dt

from django.db.models import DateField, F, Func

from accounts.models import Store
from accounts.rules import setting
from followups.models import Task

from .chunks import Counts, Job


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
    """Missed tasks of somebody go to the manager once `escalate_after_days` whole days have gone by."""
    patience = dt.timedelta(days=setting(store, "escalate_after_days"))
    neglected = _open(store).filter(
        due_at__lt=store.start_of_day(on - patience),
        missed_on__isnull=False,
        assignee__isnull=False,
        escalated=False,
    )

    def tell(ids: list[int]) -> Counts:
        told = neglected.filter(pk__in=ids).update(escalated=True)
        return Counts(changed=told, escalated=told)

    return Job("escalate", Task, store, now=now).over(neglected, tell, order="due_at")


def _open(store: Store):
    return Task.objects.filter(store=store, state=Task.State.OPEN, catch_up=False)
