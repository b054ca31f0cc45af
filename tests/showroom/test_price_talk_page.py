"""The price talk on a phone: one save, hints, objections solved and requests answered with a tap."""

import datetime as dt
import re
import uuid
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from followups.contacts import Said, log_contact
from showroom.models import Concession, Objection, PriceTalk
from showroom.price_talks import (
    Talk,
    answer_concession,
    ask_concession,
    keep_talk,
    note_objection,
    solve_objection,
)
from tests.conftest import at
from tests.factories import LeadFactory
from tests.statements import statements

pytestmark = pytest.mark.django_db
NOW = at("2026-03-07 10:00")


@pytest.fixture(autouse=True)
def _morning(settings):
    settings.DEALER_NOW = NOW.isoformat()


@pytest.fixture
def lead(store, li):
    lead = LeadFactory(store=store, owner=li, grade="H", step=6)
    log_contact(lead.pk, Said("comparing"), by=li, at=NOW, now=NOW)
    return lead


@pytest.fixture
def as_li(client, li):
    client.force_login(li)
    return client


def page(lead, name="price_talk", *more):
    return reverse(f"showroom:{name}", args=[lead.number, *more])


def typed(**fields):
    return {"token": str(uuid.uuid4()), **fields}


def test_a_talk_is_kept_once_and_its_hints_stand_on_the_page(as_li, lead):
    said = typed(acceptance="70", signals=["asks_delivery"])
    for _twice in range(2):
        assert as_li.post(page(lead), said)["Location"] == page(lead)
    assert PriceTalk.objects.get().acceptance == 70
    assert as_li.get(page(lead)).context["hints"] == [
        "They ask when they get it: offer the contract.",
        "Seven of ten agreed: ask for the deposit.",
    ]


def test_the_next_day_is_the_one_the_customer_agreed_to(as_li, lead):
    said = typed(decision="not_now", resistance="price", next_on="2026-03-20", price_pushes="1")
    as_li.post(page(lead), said)
    lead.refresh_from_db()
    assert (lead.agreed_on, lead.next_due_on) == (dt.date(2026, 3, 20), dt.date(2026, 3, 20))


@pytest.mark.thorough
def test_what_was_tapped_is_there_again_after_an_objection_and_gone_when_it_is_saved(as_li, lead):
    said = {"acceptance": "60", "signals": ["asks_delivery"], "next_on": "2026-03-20"}
    as_li.post(reverse("accounts:draft", args=[as_li.get(page(lead)).context["draft"]]), said)
    objection = typed(cause="not_convinced")
    added = as_li.post(page(lead, "objection"), objection, headers={"HX-Request": "true"})
    assert added["HX-Refresh"] == "true"
    form = as_li.get(page(lead)).context["form"]
    assert {name: form[name].value() for name in said} == said
    as_li.post(page(lead), typed(**said))
    form = as_li.get(page(lead)).context["form"]
    assert (form["acceptance"].value(), form["signals"].value()) == (None, None)


def test_what_is_missing_is_told_and_stays_typed(as_li, lead):
    answer = as_li.post(page(lead), typed(decision="undecided", resistance="consult", next_on="2026-03-09"))
    assert answer.status_code == 422
    assert "talk over at home" in answer.context["form"].errors["aspect"][0]
    assert 'value="2026-03-09"' in answer.content.decode()


def test_an_objection_is_noted_and_solved_with_a_tap(as_li, lead, li):
    assert as_li.post(page(lead, "objection"), typed(text="太贵")).status_code == 422
    as_li.post(page(lead, "objection"), typed(cause="not_convinced", obstacle="price", text="太贵"))
    row = Objection.objects.get()
    assert as_li.get(page(lead)).context["open_obstacles"] == 1
    assert as_li.post(page(lead, "objection_solved", row.pk))["Location"] == f"{page(lead)}#objections"
    row.refresh_from_db()
    assert (row.solved_by, as_li.get(page(lead)).context["open_obstacles"]) == (li, 0)


