"""The sheet of an appointment: another time, or called off; the next date follows (SPEC A68)."""

import datetime as dt
import re

import pytest

from followups.appointments import make_appointment
from followups.models import Appointment, Task
from tests.conftest import at
from tests.followups.worked_leads import make_lead

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 09:46")


@pytest.fixture
def appointment(store, li):
    lead = make_lead(store, li, "A", visited="2026-03-01 10:00", contacted="2026-03-11 10:00")
    return make_appointment(lead.pk, at("2026-03-14 10:00"), by=li, now=NOW)


@pytest.fixture
def as_li(client, settings, li):
    settings.DEALER_NOW = NOW.isoformat()
    client.force_login(li, backend="accounts.backends.StaffBackend")
    return client


def url(appointment):
    return f"/appointments/{appointment.pk}/"


def due_on(appointment):
    return Task.objects.get(lead=appointment.lead_id, kind="cadence", state="open").due_on


def test_the_sheet_shows_day_and_time(as_li, appointment):
    html = as_li.get(url(appointment)).content.decode()
    assert re.search(r'name="on" value="2026-03-14"', html)
    assert re.search(r'name="time" value="10:00"', html)


def test_another_time_moves_appointment_and_task(as_li, appointment):
    answer = as_li.post(url(appointment), {"on": "2026-03-15", "time": "14:30"}, follow=True)
    assert "Appointment moved to Sun 15 Mar 14:30" in answer.content.decode()
    old, new = Appointment.objects.order_by("at")
    assert (old.state, old.moved_to, new.at, new.state) == ("moved", new, at("2026-03-15 14:30"), "planned")
    assert due_on(appointment) == dt.date(2026, 3, 15)


def test_called_off_the_cadence_counts_from_the_last_contact(as_li, appointment):
    as_li.post(url(appointment), {"act": "cancel"})
    assert Appointment.objects.get().state == "cancelled"
    assert due_on(appointment) == dt.date(2026, 3, 14)


@pytest.mark.parametrize("form", [{}, {"on": "2026-03-11", "time": "10:00"}, {"on": "soon", "time": "10:00"}])
def test_a_time_in_the_past_or_none_is_refused(as_li, appointment, form):
    assert as_li.post(url(appointment), form).status_code == 422
    assert Appointment.objects.get().state == "planned"


def test_a_settled_one_is_not_moved_again(as_li, appointment):
    as_li.post(url(appointment), {"act": "cancel"})
    answer = as_li.post(url(appointment), {"on": "2026-03-15", "time": "14:30"})
    assert answer.status_code == 422
    assert "settled already" in answer.content.decode()


def test_a_colleague_finds_nothing(client, settings, appointment, wang):
    settings.DEALER_NOW = NOW.isoformat()
    client.force_login(wang, backend="accounts.backends.StaffBackend")
    assert client.get(url(appointment)).status_code == 404
    assert client.post(url(appointment), {"act": "cancel"}).status_code == 404
    assert Appointment.objects.get().state == "planned"


def test_the_composer_leads_to_it_and_proposes_its_day(as_li, appointment):
    html = as_li.get(f"/leads/{appointment.lead.number}/").content.decode()
    assert url(appointment) in html
    assert re.search(r'composer-more.*?datetime="2026-03-14"', html, re.DOTALL)
