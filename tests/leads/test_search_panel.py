"""Search everywhere: tail, number, name, pinyin, initials, lead number; a colleague's customer is masked."""

import re

import pytest
import time_machine

from leads import search_rows
from tests.conftest import at, person
from tests.factories import make_store
from tests.leads.crowd import crowd
from tests.leads.test_lead_list import SCRIPT, lead
from tests.numbers import full_numbers

pytestmark = [pytest.mark.django_db]

SEARCH = "/leads/search/"


@pytest.fixture(autouse=True)
def at_ten():
    with time_machine.travel(at("2026-03-12 10:00"), tick=False):
        yield


@pytest.fixture
def client(client, li):
    client.force_login(li)
    return client


@pytest.fixture
def known(store, li, wang):
    lead(store, li, "王小明", phone="+8613800000001", number="L-260302-07")
    lead(store, li, "李四", phone="+8613900000002")
    lead(store, wang, "王小梅", phone="+8613700000001", number="L-260302-08")
    lead(store, None, "王公海", phone="+8613600000001", number="L-260302-09")


def ask(client, typed):
    return client.post(SEARCH, {"q": typed}, headers={"HX-Request": "true"})


def found(client, typed) -> list[tuple[str, str]]:
    """Address and name of each result, in order."""
    text = ask(client, typed).content.decode()
    rows = re.findall(
        r'<(?:a|span) class="row-main found"[^>]*?(?: href="([^"]*)")?>.*?row-name">([^<]*)<', text
    )
    return [(address, name) for address, name in rows]


OWN = ("/leads/L-260302-07/", "王小明")
COLLEAGUES = ("/leads/L-260302-08/masked/", "王**")
POOL = ("/leads/L-260302-09/masked/", "王**")


@pytest.mark.parametrize(
    "typed", ["13800000001", "138 0000 0001", "王小明", "wangxiaoming", "WANG XIAO MING", "l-260302-07"]
)
def test_a_customer_is_found_by_number_name_pinyin_and_lead_number(client, known, typed):
    assert found(client, typed) == [OWN]


def test_four_digits_find_ones_own_first_and_the_others_masked(client, known):
    assert found(client, "0001") == [OWN, POOL, COLLEAGUES]


def test_initials_find_too(client, known):
    assert found(client, "wxm") == [OWN, COLLEAGUES]


def test_a_colleagues_card_shows_whose_it_is_and_no_digit(client, known):
    text = ask(client, "13700000001").content.decode()
    assert "with 王芳" in text
    assert "****" not in text
    assert "/leads/L-260302-08/masked/" in text
    assert client.get("/leads/L-260302-08/masked/").status_code == 200
    assert client.get("/leads/L-260302-08/").status_code == 404


def test_the_pool_is_a_masked_card_for_a_consultant_and_whole_for_the_manager(client, known, chen):
    assert found(client, "13600000001") == [POOL]
    assert ">in the pool</span>" in ask(client, "13600000001").content.decode()
    client.force_login(chen)
    assert found(client, "13600000001") == [("/leads/L-260302-09/", "王公海")]


def test_numbers_are_masked(client, known):
    text = ask(client, "0001").content.decode()
    assert "138****0001" in text
    assert full_numbers(text) == []


def test_a_typed_number_is_not_repeated(client, known):
    for typed in ("13500000009", "138 0000 0001"):
        assert full_numbers(ask(client, typed).content.decode()) == []
        assert full_numbers(client.post(SEARCH, {"q": typed}).content.decode()) == []


@pytest.mark.parametrize("typed", ["", " ", "\0"])
def test_nothing_typed_says_what_can_be(client, known, typed):
    assert "Last four digits, a whole number, a name" in ask(client, typed).content.decode()


@pytest.mark.parametrize("typed", ["0003", "13800000009", "zzz", "L-260302-99", "%", "_", "'", "138", "-"])
@pytest.mark.thorough
def test_what_is_nobodys_finds_nobody(client, known, typed):
    assert found(client, typed) == []
    assert "Nobody found" in ask(client, typed).content.decode()


def test_lost_customers_are_found_after_the_active_ones(client, store, li):
    lead(store, li, "钱七", due=None, status="lost", number="L-260302-01")
    lead(store, li, "钱八", number="L-260302-02")
    assert [name for _url, name in found(client, "qian")] == ["钱八", "钱七"]


def test_a_customer_with_two_cars_is_one_row(client, store, li):
    first = lead(store, li, "钱七", due=None, step=9, number="L-260302-01")
    second = lead(store, li, "钱七", number="L-260302-02")
    type(second).objects.filter(pk=second.pk).update(customer=first.customer, car_no=2)
    assert found(client, "qianqi") == [("/leads/L-260302-02/", "钱七")]


def test_another_store_is_not_searched(client, store):
    lead(make_store("west", group=store.group), None, "西门")
    assert found(client, "西门") == []


def test_eight_are_shown_and_that_there_are_more(client, store, li):
    for n in range(9):
        lead(store, li, f"赵{n}")
    assert len(found(client, "赵")) == 8
    assert "There are more: go on typing." in ask(client, "赵").content.decode()


@pytest.mark.parametrize("most_keys", [search_rows.MOST_KEYS, 0])
def test_of_a_name_that_many_have_ones_own_newest_come_first(client, store, li, wang, monkeypatch, most_keys):
    monkeypatch.setattr(search_rows, "MOST_KEYS", most_keys)
    crowd(store, 12, lambda n: {"name": f"赵{n}", "owner": wang if n in (4, 11) else li})
    assert [name for _url, name in found(client, "赵")] == [f"赵{n}" for n in (10, 9, 8, 7, 6, 5, 3, 2)]
    assert "There are more: go on typing." in ask(client, "赵").content.decode()


@pytest.mark.parametrize("most_keys", [search_rows.MOST_KEYS, 0])
def test_where_ones_own_are_few_the_others_stand_below_them(client, known, monkeypatch, most_keys):
    monkeypatch.setattr(search_rows, "MOST_KEYS", most_keys)
    assert found(client, "wxm") == [OWN, COLLEAGUES]
    assert found(client, "王") == [OWN, POOL, COLLEAGUES]


def test_whatever_is_typed_stays_text(client, store, li):
    lead(store, li, SCRIPT)
    assert "<img" not in client.post(SEARCH, {"q": SCRIPT}).content.decode()


def test_the_panel_stands_on_every_page_of_who_has_customers(client, store, qian):
    assert 'id="search-panel"' in client.get("/leads/").content.decode()
    client.force_login(qian)
    assert 'id="search-panel"' not in client.get("/walk-in/").content.decode()


@pytest.mark.parametrize("role", ["receptionist", "finance", "admin"])
def test_roles_without_customers_do_not_search(client, store, role):
    client.force_login(person(store, "x", "何静", role))
    assert ask(client, "0001").status_code == 403


@pytest.mark.thorough
def test_a_search_takes_four_statements_however_many_leads(
    client, store, li, wang, django_assert_max_num_queries
):
    for count in (10, 990):
        crowd(store, count, lambda n: {"name": f"客户{n}", "owner": (li, wang)[n % 2]})
        for typed in ("0001", "13800000001", "kehu", "L-260302-07"):
            ask(client, typed)
            with django_assert_max_num_queries(4, info=f"{typed}, {count} more"):
                ask(client, typed)
