"""The list of leads: who sees which, filter and search in the address, 25 at a time."""

import datetime as dt
import gzip
import re

import pytest
import time_machine
from django.urls import reverse

from leads.identity import write_name_keys
from leads.models import LeadModel, Term
from tests.conftest import at
from tests.factories import (
    CarModelFactory,
    CustomerFactory,
    LeadFactory,
    PhoneFactory,
    make_person,
    make_store,
)
from tests.sizes import MANY

pytestmark = [pytest.mark.once, pytest.mark.django_db]

TODAY = dt.date(2026, 3, 12)
LIST = "/leads/"


@pytest.fixture(autouse=True)
def at_ten():
    with time_machine.travel(at("2026-03-12 10:00"), tick=False):
        yield


@pytest.fixture
def client(client, li):
    client.force_login(li)
    return client


def lead(store, owner, name="张三", *, due=TODAY, phone="", **fields):
    """A lead with its customer; `due` None = nobody is to call."""
    customer = CustomerFactory(group=store.group, name=name)
    write_name_keys(customer)
    PhoneFactory(customer=customer, **({"value": phone} if phone else {}))
    fields = {"has_cadence": due is not None, "next_due_on": due, "grade": "A", **fields}
    return LeadFactory(store=store, owner=owner, customer=customer, **fields)


def names(response) -> list[str]:
    """The names on the page, in order."""
    return re.findall(r'class="row-name">([^<]*)<', response.content.decode())


def listed(client, address="") -> list[str]:
    response = client.get(LIST + address)
    assert response.status_code == 200
    return names(response)


# --- who sees which ---------------------------------------------------------------------


def test_a_consultant_sees_his_own_active_leads(client, store, li, wang):
    lead(store, li, "张三")
    lead(store, wang, "李四")
    lead(store, None, "王五")
    lead(store, li, "赵六", due=None, status="lost")
    assert listed(client) == ["张三"]


def test_a_manager_sees_the_store_and_opens_the_tabs(client, store, li, wang, chen):
    lead(store, li, "张三")
    lead(store, wang, "李四", due=TODAY - dt.timedelta(1))
    lead(store, None, "王五", due=TODAY + dt.timedelta(1))
    lead(store, wang, "赵六", due=None)
    lead(make_store("west", group=store.group), None, "外人")
    client.force_login(chen)
    assert listed(client) == ["李四", "张三", "王五", "赵六"]
    assert listed(client, "?view=overdue") == ["李四"]
    assert listed(client, "?view=no_date") == ["赵六"]
    assert listed(client, "?view=pool") == ["王五"]
    assert listed(client, "?view=mine") == []


def test_a_general_manager_sees_another_store_of_the_group(client, store, li):
    west = make_store("west", group=store.group)
    lead(store, li, "张三")
    lead(west, None, "李四")
    client.force_login(make_person(store, "sun", "孙总", "general_manager"))
    assert listed(client) == ["张三"]
    assert listed(client, "?store=west") == ["李四"]
    assert listed(client, "?store=nowhere") == ["张三"]


def test_a_consultant_asking_for_another_store_or_the_pool_gets_his_own(client, store, li):
    west = make_store("west", group=store.group)
    lead(store, li, "张三")
    lead(store, None, "李四")
    lead(west, None, "王五")
    assert listed(client, "?store=west") == ["张三"]
    assert listed(client, "?view=pool") == ["张三"]
    assert listed(client, "?view=all") == ["张三"]


@pytest.mark.parametrize(
    "role", ["receptionist", "finance", "customer_service", "data_clerk", "after_sales", "admin"]
)
def test_roles_without_customers_have_no_list(client, store, li, role):
    lead(store, li)
    client.force_login(make_person(store, "x", "何静", role))
    for name in ("list", "tabs", "filter"):
        assert client.get(reverse(f"leads:{name}")).status_code == 403


def test_the_number_is_masked(client, store, li):
    lead(store, li, phone="+8613800000001")
    text = client.get(LIST).content.decode()
    assert "138****0001" in text
    assert "13800000001" not in text


# --- tabs, order, words ------------------------------------------------------------------


def test_the_tabs_count_what_their_lists_hold(client, store, li):
    lead(store, li, due=TODAY - dt.timedelta(3))
    lead(store, li, due=TODAY - dt.timedelta(1))
    lead(store, li)
    lead(store, li, due=None)
    lead(store, li, due=None, step=9)
    text = client.get(reverse("leads:tabs")).content.decode()
    counts = re.findall(r'<a href="([^"]*)"[^>]*>([^<]*) <span class="count([^"]*)">([^<]*)<', text)
    assert counts == [
        ("/leads/", "My customers", "", "5"),
        ("/leads/?view=hot", "Grade H", "", "0"),
        ("/leads/?view=overdue", "Overdue", " late", "2"),
        ("/leads/?view=no_date", "No next date", " late", "1"),
        ("/leads/?view=today", "Today&#x27;s visits", "", "0"),
        ("/leads/?view=stuck", "Stuck in step", "", "4"),
    ]


