"""The page of the up list: who is next, what two tablets agree on, what may be tapped by whom."""

import datetime as dt

import pytest

from accounts.days_off import Kind, set_days
from accounts.rules import set_setting
from showroom.models import Pull, RotaDay, SignIn
from showroom.rota import name_phone_duty, set_away
from showroom.rota_page import build, stamp
from tests.conftest import at
from tests.factories import make_person
from tests.showroom.test_rota import receives
from tests.showroom.up_list import book, open_list, pull
from tests.statements import statements

pytestmark = pytest.mark.django_db

DAY = "2026-03-12"
NOW = f"{DAY} 14:58"
URL = "/rota/"


@pytest.fixture(autouse=True)
def _afternoon(settings):
    settings.DEALER_NOW = at(NOW).isoformat()


@pytest.fixture
def page(client):
    """What somebody reads: `page(li)`."""

    def read(user, **query):
        client.force_login(user)
        answer = client.get(URL, query)
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    return read


@pytest.fixture
def tap(client):
    """What somebody taps: `tap(li, "state", do="back")`."""

    def post(user, what, **data):
        client.force_login(user)
        return client.post(f"{URL}{what}/", data)

    return post


def test_an_empty_list_says_what_to_do(page, li):
    assert "Nobody has signed in today" in page(li)


def test_the_next_stands_on_top_with_why_and_the_kept_below(store, page, li, wang, zhao, chen, qian):
    open_list(store, chen, DAY, wang, li, zhao)
    receives(store, wang, f"{DAY} 14:06", kind="return")
    read = page(qian)
    assert "<b>李强</b><small>next for walk-ins and calls · 王芳 is with a customer</small>" in read
    assert "with a customer 52 min · return visit, turn kept · no. 1 when back" in read
    assert f'href="/walk-in/?receiver={li.pk}">Give the customer</a>' in read
    assert "Confirmed" in read


def test_signing_in_confirming_and_the_acts_of_the_day(store, tap, li, wang, chen):
    assert tap(li, "sign-in").headers["Location"] == URL
    assert tap(chen, "sign-in", person=wang.pk).status_code == 302
    assert tap(chen, "confirm", order=f"{wang.pk},{li.pk}").status_code == 302
    store.refresh_from_db()
    board = build(store, li, now=at(NOW)).board
    assert [one.name for one in board.line("walk_in")] == ["王芳", "李强"]
    assert RotaDay.objects.get().confirmed_by == chen
    assert tap(wang, "state", do="away", away="break", back_at="15:30").status_code == 302
    row = SignIn.objects.get(user=wang)
    assert (row.away, row.away_since, row.back_at) == ("break", at(NOW), at(f"{DAY} 15:30"))
    assert tap(wang, "state", do="back").status_code == 302
    assert tap(wang, "state", do="home").status_code == 302
    row.refresh_from_db()
    assert (row.away, row.left_at) == ("", at(NOW))


def test_a_refusal_keeps_what_was_typed(store, tap, li, chen):
    open_list(store, chen, DAY, li)
    answer = tap(li, "state", do="away", away="out", back_at="09:00")
    read = answer.content.decode()
    assert answer.status_code == 422
    assert "Back at: a time still to come today." in read
    assert 'value="out" checked' in read
    assert 'value="09:00"' in read
    assert tap(li, "state", do="away", away="out", back_at="soon").status_code == 422
    assert tap(li, "confirm", order="x").status_code == 403
    assert tap(chen, "sign-in", person="999999").status_code == 422


def test_the_order_is_tried_out_before_it_is_confirmed(store, page, li, wang, chen):
    book(store, DAY, (wang, "08:31"), (li, "08:35"))
    assert f'href="/rota/?order={li.pk},{wang.pk}"' in page(chen)
    tried = page(chen, order=f"{li.pk},{wang.pk}")
    assert f'name="order" value="{li.pk},{wang.pk}"' in tried
    assert "Confirm the order" not in page(li)


def test_who_is_not_on_the_list_and_why(store, page, li, wang, zhao, chen):
    open_list(store, chen, DAY, li)
    today = dt.date(2026, 3, 12)
    set_days(wang, store, today, today, Kind.ABSENT, deputy=None, by=chen, at=at(NOW))
    set_days(zhao, store, today, today, Kind.OFF, deputy=None, by=chen, at=at(NOW))
    read = page(chen)
    assert "<b>王芳</b><small>absent</small>" in read
    assert "<b>赵敏</b><small>day off</small>" in read
    assert [one.person for one in build(store, chen, now=at(NOW)).missing] == [wang, zhao]


