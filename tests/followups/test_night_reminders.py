"""The night mends a lead whose open cadence task is gone (SPEC A52)."""

import datetime as dt

import pytest

from followups.models import NightlyRun, Task
from followups.night import run_night
from tests.conftest import at
from tests.followups.worked_leads import make_lead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_reminders")]


def march(day):
    return dt.date(2026, 3, day)


def night(store, day):
    return run_night(store, march(day), now=store.start_of_day(march(day)))


def lead_without_task(store, owner, due):
    lead = make_lead(store, owner, visited="2026-03-05 10:00", due=due, created_at=at("2026-03-09 12:00"))
    Task.objects.filter(lead=lead).delete()
    return lead


def test_it_gets_one_due_as_the_lead_says(store, li):
    lead = lead_without_task(store, li, "2026-03-12")
    assert night(store, 10).changed == 1
    task = Task.objects.get(lead=lead)
    assert (task.kind, task.assignee, task.due_on) == ("cadence", li, march(12))
    assert (task.due_at, task.cause) == (at("2026-03-12 23:59:59"), f"cadence:night:{lead.pk}:2026-03-10")


@pytest.mark.parametrize(("due", "missed", "escalated"), [("2026-03-09", 10, False), ("2026-03-07", 8, True)])
def test_one_that_is_late_is_late_at_once(store, li, due, missed, escalated):
    lead_without_task(store, li, due)
    night(store, 10)
    task = Task.objects.get()
    assert (task.missed_on, task.escalated) == (march(missed), escalated)
    NightlyRun.objects.all().delete()
    assert night(store, 10).changed == 0


def test_a_pool_lead_gets_one_of_nobody(store):
    lead_without_task(store, None, "2026-03-01")
    night(store, 10)
    task = Task.objects.get()
    assert (task.assignee, task.escalated) == (None, False)


def test_a_lead_with_its_task_gets_no_second(store, li):
    make_lead(store, li, visited="2026-03-05 10:00", created_at=at("2026-03-09 12:00"))
    assert night(store, 10).changed == 0
