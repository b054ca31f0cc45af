"""The up list: the book, the order, who is passed over, and why (SPEC RECP-03 to 09, CALL-04, CALL-05)."""

import datetime as dt

import pytest

from accounts.days_off import Kind, set_days
from accounts.errors import NotAllowed, Refused
from accounts.rules import set_setting
from showroom.models import Booking, DemoCar, Line, Pull, RotaDay, RotaEntry, SignIn, Visit
from showroom.rota import confirm, go_home, name_phone_duty, set_away, set_back, sign_in
from showroom.rota_board import read_board
from showroom.rota_page import decisions
from showroom.rota_turns import Known, OutOfTurn, take_turn
from showroom.rota_words import next_line, told
from tests.conftest import at
from tests.factories import CarModelFactory, LeadFactory
from tests.showroom.up_list import book, open_list, pull

pytestmark = pytest.mark.django_db

DAY = "2026-03-02"
TODAY = dt.date(2026, 3, 2)


def order(store, line=Line.WALK_IN, when=f"{DAY} 09:00"):
    board = read_board(store, at(when).date(), now=at(when))
    return [one.name for one in board.line(line)]


def names(*people):
    return [person.full_name for person in people]


def receives(store, person, when, left=None, kind="first"):
    """A group in the house, received by somebody."""
    number = Visit.objects.count() + 1001
    return Visit.objects.create(
        store=store, on=at(when).date(), flow_serial=number, register_serial=number, arrived_at=at(when),
        recorded_at=at(when), receiver=person, kind=kind, left_at=left and at(left),
    )  # fmt: skip


# --- the book and the order ----------------------------------------------------------------


def test_the_book_proposes_the_order_of_signing(store, li, wang):
    book(store, DAY, (li, "08:35"), (wang, "08:31"))
    assert order(store) == order(store, Line.PHONE) == names(wang, li)


def test_the_manager_swaps_and_confirms_and_later_ones_stand_last(store, li, wang, zhao, chen):
    book(store, DAY, (wang, "08:31"), (li, "08:35"))
    confirm(store, [li.pk, wang.pk], by=chen, at=at(f"{DAY} 08:45"))
    book(store, DAY, (zhao, "09:10"))
    assert order(store) == order(store, Line.PHONE) == names(li, wang, zhao)


def test_signing_twice_writes_nothing(store, li):
    book(store, DAY, (li, "08:31"), (li, "08:50"))
    assert SignIn.objects.get().at == at(f"{DAY} 08:31")
    assert RotaEntry.objects.count() == 2


def test_who_comes_between_reading_and_confirming_stands_behind(store, li, wang, zhao, chen):
    book(store, DAY, (wang, "08:31"), (li, "08:35"), (zhao, "08:40"))
    confirm(store, [li.pk, wang.pk], by=chen, at=at(f"{DAY} 08:45"))
    assert order(store) == names(li, wang, zhao)


def test_the_order_is_put_right_until_somebody_received_by_it(store, li, wang, chen, qian):
    open_list(store, chen, DAY, wang, li)
    confirm(store, [li.pk, wang.pk], by=chen, at=at(f"{DAY} 08:50"))
    assert order(store) == names(li, wang)
    pull(store, f"{DAY} 09:10", by=qian)
    with pytest.raises(Refused, match="it stands for today"):
        confirm(store, [wang.pk, li.pk], by=chen, at=at(f"{DAY} 09:11"))


def test_only_who_leads_confirms_and_nobody_signs_for_a_colleague(store, li, wang, qian):
    with pytest.raises(NotAllowed):
        sign_in(store, wang, by=li, at=at(f"{DAY} 08:31"))
    sign_in(store, wang, by=qian, at=at(f"{DAY} 08:31"))
    for person in (li, qian):
        with pytest.raises(NotAllowed):
            confirm(store, [wang.pk], by=person, at=at(f"{DAY} 08:45"))
    assert RotaDay.objects.get().confirmed_at is None


def test_an_empty_list_is_not_confirmed(store, chen):
    with pytest.raises(Refused, match="Nobody has signed in yet"):
        confirm(store, [], by=chen, at=at(f"{DAY} 08:45"))
    assert RotaDay.objects.count() == 0


