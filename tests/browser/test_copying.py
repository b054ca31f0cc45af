"""SPEC A15, A35: what is copied stands on the clipboard, also where the page came over plain http."""

import pytest

from followups.models import Contact
from leads.models import Customer
from tests.followups.worked_leads import make_lead

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PLAIN_HTTP = "Object.defineProperty(navigator, 'clipboard', {value: undefined})"


@pytest.fixture
def lead(store, li, freeze):
    freeze("2026-03-12 15:05")
    lead = make_lead(store, li, "A", visited="2026-03-10 10:00")
    Customer.objects.filter(pk=lead.customer_id).update(name="陈建国")
    return lead


@pytest.mark.parametrize("plain_http", [False, True], ids=["with a clipboard", "plain http"])
@pytest.mark.thorough
def test_a_message_is_copied_and_marked_in_one_tap(lead, li, phone_page, sign_in, plain_http):
    phone_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(phone_page, li)
    phone_page.goto(f"/leads/{lead.number}/message/")
    if plain_http:
        phone_page.evaluate(PLAIN_HTTP)
    text = phone_page.locator("#id_text").input_value()
    phone_page.get_by_role("button", name="Copy and mark as sent").tap()
    phone_page.get_by_text("Marked as sent").wait_for()
    phone_page.goto("/")  # a page that has its clipboard
    assert "陈建国" in text
    assert phone_page.evaluate("navigator.clipboard.readText()") == text
    assert Contact.objects.get().text == text
