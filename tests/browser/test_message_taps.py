"""A message leaves by one tap, and a template is written with its placeholders tapped in (SPEC DEV-09)."""

import pytest

from followups.models import Contact, Outbox, Template
from followups.outbox.sending import send_due
from tests.conftest import at
from tests.followups.outbox import Clock, make_customer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _afternoon(settings, freeze, tmp_path):
    freeze("2026-03-12 15:05")
    settings.SMS_BACKEND, settings.SMS_FOLDER = "followups.outbox.backends.file.FileBackend", tmp_path


def test_a_text_message_is_two_taps(store, li, phone_page, sign_in, tmp_path):
    lead = make_customer(store, li)
    sign_in(phone_page, li)
    phone_page.goto(f"/leads/{lead.number}/")
    phone_page.goto(f"/leads/{lead.number}/message/?opening=greeting")
    phone_page.get_by_role("button", name="Send by text").tap()
    phone_page.get_by_text("On its way as a text message").wait_for()
    send_due(Clock(at("2026-03-12 15:06")))  # where no worker was woken
    assert Outbox.objects.get().state == "sent"
    assert len(list(tmp_path.iterdir())) == 1
    assert Contact.objects.get().self_declared is False


@pytest.mark.thorough
def test_a_template_is_previewed_while_it_is_typed(store, chen, desktop_page, sign_in):
    sign_in(desktop_page, chen)
    desktop_page.goto("/settings/messages/")
    desktop_page.locator("[href='/settings/messages/thank_you/sms/zh-hans/']").click()
    text, preview = desktop_page.locator("#id_text"), desktop_page.locator("#template-preview")
    text.fill("您好")
    preview.get_by_text("not signed").wait_for()
    desktop_page.locator("[data-insert][data-value='{person}']").click()
    preview.get_by_text("您好李强").wait_for()
    assert text.input_value() == "您好{person}"
    text.fill("好" * 70 + "{person}")
    preview.get_by_text("72 signs, 2 text messages of 67").wait_for()
    desktop_page.get_by_role("button", name="Save").click()
    desktop_page.get_by_text("own words 1").wait_for()
    assert Template.objects.get().text == "好" * 70 + "{person}"
