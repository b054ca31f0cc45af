"""A11: one customer per group, a lead per store; across stores only "already known", no names."""

import pytest

from accounts.rules import set_setting
from leads.models import Customer, Lead
from showroom.lookup import State, answer
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import make_person, make_store
from tests.showroom.known import know

pytestmark = pytest.mark.django_db
NOW = at("2026-03-05 10:00")


@pytest.fixture
def west(store):
    return make_store("west", group=store.group)


@pytest.fixture
def tang(west):
    return make_person(west, "tang", "唐薇", "consultant")


@pytest.fixture
def lead(store, li):
    return know(store, li, "13800000001", "张伟")


def test_the_other_store_learns_that_they_are_known_and_no_name(west, tang, lead):
    said = answer(west, "13800000001", user=tang, now=NOW)
    assert (said.state, said.match, said.known_as) == (State.KNOWN_IN_GROUP, None, "")


def test_a_group_that_shares_shows_name_and_store(store, west, tang, lead, chen):
    for place in (store, west):
        set_setting(place, "group_shares", True, by=chen, at=NOW)
    assert answer(west, "13800000001", user=tang, now=NOW).known_as == "张伟 · Store east"


def test_a_store_that_does_not_share_keeps_its_names(store, west, tang, lead, chen):
    set_setting(west, "group_shares", True, by=chen, at=NOW)
    assert answer(west, "13800000001", user=tang, now=NOW).known_as == ""


def test_each_store_has_its_own_lead_and_owner(store, west, li, tang, lead):
    visit, _ = log_visit(west, Arrival(phone_text="13800000001"), receiver=tang, by=tang, at=NOW, now=NOW)
    assert (visit.lead.owner, visit.lead.store, visit.lead.customer) == (tang, west, lead.customer)
    assert (Customer.objects.count(), Lead.objects.count()) == (1, 2)
    assert not Lead.objects.visible_to(tang, now=NOW).filter(pk=lead.pk).exists()


def test_another_group_knows_nothing(lead):
    south = make_store("south")
    ma = make_person(south, "ma", "马超", "consultant")
    assert answer(south, "13800000001", user=ma, now=NOW).state == State.NEW
