"""A result that ends a lead leads on in the same sheet; "no" closes it, nothing is forced (SPEC A03, A07)."""

import pytest
from playwright.sync_api import expect

from leads.models import Lead, LostRecord
from tests.browser.test_log_taps import chip
from tests.followups.worked_leads import make_lead

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def lead(store, li, freeze):
    freeze("2026-03-12 09:46")
    return make_lead(store, li, "H", visited="2026-03-01 10:00", contacted="2026-03-10 15:00")


@pytest.fixture
def day(phone_page, sign_in, li, lead):
    sign_in(phone_page, li)
    phone_page.goto("/")
    return phone_page


def log(day, words):
    """Log a result from the row; answers the sheet that stands open after it."""
    day.get_by_role("link", name="Log").first.tap()
    sheet = day.get_by_role("dialog")
    chip(sheet, words).tap()
    sheet.locator("[data-save]").tap()
    return sheet


def status(lead):
    return Lead.objects.get(pk=lead.pk).status


@pytest.mark.thorough
def test_bought_elsewhere_then_the_reason_then_save(day, lead):
    sheet = log(day, "Bought elsewhere")
    sheet.get_by_text("Logged. Record the loss too?").wait_for()
    expect(sheet.get_by_text("Empty: it helps the next customer")).to_be_visible()
    sheet.locator("textarea").fill("wanted more for the old car")
    expect(sheet.get_by_text("Empty: it helps the next customer")).to_be_hidden()
    sheet.locator("label.chip", has_text="Trade-in price").tap()
    sheet.get_by_role("button", name="Record the loss").tap()
    day.get_by_text("Recorded as lost, the manager confirms it").wait_for()
    expect(sheet).to_be_hidden()
    found = LostRecord.objects.get()
    assert (found.reason.code, found.opinion) == ("trade_in_price", "wanted more for the old car")
    assert status(lead) == "lost_pending"


@pytest.mark.thorough
def test_no_closes_the_sheet_and_only_the_call_is_logged(day, lead):
    sheet = log(day, "Wrong number")
    sheet.get_by_text("Logged. Mark the lead as invalid?").wait_for()
    sheet.get_by_role("link", name="No, leave it").tap()
    expect(sheet).to_be_hidden()
    expect(day.locator(".toast", has_text="Logged, next date")).to_be_visible()
    assert (status(lead), lead.contacts.get().outcome) == ("active", "wrong_number")


@pytest.mark.thorough
def test_an_own_day_is_asked_for_only_when_it_is_wanted(day, lead):
    sheet = log(day, "Not now")
    sheet.get_by_text("Logged. Let it rest until a day?").wait_for()
    expect(sheet.locator("#id_wake_on")).to_be_hidden()
    chip(sheet, "Pick a date").tap()
    sheet.locator("#id_wake_on").fill("2026-05-01")
    sheet.get_by_role("button", name="Let it rest").tap()
    day.get_by_text("Rests until Fri 1 May").wait_for()
    assert status(lead) == "dormant"