def test_later_signatures_stand_apart_and_may_be_taken_off(store, page, tap, li, wang, chen):
    open_list(store, chen, DAY, li)
    book(store, DAY, (wang, "14:51"))
    assert "王芳 signed in <time" in page(chen)
    assert tap(chen, "state", person=wang.pk, do="home").status_code == 302
    assert [row.one.name for row in build(store, chen, now=at(NOW)).late] == []


def test_decisions_are_told_here_and_all_of_them_apart(store, client, page, li, wang, chen, qian):
    open_list(store, chen, DAY, li, wang)
    for minute in range(5):
        pull(store, f"{DAY} 14:0{minute}", by=qian)
    read = page(qian)
    assert read.count("Given to") == 3
    whole = client.get("/rota/log/").content.decode()
    assert whole.count("Given to") == 5
    assert "It was 李强&#x27;s turn." in whole
    assert client.get("/rota/log/?on=2026-03-11").content.decode().count("Given to") == 0
    assert client.get("/rota/log/?on=x").content.decode().count("Given to") == 5


def test_fairness_counts_used_turns_of_today_and_the_month(store, li, wang, chen, qian):
    open_list(store, chen, "2026-03-02", li, wang)
    for minute in range(3):
        pull(store, f"2026-03-02 10:0{minute}", by=qian)
    open_list(store, chen, DAY, li, wang)
    pull(store, f"{DAY} 14:00", by=qian)
    pull(store, f"{DAY} 14:01", by=qian, line="phone")
    fair = build(store, chen, now=at(NOW)).fairness
    assert (fair.difference, fair.average) == (1, 2.0)
    assert {bar.name: (bar.today, bar.month) for bar in fair.bars} == {
        "李强": ((1, 1), (3, 1)), "王芳": ((0, 0), (1, 0)),
    }  # fmt: skip


def test_the_phone_duty_is_named_where_the_store_works_so(store, page, tap, li, chen):
    open_list(store, chen, DAY, li)
    assert "Has the phone duty today" not in page(chen, person=li.pk)
    set_setting(store, "phone_mode", "duty", by=chen, at=at(NOW))
    assert "Has the phone duty today" in page(chen, person=li.pk)
    assert tap(chen, "duty", person=li.pk).status_code == 302
    assert "Phone duty: 李强" in page(chen)
    name_phone_duty(store, None, by=chen, at=at(NOW))
    assert RotaDay.objects.get().phone_duty is None


# --- two tablets ---------------------------------------------------------------------------------


def test_a_tablet_that_is_up_to_date_is_told_nothing(store, client, li, wang, chen, qian):
    open_list(store, chen, DAY, li, wang)
    client.force_login(qian)
    seen = stamp(store, now=at(NOW))
    ask = {"headers": {"HX-Request": "true"}, "query_params": {"seen": seen}}
    assert client.get(URL, **ask).status_code == 204
    for change in (
        lambda: set_away(store, li, "out", by=li, at=at(NOW)),
        lambda: pull(store, NOW, by=qian),
        lambda: receives(store, wang, f"{DAY} 14:57"),
    ):
        ask["query_params"] = {"seen": stamp(store, now=at(NOW))}
        assert client.get(URL, **ask).status_code == 204
        change()
        answer = client.get(URL, **ask)
        assert answer.status_code == 200
        assert 'id="rota-list"' in answer.content.decode()
        assert "<html" not in answer.content.decode()


@pytest.mark.thorough
def test_the_page_asks_the_same_at_two_and_at_thirty_people(store, client, chen, qian):
    def people(first, last):
        return [make_person(store, f"p{n}", f"顾问{n}", "consultant") for n in range(first, last)]

    two = people(0, 2)
    open_list(store, chen, DAY, *two)
    pull(store, f"{DAY} 14:00", by=qian)
    client.force_login(qian)
    client.get(URL)
    with statements() as few:
        client.get(URL)
    for person in people(2, 30):
        book(store, DAY, (person, "14:30"))
    for minute in range(20):
        pull(store, f"{DAY} 14:{minute + 31}", by=qian)
    client.get(URL)  # the people are new
    with statements() as many:
        client.get(URL)
    assert len(few) == len(many) <= 10, "\n".join(many)
    with statements() as nothing:
        query = {"seen": stamp(store, now=at(NOW))}
        client.get(URL, query_params=query, headers={"HX-Request": "true"})
    assert len(nothing) <= 4  # with the one that reads the stamp here
    assert Pull.objects.count() == 21
