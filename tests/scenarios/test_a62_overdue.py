"""A62: overdue from the second after; missed as of the day after, whichever night finds it."""

import datetime as dt

import pytest

from followups.contacts import Said, log_contact
from followups.models import Task
from followups.night import run_night
from followups.task_kinds import TaskKind
from tests.conftest import at
from tests.followups.worked_leads import make_lead

pytestmark = pytest.mark.django_db


def march(day):
    return dt.date(2026, 3, day)


@pytest.fixture
def task(store, li):
    return Task.objects.get(lead=make_lead(store, li, due="2026-03-04", visited="2026-03-01 10:00"))


@pytest.fixture
def timed(store, li, task):
    return Task(store=store, kind=TaskKind.DAY_AFTER, due_at=at("2026-03-04 10:30"), due_on=march(4))


def test_a_date_lasts_until_its_last_second(task):
    assert not task.is_overdue(at("2026-03-04 23:59:59"))
    assert task.is_overdue(at("2026-03-05 00:00:00"))


def test_a_time_is_overdue_one_second_later(timed):
    assert not timed.is_overdue(at("2026-03-04 10:30:00"))
    assert timed.is_overdue(at("2026-03-04 10:30:01"))


@pytest.mark.parametrize("found_on", [5, 6, pytest.param(12, marks=pytest.mark.thorough)])
def test_missed_on_is_the_day_after_whichever_night_finds_it(store, task, found_on):
    result = run_night(store, march(found_on), now=store.start_of_day(march(found_on)))
    assert result.missed == 1
    task.refresh_from_db()
    assert task.missed_on == march(5)


def test_the_night_of_the_day_itself_finds_nothing(store, task):
    assert run_night(store, march(4), now=at("2026-03-04 00:00")).missed == 0


def test_a_task_is_missed_once(store, task):
    run_night(store, march(5), now=at("2026-03-05 00:00"))
    assert run_night(store, march(6), now=at("2026-03-06 00:00")).missed == 0


def test_after_two_whole_days_it_is_escalated_once(store, task):
    escalated = [
        run_night(store, march(day), now=at(f"2026-03-0{day} 00:00")).escalated for day in (5, 6, 7, 8)
    ]
    assert escalated == [0, 0, 1, 0]
    task.refresh_from_db()
    assert task.escalated


def test_a_pool_task_is_missed_and_never_escalated(store):
    task = Task.objects.get(lead=make_lead(store, None, due="2026-03-04"))
    result = run_night(store, march(9), now=at("2026-03-09 00:00"))
    assert (result.missed, result.escalated) == (1, 0)
    task.refresh_from_db()
    assert (task.missed_on, task.escalated) == (march(5), False)


def test_a_task_closed_in_time_is_never_missed(store, li, task):
    called = at("2026-03-04 12:00")
    log_contact(task.lead_id, Said("comparing"), by=li, at=called, now=called)
    assert run_night(store, march(9), now=at("2026-03-09 00:00")).missed == 0