def test_who_is_absent_or_receives_nobody_does_not_stand_on_the_list(store, li, qian, chen):
    set_days(li, store, TODAY, TODAY, Kind.ABSENT, deputy=None, by=chen, at=at(f"{DAY} 08:00"))
    for person in (li, qian):
        with pytest.raises(Refused):
            sign_in(store, person, by=person, at=at(f"{DAY} 08:31"))
    assert SignIn.objects.count() == 0


def test_who_comes_on_a_day_off_may_sign_in(store, li, chen):
    set_days(li, store, TODAY, TODAY, Kind.OFF, deputy=None, by=chen, at=at(f"{DAY} 08:00"))
    book(store, DAY, (li, "08:31"))
    assert order(store) == names(li)


def test_the_list_begins_empty_each_day(store, li, chen):
    open_list(store, chen, DAY, li)
    assert order(store, when="2026-03-03 09:00") == []


# --- passed over -----------------------------------------------------------------------------


def test_away_and_back_keep_the_place(store, li, wang, chen, qian):
    open_list(store, chen, DAY, li, wang)
    set_away(store, li, "break", by=li, at=at(f"{DAY} 09:00"), back_at=at(f"{DAY} 09:30"))
    first = pull(store, f"{DAY} 09:10", by=qian)
    set_back(store, li, by=li, at=at(f"{DAY} 09:20"))
    second = pull(store, f"{DAY} 09:21", by=qian)
    assert (first.user, first.passed_over, second.user) == (wang, [[li.pk, "break"]], li)


def test_who_goes_home_is_off_the_list_and_comes_back_last(store, li, wang, chen, qian):
    open_list(store, chen, DAY, li, wang)
    name_phone_duty(store, li, by=chen, at=at(f"{DAY} 08:50"))
    go_home(store, li, by=chen, at=at(f"{DAY} 09:00"))
    assert order(store) == names(wang)
    assert RotaDay.objects.get().phone_duty is None
    book(store, DAY, (li, "13:00"))
    assert order(store) == names(wang, li)


def test_who_falls_ill_at_noon_is_passed_over(store, li, wang, chen, qian):
    open_list(store, chen, DAY, li, wang)
    set_days(li, store, TODAY, TODAY, Kind.ABSENT, deputy=None, by=chen, at=at(f"{DAY} 12:00"))
    taken = pull(store, f"{DAY} 12:01", by=qian)
    assert (taken.user, taken.passed_over) == (wang, [[li.pk, "absent"]])


def test_who_is_on_the_road_is_passed_over(store, li, wang, chen, qian):
    open_list(store, chen, DAY, li, wang)
    car = DemoCar.objects.create(store=store, car_model=CarModelFactory(group=store.group), plate="T1")
    Booking.objects.create(
        store=store, car=car, lead=LeadFactory(store=store), starts_at=at(f"{DAY} 09:00"),
        ends_at=at(f"{DAY} 09:40"), state="running", consultant=li, set_by=li, set_at=at(f"{DAY} 08:50"),
    )  # fmt: skip
    taken = pull(store, f"{DAY} 09:10", by=qian)
    assert (taken.user, taken.passed_over) == (wang, [[li.pk, "drive"]])


def test_a_colleague_is_not_sent_away(store, li, wang, chen):
    open_list(store, chen, DAY, li, wang)
    for verb in (set_back, go_home):
        with pytest.raises(NotAllowed):
            verb(store, li, by=wang, at=at(f"{DAY} 09:00"))
    with pytest.raises(NotAllowed):
        set_away(store, li, "break", by=wang, at=at(f"{DAY} 09:00"))


@pytest.mark.parametrize(("why", "back"), [("", None), ("ill", None), ("out", "08:00")])
def test_away_needs_a_reason_and_a_time_to_come(store, li, chen, why, back):
    open_list(store, chen, DAY, li)
    with pytest.raises(Refused):
        set_away(store, li, why, by=li, at=at(f"{DAY} 09:00"), back_at=back and at(f"{DAY} {back}"))
    assert SignIn.objects.get().away == ""


# --- picking -----------------------------------------------------------------------------------


