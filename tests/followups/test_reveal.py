"""The phone button: the number is given once, to whom it may be, and that stays on record (SPEC A72)."""

import pytest

from accounts.models import AccessEvent
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import LeadFactory, PhoneFactory, make_person, make_store

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 09:46")
FETCH = {"x-requested-with": "fetch"}


@pytest.fixture
def lead(store, li):
    lead = LeadFactory(store=store, owner=li)
    PhoneFactory(customer=lead.customer, value="+8613800000001")
    return lead


@pytest.fixture
def ask(client, settings):
    settings.DEALER_NOW = NOW.isoformat()

    def do(person, lead, headers=FETCH, **fields):
        client.force_login(person, backend="accounts.backends.StaffBackend")
        return client.post(f"/leads/{lead.number}/number/", fields, headers=headers)

    return do


def reveals():
    events = AccessEvent.objects.filter(kind="reveal")
    return list(events.values_list("by__username", "store", "target_kind", "target_id", "reason", "at"))


def test_the_owner_gets_the_number_and_leaves_one_row(ask, store, lead, li):
    answer = ask(li, lead)
    assert (answer.status_code, answer.json()) == (200, {"tel": "+8613800000001"})
    assert reveals() == [("li", store.pk, "lead", lead.pk, "", NOW)]


def test_the_setter_needs_no_reason(ask, lead, wang):
    lead.setter = wang
    lead.save()
    assert ask(wang, lead).status_code == 200


def test_a_manager_says_why(ask, lead, chen):
    answer = ask(chen, lead)
    assert (answer.status_code, answer.json()["needs_reason"]) == (400, True)
    assert reveals() == []
    assert ask(chen, lead, reason="made up").status_code == 400
    assert ask(chen, lead, reason="quality").json() == {"tel": "+8613800000001"}
    assert [row[4] for row in reveals()] == ["quality"]


def test_a_colleague_finds_nothing(ask, lead, wang):
    assert ask(wang, lead, reason="quality").status_code == 404
    assert reveals() == []


def test_another_stores_manager_finds_nothing(ask, lead):
    stranger = make_person(make_store("west"), "stranger", "Stranger", "manager")
    assert ask(stranger, lead, reason="quality").status_code == 404


def test_reception_may_call_who_is_on_todays_register(ask, store, lead, qian, li):
    assert ask(qian, lead, reason="arrived").status_code == 404
    arrived = at("2026-03-12 09:00")
    log_visit(store, Arrival(phone_text="13800000001"), receiver=li, by=qian, at=arrived, now=arrived)
    assert ask(qian, lead).status_code == 400
    assert ask(qian, lead, reason="arrived").json() == {"tel": "+8613800000001"}


def test_yesterdays_register_is_closed_to_reception(ask, store, lead, qian, li):
    arrived = at("2026-03-11 23:30")
    log_visit(store, Arrival(phone_text="13800000001"), receiver=li, by=qian, at=arrived, now=arrived)
    assert ask(qian, lead, reason="arrived").status_code == 404


def test_the_receiver_of_the_day_says_why(ask, store, lead, wang):
    arrived = at("2026-03-12 09:00")
    log_visit(store, Arrival(phone_text="13800000001"), receiver=wang, by=wang, at=arrived, now=arrived)
    assert ask(wang, lead).status_code == 400
    assert ask(wang, lead, reason="customer_asked").status_code == 200


def test_a_usable_number_comes_before_a_local_one(ask, store, li):
    lead = LeadFactory(store=store, owner=li)
    PhoneFactory(customer=lead.customer, value="local:east:62345678", valid=False)
    assert ask(li, lead).json() == {"tel": "62345678"}
    PhoneFactory(customer=lead.customer, value="+8613800000002")
    assert ask(li, lead).json() == {"tel": "+8613800000002"}


def test_an_ended_number_is_not_dialled(ask, store, li):
    lead = LeadFactory(store=store, owner=li)
    PhoneFactory(customer=lead.customer, ended_at=NOW)
    answer = ask(li, lead)
    assert (answer.status_code, answer.json()["needs_reason"]) == (400, False)
    assert reveals() == []


def test_without_scripts_a_page_shows_it_after_the_post(ask, client, lead, li):
    client.force_login(li, backend="accounts.backends.StaffBackend")
    before = client.get(f"/leads/{lead.number}/number/").content.decode()
    assert "13800000001" not in before
    assert reveals() == []
    assert 'href="tel:+8613800000001"' in ask(li, lead, headers={}).content.decode()
    assert len(reveals()) == 1


def test_the_sheet_asks_a_manager_for_the_reason(client, lead, chen):
    client.force_login(chen, backend="accounts.backends.StaffBackend")
    html = client.get(f"/leads/{lead.number}/number/").content.decode()
    assert html.count('type="radio" name="reason"') == 6


def test_a_get_never_reveals(client, lead, li):
    client.force_login(li, backend="accounts.backends.StaffBackend")
    assert b"0000001" not in client.get(f"/leads/{lead.number}/number/", headers=FETCH).content
    assert reveals() == []
