"""OWN-01, OWN-09, OWN-11, OWN-13: the number says whose it is; one customer has one lead and one number."""

import pytest
from django.urls import reverse

from accounts.models import AccessEvent
from leads.giving import give
from leads.models import Customer, Lead, LeadEvent
from showroom.lookup import State, answer
from showroom.visits import Arrival, log_visit
from tests.conftest import at

pytestmark = pytest.mark.django_db
PHONE = "13800000001"
STORED, AGAIN = at("2026-03-02 10:00"), at("2026-03-04 10:00")


@pytest.fixture
def lead(store, wang):
    """Wang stored the number on 2 March."""
    arrival = Arrival(phone_text=PHONE, name="张伟")
    visit, _ = log_visit(store, arrival, receiver=wang, by=wang, at=STORED, now=STORED)
    visit.left_at = at("2026-03-02 11:00")
    visit.save()
    return visit.lead


def test_the_same_number_two_days_later_is_an_alert_and_stays_wangs(store, lead, li, wang):
    said = answer(store, "138 0000 0001", user=li, now=AGAIN)
    assert (said.state, said.match.owner_name, said.match.name) == (State.COLLEAGUE, "王芳", "张**")
    visit, _ = log_visit(
        store, Arrival(phone_text="+86 138-0000-0001", name="老张"), receiver=li, by=li, at=AGAIN, now=AGAIN
    )
    assert (visit.lead, visit.lead.owner, visit.courtesy) == (lead, wang, True)
    assert (Customer.objects.count(), Lead.objects.count()) == (1, 1)
    assert LeadEvent.objects.filter(kind="owner").count() == 0


def test_a_colleague_meets_404_and_the_manager_is_on_record(client, settings, lead, li, chen):
    settings.DEALER_NOW = at("2026-03-05 10:00").isoformat()
    address = reverse("leads:card", args=[lead.number])
    client.force_login(li)
    assert client.get(address).status_code == 404
    client.force_login(chen)
    assert client.get(address).status_code == 200
    looked = AccessEvent.objects.filter(kind="view_other").values_list("by__username", "target_id")
    assert list(looked) == [("chen", lead.pk)]


def test_the_number_of_a_lead_stays_whoever_owns_it(store, lead, wang, li):
    number = lead.number
    assert number == "L-260302-01"
    give(lead.pk, li, by=wang, at=AGAIN)
    give(lead.pk, None, by=li, at=AGAIN)
    assert Lead.objects.get().number == number
    other, _ = log_visit(
        store, Arrival(phone_text="13800000002", name="何敏"), receiver=li, by=li, at=STORED, now=AGAIN
    )
    assert other.lead.number == "L-260302-02"
