"""Leads as the verbs leave them: with a grade, a visit or talk behind them, and their cadence task."""

import datetime as dt
from itertools import count

from followups.cadence import cadence_date, open_cadence
from followups.messages import mark_sent
from leads.protection import settle
from tests.conftest import at
from tests.factories import CustomerFactory, LeadFactory

NUMBERS = count(10_000_000)  # out of the way of the factories and of those that the register takes


def make_lead(store, owner, grade="B", *, visited="2026-06-01 10:00", contacted=None, due=None, **facts):
    """An active lead of `owner`; `visited`, `contacted` are Shanghai wall clock, `due` a store day."""
    facts.setdefault("created_at", at(visited or contacted or "2026-06-01 10:00"))
    lead = LeadFactory(
        store=store,
        customer=CustomerFactory(group=store.group, number=next(NUMBERS)),
        owner=owner,
        grade=grade,
        last_visit_at=at(visited) if visited else None,
        last_contact_at=at(contacted) if contacted else None,
        **facts,
    )
    settle(lead)
    due_on = dt.date.fromisoformat(due) if due else cadence_date(lead)
    open_cadence(lead, due_on or dt.date(2026, 6, 1), cause=f"test:{lead.pk}")
    return lead


def shares(tasks) -> dict[str, int]:
    """How many tasks fall on each day."""
    days: dict[str, int] = {}
    for day in tasks.order_by("due_on").values_list("due_on", flat=True):
        days[day.isoformat()] = days.get(day.isoformat(), 0) + 1
    return days


def thank(lead, by, wall_clock):
    """The thank-you message after a visit or a call."""
    return mark_sent(lead.pk, "谢谢您今天到店", by=by, now=at(wall_clock))
