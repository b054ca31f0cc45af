"""The board: nine columns of the list's filter, and a move that goes through the same door as the sheet."""

import datetime as dt
import json
import re

import pytest
import time_machine
from django.urls import reverse

from leads.models import Lead, LeadEvent, LeadModel
from leads.steps import Step
from tests.conftest import at
from tests.factories import CarModelFactory, make_person
from tests.leads.crowd import crowd
from tests.leads.test_lead_list import TODAY, lead
from tests.sizes import MANY

pytestmark = [pytest.mark.django_db]

BOARD = "/leads/board/"


@pytest.fixture(autouse=True)
def at_ten():
    with time_machine.travel(at("2026-03-12 10:00"), tick=False):
        yield


@pytest.fixture
def client(client, li):
    client.force_login(li)
    return client


def columns(response) -> dict[str, list[str]]:
    """Names in each column, by the code of its step."""
    parts = re.split(r'data-step="([a-z_]+)"', response.content.decode())[1:]
    return {
        code: re.findall(r'class="row-name">([^<]*)<', html)
        for code, html in zip(parts[::2], parts[1::2], strict=True)
    }


def counts(response) -> dict[str, str]:
    text = response.content.decode()
    return dict(re.findall(r'id="head-([a-z_]+)">.*?<span class="count">([^<]*)<', text))


def test_each_lead_stands_in_the_column_of_its_step(client, store, li, wang):
    lead(store, li, "张三", step=2)
    lead(store, li, "李四", step=6)
    lead(store, wang, "王五", step=6)
    lead(store, li, "赵六", step=6, status="lost", due=None)
    found = columns(client.get(BOARD))
    assert list(found) == [step.code for step in Step]
    assert {code: names for code, names in found.items() if names} == {
        "reception": ["张三"],
        "negotiation": ["李四"],
    }


def test_a_column_begins_with_the_hottest_grade_and_inside_it_with_the_earliest_date(client, store, li):
    lead(store, li, "C早", step=3, grade="C", due=TODAY - dt.timedelta(9))
    lead(store, li, "无级", step=3, grade="none", due=None)
    lead(store, li, "H晚", step=3, grade="H", due=TODAY + dt.timedelta(1))
    lead(store, li, "H早", step=3, grade="H", due=TODAY)
    lead(store, li, "O", step=3, grade="O", due=TODAY + dt.timedelta(3))
    assert columns(client.get(BOARD))["needs"] == ["O", "H早", "H晚", "C早", "无级"]


def test_the_count_of_a_column_is_that_of_the_list_it_opens(client, store, li):
    for n in range(10):
        lead(store, li, f"n{n}", step=3, grade="H" if n < 4 else "C")
    response = client.get(BOARD + "?grade=H&view=hot")
    assert counts(response)["needs"] == "4"
    (address,) = re.findall(r'id="head-needs"><a href="([^"]*)"', response.content.decode())
    assert address == "/leads/?grade=H&amp;view=hot&amp;step=needs&amp;order=priority"
    text = client.get(address.replace("&amp;", "&")).content.decode()
    assert re.findall(r'class="row-name">([^<]*)<', text) == ["n0", "n1", "n2", "n3"]


def test_a_column_counts_to_500(client, store, li):
    from tests.factories import CustomerFactory, LeadFactory

    customers = [CustomerFactory.build(group=store.group, number=1000 + n) for n in range(501)]
    type(customers[0]).objects.bulk_create(customers)
    Lead.objects.bulk_create(
        LeadFactory.build(store=store, owner=li, customer=customer, step=3) for customer in customers
    )
    assert counts(client.get(BOARD))["needs"] == "500+"


def test_more_brings_the_next_cards_and_none_twice(client, store, li):
    for n in range(60):
        lead(store, li, f"n{n:02d}", step=3, grade="H" if n < 20 else "B", due=TODAY if n < 50 else None)
    response = client.get(BOARD)
    seen = columns(response)["needs"]
    while address := re.search(r'hx-get="([^"]*column=needs[^"]*)"', response.content.decode()):
        response = client.get(address[1].replace("&amp;", "&"), headers={"HX-Request": "true"})
        assert "<html" not in response.content.decode()
        seen += re.findall(r'class="row-name">([^<]*)<', response.content.decode())
    assert seen == [f"n{n:02d}" for n in range(60)]


@pytest.mark.parametrize(
    "address", ["?column=x&after=~1", "?column=needs", "?column=needs&after=x", "?column=%00"]
)
def test_a_column_that_is_none_is_not_found(client, address):
    assert client.get(BOARD + address).status_code == 404


def test_a_card_tells_model_next_date_and_that_it_stands_too_long(client, store, li):
    row = lead(store, li, "彭博", step=6, due=TODAY, step_entered_at=at("2026-02-20 10:00"))
    LeadModel.objects.create(lead=row, car_model=CarModelFactory(group=store.group, name_en="N7 Max"))
    text = client.get(BOARD).content.decode()
    card = text[text.index(f'data-card="{row.number}"') :]
    assert "N7 Max" in card
    assert ">Today</time>" in card
    assert "20 days here" in card


def test_on_a_phone_a_column_names_its_neighbours(client, store, li):
    text = client.get(BOARD).content.decode()
    start = text.index('id="column-test_drive"')
    nav = re.findall(r'<a[^>]*href="#column-([a-z_]+)"', text[start : text.index("</div>", start)])
    assert nav == ["walkaround", "negotiation"]


