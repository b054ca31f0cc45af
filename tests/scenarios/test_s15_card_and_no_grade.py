"""S15: a name alone opens no card; without a model the grade is C and says why; 120 days are C."""

import uuid

import pytest
from django.urls import reverse

from accounts.rules import set_setting
from followups.models import Task
from leads.models import Customer, Lead
from showroom.closing import Leaving, close_visit
from showroom.models import Visit
from tests.conftest import at
from tests.factories import CarModelFactory

pytestmark = pytest.mark.django_db

ARRIVED, LEFT = at("2026-03-02 14:20"), at("2026-03-02 15:00")


@pytest.fixture
def visitor(client, settings, li):
    """Somebody comes in and is logged by Li: `visitor(phone=..., name=..., car_model=...)`."""

    def come(**fields):
        settings.DEALER_NOW = ARRIVED.isoformat()
        client.force_login(li)
        client.post("/walk-in/", {"token": str(uuid.uuid4()), "persons": "1", **fields})
        return Visit.objects.latest("id")

    return come


@pytest.fixture
def leave(client, settings, li):
    def send(visit, **fields):
        settings.DEALER_NOW = LEFT.isoformat()
        client.force_login(li)
        return client.post(reverse("showroom:close", args=[visit.pk]), {"token": str(uuid.uuid4()), **fields})

    return send


def test_a_name_alone_is_a_row_of_the_register_and_nothing_else(visitor, leave, store, li):
    visit = visitor(name="张三", no_phone="1")
    assert leave(visit).status_code == 302
    visit.refresh_from_db()
    assert (visit.register_serial, visit.name_text, visit.left_at, visit.completed) == (1, "张三", LEFT, True)
    assert (Customer.objects.count(), Lead.objects.count(), Task.objects.count()) == (0, 0, 0)


def test_name_and_phone_without_a_model_are_a_card_of_grade_c(visitor, leave, store, li):
    visit = visitor(phone="13800000001", name="张三")
    leave(visit, grade="C")
    lead = Lead.objects.get()
    assert lead.customer.card_opened_at == ARRIVED
    assert (lead.grade, lead.next_due_on.isoformat()) == ("C", "2026-04-01")
    event = lead.events.get(kind="grade")
    assert event.data == {"suggested": "C", "flags": ["model_missing"]}


def test_no_model_means_no_grade_where_the_store_says_so(visitor, leave, store, li, chen):
    set_setting(store, "strict_none", True, by=chen, at=ARRIVED)
    visit = visitor(phone="13800000001", name="张三")
    leave(visit)
    lead = Lead.objects.get()
    assert (lead.grade, lead.has_cadence, lead.next_due_on) == ("none", False, None)
    assert lead.customer.card_opened_at == ARRIVED


def test_a_hundred_and_twenty_days_are_grade_c(visitor, store, li):
    car = CarModelFactory(group=store.group)
    visit = visitor(phone="13800000001", name="张三", car_model=car.pk)
    close_visit(visit.pk, Leaving(grade="C", horizon_days=120), by=li, at=LEFT, now=LEFT)
    lead = Lead.objects.get()
    assert (lead.grade, lead.suggested_grade, lead.expected_on.isoformat()) == ("C", "", "2026-06-30")
    assert lead.events.get(kind="grade").data == {"suggested": "C", "flags": []}
