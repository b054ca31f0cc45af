"""Visits that nobody closed before the store did (SPEC A14, A63, A65)."""

import datetime as dt
from functools import partial

from accounts.models import Store
from accounts.rules import closing_time
from accounts.sql import update_rows
from followups.catch_up import lock_leads
from followups.models import Task
from followups.night.chunks import Counts, Job
from followups.timers import day_after
from leads.models.leads import Status
from leads.steps import Step

from .models import COUNTED_KINDS, Visit

DAY = dt.timedelta(days=1)


def close_open_visits(store: Store, on: dt.date, *, now: dt.datetime) -> Counts:
    """Close the visits of days before `on` that are still open: not completed, left at closing time.

    A counted visit without a deal gets its 24-hour task from there, unless somebody has talked
    with the customer since (SPEC CAD-06).
    """
    forgotten = Visit.objects.filter(
        store=store, left_at=None, arrived_at__lt=store.start_of_day(on), voided_at=None
    )
    job = Job("close_open_visits", Visit, store, now=now)
    return job.over(forgotten, partial(_close, store), order="arrived_at")


def _close(store: Store, ids: list[int]) -> Counts:
    lock_leads(Visit.objects.filter(pk__in=ids, lead__isnull=False).values_list("lead_id", flat=True))
    locked = Visit.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids, left_at=None)
    visits = list(locked.select_related("lead").order_by("pk"))
    for visit in visits:
        visit.left_at = max(closing_time(store, visit.on), visit.arrived_at)
    rows = [(visit.pk, visit.left_at, store.start_of_day(visit.on + DAY)) for visit in visits]
    update_rows(Visit, ["left_at", "closed_at"], rows)
    tasks = Task.objects.bulk_create(_follow_up(store, visit) for visit in visits if _asks_for_a_call(visit))
    return Counts(changed=len(visits) + len(tasks))


def _asks_for_a_call(visit: Visit) -> bool:
    lead = visit.lead
    if lead is None or visit.kind not in COUNTED_KINDS:
        return False
    if lead.status != Status.ACTIVE or lead.step >= Step.DEAL:
        return False
    came_again = lead.last_visit_at and lead.last_visit_at > visit.left_at
    return not came_again and not (lead.last_contact_at and lead.last_contact_at > visit.left_at)


def _follow_up(store: Store, visit: Visit) -> Task:
    """No thank-you: its five minutes went by unseen (SPEC A65)."""
    visit.lead.store = store
    return day_after(visit.lead, what="visit", ref_id=visit.closing_key, ended_at=visit.left_at)