def test_picking_is_refused_with_who_is_next_and_why(store, li, wang, zhao, chen):
    open_list(store, chen, DAY, wang, li, zhao)
    receives(store, wang, f"{DAY} 09:00")
    with pytest.raises(Refused) as refusal:
        pull(store, f"{DAY} 09:10", by=zhao, receiver=zhao)
    assert refusal.value.message == "It is 李强's turn. 王芳 is with a customer."
    assert Pull.objects.count() == 0
    assert order(store) == names(wang, li, zhao)


def test_who_is_not_on_the_list_does_not_receive_a_first_visitor(store, li, zhao, chen):
    open_list(store, chen, DAY, li)
    with pytest.raises(Refused, match="It is 李强's turn"):
        pull(store, f"{DAY} 09:10", by=zhao, receiver=zhao)


def test_the_manager_decides_otherwise_with_a_reason_that_is_kept(store, li, zhao, chen):
    open_list(store, chen, DAY, li, zhao)
    with pytest.raises(Refused, match="Write why"):
        pull(store, f"{DAY} 09:10", by=chen, receiver=zhao, said=OutOfTurn("override", chen))
    taken = pull(store, f"{DAY} 09:10", by=chen, receiver=zhao, said=OutOfTurn("override", chen, "方言"))
    assert (taken.user, taken.why, taken.used_turn, taken.reason) == (zhao, "override", True, "方言")
    assert (taken.head, taken.passed_over, taken.order) == (li, [[li.pk, "override"]], [li.pk, zhao.pk])
    assert order(store) == names(li, zhao)


def test_a_consultant_decides_nothing_out_of_turn(store, li, zhao, chen):
    open_list(store, chen, DAY, li, zhao)
    with pytest.raises(NotAllowed):
        pull(store, f"{DAY} 09:10", by=zhao, receiver=zhao, said=OutOfTurn("asked_for", zhao))
    assert Pull.objects.count() == 0


def test_who_is_asked_for_uses_no_turn_and_the_head_stays(store, li, wang, zhao, chen, qian):
    open_list(store, chen, DAY, li, wang, zhao)
    taken = pull(store, f"{DAY} 09:10", by=qian, receiver=zhao, said=OutOfTurn("asked_for", chen))
    assert (taken.user, taken.why, taken.used_turn, taken.by) == (zhao, "asked_for", False, chen)
    assert order(store) == names(li, wang, zhao)
    assert told(taken, {p.pk: p.full_name for p in (li, wang, zhao)}) == (
        "The customer asked for 赵敏. 李强 stays next."
    )


def test_when_nobody_is_free_anybody_may_receive(store, li, wang, chen, qian):
    open_list(store, chen, DAY, li, wang)
    receives(store, li, f"{DAY} 09:00")
    receives(store, wang, f"{DAY} 09:01")
    taken = pull(store, f"{DAY} 09:10", by=qian, receiver=wang)
    assert (taken.user, taken.passed_over, taken.head) == (wang, [[li.pk, "visit"]], None)
    with pytest.raises(Refused, match="Nobody on the list is free"):
        pull(store, f"{DAY} 09:10", by=qian)


# --- the customers one knows -----------------------------------------------------------------------


def test_the_owner_receives_when_free_and_the_head_as_a_courtesy_when_not(store, li, wang, chen, qian):
    open_list(store, chen, DAY, li, wang)
    own = pull(store, f"{DAY} 09:10", by=qian, known=Known(wang.pk))
    set_away(store, wang, "out", by=wang, at=at(f"{DAY} 09:15"))
    courtesy = pull(store, f"{DAY} 09:20", by=qian, known=Known(wang.pk))
    assert (own.user, own.why, own.used_turn) == (wang, "owner", False)
    assert (courtesy.user, courtesy.why, courtesy.used_turn) == (li, "courtesy", False)
    assert courtesy.passed_over == [[wang.pk, "out"]]
    assert order(store) == names(li, wang)


def test_an_owner_who_did_not_sign_in_is_not_there(store, li, wang, chen, qian):
    open_list(store, chen, DAY, li)
    taken = pull(store, f"{DAY} 09:20", by=qian, known=Known(wang.pk))
    assert (taken.user, taken.why, taken.passed_over) == (li, "courtesy", [[wang.pk, "not_here"]])


