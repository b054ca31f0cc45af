"""The live answer under the phone field: who it is, whose, and how little a stranger sees."""

import pytest

from followups.appointments import make_appointment
from leads import search_rows
from leads.models.leads import Status
from showroom.lookup import SHOWN, State, answer, answer_for
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CustomerFactory, LeadFactory, PhoneFactory, make_store
from tests.showroom.known import know
from tests.statements import statements

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 14:06")


def ask(store, typed, user):
    return answer(store, typed, user=user, now=NOW)


@pytest.mark.parametrize(
    ("typed", "state", "short"),
    [
        ("", State.EMPTY, 0),
        ("  ", State.EMPTY, 0),
        ("139", State.TOO_SHORT, 0),
        ("王", State.TOO_SHORT, 0),
        ("w", State.TOO_SHORT, 0),
        ("13905186", State.INCOMPLETE, 3),
        ("139 0518 662", State.INCOMPLETE, 1),
        ("12345", State.INCOMPLETE, 0),
        ("139 0518 6627", State.NEW, 0),
        ("１３９０５１８６６２７", State.NEW, 0),
        ("86253117", State.NEW, 0),
        ("139\x000518", State.INCOMPLETE, 4),
    ],
)
def test_what_is_typed_decides_the_answer(store, li, typed, state, short):
    found = ask(store, typed, li)
    assert (found.state, found.short, found.match, found.matches) == (state, short, None, ())


def test_my_own_customer_is_named(store, li):
    lead = know(store, li, "13905186627", "张伟", car="奇骏", grade="A", step=5, skipped="4")
    found = ask(store, "139 0518 6627", li)
    assert found.state == State.MINE
    assert (found.match.name, found.match.car, found.match.number) == ("张伟", "奇骏", lead.number)
    assert (found.match.grade, found.match.step, found.match.skipped) == ("A", 5, "4")
    assert found.match.last_on.isoformat() == "2026-03-09"


def test_a_colleagues_customer_is_masked_to_the_surname(store, li, wang):
    know(store, wang, "13905186627", "张伟", grade="A")
    found = ask(store, "13905186627", li)
    assert (found.state, found.match.name, found.match.seen) == (State.COLLEAGUE, "张**", False)
    assert (found.match.owner_name, found.match.grade) == ("王芳", "A")


def test_the_manager_sees_the_name_and_reception_the_surname(store, chen, qian, wang):
    know(store, wang, "13905186627", "张伟")
    assert ask(store, "13905186627", chen).match.name == "张伟"
    assert ask(store, "13905186627", qian).match.name == "张**"


@pytest.mark.parametrize("status", [Status.LOST, Status.VOID, Status.LOST_PENDING])
def test_whoever_receives_a_lost_or_invalid_lead_owns_it(store, li, wang, status):
    know(store, wang, "13905186627", status=status, void_reason="test" if status == Status.VOID else "")
    assert ask(store, "13905186627", li).state == State.POOL


def test_a_dormant_lead_stays_its_owners(store, li, wang):
    know(store, wang, "13905186627", status=Status.DORMANT)
    assert ask(store, "13905186627", li).state == State.COLLEAGUE


def test_a_lead_of_the_pool_shows_no_given_name(store, li):
    know(store, None, "13519660273", "贺明先生")
    found = ask(store, "13519660273", li)
    assert (found.state, found.match.name, found.match.owner_name) == (State.POOL, "贺**先生", "")


def test_another_store_of_the_group_is_known_without_a_name(store, li):
    other = make_store("west", group=store.group)
    know(other, None, "13905186627")
    found = ask(store, "13905186627", li)
    assert (found.state, found.match) == (State.KNOWN_IN_GROUP, None)


def test_another_group_is_not_known_at_all(store, li):
    know(make_store("far"), None, "13905186627")
    assert ask(store, "13905186627", li).state == State.NEW


def test_a_group_in_the_house_is_not_logged_again(store, li, wang):
    lead = know(store, li, "13905186627")
    visit, _new = log_visit(
        store, Arrival(lead_id=lead.pk), receiver=wang, by=wang, at=at("2026-03-12 13:40"), now=NOW
    )
    found = ask(store, "13905186627", li)
    assert (found.state, found.match.here_since) == (State.HERE_NOW, at("2026-03-12 13:40"))
    assert found.match.closes == visit.pk


def test_a_visit_left_open_yesterday_is_not_in_the_house(store, li):
    lead = know(store, li, "13905186627")
    yesterday = at("2026-03-11 16:00")
    log_visit(store, Arrival(lead_id=lead.pk), receiver=li, by=li, at=yesterday, now=yesterday)
    assert ask(store, "13905186627", li).state == State.MINE


def test_the_newest_active_lead_of_a_customer_counts(store, li, wang):
    old = know(store, wang, "13905186627")
    lost = LeadFactory(store=store, customer=old.customer, car_no=3, owner=wang, status=Status.LOST)
    second = LeadFactory(store=store, customer=old.customer, car_no=2, owner=li)
    found = ask(store, "13905186627", li)
    assert found.match.number == second.number != lost.number


# --- four digits ------------------------------------------------------------------------