def test_a_tab_counts_to_500(client, store, li):
    customers = [CustomerFactory.build(group=store.group, number=1000 + n) for n in range(501)]
    type(customers[0]).objects.bulk_create(customers)
    leads = [LeadFactory.build(store=store, owner=li, customer=customer) for customer in customers]
    type(leads[0]).objects.bulk_create(leads)
    assert '<span class="count">500+</span>' in client.get(reverse("leads:tabs")).content.decode()


def test_rows_stand_by_next_date_and_those_without_one_last(client, store, li):
    lead(store, li, "明天", due=TODAY + dt.timedelta(1))
    lead(store, li, "没有", due=None)
    lead(store, li, "昨天", due=TODAY - dt.timedelta(1))
    lead(store, li, "今天")
    assert listed(client) == ["昨天", "今天", "明天", "没有"]


@pytest.mark.parametrize(
    ("days", "words"),
    [(-3, "3 days late"), (-1, "1 day late"), (0, "Today"), (1, "Tomorrow"), (3, "Sun 15 Mar")],
)
def test_the_next_date_is_said_in_words(client, store, li, days, words):
    lead(store, li, due=TODAY + dt.timedelta(days))
    text = client.get(LIST).content.decode()
    assert f">{words}</time>" in text


def test_the_store_day_turns_at_its_own_midnight(client, store, li):
    lead(store, li, due=dt.date(2026, 3, 12))
    with time_machine.travel(dt.datetime(2026, 3, 12, 15, 59, 59, tzinfo=dt.UTC), tick=False):
        assert ">Today</time>" in client.get(LIST).content.decode()
    with time_machine.travel(dt.datetime(2026, 3, 12, 16, 0, 0, tzinfo=dt.UTC), tick=False):
        assert ">1 day late</time>" in client.get(LIST).content.decode()


def test_a_row_tells_model_channel_and_the_later_of_contact_and_visit(client, store, li):
    showroom = Term.objects.get(store=store, code="showroom")
    row = lead(
        store,
        li,
        channel=showroom,
        last_visit_at=at("2026-03-05 10:00"),
        last_contact_at=at("2026-03-09 19:20"),
    )
    LeadModel.objects.create(lead=row, car_model=CarModelFactory(group=store.group, name_en="N7 Pro"), rank=2)
    LeadModel.objects.create(lead=row, car_model=CarModelFactory(group=store.group, name_en="Sylphy"), rank=1)
    text = client.get(LIST).content.decode()
    assert '<span class="l-model">Sylphy</span>' in text
    assert '<span class="l-channel desk-only">Walk-in</span>' in text
    assert ">9 Mar contact</time>" in text


def test_names_of_models_and_channels_follow_the_reader(client, store, li):
    row = lead(store, li, channel=Term.objects.get(store=store, code="showroom"))
    LeadModel.objects.create(lead=row, car_model=CarModelFactory(group=store.group, name_zh="轩逸"))
    li.language = "zh-hans"
    li.save()
    text = client.get(LIST).content.decode()
    assert '<span class="l-model">轩逸</span>' in text
    assert '<span class="l-channel desk-only">展厅</span>' in text


# --- filter -------------------------------------------------------------------------------


@pytest.fixture
def mixed(store, li, wang):
    """Four leads that differ in everything a filter asks for."""
    sylphy = CarModelFactory(group=store.group)
    website = Term.objects.get(store=store, code="website")
    h = lead(store, li, "H", grade="H", step=6, channel=website)
    LeadModel.objects.create(lead=h, car_model=sylphy)
    lead(store, li, "A", grade="A", step=5, due=TODAY + dt.timedelta(6))
    lead(store, wang, "B", grade="B", step=5, due=TODAY + dt.timedelta(7))
    lead(store, li, "lost", grade="C", step=3, due=None, status="lost")
    return sylphy


def filtered(client, chen, address) -> list[str]:
    client.force_login(chen)
    return listed(client, address)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("?grade=H", ["H"]),
        ("?grade=H&grade=A", ["H", "A"]),
        ("?step=test_drive", ["A", "B"]),
        ("?due=today", ["H"]),
        ("?due=week", ["H", "A"]),
        ("?due=overdue", []),
        ("?due=none", []),
        ("?channel=website", ["H"]),
        ("?owner={wang}", ["B"]),
        ("?model={sylphy}", ["H"]),
        ("?status=lost", ["lost"]),
        ("?status=any", ["lost", "B", "A", "H"]),
        ("?grade=A&step=test_drive", ["A"]),
    ],
)
@pytest.mark.thorough
def test_the_filter_narrows(client, chen, wang, mixed, address, expected):
    assert filtered(client, chen, address.format(wang=wang.pk, sylphy=mixed.pk)) == expected


