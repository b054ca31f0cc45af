"""A67: what becomes of tasks and appointments when a lead is set aside and comes back, by the verbs."""

import datetime as dt

import pytest

from followups.appointments import make_appointment
from followups.contacts import Said, log_contact
from followups.models import Appointment, Task
from leads.losing import reject_loss
from leads.models import LeadEvent, LostRecord
from leads.statuses import wake, win_back
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import LeadFactory, PhoneFactory
from tests.followups.promises import broken_dates
from tests.leads.set_aside import lose_lead, set_aside
from tests.nights import night_in_a_row

pytestmark = pytest.mark.django_db
CALLED, NOW, LATER = at("2026-03-02 11:00"), at("2026-03-10 11:00"), at("2026-03-12 23:59:59")
ASIDE = ["dormant", "lost_pending", "lost", "void"]


def march(day):
    return dt.date(2026, 3, day)


@pytest.fixture
def lead(store, li):
    """B of Li at reception, contact on 2 March: due 17 March."""
    lead = LeadFactory(store=store, owner=li, grade="B")
    PhoneFactory(customer=lead.customer, value="+8613800000001", tail="0001")
    log_contact(lead.pk, Said("looking"), by=li, at=CALLED, now=CALLED)
    return lead


def tasks(lead):
    return list(Task.objects.filter(lead=lead).order_by("id").values_list("state", "due_on"))


def open_tasks(lead):
    return [due_on for state, due_on in tasks(lead) if state == "open"]


@pytest.mark.parametrize("status", ASIDE)
def test_a_lead_that_is_set_aside_has_no_open_task(lead, li, chen, status):
    set_aside(lead, status, li, chen, NOW)
    assert (lead.status, lead.has_cadence, lead.next_due_on, lead.lapses_on) == (status, False, None, None)
    assert tasks(lead) == [("void", march(17))]
    assert broken_dates() == {}


@pytest.mark.parametrize(
    ("status", "state"),
    [("dormant", "planned"), ("lost_pending", "cancelled"), ("lost", "cancelled"), ("void", "cancelled")],
)
def test_only_a_dormant_lead_keeps_its_planned_appointment(lead, li, chen, status, state):
    make_appointment(lead.pk, at("2026-03-15 10:00"), by=li, now=NOW)
    set_aside(lead, status, li, chen, NOW)
    assert Appointment.objects.get().state == state
    called_off = LeadEvent.objects.filter(kind="appointment", to_value="cancelled", by=li, at=NOW)
    assert called_off.count() == (state == "cancelled")
    assert broken_dates() == {}


def test_a_loss_that_is_sent_back_is_due_that_day(lead, li, chen):
    found = lose_lead(lead, li, NOW)
    reject_loss(found.pk, by=chen, at=LATER, comment="call again")
    assert tasks(lead) == [("void", march(17)), ("open", march(12))]
    assert broken_dates() == {}


def test_a_lead_that_is_woken_is_due_that_day(lead, li, chen):
    set_aside(lead, "dormant", li, chen, NOW)
    wake(lead.pk, by=li, at=LATER)
    assert open_tasks(lead) == [march(12)]
    assert broken_dates() == {}


@pytest.mark.parametrize("status", ["lost", "void"])
def test_a_lead_that_is_brought_back_is_due_that_day(lead, li, chen, status):
    set_aside(lead, status, li, chen, NOW)
    win_back(lead.pk, reason="customer_called", by=li, at=LATER)
    assert open_tasks(lead) == [march(12)]
    assert broken_dates() == {}


@pytest.mark.parametrize("status", ASIDE)
def test_a_visit_brings_every_one_of_them_back(store, lead, li, chen, status):
    set_aside(lead, status, li, chen, NOW)
    log_visit(store, Arrival(phone_text="13800000001"), receiver=li, by=li, at=LATER, now=LATER)
    lead.refresh_from_db()
    assert lead.status == "active"
    assert open_tasks(lead) == [march(27)]  # counted from the visit: B is due after 15 days
    assert broken_dates() == {}


def test_a_talk_wakes_a_dormant_lead_and_sets_its_next_date(lead, li, chen):
    set_aside(lead, "dormant", li, chen, NOW)
    log_contact(lead.pk, Said("looking"), by=li, at=LATER, now=LATER)
    lead.refresh_from_db()
    assert (lead.status, lead.wake_on, lead.next_due_on) == ("active", None, march(27))
    assert open_tasks(lead) == [march(27)]
    assert broken_dates() == {}


def test_a_try_wakes_nobody(lead, li, chen):
    set_aside(lead, "dormant", li, chen, NOW)
    log_contact(lead.pk, Said("no_answer"), by=li, at=LATER, now=LATER)
    lead.refresh_from_db()
    assert (lead.status, open_tasks(lead)) == ("dormant", [])


def test_the_night_wakes_it_on_its_day(store, lead, li, chen):
    set_aside(lead, "dormant", li, chen, NOW)
    for day, status in ((dt.date(2026, 8, 31), "dormant"), (dt.date(2026, 9, 1), "active")):
        night_in_a_row(store, day)
        lead.refresh_from_db()
        assert lead.status == status
    assert set(open_tasks(lead)) == {dt.date(2026, 9, 1)}
    assert broken_dates() == {}


def test_a_visit_takes_back_a_loss_that_nobody_confirmed(store, lead, li, wang):
    found = lose_lead(lead, li, NOW)
    log_visit(store, Arrival(phone_text="13800000001"), receiver=wang, by=wang, at=LATER, now=LATER)
    lead.refresh_from_db()
    found.refresh_from_db()
    assert (lead.status, lead.owner, lead.revived) == ("active", li, 0)
    assert (found.decision, found.decided_at, found.decided_by) == ("undone", LATER, wang)
    assert LostRecord.objects.filter(decision="").count() == 0
