"""S10: a co-shareholder is the owner's, an employee goes to the head (SPEC OWN-04)."""

import pytest

from leads.household import add_relative
from leads.models import Customer, Lead
from showroom.models import Pull
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.showroom.test_rota import order
from tests.showroom.up_list import open_list

pytestmark = pytest.mark.django_db

DAY = "2026-03-06"


def test_s10_the_shareholder_is_the_owners_and_the_employee_a_turn(store, li, wang, chen, qian):
    when = at("2026-03-02 10:00")
    arrival = Arrival(phone_text="13800000010", name="ACME")
    visit, _new = log_visit(store, arrival, receiver=li, by=li, at=when, now=when)
    Customer.objects.filter(pk=visit.customer_id).update(kind=Customer.Kind.ORGANISATION)
    visit.left_at = when
    visit.save()
    for relation, phone in (("shareholder", "13800000011"), ("employee", "13800000012")):
        add_relative(visit.lead_id, relation, phone_text=phone, name="", by=li, at=when)
    open_list(store, chen, DAY, wang, li)
    for minute, (phone, receiver) in enumerate((("13800000011", li), ("13800000012", wang))):
        came = at(f"{DAY} 10:0{minute}")
        log_visit(store, Arrival(phone_text=phone), receiver=receiver, by=qian, at=came, now=came)
    hu, qi = Lead.objects.order_by("pk")[1:3]
    assert (hu.owner, qi.owner) == (li, wang)
    assert [(pull.user, pull.why, pull.used_turn) for pull in Pull.objects.order_by("pk")] == [
        (li, "family", False), (wang, "turn", True),
    ]  # fmt: skip
    assert order(store, when=f"{DAY} 10:10") == ["李强", "王芳"]