def test_the_manager_grants_a_price_and_the_consultant_floor_mats(as_li, client, lead, li, chen):
    assert "Amount in CNY" in as_li.get(page(lead, "concession")).content.decode()
    as_li.post(page(lead, "concession"), typed(kind="price", amount="2000"))
    as_li.post(page(lead, "concession"), typed(kind="accessory", asked="脚垫"))
    price, mats = Concession.objects.order_by("id")
    assert as_li.post(page(lead, "concession_answered", price.pk), {"act": "grant"}).status_code == 403
    assert as_li.post(page(lead, "concession_answered", mats.pk), {"act": "maybe"}).status_code == 404
    as_li.post(page(lead, "concession_answered", mats.pk), {"act": "grant"})
    client.force_login(chen)
    client.post(page(lead, "concession_answered", price.pk), {"act": "grant"})
    rows = Concession.objects.order_by("id").values_list("answer", "answered_by__username")
    assert list(rows) == [("granted", "chen"), ("granted", "li")]


def lines_of(answer):
    """Each line below the talk, as it is read."""
    found = re.findall(r"<li><span><b.*?</li>", answer.content.decode(), re.S)
    return [" ".join(unescape(re.sub("<[^>]+>", " ", line)).split()) for line in found]


def test_a_line_says_what_was_said_and_what_came_of_it(as_li, client, lead, li, chen):
    who = {"by": li, "at": NOW}
    plain = note_objection(lead.pk, cause="not_convinced", **who)
    said = {"text": "<太贵> 100%", "obstacle": "price", "technique": "yes"}
    solve_objection(note_objection(lead.pk, cause="too_little", **said, **who).pk, technique="yes", **who)
    price = ask_concession(lead.pk, kind="price", asked="", amount=Decimal("12345.50"), **who)
    mats = ask_concession(lead.pk, kind="accessory", asked="脚垫", **who)
    ask_concession(lead.pk, kind="other", asked="x", amount=Decimal(88), **who)
    answer_concession(mats.pk, granted=False, text="no", **who)
    answer = as_li.get(page(lead))
    assert lines_of(answer) == [
        "Not convinced Today 10:00 Solved",
        "<太贵> 100% Today 10:00 · Too little information · Price · The yes technique out of the way",
        "x 88 CNY Something else · 李强 · Today 10:00 Grant Refuse",
        "脚垫 Accessory fitted free · 李强 · Today 10:00 · no Refused · 李强",
        "Price 12,345.50 CNY Price · 李强 · Today 10:00 the manager grants a price Refuse",
    ]
    html = answer.content.decode()
    assert html.count(f'action="{page(lead, "objection_solved", plain.pk)}"') == 1
    assert html.count(f'action="{page(lead, "concession_answered", price.pk)}"') == 1
    client.force_login(chen)
    assert lines_of(client.get(page(lead)))[-1].endswith("Today 10:00 Grant Refuse")


def test_the_forms_of_the_lines_are_taken(lead, li):
    row = note_objection(lead.pk, cause="not_convinced", by=li, at=NOW)
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(li)
    html = careful.get(page(lead)).content.decode()
    url = page(lead, "objection_solved", row.pk)
    token = re.search(f'action="{url}"><input [^>]*value="([^"]+)"', html)[1]
    assert careful.post(url).status_code == 403
    assert careful.post(url, {"csrfmiddlewaretoken": token}).status_code == 302


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.thorough
def test_the_page_asks_the_same_however_long_the_talk(as_li, lead, li, count):
    for _again in range(count):
        keep_talk(lead.pk, Talk(acceptance=50), by=li, at=NOW)
        note_objection(lead.pk, cause="other_opinion", by=li, at=NOW)
        ask_concession(lead.pk, kind="other", asked="x", by=li, at=NOW)
    as_li.get(page(lead))
    with statements() as asked:
        as_li.get(page(lead))
    assert len(asked) <= 10, "\n".join(asked)
    with statements() as asked:
        as_li.post(page(lead), typed(acceptance="60"))
    assert len(asked) <= 15, "\n".join(asked)