def test_a_manager_sees_the_store_and_filters_by_owner(client, store, li, wang, chen):
    lead(store, li, "张三", step=3)
    lead(store, wang, "李四", step=3)
    client.force_login(chen)
    assert columns(client.get(BOARD))["needs"] == ["张三", "李四"]
    assert columns(client.get(f"{BOARD}?owner={wang.pk}"))["needs"] == ["李四"]
    assert columns(client.get(BOARD + "?status=lost&q=x"))["needs"] == ["张三", "李四"]


# --- moving ---------------------------------------------------------------------------------


def drag(client, row, to, **data):
    address = reverse("leads:move", args=[row.number])
    data = {"to": to, "seen": Step(row.step).code, "next": BOARD, **data}
    return client.post(address, data, headers={"HX-Request": "true"})


def test_a_move_with_evidence_is_done_at_once_and_the_board_is_told(client, store, li):
    row = lead(store, li, step=3)
    row.evidence.create(kind="walkaround", at=row.created_at, by=li, ref_kind="visit", ref_id=1)
    response = drag(client, row, "walkaround")
    assert response.status_code == 204
    assert json.loads(response["HX-Trigger"]) == {
        "toast": {"text": "Moved to Walkaround"},
        "sheet:close": {},
        "board:changed": {},
    }
    row.refresh_from_db()
    assert row.step == 4
    assert LeadEvent.objects.get(kind="step").to_value == "walkaround"


def test_a_move_without_evidence_opens_the_sheet_that_asks_why_and_stays_on_the_board(client, store, li):
    row = lead(store, li, step=3)
    response = drag(client, row, "walkaround")
    assert response.status_code == 409
    text = response.content.decode()
    assert "Say why: this step has no evidence yet." in text
    assert f'<input type="hidden" name="next" value="{BOARD}">' in text
    row.refresh_from_db()
    assert row.step == 3
    assert drag(client, row, "walkaround", reason="looked at it last year").status_code == 204
    row.refresh_from_db()
    assert row.step == 4


@pytest.mark.parametrize(
    "field", ["grade", "due", "step", "owner", "model", "pool", "view", "store", "status", "q"]
)
@pytest.mark.parametrize("value", ["x", "-1", "9" * 24, "%00", "'", "owner__password", "1e9", "%F0%9F%98%80"])
@pytest.mark.thorough
def test_what_a_board_does_not_know_it_passes_over(client, store, li, field, value):
    lead(store, li, "张三", step=3)
    assert columns(client.get(f"{BOARD}?{field}={value}"))["needs"] == ["张三"]


@pytest.mark.parametrize("to", ["delivery", "follow_up", "reception"])
def test_a_move_that_cannot_be_is_refused_and_nothing_changes(client, store, li, to):
    row = lead(store, li, step=3)
    assert drag(client, row, to, reason="x").status_code == 409
    row.refresh_from_db()
    assert row.step == 3
    assert LeadEvent.objects.count() == 0


def test_a_card_moved_meanwhile_by_somebody_else_is_told_first(client, store, li):
    row = lead(store, li, step=3)
    Lead.objects.filter(pk=row.pk).update(step=5)
    response = drag(client, row, "walkaround", reason="x")
    assert response.status_code == 409
    assert "The lead was moved meanwhile" in response.content.decode()


def test_without_scripts_a_move_leads_back_to_the_board(client, store, li):
    row = lead(store, li, step=3)
    data = {"to": "walkaround", "reason": "x", "next": BOARD + "?view=hot"}
    response = client.post(reverse("leads:move", args=[row.number]), data)
    assert response["Location"] == BOARD + "?view=hot"


def test_who_only_reads_has_cards_without_a_menu(client, store, li):
    lead(store, li, step=3)
    client.force_login(make_person(store, "sun", "孙总", "general_manager"))
    text = client.get(BOARD).content.decode()
    assert "data-card=" in text
    assert "draggable" not in text.replace('draggable="false"', "")
    assert "/move/" not in text


def test_an_invitation_agent_moves_what_he_set_until_reception(client, store, li):
    mei = make_person(store, "mei", "梅", "bdc_agent")
    early, late = lead(store, li, setter=mei, step=2), lead(store, li, setter=mei, step=3)
    client.force_login(mei)
    text = client.get(BOARD).content.decode()
    assert f"/leads/{early.number}/move/" in text
    assert f"/leads/{late.number}/move/" not in text


def test_nobody_is_led_to_another_site(client, store, li):
    row = lead(store, li, step=3)
    data = {"to": "walkaround", "reason": "x", "next": "https://evil.test/"}
    assert client.post(reverse("leads:move", args=[row.number]), data)["Location"] == "/"


# --- statements --------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_board_takes_six_statements_however_many_leads(
    client, store, li, chen, django_assert_max_num_queries
):
    def row(n):
        varied = {"step": n % 9 + 1, "grade": "HABC"[n % 4], "due": TODAY if n % 9 < 8 else None}
        return {"name": f"客户{n}", "owner": li, **varied}

    client.force_login(chen)
    for count in (10, MANY - 10):
        crowd(store, count, row)
        for address in (BOARD, BOARD + "?grade=H&due=week", BOARD + "?column=needs&after=2026-03-12~0~H"):
            client.get(address)
            with django_assert_max_num_queries(6, info=f"{address}, {count} more"):
                client.get(address)
