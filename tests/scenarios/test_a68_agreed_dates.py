"""A68: a next date past the cadence needs the customer's word; an appointment is such a word."""

import datetime as dt

import pytest

from accounts.errors import Refused
from followups.appointments import cancel_appointment, make_appointment, move_appointment
from followups.contacts import Said, log_contact
from followups.models import Contact, Task
from tests.conftest import at
from tests.factories import LeadFactory

pytestmark = pytest.mark.django_db
CALLED = at("2026-03-03 10:00")


@pytest.fixture
def lead(store, li):
    """A of Li, contact on 3 March: due 6 March."""
    lead = LeadFactory(store=store, owner=li, grade="A")
    log_contact(lead.pk, Said("comparing"), by=li, at=CALLED, now=CALLED)
    return lead


def due(lead):
    lead.refresh_from_db()
    task = Task.objects.get(lead=lead, kind="cadence", state="open")
    assert task.due_on == lead.next_due_on
    return task.due_on


def test_a_later_date_without_the_tick_is_refused_and_nothing_is_written(lead, li):
    later = Said("looking", next_on=dt.date(2026, 3, 9))
    with pytest.raises(Refused) as refused:
        log_contact(lead.pk, later, by=li, at=CALLED, now=CALLED)
    assert refused.value.field == "next_on"
    assert Contact.objects.count() == 1
    assert due(lead) == dt.date(2026, 3, 6)


def test_with_the_tick_the_date_stands_and_protects(lead, li):
    agreed = Said("looking", next_on=dt.date(2026, 3, 9), agreed=True)
    log_contact(lead.pk, agreed, by=li, at=CALLED, now=CALLED)
    assert due(lead) == dt.date(2026, 3, 9)
    assert (lead.agreed_on, lead.lapses_on) == (dt.date(2026, 3, 9), dt.date(2026, 3, 17))


@pytest.mark.parametrize("day", [3, 4, 5, 6])
def test_any_day_up_to_the_cadence_date_is_free(lead, li, day):
    log_contact(lead.pk, Said("looking", next_on=dt.date(2026, 3, day)), by=li, at=CALLED, now=CALLED)
    assert due(lead) == dt.date(2026, 3, day)
    assert lead.agreed_on is None


def test_a_date_in_the_past_is_refused(lead, li):
    with pytest.raises(Refused):
        log_contact(lead.pk, Said("looking", next_on=dt.date(2026, 3, 2)), by=li, at=CALLED, now=CALLED)


def test_an_appointment_is_the_next_date(lead, li):
    make_appointment(lead.pk, at("2026-03-10 14:00"), by=li, now=CALLED)
    assert due(lead) == dt.date(2026, 3, 10)
    assert lead.lapses_on == dt.date(2026, 3, 18)


def test_cancelled_it_counts_from_the_last_contact_again(lead, li):
    appointment = make_appointment(lead.pk, at("2026-03-10 14:00"), by=li, now=CALLED)
    cancel_appointment(appointment.pk, by=li, now=at("2026-03-05 09:00"))
    assert due(lead) == dt.date(2026, 3, 6)
    assert lead.agreed_on is None


def test_cancelled_late_it_is_due_today_and_not_before(lead, li):
    appointment = make_appointment(lead.pk, at("2026-03-10 14:00"), by=li, now=CALLED)
    cancel_appointment(appointment.pk, by=li, now=at("2026-03-08 09:00"))
    assert due(lead) == dt.date(2026, 3, 8)


def test_moved_it_falls_on_the_new_day(lead, li):
    first = make_appointment(lead.pk, at("2026-03-10 14:00"), by=li, now=CALLED)
    second = move_appointment(first.pk, at("2026-03-12 11:00"), by=li, now=CALLED)
    first.refresh_from_db()
    assert (first.state, first.moved_to) == ("moved", second)
    assert due(lead) == dt.date(2026, 3, 12)


def test_coming_in_is_one_field_of_the_contact(lead, li):
    coming = Said("coming", coming_at=at("2026-03-10 14:00"))
    log_contact(lead.pk, coming, by=li, at=CALLED, now=CALLED)
    assert due(lead) == dt.date(2026, 3, 10)
    assert lead.appointments.get().state == "planned"
