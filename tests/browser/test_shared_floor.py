"""A receptionist and two consultants share the floor: the list gives out, everybody sees the same at once."""

import pytest
from playwright.sync_api import expect

from showroom.models import Pull, Visit
from tests.browser.test_walk_in_taps import chip, type_number
from tests.factories import CarModelFactory
from tests.showroom.up_list import open_list

pytestmark = [pytest.mark.browser, pytest.mark.thorough, pytest.mark.django_db(transaction=True)]

DAY = "2026-03-12"
TABLET = {"width": 1024, "height": 768}
AGREE_MS = 5_000  # two screens show the same within five seconds


@pytest.fixture
def floor(store, li, wang, chen, qian, freeze):
    """Li is first on the list, Wang second."""
    freeze(f"{DAY} 14:00")
    CarModelFactory(group=store.group, name_en="X-Trail", name_zh="X-Trail")
    open_list(store, chen, DAY, li, wang)


@pytest.fixture
def screens(floor, open_page, sign_in, qian, li, wang):
    """Reception's tablet, and a phone of each consultant."""
    pages = []
    for person in (qian, li, wang):
        page = open_page(viewport=TABLET if person == qian else {"width": 390, "height": 844}, locale="en-GB")
        sign_in(page, person)
        pages.append(page)
    return pages


def receive(page, number, name):
    """Reception logs a first visit to whoever the sheet proposes."""
    page.goto("/walk-in/")
    type_number(page, number)
    expect(page.get_by_text("Nobody has this number.")).to_be_visible()
    page.locator("#id_name").fill(name)
    chip(page, "X-Trail").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Save").first.click()


def test_two_groups_go_to_two_consultants_and_every_screen_says_the_same(screens, li, wang):
    tablet, lis, wangs = screens
    lis.goto("/rota/")
    wangs.goto("/rota/")
    expect(lis.get_by_text("You are next: stand by at the door")).to_be_visible()
    receive(tablet, "13766204418", "Zhang Wei")
    assert Visit.objects.get().receiver == li
    expect(wangs.get_by_text("You are next: stand by at the door")).to_be_visible(timeout=2 * AGREE_MS)
    expect(lis.get_by_text("You are next: stand by at the door")).to_be_hidden(timeout=2 * AGREE_MS)
    receive(tablet, "13766204419", "Wu Lei")
    assert list(Pull.objects.order_by("pk").values_list("user__username", "why")) == [
        ("li", "turn"),
        ("wang", "turn"),
    ]
    lis.goto("/")
    expect(lis.get_by_text("Zhang Wei").first).to_be_visible()
    assert "Wu Lei" not in lis.content()
