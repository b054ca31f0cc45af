"""The store changed its cadence or protection: the dates that follow are counted anew (SPEC CAD-11, A69)."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from accounts.models import Store, User
from accounts.sql import update_rows
from leads.book import book
from leads.models import Lead
from leads.models.leads import Status
from leads.protection import lapses_on

from .cadence import anchor_on, next_due
from .catch_up import chunks
from .models import Task
from .rework import hand_over, is_for_the_worker
from .task_kinds import TaskKind

COUNTED_ON = {"grade_profile", "ownership_rule", "protection_days"}  # settings behind stored dates
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Effect:
    """What new intervals do to the next dates of a store: how many come earlier, and whose most."""

    earlier: int
    tomorrow: int  # of them due by tomorrow
    busiest: str
    busiest_count: int


def on_setting(store: Store, key: str, *, at: dt.datetime) -> None:
    """SETTING_LISTENERS: bring the dates in line when a setting changed that they count on."""
    if key in COUNTED_ON:
        bring_in_line(store, at=at)


def bring_in_line(store: Store, *, at: dt.datetime) -> None:
    """Count the dates of a store anew: now, or in a big store by the worker."""
    if is_for_the_worker(store):
        hand_over(store, at=at)
    else:
        redate(store, today=store.business_date(at))


def redate(store: Store, *, today: dt.date) -> int:
    """Move next dates up where the cadence asks for it now, and count protection anew.

    A later date never replaces an earlier one, what is overdue stays so, and agreed dates and the
    catch-up stay where they are. Answers the leads that changed.
    """
    ids = Lead.objects.filter(store=store, status=Status.ACTIVE).order_by("pk").values_list("pk", flat=True)
    return sum(redate_some(store, part, today) for part in chunks(list(ids)))


@transaction.atomic
def redate_some(store: Store, ids: list[int], today: dt.date) -> int:
    """The same for these leads, as far as they are active."""
    rows = Lead.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk")
    leads = list(rows.filter(status=Status.ACTIVE).select_related("customer"))
    tasks = _open_cadence(ids)
    intervals = {rule.code: rule.interval_days for rule in book(store).grade_rules()}
    changed, moved = [], []
    for lead in leads:
        lead.store = store
        due_on = _due_on(lead, intervals, tasks.get(lead.pk), today)
        until = lapses_on(lead)
        if (due_on, until) != (lead.next_due_on, lead.lapses_on):
            changed.append((lead.pk, due_on, until))
        if due_on != lead.next_due_on:
            moved.append((tasks[lead.pk][0], due_on, store.end_of_day(due_on)))
    update_rows(Task, ["due_on", "due_at"], moved)
    return update_rows(Lead, ["next_due_on", "lapses_on"], changed)


def _open_cadence(ids: list[int]) -> dict[int, tuple[int, bool]]:
    """Task and whether it is in the catch-up, by lead."""
    tasks = Task.objects.filter(lead__in=ids, state=Task.State.OPEN, kind=TaskKind.CADENCE)
    return {lead: (pk, catch_up) for lead, pk, catch_up in tasks.values_list("lead_id", "pk", "catch_up")}


def _due_on(lead: Lead, intervals: Mapping, task: tuple[int, bool] | None, today: dt.date) -> dt.date | None:
    """The next date under these intervals: the old one, unless the cadence asks for an earlier one."""
    interval, anchor = intervals.get(lead.grade), anchor_on(lead)
    kept = lead.agreed_on and lead.agreed_on >= today
    if not (lead.has_cadence and task and interval and anchor) or task[1] or kept:
        return lead.next_due_on
    return min(lead.next_due_on, max(next_due(interval, anchor), today))


def effect(store: Store, intervals: Mapping[str, int], *, today: dt.date) -> Effect:
    """What `redate` would do under other intervals (days by grade); two statements, nothing written."""
    leads = list(
        Lead.objects.filter(store=store, status=Status.ACTIVE, has_cadence=True, grade__in=intervals)
    )
    tasks = _open_cadence([lead.pk for lead in leads]) if leads else {}
    earlier = []
    for lead in leads:
        lead.store = store
        due_on = _due_on(lead, intervals, tasks.get(lead.pk), today)
        if due_on != lead.next_due_on:
            earlier.append((lead.owner_id, due_on))
    owner, count = next(iter(Counter(owner for owner, _on in earlier if owner).most_common(1)), (None, 0))
    return Effect(
        earlier=len(earlier),
        tomorrow=sum(on <= today + DAY for _owner, on in earlier),
        busiest=User.objects.get(pk=owner).full_name if owner else "",
        busiest_count=count,
    )