# --- calls -------------------------------------------------------------------------------------------


def test_calls_go_round_in_the_order_of_signing(store, li, wang, zhao, chen, qian):
    open_list(store, chen, DAY, li, wang, zhao)
    taken = [pull(store, f"{DAY} 09:0{n}", by=qian, line=Line.PHONE).user for n in range(4)]
    assert taken == [li, wang, zhao, li]


def test_a_call_that_was_taken_is_kept_whoever_took_it(store, li, wang, chen):
    open_list(store, chen, DAY, li, wang)
    taken = pull(store, f"{DAY} 09:00", by=wang, receiver=wang, line=Line.PHONE, strict=False)
    assert (taken.user, taken.passed_over) == (wang, [[li.pk, "chosen"]])
    assert told(taken, {li.pk: "李强", wang.pk: "王芳"}) == "王芳 was chosen, 李强 stood before."


# --- switched off -----------------------------------------------------------------------------------


def test_without_a_confirmed_list_nothing_is_decided(store, li, wang, qian):
    assert take_turn(store, Line.WALK_IN, receiver=wang, by=qian, at=at(f"{DAY} 09:00")) is None
    book(store, DAY, (li, "08:31"), (wang, "08:35"))
    assert take_turn(store, Line.WALK_IN, receiver=wang, by=qian, at=at(f"{DAY} 09:00")) is None
    assert Pull.objects.count() == 0


def test_a_suggestion_counts_from_the_first_signature_and_refuses_nobody(store, li, wang, chen, qian):
    set_setting(store, "rota_rule", "suggestion", by=chen, at=at(f"{DAY} 08:00"))
    book(store, DAY, (li, "08:31"), (wang, "08:35"))
    taken = pull(store, f"{DAY} 09:00", by=qian, receiver=wang)
    assert (taken.user, taken.used_turn, taken.passed_over) == (wang, True, [[li.pk, "chosen"]])


def test_off_is_off(store, li, wang, chen, qian):
    open_list(store, chen, DAY, li, wang)
    set_setting(store, "rota_rule", "off", by=chen, at=at(f"{DAY} 08:50"))
    assert take_turn(store, Line.WALK_IN, receiver=wang, by=qian, at=at(f"{DAY} 09:00")) is None


# --- words ---------------------------------------------------------------------------------------------


def test_the_decision_names_everybody_who_was_kept(store, li, wang, zhao, chen, qian):
    open_list(store, chen, DAY, li, wang, zhao)
    receives(store, li, f"{DAY} 09:00")
    receives(store, wang, f"{DAY} 09:01")
    taken = pull(store, f"{DAY} 09:10", by=qian)
    who = {person.pk: person.full_name for person in (li, wang, zhao)}
    assert told(taken, who) == "李强 and 王芳 are with customers: it was 赵敏's turn."


def test_the_log_keeps_why_somebody_who_was_away_was_passed_over(store, li, wang, chen, qian):
    open_list(store, chen, DAY, li, wang)
    set_away(store, li, "phone", by=li, at=at(f"{DAY} 09:00"))
    pull(store, f"{DAY} 09:10", by=qian)
    set_back(store, li, by=li, at=at(f"{DAY} 09:15"))
    assert [said.text for said in decisions(Pull.objects.all())] == [
        "Given to 王芳. 李强 is on the phone: it was 王芳's turn."
    ]


def test_beside_the_receiver_stands_who_is_next_and_why(store, li, wang, chen):
    open_list(store, chen, DAY, li, wang)
    set_away(store, li, "phone", by=li, at=at(f"{DAY} 09:00"))
    board = read_board(store, TODAY, now=at(f"{DAY} 09:10"))
    assert next_line(board.head("walk_in"), board, "walk_in") == "Next: 王芳. 李强 is on the phone."
    set_away(store, wang, "break", by=wang, at=at(f"{DAY} 09:11"))
    board = read_board(store, TODAY, now=at(f"{DAY} 09:12"))
    said = "Nobody is free. 李强 is on the phone, 王芳 is on a break."
    assert next_line(board.head("walk_in"), board, "walk_in") == said
