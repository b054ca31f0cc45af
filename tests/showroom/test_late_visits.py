"""A visit that is written down late: what was done and said since stands over it."""

import datetime as dt

import pytest

from followups.contacts import Said, log_contact
from followups.models import Task
from leads.log import record
from leads.models import Lead
from leads.ownership import set_owner
from leads.protection import settle
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import LeadFactory, PhoneFactory

pytestmark = pytest.mark.django_db
CALLED, NOW = at("2026-03-05 10:00"), at("2026-03-06 09:00")
EARLIER, LATER = at("2026-03-04 14:00"), at("2026-03-05 14:00")


@pytest.fixture
def lead(store, wang):
    """A of Wang, contact on 5 March with an agreed date: due 20 March."""
    lead = LeadFactory(store=store, owner=wang, grade="A")
    PhoneFactory(customer=lead.customer, value="+8613800000001", tail="0001")
    agreed = Said("looking", next_on=dt.date(2026, 3, 20), agreed=True)
    log_contact(lead.pk, agreed, by=wang, at=CALLED, now=CALLED)
    return lead


def visit(store, receiver, arrived_at):
    arrival = Arrival(phone_text="13800000001")
    return log_visit(store, arrival, receiver=receiver, by=receiver, at=arrived_at, now=NOW)[0]


def test_a_visit_before_the_last_contact_leaves_task_and_date(store, wang, lead):
    visit(store, wang, EARLIER)
    lead.refresh_from_db()
    assert (lead.last_visit_at, lead.next_due_on, lead.agreed_on) == (
        EARLIER,
        dt.date(2026, 3, 20),
        dt.date(2026, 3, 20),
    )
    assert Task.objects.get(state="open").due_on == dt.date(2026, 3, 20)


def test_a_visit_after_the_last_contact_dates_the_lead_anew(store, wang, lead):
    visit(store, wang, LATER)
    lead.refresh_from_db()
    assert (lead.last_visit_at, lead.next_due_on, lead.agreed_on) == (LATER, dt.date(2026, 3, 8), None)


def test_a_lead_that_went_to_the_pool_since_stays_there(store, li, wang, lead):
    set_owner(lead, None, by=wang, at=CALLED, recorded_at=CALLED, reason="lapsed")
    visit(store, li, EARLIER)
    assert Lead.objects.get().owner is None
    visit(store, li, LATER)
    assert Lead.objects.get().owner == li


def test_a_lead_that_fell_asleep_since_sleeps_on(store, wang, lead):
    lead.refresh_from_db()
    lead.status = "dormant"
    settle(lead)
    lead.save()
    record(lead, "status", at=CALLED, recorded_at=CALLED, by=wang, from_value="active", to_value="dormant")
    visit(store, wang, EARLIER)
    assert Lead.objects.get().status == "dormant"
    visit(store, wang, LATER)
    assert Lead.objects.get().status == "active"
