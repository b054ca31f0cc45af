"""The card of a lead that was set aside: where it stands, who decides, and what the timeline tells."""

import pytest
from django.urls import reverse

from leads.losing import confirm_loss, reject_loss
from leads.second_car import another_lead
from leads.statuses import win_back
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.leads.set_aside import lose_lead, set_aside
from tests.showroom.known import know
from tests.statements import statements

pytestmark = pytest.mark.django_db
NOW = at("2026-03-12 14:58")


@pytest.fixture(autouse=True)
def _afternoon(settings):
    settings.DEALER_NOW = NOW.isoformat()


@pytest.fixture
def lead(store, li):
    return know(store, li, "13800131234", "陈建国", grade="A")


def read(client, user, lead):
    client.force_login(user)
    return client.get(reverse("leads:card", args=[lead.number]))


def told(answer):
    return [(item.title, item.text) for item in answer.context["timeline"]]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("dormant", ["Rests until", "1 Sep", "Work on it again"]),
        ("lost_pending", ["Lost, waits for the manager · Price"]),
        ("lost", ["Lost · Price", "to be tried again on", "10 Jun", "Win back"]),
        ("void", ["Invalid lead · Wrong number", "Win back"]),
    ],
)
@pytest.mark.thorough
def test_its_owner_reads_where_it_stands(client, lead, li, chen, status, words):
    set_aside(lead, status, li, chen, NOW)
    page = read(client, li, lead).content.decode()
    for said in words:
        assert said in page
    assert "Decide" not in page


def test_the_manager_decides_from_the_card(client, lead, li, chen):
    found = lose_lead(lead, li, NOW)
    page = read(client, chen, lead).content.decode()
    assert f'hx-get="{reverse("leads:loss", args=[found.pk])}"' in page


def test_who_only_reads_finds_no_way_back(client, store, lead, li, wang, chen):
    log_visit(store, Arrival(lead_id=lead.pk, courtesy=True), receiver=wang, by=wang, at=NOW, now=NOW)
    set_aside(lead, "lost", li, chen, NOW)
    assert reverse("followups:back", args=[lead.number]) not in read(client, wang, lead).content.decode()


def test_the_timeline_tells_the_loss_and_the_managers_word(client, lead, li, chen):
    found = lose_lead(lead, li, NOW, brand="BYD", model="Song", opinion="too small")
    assert told(read(client, li, lead))[0] == (
        "Recorded as lost",
        "Price. Bought BYD Song. too small. By 李强.",
    )
    reject_loss(found.pk, by=chen, at=NOW, comment="show the new one")
    assert told(read(client, li, lead))[0] == ("Loss sent back", "show the new one. By 陈刚.")
    again = lose_lead(lead, li, NOW)
    confirm_loss(again.pk, by=chen, at=NOW)
    assert told(read(client, li, lead))[:2] == [
        ("Loss confirmed", "By 陈刚."), ("Recorded as lost", "Price. By 李强."),
    ]  # fmt: skip
    win_back(lead.pk, reason="customer_called", by=li, at=NOW)
    assert told(read(client, li, lead))[0] == ("Lost → Active", "The customer asked again. By 李强.")


def test_a_rest_and_an_invalid_lead_tell_their_reason(client, store, lead, li, chen):
    set_aside(lead, "dormant", li, chen, NOW)
    assert told(read(client, li, lead))[0] == ("Active → Dormant", "Buys much later. By 李强.")
    other = know(store, li, "13800131235", "王琳")
    set_aside(other, "void", li, chen, NOW)
    assert told(read(client, li, other))[0] == ("Active → Invalid lead", "Wrong number. By 李强.")


def test_card_03_an_owner_of_a_car_is_called_so_and_the_cards_know_each_other(client, store, li):
    lead = know(store, li, "13800131234", "陈建国", step=9)
    page = read(client, li, lead).content.decode()
    assert '<span class="tag tag-ok">Car owner</span>' in page
    assert "Other cars of this customer" not in page
    second = another_lead(lead.pk, by=li, at=NOW)
    for one, other in ((lead, second), (second, lead)):
        page = read(client, li, one).content.decode()
        assert f'href="{reverse("leads:card", args=[other.number])}"' in page


@pytest.mark.parametrize("status", ["dormant", "lost_pending", "lost", "void"])
@pytest.mark.thorough
def test_it_takes_ten_statements_at_most(client, lead, li, chen, status):
    another_lead(lead.pk, by=li, at=NOW)
    set_aside(lead, status, li, chen, NOW)
    client.force_login(li)
    url = reverse("leads:card", args=[lead.number])
    client.get(url)
    with statements() as asked:
        client.get(url)
    assert len(asked) <= 10, "\n".join(asked)
