"""The pool asks the same however many leads it holds, and the sheets stay within their statements."""

import pytest
from django.urls import reverse

from leads.collaborators import add_collaborator
from leads.giving import give
from leads.models import Lead
from tests.conftest import at
from tests.factories import CustomerFactory, LeadFactory
from tests.showroom.known import know, numbers
from tests.sizes import MANY
from tests.statements import statements

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _afternoon(settings):
    settings.DEALER_NOW = at("2026-03-12 15:00").isoformat()


def asked_by(client, address):
    with statements() as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def fill(store, count):
    customer = CustomerFactory(group=store.group, number=next(numbers))
    leads = [LeadFactory.build(store=store, customer=customer, car_no=n + 10) for n in range(count)]
    Lead.objects.bulk_create(leads)


def test_the_pool_page_asks_the_same_for_ten_and_for_a_thousand(client, store, li):
    client.force_login(li)
    fill(store, 10)
    client.get("/pool/")  # the store's rules are kept in memory from here on
    few = asked_by(client, "/pool/")
    Lead.objects.all().delete()
    fill(store, MANY)
    assert few == asked_by(client, "/pool/") <= 6


def test_a_long_pool_comes_in_parts(client, store, li):
    client.force_login(li)
    fill(store, 60)
    page = client.get("/pool/").content.decode()
    assert page.count("/take/") == 25 * 2  # plain and in place
    assert "25 more" in page
    assert client.get("/pool/?shown=50").content.decode().count("/take/") == 50 * 2


@pytest.mark.parametrize(
    "route", ["give", "collaborators", "setter", "family", "referred", "referral", "credit", "masked"]
)
@pytest.mark.thorough
def test_a_sheet_takes_ten_statements_at_most(client, store, li, chen, route):
    client.force_login(chen)
    lead = know(store, None if route == "masked" else li, "13800000001", step=7)
    for number in range(20):
        know(store, li, f"139000001{number:02}")
    if route == "masked":
        client.force_login(li)
    assert asked_by(client, reverse(f"leads:{route}", args=[lead.number])) <= 10


def test_giving_takes_fifteen_statements_at_most(client, store, li, wang):
    client.force_login(li)
    lead = know(store, li, "13800000001")
    give(know(store, li, "13800000002").pk, wang, by=li, at=at("2026-03-12 14:00"))  # the rules are known now
    with statements() as asked:
        answer = client.post(reverse("leads:give", args=[lead.number]), {"person": wang.pk})
    assert answer.status_code == 302
    assert len(asked) <= 15, "\n".join(asked)


def test_what_stands_between_colleagues_asks_the_same_for_one_and_for_twenty(client, store, li, wang):
    client.force_login(li)
    share(store, li, wang, 1)
    client.get("/together/")
    few = asked_by(client, "/together/")
    share(store, li, wang, 19)
    assert asked_by(client, "/together/") == few <= 8


def share(store, li, wang, count):
    for _ in range(count):
        lead = know(store, li, f"137{next(numbers):08}")
        add_collaborator(lead.pk, wang, by=li, at=at("2026-03-12 09:00"))