NONSENSE = [
    "x",
    "-1",
    "999999999999999999999999",
    "%00",
    "'",
    "owner__password",
    "1e9",
    "[]",
    "%F0%9F%98%80",
]
FIELDS = [
    "grade",
    "step",
    "due",
    "channel",
    "owner",
    "model",
    "status",
    "pool",
    "order",
    "view",
    "after",
    "from",
    "shown",
    "store",
]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.thorough
def test_unknown_values_are_passed_over(client, chen, mixed, field):
    for value in NONSENSE:
        assert filtered(client, chen, f"?{field}={value}") == ["H", "A", "B"], value


def test_empty_fields_of_a_form_leave_the_address(client):
    response = client.get(LIST + "?grade=H&grade=A&due=&step=&q=&view=overdue")
    assert response["Location"] == "/leads/?grade=H&grade=A&view=overdue"


def test_unknown_parameters_are_passed_over(client, chen, mixed):
    assert filtered(client, chen, "?order=owner__password&page=1e9&owner__password=x") == ["H", "A", "B"]


def test_of_a_parameter_sent_twice_the_last_counts(client, chen, mixed):
    assert filtered(client, chen, "?step=test_drive&step=negotiation") == ["H"]


def test_a_consultant_cannot_filter_by_owner(client, wang, mixed):
    assert listed(client, f"?owner={wang.pk}") == ["H", "A"]
    assert 'name="owner"' not in client.get(reverse("leads:filter")).content.decode()


def test_a_filter_in_force_is_a_chip_that_takes_it_away(client, mixed):
    text = client.get(LIST + "?grade=H&grade=A&step=negotiation").content.decode()
    assert (
        '<a class="chip" href="/leads/?step=negotiation" aria-current="true">Grade: H 7 days, A 1 month'
        in text
    )
    assert '<a class="chip" href="/leads/?grade=H&amp;grade=A" aria-current="true">Step: Negotiation' in text


def test_the_filter_sheet_shows_what_is_chosen_and_keeps_the_tab(client, chen, mixed):
    client.force_login(chen)
    text = client.get(reverse("leads:filter") + "?view=overdue&grade=H&step=negotiation").content.decode()
    assert '<input type="hidden" name="view" value="overdue">' in text
    assert '<input type="checkbox" name="grade" value="H" checked>' in text
    assert '<input type="radio" name="step" value="negotiation" checked>' in text
    assert '<input type="radio" name="due" value="" checked>' in text


# --- search ---------------------------------------------------------------------------------


@pytest.fixture
def wanted(store, li, wang):
    lead(store, li, "王小明", phone="+8613800000001", number="L-260302-07")
    lead(store, li, "李四", phone="+8613900000002")
    lead(store, wang, "王小梅", phone="+8613700000001")


@pytest.mark.parametrize(
    "typed",
    [
        "0001", "13800000001", "138 0000 0001", "+86 138-0000-0001", "１３８０００００００１",
        "王小明", "王小", "王", "wangxiaoming", "WANG XIAO", "wxm", "L-260302-07", "l-260302-07", " 王小明 ",
    ],
)  # fmt: skip
def test_a_customer_is_found_by_tail_number_name_pinyin_and_lead_number(client, wanted, typed):
    response = client.get(LIST, {"q": typed})
    assert names(response) == ["王小明"]


@pytest.mark.parametrize("typed", ["", " ", "\0"])
def test_an_empty_search_is_the_list(client, wanted, typed):
    assert names(client.get(LIST, {"q": typed}, follow=True)) == ["王小明", "李四"]


@pytest.mark.parametrize(
    "typed", ["0003", "13800000009", "zzz", "L-260302-99", "%", "_", "'", "138", "-", "'; drop table x"]
)
def test_what_is_nobodys_finds_nobody(client, wanted, typed):
    response = client.get(LIST, {"q": typed})
    assert response.status_code == 200
    assert names(response) == []
    assert "Nobody found" in response.content.decode()


def test_a_colleagues_customer_is_not_found_here(client, wanted):
    assert names(client.get(LIST, {"q": "王小梅"})) == []
    assert names(client.get(LIST, {"q": "13700000001"})) == []


def test_a_search_looks_at_every_status(client, store, li):
    lead(store, li, "钱七", due=None, status="lost")
    assert names(client.get(LIST, {"q": "qianqi"})) == ["钱七"]
    assert names(client.get(LIST, {"q": "qianqi", "status": "active"})) == []


def test_a_typed_number_is_not_repeated_on_the_page(client, wanted):
    text = client.get(LIST, {"q": "138 0000 0001"}).content.decode()
    assert "13800000001" not in re.sub(r"[ +-]", "", text)
    assert 'value="138****0001"' in text


