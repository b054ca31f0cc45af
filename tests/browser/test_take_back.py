"""Undo, and a card that two people edit at once, as a thumb meets them."""

import os

import pytest

from followups.models import Contact, Task
from leads.editing import Seen, edit_card
from leads.models import Customer, Lead
from tests.conftest import at
from tests.factories import PhoneFactory
from tests.followups.worked_leads import make_lead

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("LOOKS", "")


@pytest.fixture
def zhou(store, li, freeze):
    freeze("2026-03-12 09:46")
    lead = make_lead(store, li, "H", visited="2026-03-01 10:00", contacted="2026-03-10 15:00")
    Customer.objects.filter(pk=lead.customer_id).update(name="周雅琴", hobbies="")
    PhoneFactory(customer=lead.customer, value="+8613800001234")
    return lead


def keep(page, name):
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def test_one_tap_in_the_toast_takes_a_call_back(phone_page, sign_in, li, zhou):
    sign_in(phone_page, li)
    phone_page.goto(f"/leads/{zhou.number}/")
    phone_page.get_by_role("link", name="Comparing").tap()
    phone_page.locator("[data-save]").tap()
    phone_page.get_by_text("Logged, next date 14 Mar").wait_for()
    phone_page.locator(".toast").get_by_role("button", name="Undo").tap()
    phone_page.get_by_text("Undone: it counts nowhere.").wait_for()
    keep(phone_page, "undone")
    assert Contact.objects.get().undone_at == at("2026-03-12 09:46")
    assert Task.objects.get(lead=zhou, state="open").due_on.isoformat() == "2026-03-12"


@pytest.mark.thorough
def test_who_saves_second_chooses_on_the_phone(phone_page, sign_in, li, chen, zhou, axe):
    sign_in(phone_page, li)
    phone_page.goto(f"/leads/{zhou.number}/edit/")
    phone_page.get_by_label("Likes").fill("钓鱼")
    lead = Lead.objects.select_related("customer").get(pk=zhou.pk)
    seen = Seen(lead.customer.version, lead.version)
    now = at("2026-03-12 09:46")
    edit_card(lead.pk, {"hobbies": "网球", "family": "一个孩子"}, seen=seen, by=chen, at=now)
    phone_page.get_by_role("button", name="Save").tap()
    phone_page.get_by_text("Somebody changed this card meanwhile.").wait_for()
    keep(phone_page, "conflict")
    assert axe(phone_page) == []
    assert phone_page.get_by_role("textbox", name="Family").input_value() == "一个孩子"
    phone_page.get_by_label("What you typed, below").check()
    phone_page.get_by_role("button", name="Save").tap()
    phone_page.get_by_text("Card saved").wait_for()
    customer = Customer.objects.get()
    assert (customer.hobbies, customer.family) == ("钓鱼", "一个孩子")
