"""S09: wife and father are the owner's and use no turn, the brother is a new customer (SPEC OWN-03)."""

import pytest

from leads.household import add_relative
from showroom.models import Pull
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.scenarios.test_s02_owner_present import zhang  # noqa: F401
from tests.showroom.test_rota import order
from tests.showroom.up_list import open_list

pytestmark = pytest.mark.django_db

DAY = "2026-03-06"
PHONES = {"spouse": "13800000002", "parent": "13800000003", "sibling": "13800000004"}


def test_s09_only_the_brother_uses_a_turn(store, zhang, li, wang, chen, qian):  # noqa: F811
    for relation, phone in PHONES.items():
        add_relative(zhang.pk, relation, phone_text=phone, name="", by=wang, at=at("2026-03-02 12:00"))
    open_list(store, chen, DAY, li, wang)
    came = {}
    for minute, (relation, phone) in enumerate(PHONES.items()):
        when = at(f"{DAY} 10:0{minute}")
        receiver = li if relation == "sibling" else wang
        arrival = Arrival(phone_text=phone)
        came[relation] = log_visit(store, arrival, receiver=receiver, by=qian, at=when, now=when)[0]
    assert {relation: visit.lead.owner for relation, visit in came.items()} == {
        "spouse": wang, "parent": wang, "sibling": li,
    }  # fmt: skip
    assert [(pull.user, pull.why, pull.used_turn) for pull in Pull.objects.order_by("pk")] == [
        (wang, "family", False), (wang, "family", False), (li, "turn", True),
    ]  # fmt: skip
    assert order(store, when=f"{DAY} 10:10") == ["王芳", "李强"]
