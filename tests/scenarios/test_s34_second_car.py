"""S34, T18, FUP-10, CARD-03: an owner wants a second car."""

import pytest

from accounts.errors import NotAllowed, Refused
from leads.losing import Loss, lose
from leads.models import Lead, LeadEvent, LeadModel
from leads.second_car import WantsAnotherAlready, another_lead
from leads.statuses import invalidate
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CarModelFactory, LeadFactory, PhoneFactory
from tests.followups.promises import broken_dates
from tests.leads.set_aside import reason, set_aside

pytestmark = pytest.mark.django_db
SEPTEMBER = at("2026-09-01 10:00")


@pytest.fixture
def owner_of_a_car(store, li):
    """Delivered, Li's: at step 9, without cadence."""
    lead = LeadFactory(store=store, owner=li, grade="none", step=9, last_visit_at=at("2026-03-20 10:00"))
    PhoneFactory(customer=lead.customer, value="+8613800000001", tail="0001")
    return lead


def test_a_new_lead_at_step_one_linked_to_the_owner_who_stays_at_nine(owner_of_a_car, li):
    car = CarModelFactory(group=owner_of_a_car.store.group)
    second = another_lead(owner_of_a_car.pk, by=li, at=SEPTEMBER, car_model=car)
    second.refresh_from_db()
    owner_of_a_car.refresh_from_db()
    assert (second.step, second.status, second.owner, second.parent) == (1, "active", li, owner_of_a_car)
    assert (second.customer, second.car_no, second.number) == (owner_of_a_car.customer, 2, "L-260901-01")
    assert (second.arrived_at, second.source_group) == (SEPTEMBER, "owners")
    assert LeadModel.objects.get(lead=second).car_model == car
    assert (owner_of_a_car.step, owner_of_a_car.status, owner_of_a_car.version) == (9, "active", 1)
    assert LeadEvent.objects.get(lead=second).data == {"owner": li.pk, "parent": owner_of_a_car.number}
    assert broken_dates() == {}


def test_the_next_visit_belongs_to_the_new_wish(store, owner_of_a_car, li):
    second = another_lead(owner_of_a_car.pk, by=li, at=SEPTEMBER)
    when = at("2026-09-02 14:00")
    visit, _new = log_visit(store, Arrival(phone_text="13800000001"), receiver=li, by=li, at=when, now=when)
    second.refresh_from_db()
    assert (visit.lead, second.step) == (second, 2)


def test_somebody_still_choosing_may_want_two(store, li):
    first = LeadFactory(store=store, owner=li, grade="A", step=6)
    second = another_lead(first.pk, by=li, at=SEPTEMBER)
    assert Lead.objects.filter(customer=first.customer, status="active").count() == 2
    assert second.parent == first


def test_one_open_wish_at_a_time_until_it_is_bought_or_gone(store, owner_of_a_car, li):
    second = another_lead(owner_of_a_car.pk, by=li, at=SEPTEMBER)
    for first in (owner_of_a_car, second):
        with pytest.raises(WantsAnotherAlready) as refusal:
            another_lead(first.pk, by=li, at=SEPTEMBER)
        assert refusal.value.lead == second
    Lead.objects.filter(pk=second.pk).update(step=7)
    third = another_lead(second.pk, by=li, at=SEPTEMBER)
    assert third.car_no == 3
    invalidate(third.pk, reason="test", by=li, at=SEPTEMBER)
    assert another_lead(owner_of_a_car.pk, by=li, at=SEPTEMBER).car_no == 4


def test_a_lost_wish_makes_room_for_another(owner_of_a_car, li):
    second = another_lead(owner_of_a_car.pk, by=li, at=SEPTEMBER)
    lose(second.pk, Loss(reason(second.store)), by=li, at=SEPTEMBER, now=SEPTEMBER)
    assert another_lead(owner_of_a_car.pk, by=li, at=SEPTEMBER).car_no == 3


@pytest.mark.parametrize("status", ["dormant", "lost_pending", "lost", "void"])
def test_what_is_not_worked_on_is_brought_back_instead(store, li, chen, status):
    lead = set_aside(LeadFactory(store=store, owner=li), status, li, chen, at("2026-08-01 10:00"))
    with pytest.raises(Refused):
        another_lead(lead.pk, by=li, at=SEPTEMBER)
    assert Lead.objects.count() == 1


def test_when_the_owner_has_left_it_is_whose_who_opens_it(owner_of_a_car, li, chen):
    li.is_active = False
    li.save()
    assert another_lead(owner_of_a_car.pk, by=chen, at=SEPTEMBER).owner == chen


def test_a_colleague_opens_nothing_for_my_customer(owner_of_a_car, wang):
    with pytest.raises(NotAllowed):
        another_lead(owner_of_a_car.pk, by=wang, at=SEPTEMBER)
