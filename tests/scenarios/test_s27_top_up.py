"""S27 and its like: when the timers of money and keys are due, and what closes them (SPEC 13-16, A61)."""

import datetime as dt

import pytest

from accounts.rules import set_setting
from followups.cadence import close_tasks
from followups.due_times import (
    after,
    approval_due,
    birthday_in,
    delivery_due,
    first_maintenance_due,
    hold_end_due,
    top_up_due,
    week_call_due,
)
from followups.models import Task
from followups.task_kinds import TASK_KINDS, TaskKind
from followups.timers import timer
from followups.why import task_reasons
from tests.conftest import at
from tests.followups.worked_leads import make_lead

pytestmark = pytest.mark.django_db

PAID = at("2026-03-06 16:00")


@pytest.fixture
def top_up(store, li):
    """Sun paid 1,000 of 3,000 on 6 March at 16:00."""
    lead = make_lead(store, li, "H", visited="2026-03-06 15:00", step=6)
    task = timer(lead, TaskKind.TOP_UP, top_up_due(store, PAID), cause="receipt:1")
    task.save()
    return task


def test_s27_the_rest_is_due_a_day_later_to_the_second(top_up, store):
    assert (top_up.due_at, top_up.cause) == (at("2026-03-07 16:00"), "top_up:receipt:1")
    assert not top_up.is_overdue(at("2026-03-07 16:00:00"))
    assert top_up.is_overdue(at("2026-03-07 16:00:01"))
    (reason,) = task_reasons(top_up, top_up.lead, store=store, now=at("2026-03-07 16:01"))
    assert (reason.tone, reason.text.startswith("rest of the deposit, late since")) == ("late", True)


def test_s27_two_days_where_the_store_says_so(store, chen):
    set_setting(store, "top_up_hours", 48, by=chen, at=PAID)
    assert top_up_due(store, PAID) == at("2026-03-08 16:00")


def test_s27_the_whole_deposit_closes_it_and_a_talk_does_not(top_up, li):
    lead, paid = top_up.lead, at("2026-03-07 11:00")
    close_tasks(lead, "contact", by=li, at=paid)
    top_up.refresh_from_db()
    assert top_up.state == "open"
    close_tasks(lead, "deposit", by=li, at=paid)
    top_up.refresh_from_db()
    assert (top_up.state, top_up.closed_at, top_up.closed_by) == ("done", paid, li)


def test_the_days_of_keys_and_papers(store):
    assert hold_end_due(store, dt.date(2026, 3, 6)) == at("2026-03-13 23:59:59")
    assert approval_due(store, at("2026-03-06 10:00")) == at("2026-03-06 23:59:59")
    assert delivery_due(store, dt.date(2026, 3, 20)) == at("2026-03-20 23:59:59")
    assert week_call_due(store, dt.date(2026, 3, 20)) == at("2026-03-27 23:59:59")
    assert first_maintenance_due(store, dt.date(2026, 6, 10)) == at("2026-06-10 23:59:59")


@pytest.mark.parametrize(("year", "on"), [(2026, dt.date(2026, 2, 28)), (2028, dt.date(2028, 2, 29))])
def test_a_birthday_on_a_leap_day(year, on):
    assert birthday_in(year, dt.date(1988, 2, 29)) == on
    assert birthday_in(year, dt.date(1988, 6, 15)) == dt.date(year, 6, 15)


def test_only_a_call_back_and_the_ladder_wait_for_the_store_to_open(store):
    evening, half_an_hour = at("2026-03-06 17:50"), dt.timedelta(minutes=30)
    waits = {kind for kind in TaskKind if after(kind, store, evening, half_an_hour) == at("2026-03-07 09:20")}
    runs = {kind for kind in TaskKind if after(kind, store, evening, half_an_hour) == at("2026-03-06 18:20")}
    assert waits == {TaskKind.CALL_BACK, TaskKind.LADDER}
    assert runs == set(TaskKind) - waits


def test_every_kind_has_its_rule_and_its_words(store, li):
    lead = make_lead(store, li, "H", visited="2026-03-06 15:00")
    assert set(TASK_KINDS) == set(TaskKind)
    for kind in TaskKind:
        task = Task(kind=kind, lead=lead, due_at=PAID, due_on=dt.date(2026, 3, 6), why=kind)
        task.why_args = {"rung": 1, "days": 7, "ready": []}
        assert task_reasons(task, lead, store=store, now=at("2026-03-06 10:00"))
