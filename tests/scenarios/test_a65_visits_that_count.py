"""A65: which visits set the cadence and the seven days, and which do not."""

import datetime as dt

import pytest

from followups.models import Task
from showroom.closing import Leaving, close_visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import LeadFactory, PhoneFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(store, wang):
    """A B lead of Wang, last seen 1 March."""
    lead = LeadFactory(store=store, owner=wang, grade="B", last_visit_at=at("2026-03-01 10:00"))
    PhoneFactory(customer=lead.customer, value="+8613800000001", tail="0001")
    return lead


def visit(store, receiver, moment, **arrival):
    return log_visit(
        store,
        Arrival(phone_text="13800000001", **arrival),
        receiver=receiver,
        by=receiver,
        at=moment,
        now=moment,
    )[0]


def test_a_courtesy_visit_counts_for_its_owner(store, li, wang, lead):
    row = visit(store, li, at("2026-03-05 14:00"))
    assert (row.kind, row.courtesy) == ("return", True)
    lead.refresh_from_db()
    assert lead.owner == wang
    assert (lead.next_due_on, lead.lapses_on) == (dt.date(2026, 3, 20), dt.date(2026, 3, 13))
    task = Task.objects.get(lead=lead, kind="cadence", state="open")
    assert (task.due_on, task.assignee) == (dt.date(2026, 3, 20), wang)


def test_fetching_plates_changes_nothing(store, li, lead):
    visit(store, li, at("2026-03-05 14:00"))
    before = type(lead).objects.filter(pk=lead.pk).values().get()
    row = visit(store, li, at("2026-03-06 10:00"), other="paperwork")
    assert (row.kind, row.lead) == ("other_business", None)
    assert type(lead).objects.filter(pk=lead.pk).values().get() == before


def test_the_24_hours_run_from_leaving_and_go_to_the_owner(store, li, wang, lead):
    row = visit(store, li, at("2026-03-05 14:00"))
    left = at("2026-03-05 15:30")
    close_visit(row.pk, Leaving(grade="C", outcome="not_now"), by=li, at=left, now=left)
    task = Task.objects.get(lead=lead, kind="day_after")
    assert (task.due_at, task.assignee, task.state) == (at("2026-03-06 15:30"), wang, "open")


def test_a_visitor_without_a_number_is_a_register_row_only(store, li):
    moment = at("2026-03-05 14:00")
    row, created = log_visit(store, Arrival(name="某先生"), receiver=li, by=li, at=moment, now=moment)
    assert created
    assert (row.lead, row.customer, row.register_serial) == (None, None, 1)
    assert not Task.objects.exists()
