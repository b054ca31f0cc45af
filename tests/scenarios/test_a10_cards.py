"""A10: a card needs a name and a way to reach the customer; in Chinese stores a phone."""

import pytest

from accounts.rules import set_setting
from leads.editing import Seen
from leads.models import Customer, Lead
from leads.reaching import add_contact_point
from leads.referrals import refer
from tests.conftest import at
from tests.showroom.known import know

pytestmark = pytest.mark.django_db
NOW = at("2026-03-05 10:00")


@pytest.fixture
def lead(store, li):
    """Somebody a customer named, without any way to reach her; Li's by the manager's word."""
    referrer = know(store, li, "13900000001").customer
    lead = refer(store, referrer, name="刘敏", by=li, at=at("2026-03-04 10:00"))
    Lead.objects.filter(pk=lead.pk).update(owner=li)
    return lead


def add(lead, by, kind, value):
    lead.refresh_from_db()
    customer = Customer.objects.get(pk=lead.customer_id)
    seen = Seen(customer.version, lead.version)
    add_contact_point(lead.pk, kind, value, seen=seen, by=by, at=NOW)
    return Customer.objects.get(pk=lead.customer_id).card_opened_at


def test_a_name_alone_is_no_card(lead):
    assert lead.customer.card_opened_at is None


def test_a_phone_opens_it(lead, li):
    assert add(lead, li, "phone", "13900000002") == NOW


@pytest.mark.parametrize(("kind", "value"), [("email", "min@example.com"), ("wechat", "liumin88")])
def test_in_a_chinese_store_nothing_else_does(lead, li, kind, value):
    assert add(lead, li, kind, value) is None
    assert add(lead, li, "phone", "13900000002") == NOW


@pytest.mark.parametrize(("kind", "value"), [("email", "min@example.com"), ("wechat", "liumin88")])
def test_unless_the_store_says_otherwise(store, lead, li, chen, kind, value):
    set_setting(store, "card_needs_phone", False, by=chen, at=NOW)
    assert add(lead, li, kind, value) == NOW


def test_elsewhere_any_one_is_enough(store, lead, li):
    store.language = "en"
    store.save()
    assert add(lead, li, "email", "min@example.com") == NOW


def test_a_card_that_is_open_stays_as_it_opened(store, li):
    lead = know(store, li, "13900000003", last="2026-03-01 11:00")
    assert add(lead, li, "phone", "13900000004") == at("2026-03-01 11:00")
