"""A02: one customer is one row on My day; one contact closes every task it satisfies."""

import pytest

from followups.contacts import Said, log_contact
from followups.models import Task
from showroom.closing import Leaving, close_visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CarModelFactory
from tests.followups.worked_leads import thank

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(store, li):
    """Zhang, in the house on 2 March until 15:00 and thanked, grade A."""
    model = CarModelFactory(group=store.group)
    arrival = Arrival(phone_text="138 0000 0001", name="张三", car_model=model)
    arrived = at("2026-03-02 14:20")
    visit, created = log_visit(store, arrival, receiver=li, by=li, at=arrived, now=arrived)
    assert created
    left = at("2026-03-02 15:00")
    close_visit(visit.pk, Leaving(grade="A", horizon_days=30), by=li, at=left, now=left)
    thank(visit.lead, li, "2026-03-02 15:03")
    visit.lead.refresh_from_db()
    return visit.lead


def test_a_closed_visit_leaves_two_open_tasks(lead):
    tasks = Task.objects.filter(lead=lead, state="open").order_by("due_at")
    assert [(task.kind, task.due_at) for task in tasks] == [
        ("day_after", at("2026-03-03 15:00")),
        ("cadence", at("2026-03-05 23:59:59")),
    ]


def test_one_call_closes_both_and_dates_the_next(lead, li):
    called = at("2026-03-03 10:00")
    log_contact(lead.pk, Said("comparing"), by=li, at=called, now=called)
    (task,) = Task.objects.filter(lead=lead, state="open")
    assert (task.kind, task.due_on.isoformat()) == ("cadence", "2026-03-06")
    lead.refresh_from_db()
    assert lead.next_due_on.isoformat() == "2026-03-06"
