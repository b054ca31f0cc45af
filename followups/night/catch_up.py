"""The catch-up in the night: a long closing adds to it, and what is late moves on (SPEC A60)."""

import datetime as dt
from collections.abc import Iterator
from functools import partial

from django.db.models import F, QuerySet

from accounts.models import Store
from accounts.rules import is_open_on, setting
from accounts.working_days import HORIZON_DAYS, Calendar
from followups.catch_up import Move, chunks, in_catch_up, plan, start_catch_up, write_dates
from followups.models import Task
from followups.task_kinds import TaskKind
from leads.models import Lead

from .chunks import Counts, Job

DAY = dt.timedelta(days=1)


def date_catch_up(store: Store, on: dt.date, *, now: dt.datetime) -> Counts:
    """Bring the catch-up of every owner up to a day.

    On the first open day after three or more closing days the cadence tasks that fell due on them
    join it, agreed dates apart. Then whoever still has a task from before `on` has his whole
    catch-up dated anew from `on`, so that it is never late.
    """
    job = Job("date_catch_up", Lead, store, now=now)
    return _join(job, store, on) + _move_on(job, store, on)


def _join(job: Job, store: Store, on: dt.date) -> Counts:
    def work(ids: list[int]) -> Counts:
        return Counts(changed=start_catch_up(store, ids, on=on))

    done, closed = Counts(), _closing_days_before(store, on)
    if closed < setting(store, "catch_up_after_closing_days"):
        return done
    tasks = _left_behind(store, since=on - closed * DAY, until=on - DAY)
    for owner in list(tasks.values_list("assignee_id", flat=True).distinct().order_by("assignee_id")):
        leads = tasks.filter(assignee=owner).exclude(lead__in=job.given_up).order_by("lead_id")
        for ids in chunks(list(leads.values_list("lead_id", flat=True))):
            done += job.do(ids, work)
    return done


def _closing_days_before(store: Store, on: dt.date) -> int:
    """How many closing days end at this open day; 0 when it is none."""
    closed = 0
    while is_open_on(store, on) and closed < HORIZON_DAYS and not is_open_on(store, on - (closed + 1) * DAY):
        closed += 1
    return closed


def _left_behind(store: Store, *, since: dt.date, until: dt.date) -> QuerySet:
    return Task.objects.filter(
        store=store,
        state=Task.State.OPEN,
        kind=TaskKind.CADENCE,
        catch_up=False,
        assignee__isnull=False,
        due_on__range=(since, until),
    ).exclude(lead__agreed_on=F("due_on"))


def _move_on(job: Job, store: Store, on: dt.date) -> Counts:
    done = Counts()
    for moves in chunks(_late_moves(job, store, on)):
        days = dict(moves)
        done += job.do(list(days), partial(_move, store, days))
    return done


def _late_moves(job: Job, store: Store, on: dt.date) -> Iterator[Move]:
    """The moves of everybody who has something left from before `on`, one owner at a time."""
    calendar, given_up = Calendar(store), set(job.given_up)
    late = in_catch_up(store).filter(due_on__lt=on).exclude(lead__in=job.given_up)
    for owner in list(late.values_list("assignee_id", flat=True).distinct().order_by("assignee_id")):
        for lead_id, day in plan(store, owner, on=on, calendar=calendar):
            if lead_id not in given_up:
                yield lead_id, day


def _move(store: Store, days: dict[int, dt.date], ids: list[int]) -> Counts:
    return Counts(changed=write_dates(store, [(lead_id, days[lead_id]) for lead_id in ids]))
