"""K09, K10: three ways to give out calls over one list of people (SPEC CALL-01, CALL-04, CALL-05)."""

import pytest

from accounts.rules import set_setting
from showroom.calls import Enquiry, log_call
from showroom.models import Pull
from showroom.rota import name_phone_duty
from showroom.rota_advice import advise
from showroom.rota_turns import call_line
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.showroom.up_list import open_list

pytestmark = pytest.mark.django_db

DAY = "2026-03-04"


class Asking:
    """A request as far as the list looks at it."""

    def __init__(self, store, user, clock):
        self.store, self.user, self.now = store, user, at(f"{DAY} {clock}")


@pytest.fixture
def first_visit(store, li, wang, zhao, chen, qian):
    """Li received the first walk-in and is free again."""
    open_list(store, chen, DAY, li, wang, zhao)
    when = at(f"{DAY} 09:10")
    visit, _new = log_visit(store, Arrival(), receiver=li, by=qian, at=when, now=when)
    visit.left_at = at(f"{DAY} 09:30")
    visit.save()


def proposed(store, qian, clock="09:40"):
    return advise(Asking(store, qian, clock), call_line(store)).head_name


def rings(store, receiver, by, clock="09:40", **facts):
    when = at(f"{DAY} {clock}")
    return log_call(store, Enquiry(**facts), receiver=receiver, by=by, at=when, now=when)[0]


@pytest.mark.parametrize(("mode", "taker"), [("separate", "李强"), ("shared", "王芳"), ("duty", "赵敏")])
def test_k10_call_one_after_walk_in_one(store, first_visit, zhao, chen, qian, mode, taker):
    set_setting(store, "phone_mode", mode, by=chen, at=at(f"{DAY} 08:50"))
    name_phone_duty(store, zhao, by=chen, at=at(f"{DAY} 08:55"))
    assert proposed(store, qian) == taker


def test_k10_each_mode_keeps_its_own_count(store, first_visit, li, wang, zhao, chen, qian):
    rings(store, li, qian, "09:40")
    assert proposed(store, qian, "09:41") == "王芳"
    set_setting(store, "phone_mode", "shared", by=chen, at=at(f"{DAY} 09:42"))
    rings(store, wang, qian, "09:43")
    assert proposed(store, qian, "09:44") == "赵敏"
    set_setting(store, "phone_mode", "duty", by=chen, at=at(f"{DAY} 09:45"))
    name_phone_duty(store, zhao, by=chen, at=at(f"{DAY} 09:46"))
    rings(store, zhao, qian, "09:47")
    assert [(pull.line, pull.user, pull.why, pull.used_turn) for pull in Pull.objects.order_by("pk")] == [
        ("walk_in", li, "turn", True),
        ("phone", li, "turn", True),
        ("walk_in", wang, "turn", True),
        ("phone", zhao, "duty", False),
    ]


def test_k10_who_is_asked_for_takes_the_call_and_no_turn(store, first_visit, li, wang, qian):
    call = rings(store, wang, qian, designated=wang, phone_text="13800000021")
    assert (call.receiver, call.designated, call.lead.owner) == (wang, wang, wang)
    pull = Pull.objects.get(call=call)
    assert (pull.why, pull.used_turn, pull.head) == ("asked_for", False, li)
    assert proposed(store, qian, "09:41") == "李强"


def test_k10_a_known_caller_is_the_owners_and_uses_no_turn(store, first_visit, wang, qian):
    call = rings(store, wang, qian, "09:40", designated=wang, phone_text="13800000021")
    again = rings(store, wang, qian, "09:50", phone_text="13800000021")
    assert again.lead == call.lead
    assert Pull.objects.get(call=again).why == "owner"


def test_k10_duty_away_falls_back_to_the_phone_line(store, first_visit, chen, qian):
    set_setting(store, "phone_mode", "duty", by=chen, at=at(f"{DAY} 08:50"))
    assert proposed(store, qian) == "李强"
