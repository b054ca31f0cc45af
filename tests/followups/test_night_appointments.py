"""Nobody came: the no-show half of A68."""

import datetime as dt

import pytest

from followups.appointments import make_appointment
from followups.contacts import Said, log_contact
from followups.models import Appointment, Task
from followups.night import run_night
from leads.models import LeadEvent
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import LeadFactory, PhoneFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_reminders")]
CALLED = at("2026-03-03 10:00")


def march(day):
    return dt.date(2026, 3, day)


def night(store, day):
    return run_night(store, march(day), now=store.start_of_day(march(day)))


@pytest.fixture
def lead(store, li):
    """A of Li, contact on 3 March."""
    lead = LeadFactory(store=store, owner=li, grade="A", created_at=CALLED)
    log_contact(lead.pk, Said("comparing"), by=li, at=CALLED, now=CALLED)
    return lead


def agree(lead, li, day):
    return make_appointment(lead.pk, at(f"2026-03-{day:02} 10:00"), by=li, now=CALLED)


def open_task(lead):
    lead.refresh_from_db()
    task = Task.objects.get(lead=lead, state="open")
    assert task.due_on == lead.next_due_on
    return task


@pytest.mark.thorough
def test_the_cadence_is_due_the_morning_after_and_the_lead_stays_eight_days(store, lead, li):
    appointment = agree(lead, li, 10)
    assert open_task(lead).due_on == march(10)
    night(store, 11)
    task = open_task(lead)
    assert (task.due_on, task.due_at, task.missed_on) == (march(11), at("2026-03-11 23:59:59"), None)
    assert (lead.agreed_on, lead.lapses_on) == (march(10), march(18))
    appointment.refresh_from_db()
    assert appointment.state == "no_show"


@pytest.mark.thorough
def test_the_event_stands_at_the_end_of_the_day(store, lead, li):
    appointment = agree(lead, li, 10)
    night(store, 13)
    event = LeadEvent.objects.get(lead=lead, kind="appointment", to_value="no_show")
    assert (event.at, event.recorded_at) == (at("2026-03-11 00:00"), at("2026-03-13 00:00"))
    assert (event.from_value, event.by, event.source) == ("planned", None, "night")
    assert event.data == {"appointment": appointment.pk}


@pytest.mark.thorough
def test_found_three_nights_later_it_is_missed_since_the_day_it_fell_due(store, lead, li):
    agree(lead, li, 10)
    night(store, 14)
    task = open_task(lead)
    assert (task.due_on, task.missed_on) == (march(11), march(12))


@pytest.mark.thorough
def test_on_its_own_day_the_appointment_still_stands(store, lead, li):
    agree(lead, li, 10)
    assert night(store, 10).changed == 0
    assert Appointment.objects.get().state == "planned"


@pytest.mark.thorough
def test_a_later_appointment_takes_over(store, lead, li):
    agree(lead, li, 10)
    agree(lead, li, 15)
    night(store, 11)
    assert open_task(lead).due_on == march(15)
    assert (lead.agreed_on, lead.lapses_on) == (march(15), march(23))


def test_the_customer_who_came_has_kept_it(store, lead, li):
    agree(lead, li, 10)
    PhoneFactory(customer=lead.customer, value="+8613800000001")
    came = at("2026-03-10 10:20")
    visit, _ = log_visit(store, Arrival(phone_text="13800000001"), receiver=li, by=li, at=came, now=came)
    assert visit.lead == lead
    night(store, 11)
    assert Appointment.objects.get().state == "showed"


@pytest.mark.parametrize("outcome", ["comparing", "no_answer"])
@pytest.mark.thorough
def test_a_late_night_leaves_a_date_set_since_alone(store, lead, li, outcome):
    agree(lead, li, 10)
    talked = at("2026-03-11 10:00")
    log_contact(lead.pk, Said(outcome), by=li, at=talked, now=talked)
    due_on = open_task(lead).due_on
    night(store, 12)
    assert Appointment.objects.get().state == "no_show"
    assert open_task(lead).due_on == due_on


@pytest.mark.thorough
def test_a_dormant_lead_gets_a_no_show_and_no_task(store, lead, li):
    agree(lead, li, 10)
    Task.objects.all().update(state="void", closed_at=at("2026-03-04 10:00"))
    type(lead).objects.filter(pk=lead.pk).update(status="dormant", has_cadence=False, next_due_on=None)
    night(store, 11)
    assert Appointment.objects.get().state == "no_show"
    assert not Task.objects.filter(state="open").exists()
