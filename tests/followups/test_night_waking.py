"""A dormant lead wakes on its day with a cadence task of that day (SPEC A63, A67)."""

import datetime as dt

import pytest

from followups.models import Task
from followups.night import run_night
from leads.models import LeadEvent
from leads.protection import lapses_on
from tests.conftest import at
from tests.factories import LeadFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_reminders")]


def march(day):
    return dt.date(2026, 3, day)


def night(store, day):
    return run_night(store, march(day), now=store.start_of_day(march(day)))


@pytest.fixture
def lead(store, li):
    return LeadFactory(
        store=store,
        owner=li,
        grade="B",
        status="dormant",
        wake_on=march(8),
        last_contact_at=at("2026-03-01 10:00"),
        created_at=at("2026-03-01 10:00"),
    )


@pytest.mark.thorough
def test_the_night_before_it_sleeps(store, lead):
    assert night(store, 7).changed == 0


@pytest.mark.parametrize("found_on", [8, 11])
def test_it_is_active_with_a_task_of_the_day_and_protected_from_it(store, lead, li, found_on):
    night(store, found_on)
    lead.refresh_from_db()
    assert (lead.status, lead.wake_on, lead.version) == ("active", None, 2)
    assert (lead.has_cadence, lead.next_due_on, lead.protected_from) == (True, march(8), march(8))
    assert lead.lapses_on == lapses_on(lead)
    task = Task.objects.get()
    assert (task.kind, task.assignee, task.due_on, task.due_at) == (
        "cadence",
        li,
        march(8),
        at("2026-03-08 23:59:59"),
    )
    assert (task.why, task.why_args) == ("cadence", {"grade": "B"})


@pytest.mark.thorough
def test_the_event_stands_at_midnight_of_the_day(store, lead):
    night(store, 11)
    event = LeadEvent.objects.get(lead=lead)
    assert (event.kind, event.from_value, event.to_value) == ("status", "dormant", "active")
    assert (event.at, event.recorded_at, event.source) == (
        at("2026-03-08 00:00"),
        at("2026-03-11 00:00"),
        "night",
    )


@pytest.mark.thorough
def test_without_a_grade_it_wakes_without_a_task(store, lead):
    type(lead).objects.filter(pk=lead.pk).update(grade="none")
    night(store, 8)
    lead.refresh_from_db()
    assert (lead.status, lead.has_cadence, lead.next_due_on) == ("active", False, None)
    assert not Task.objects.exists()


@pytest.mark.thorough
def test_a_late_night_finds_the_task_missed(store, lead):
    night(store, 11)
    assert Task.objects.get().missed_on == march(9)
