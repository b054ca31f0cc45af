"""A crossed-out visit gives its turn back, and the decision stays (SPEC RECP-03 to 09)."""

import pytest

from accounts.errors import Refused
from accounts.rules import set_setting
from showroom.calls import Enquiry, log_call
from showroom.correcting import void
from showroom.models import Line, Pull, RotaEntry, Visit
from showroom.rota import confirm, go_home, sign_in
from showroom.rota_page import build, decisions
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.showroom.known import know
from tests.showroom.test_rota import names, order
from tests.showroom.up_list import book, open_list

pytestmark = pytest.mark.django_db
DAY = "2026-03-02"


@pytest.fixture
def listed(store, li, wang, zhao, chen):
    """Li, Wang, Zhao in this order, confirmed at 08:45."""
    return open_list(store, chen, DAY, li, wang, zhao)


def received(store, receiver, clock, **facts) -> Visit:
    """A group that came, and has left at once."""
    when = at(f"{DAY} {clock}")
    visit, _new = log_visit(store, Arrival(**facts), receiver=receiver, by=receiver, at=when, now=when)
    Visit.objects.filter(pk=visit.pk).update(left_at=when)
    return visit


def cross_out(row, by, clock="11:00"):
    return void(row, reason="wrong", by=by, at=at(f"{DAY} {clock}"))


def turns(store, line=Line.WALK_IN) -> dict[str, int]:
    rows = RotaEntry.objects.filter(line=line, turns__gt=0)
    return dict(rows.values_list("user__full_name", "turns"))


@pytest.mark.usefixtures("listed")
def test_who_had_the_turn_stands_where_he_stood(store, li, wang, zhao, chen):
    visit = received(store, li, "09:00")
    received(store, wang, "09:10")
    assert order(store) == names(zhao, li, wang)
    cross_out(visit, chen)
    assert order(store) == names(li, zhao, wang)
    assert turns(store) == {wang.full_name: 1}


@pytest.mark.usefixtures("listed")
def test_two_crossed_out_leave_the_order_of_the_morning_whichever_comes_first(store, li, wang, zhao, chen):
    visits = [received(store, li, "09:00"), received(store, wang, "09:10")]
    for visit in visits:
        cross_out(visit, chen)
    assert (order(store), turns(store)) == (names(li, wang, zhao), {})


@pytest.mark.usefixtures("listed")
def test_an_earlier_turn_comes_back_with_the_later_one(store, li, wang, zhao, chen):
    first = received(store, li, "09:00")
    received(store, wang, "09:10")
    received(store, zhao, "09:20")
    second = received(store, li, "09:30")
    cross_out(first, chen)
    assert (order(store), turns(store)[li.full_name]) == (names(wang, zhao, li), 1)
    cross_out(second, chen)
    assert order(store) == names(li, wang, zhao)


@pytest.mark.usefixtures("listed")
def test_who_signed_in_again_keeps_the_place_of_that(store, li, wang, zhao, chen):
    visit = received(store, li, "09:00")
    go_home(store, li, by=li, at=at(f"{DAY} 09:30"))
    sign_in(store, li, by=li, at=at(f"{DAY} 10:00"))
    cross_out(visit, chen)
    assert (order(store), turns(store)) == (names(wang, zhao, li), {})


@pytest.mark.usefixtures("listed")
def test_a_return_visit_used_no_turn_and_gives_none_back(store, li, wang, zhao, chen):
    lead = know(store, wang, "13800000007")
    received(store, li, "09:00")
    visit = received(store, wang, "09:10", lead_id=lead.pk)
    cross_out(visit, chen)
    assert (order(store), turns(store)) == (names(wang, zhao, li), {li.full_name: 1})
    assert [said.text for said in decisions(Pull.objects.filter(visit=visit))] == [
        f"Given to {wang.full_name}. {wang.full_name}'s own customer, no turn used. Crossed out."
    ]


@pytest.mark.usefixtures("listed")
def test_a_call_that_was_crossed_out_gives_its_turn_of_the_other_line_back(store, li, wang, zhao, chen):
    when = at(f"{DAY} 09:00")
    call, _new = log_call(store, Enquiry(phone_text="13800000008"), receiver=li, by=li, at=when, now=when)
    assert (order(store, Line.PHONE), turns(store, Line.PHONE)) == (names(wang, zhao, li), {li.full_name: 1})
    cross_out(call, chen)
    assert (order(store, Line.PHONE), turns(store, Line.PHONE)) == (names(li, wang, zhao), {})
    assert order(store) == names(li, wang, zhao)


@pytest.mark.usefixtures("listed")
def test_the_decision_stays_in_the_log_and_says_what_became_of_it(store, li, wang, chen):
    visit = received(store, li, "09:00")
    received(store, wang, "09:10")
    cross_out(visit, chen)
    pull = Pull.objects.get(visit=visit)
    assert (pull.user, pull.used_turn, pull.why) == (li, True, "turn")
    page = build(store, chen, now=at(f"{DAY} 11:01"))
    assert [said.text for said in page.log] == [
        f"Given to {wang.full_name}. It was {wang.full_name}'s turn.",
        f"Given to {li.full_name}. It was {li.full_name}'s turn. "
        f"Crossed out: {li.full_name} has the turn back.",
    ]
    assert [(bar.name, bar.today, bar.month) for bar in page.fairness.bars if bar.month != (0, 0)] == [
        (wang.full_name, (1, 0), (1, 0))
    ]


@pytest.mark.usefixtures("listed")
def test_the_order_may_be_put_right_again_when_its_only_turn_was_crossed_out(store, li, wang, zhao, chen):
    visit, swapped = received(store, li, "09:00"), [zhao.pk, li.pk, wang.pk]
    with pytest.raises(Refused):
        confirm(store, swapped, by=chen, at=at(f"{DAY} 09:05"))
    cross_out(visit, chen)
    confirm(store, swapped, by=chen, at=at(f"{DAY} 11:05"))
    assert order(store) == names(zhao, li, wang)
    again = received(store, zhao, "11:10")
    cross_out(again, chen, "11:20")
    assert order(store) == names(zhao, li, wang)


def test_where_the_list_suggests_a_turn_outlasts_a_later_sign_in(store, li, wang, zhao, chen):
    set_setting(store, "rota_rule", "suggestion", by=chen, at=at(f"{DAY} 08:00"))
    book(store, DAY, (li, "08:31"), (wang, "08:32"))
    received(store, li, "09:00")
    book(store, DAY, (zhao, "09:30"))
    assert order(store) == names(wang, li, zhao)