SCRIPT = '"><img src=x onerror=alert(1)><script>alert(2)</script>'


def test_whatever_is_typed_stays_text(client, store, li):
    lead(store, li, SCRIPT)
    for response in (
        client.get(LIST),
        client.get(LIST, {"q": SCRIPT}),
        client.get("/leads/filter/", {"q": SCRIPT}),
    ):
        text = response.content.decode()
        assert "<img" not in text
        assert "<script>" not in text
    assert "&lt;img src=x" in client.get(LIST).content.decode()


# --- 25 at a time ---------------------------------------------------------------------------


@pytest.fixture
def many(store, li):
    """60 leads, two a day from today on, the last ten without a date."""
    for n in range(60):
        lead(store, li, f"n{n:02d}", due=TODAY + dt.timedelta(n // 2) if n < 50 else None)


def more_link(response) -> str | None:
    found = re.search(r'hx-get="([^"]*after=[^"]*)"', response.content.decode())
    return found[1].replace("&amp;", "&") if found else None


def test_the_first_25_and_a_button_with_the_number_it_adds(client, many):
    response = client.get(LIST)
    assert names(response) == [f"n{n:02d}" for n in range(25)]
    text = response.content.decode()
    assert "Shown 25" in text
    assert "25 more" in text


def test_more_brings_the_next_rows_alone_and_none_twice(client, many):
    seen, address = names(client.get(LIST)), more_link(client.get(LIST))
    for expected in ("Shown 50", "Shown 60"):
        response = client.get(address, headers={"HX-Request": "true"})
        text = response.content.decode()
        assert "<html" not in text
        assert expected in text
        seen += names(response)
        address = more_link(response)
    assert address is None
    assert seen == [f"n{n:02d}" for n in range(60)]


def test_the_last_button_names_what_is_left(client, many):
    second = client.get(more_link(client.get(LIST)))
    assert "10 more" in second.content.decode()


def test_more_works_as_a_plain_link(client, many):
    response = client.get(more_link(client.get(LIST)))
    text = response.content.decode()
    assert "<html" in text
    assert "26 to 50" in text
    assert '<a class="link" href="/leads/">From the start</a>' in text


def test_an_address_with_a_number_shows_that_many_at_once(client, many):
    assert len(listed(client, "?shown=50")) == 50


def test_filter_and_search_stay_while_paging(client, many):
    address = more_link(client.get(LIST + "?grade=A&q=n"))
    assert "grade=A" in address
    assert "q=n" in address
    assert names(client.get(address))[0] == "n25"


def test_newest_first_pages_too(client, store, li):
    for n in range(30):
        lead(store, li, f"n{n:02d}", due=None, status="lost")
    first = client.get(LIST + "?status=lost")
    assert names(first) == [f"n{n:02d}" for n in range(29, 4, -1)]
    assert names(client.get(more_link(first))) == [f"n{n:02d}" for n in range(4, -1, -1)]


def test_no_list_says_what_to_do(client):
    assert "No customers yet" in client.get(LIST).content.decode()


# --- statements and bytes ---------------------------------------------------------------------


def fill(store, li, count):
    from .crowd import crowd  # it makes what `lead` makes

    def row(n):
        return {
            "name": f"客户{n}",
            "owner": li,
            "due": TODAY + dt.timedelta(n % 40 - 5) if n % 9 else None,
        }

    LeadModel.objects.bulk_create(
        LeadModel(lead=lead, car_model=store.test_model) for lead in crowd(store, count, row)
    )


@pytest.fixture
def filled(store, li):
    store.test_model = CarModelFactory(group=store.group)
    fill(store, li, 10)


ADDRESSES = {
    LIST: 5,
    LIST + "?view=overdue": 5,
    LIST + "?grade=A&due=week": 5,
    LIST + "?owner=1&model=1&grade=A": 6,
    LIST + "?q=0001": 4,
    LIST + "?q=kehu": 5,
    "/leads/tabs/": 4,
    "/leads/filter/": 4,  # the organisations of each phase are counted
}


def test_statements_do_not_grow_with_the_rows(client, store, li, chen, filled, django_assert_max_num_queries):
    client.force_login(chen)

    def ask_all(rows):
        for address, most in ADDRESSES.items():
            client.get(address)  # the store's rules are read once per process
            with django_assert_max_num_queries(most, info=f"{address} at {rows} rows"):
                client.get(address)

    ask_all(10)
    fill(store, li, MANY - 10)
    ask_all(MANY)


def test_the_list_is_small_on_the_wire(client, store, li, filled):
    fill(store, li, 50)
    response = client.get(LIST, headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert len(response.content) <= 10_000
    assert len(names_of(gzip.decompress(response.content))) == 25


def names_of(body: bytes) -> list[str]:
    return re.findall(r'class="row-name">([^<]*)<', body.decode())
