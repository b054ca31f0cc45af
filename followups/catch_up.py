"""Share and backlog: so many old leads a day for each consultant, the hottest first (SPEC A01, A60).

A task in the catch-up carries the date of its owner's working day; "today's share" are those due
today, "backlog" those due later. Whatever takes a lead out of it is written by the verbs.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Store
from accounts.rules import setting
from accounts.sql import update_rows
from accounts.working_days import Calendar
from leads.models import Lead
from leads.models.leads import Status
from leads.models.terms import GRADE_RANK
from leads.protection import lapses_on

from .models import Task
from .task_kinds import TaskKind

CHUNK = 2_000  # rows of one statement
NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)

Move = tuple[int, dt.date]  # lead, its new day


def start_catch_up(store: Store, lead_ids: Sequence[int], *, on: dt.date) -> int:
    """Put the open cadence tasks of these leads into the catch-up, dated from a store day on.

    The whole catch-up of the owners concerned is dated anew from `on`. Protection of the leads
    starts at their first catch-up date, without a cadence at `on` (SPEC A69). A date agreed with
    the customer stays; a lead of the pool is due on `on`, in no share. Answers how many rows it wrote.
    Some leads at a time, each time in a short transaction; cut short, it may be called again.
    """
    written, owners = 0, set()
    for ids in chunks(lead_ids):
        with transaction.atomic():
            lock_leads(ids)
            tasks = _joining(store, ids, on)
            owners.update(tasks.values_list("assignee_id", flat=True).distinct().order_by())
            written += tasks.update(catch_up=True, missed_on=None, escalated=False, told_up=0)
            written += _date_pool(store, ids, on)
    written += date_catch_up(store, on=on, owners=sorted(owners))
    return written + sum(protect(store, ids, on) for ids in chunks(lead_ids))


def date_catch_up(store: Store, *, on: dt.date, owners: Iterable[int] | None = None) -> int:
    """Date the catch-up of the owners (all of the store without `owners`) anew from a store day.

    Answers how many rows it wrote, tasks and leads.
    """
    if owners is None:
        owners = in_catch_up(store).values_list("assignee_id", flat=True).distinct().order_by("assignee_id")
    calendar, changed = Calendar(store), 0
    for owner in list(owners):
        for moves in chunks(plan(store, owner, on=on, calendar=calendar)):
            with transaction.atomic():
                changed += write_dates(store, moves)
    return changed


def in_catch_up(store: Store) -> QuerySet:
    """The open catch-up tasks of a store that are somebody's."""
    return Task.objects.filter(store=store, state=Task.State.OPEN, catch_up=True, assignee__isnull=False)


def plan(store: Store, owner_id: int, *, on: dt.date, calendar: Calendar) -> list[Move]:
    """The leads of an owner's catch-up whose day changes when it is dated from `on`.

    So many on each of his working days, by grade (O first), then longest without talk or visit,
    never met before all others, then by number.
    """
    rows = list(
        in_catch_up(store)
        .filter(assignee=owner_id)
        .values_list(
            "lead_id", "due_on", "lead__grade", "lead__last_contact_at", "lead__last_visit_at", "lead__number"
        )
    )
    rows.sort(key=_rank)
    days = _days(calendar, owner_id, on, setting(store, "catch_up_per_day"))
    return [(row[0], day) for row, day in zip(rows, days, strict=False) if row[1] != day]


def _rank(row: tuple) -> tuple:
    _, _, grade, contact_at, visit_at, number = row
    day, _, serial = number.rpartition("-")
    return GRADE_RANK[grade], max(contact_at or NEVER, visit_at or NEVER), day, len(serial), serial


def _days(calendar: Calendar, owner_id: int, on: dt.date, share: int) -> Iterator[dt.date]:
    for day in calendar.working_days(owner_id, on):
        yield from [day] * share


def write_dates(store: Store, moves: Sequence[Move]) -> int:
    """Give tasks of the catch-up and their leads their new day; skips what has left it meanwhile.

    Inside a transaction. Answers how many rows changed, tasks and leads.
    """
    days = dict(moves)
    lock_leads(days)
    tasks = in_catch_up(store).filter(lead_id__in=days).values_list("pk", "lead_id")
    rows = sorted((pk, lead_id, days[lead_id]) for pk, lead_id in tasks)  # as they lie on the disk
    ends = {day: store.end_of_day(day) for day in set(days.values())}
    changed = update_rows(Task, ["due_on", "due_at"], [(pk, day, ends[day]) for pk, _, day in rows])
    return changed + update_rows(Lead, ["next_due_on"], [(lead_id, day) for _, lead_id, day in rows])


def lock_leads(ids: Iterable[int]) -> list[int]:
    """Lock the rows of leads in the order everybody does; answers the ids that are there."""
    leads = Lead.objects.select_for_update(no_key=True).filter(pk__in=list(ids)).order_by("pk")
    return list(leads.values_list("pk", flat=True))


def chunks(rows: Iterable) -> Iterator[list]:
    """The rows in lists of at most CHUNK."""
    rest = iter(rows)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _open_cadence(store: Store, ids: list[int]) -> QuerySet:
    return Task.objects.filter(store=store, lead_id__in=ids, kind=TaskKind.CADENCE, state=Task.State.OPEN)


def _joining(store: Store, ids: list[int], on: dt.date) -> QuerySet:
    return _open_cadence(store, ids).filter(assignee__isnull=False).exclude(lead__agreed_on__gte=on)


def _date_pool(store: Store, ids: list[int], on: dt.date) -> int:
    tasks = _open_cadence(store, ids).filter(assignee=None).exclude(lead__agreed_on__gte=on)
    leads = list(tasks.values_list("lead_id", flat=True))
    due = {
        "due_on": on,
        "due_at": store.end_of_day(on),
        "catch_up": False,
        "missed_on": None,
        "escalated": False,
        "told_up": 0,
    }
    return tasks.update(**due) + Lead.objects.filter(pk__in=leads).update(next_due_on=on)


@transaction.atomic
def protect(store: Store, ids: list[int], on: dt.date) -> int:
    """Start the protection of owned leads at their catch-up date, else at `on`; answers how many rows."""
    lock_leads(ids)
    first = dict(in_catch_up(store).filter(lead_id__in=ids).values_list("lead_id", "due_on"))
    leads = Lead.objects.filter(pk__in=ids, status=Status.ACTIVE, owner__isnull=False)
    rows = []
    for lead in leads.select_related("customer").order_by("pk"):
        lead.store = store
        lead.protected_from = max(first.get(lead.pk, on), lead.protected_from or on)
        rows.append((lead.pk, lead.protected_from, lapses_on(lead)))
    return update_rows(Lead, ["protected_from", "lapses_on"], rows)