def test_four_digits_list_the_expected_then_ones_own_then_the_others(store, li, wang):
    theirs = know(store, wang, "13505188805", "彭丽女士")
    own = know(store, li, "13600008805", "吴磊")
    expected = know(store, li, "13620878805", "周雅琴")
    make_appointment(expected.pk, at("2026-03-12 15:15"), by=li, now=at("2026-03-12 09:00"))
    found = ask(store, "8805", li)
    assert (found.state, found.more) == (State.TAIL, False)
    assert [(m.number, m.name) for m in found.matches] == [
        (expected.number, "周雅琴"),
        (own.number, "吴磊"),
        (theirs.number, "彭**女士"),
    ]
    assert found.matches[0].expected_at == at("2026-03-12 15:15")


def test_four_digits_stay_inside_the_store(store, li):
    know(make_store("west", group=store.group), None, "13620878805")
    assert ask(store, "8805", li).matches == ()


def test_an_ended_number_is_not_found_by_its_tail(store, li):
    lead = know(store, li, "13620878805")
    lead.customer.contact_points.update(ended_at=at("2026-03-01 10:00"))
    assert ask(store, "8805", li).matches == ()


def test_one_customer_with_two_leads_is_one_row(store, li):
    first = know(store, li, "13620878805")
    second = LeadFactory(store=store, customer=first.customer, car_no=2, owner=li)
    assert [m.number for m in ask(store, "8805", li).matches] == [second.number]


def test_more_than_the_list_shows_is_said(store, li):
    for n in range(SHOWN + 1):
        know(store, li, f"136{n:04d}8805")
    found = ask(store, "8805", li)
    assert (len(found.matches), found.more) == (SHOWN, True)


# --- names ------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["吴磊", "wulei", "Wu Lei", "wl"])
def test_a_name_is_found_as_written_in_pinyin_and_by_initials(store, li, typed):
    lead = know(store, li, "13620878805", "吴磊")
    know(store, li, "13620878806", "陈建国")
    found = ask(store, typed, li)
    assert (found.state, [m.number for m in found.matches]) == (State.NAMES, [lead.number])


def test_a_page_of_text_in_the_field_finds_nobody(store, li):
    know(store, li, "13620878805", "吴磊")
    assert ask(store, "w" * 60_000, li).matches == ()


def test_a_colleagues_name_is_masked_in_the_list_too(store, li, wang):
    know(store, wang, "13620878805", "吴磊")
    assert [m.name for m in ask(store, "wulei", li).matches] == ["吴**"]


def test_ones_own_are_found_however_many_others_share_the_start(store, li, wang):
    own = know(store, li, "13620878805", "吴磊")
    for n in range(SHOWN + 2):
        know(store, wang, f"1370000{n:04d}", "吴磊")
    assert ask(store, "wu", li).matches[0].number == own.number


@pytest.mark.parametrize("most_keys", [search_rows.MOST_KEYS, 0])
def test_who_is_expected_stands_above_ones_own_however_many(store, li, wang, monkeypatch, most_keys):
    monkeypatch.setattr(search_rows, "MOST_KEYS", most_keys)
    expected = know(store, wang, "13620878805", "吴磊")
    make_appointment(expected.pk, at("2026-03-12 15:30"), by=wang, now=NOW)
    own = [know(store, li, f"1370000{n:04d}", "吴磊") for n in range(SHOWN + 1)]
    newest = [lead.number for lead in reversed(own)]
    found = ask(store, "wu", li)
    assert [m.number for m in found.matches] == [expected.number, *newest[: SHOWN - 1]]
    assert found.more


@pytest.mark.parametrize("most_keys", [search_rows.MOST_KEYS, 0])
def test_the_newest_lead_stands_for_ones_own_customer_too(store, li, wang, monkeypatch, most_keys):
    monkeypatch.setattr(search_rows, "MOST_KEYS", most_keys)
    own = [know(store, li, f"1370000{n:04d}", "吴磊") for n in range(SHOWN + 1)]
    LeadFactory(store=store, customer=own[0].customer, car_no=2, owner=wang)
    assert {m.number for m in ask(store, "wu", li).matches} == {lead.number for lead in own[1:]}


# --- what it costs ------------------------------------------------------------------------


def crowd(store, owner, count):
    customers = [CustomerFactory(group=store.group, name="吴磊") for _ in range(count)]
    for n, customer in enumerate(customers):
        PhoneFactory(customer=customer, value=f"+861362{n:03d}8805", tail="8805")
        LeadFactory(store=store, customer=customer, owner=owner if n % 2 else None)


@pytest.mark.parametrize(("typed", "most"), [("13905186627", 3), ("8805", 3), ("wulei", 4), ("139", 0)])
@pytest.mark.thorough
def test_the_statements_do_not_grow_with_the_customers(store, li, wang, typed, most):
    know(store, li, "13905186627", "吴磊")
    know(store, li, "13620878805", "吴磊")
    li.current_memberships  # noqa: B018
    ask(store, typed, li)  # what is kept in memory is read once
    with statements() as few:
        ask(store, typed, li)
    crowd(store, wang, 60)
    with statements() as many:
        ask(store, typed, li)
    assert len(few) == len(many) <= most


def test_a_picked_customer_is_answered_by_one_statement(store, li, wang):
    lead = know(store, wang, "13905186627", "张伟")
    answer_for(lead, user=li, now=NOW)  # what is kept in memory is read once
    with statements() as asked:
        found = answer_for(lead, user=li, now=NOW)
    assert (found.state, found.match.name, len(asked)) == (State.COLLEAGUE, "张**", 1)
