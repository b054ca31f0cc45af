"""The shared tablet in a real browser: a name, its number keys, what was typed is there after the lock."""

import pytest
from django.contrib.auth.hashers import make_password
from django.urls import reverse

from accounts.devices import add_tablet
from accounts.models import Draft
from accounts.rules import set_setting
from tests.conftest import at

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TABLET = {"width": 1024, "height": 768}


@pytest.fixture
def tablet(open_page, live_server, store, chen, li, freeze):
    freeze("2026-03-12 10:00")
    li.pin_hash = make_password("4071")
    li.save()
    _device, token = add_tablet(store, "Showroom 1", by=chen, now=at("2026-03-12 09:00"))
    page = open_page(viewport=TABLET, has_touch=True, locale="en-GB", reduced_motion="reduce")
    page.context.add_cookies([{"name": "tablet", "value": token, "url": live_server.url}])
    return page


def tap_in(page, name, digits):
    page.get_by_role("link", name=name).tap()
    for digit in digits:
        page.locator(f"[data-key='{digit}']").tap()
    page.get_by_role("button", name="Go on").tap()


def test_two_taps_and_a_pin_open_the_day_and_the_lock_keeps_what_was_typed(tablet, li):
    tablet.goto("/tablet/")
    tap_in(tablet, "李强", "4071")
    tablet.wait_for_url("**/")
    tablet.goto("/walk-in/")
    with tablet.expect_response("**/drafts/**"):
        tablet.locator("#id_name").fill("吴先生")
    with tablet.expect_navigation():
        tablet.locator("form[data-lock-after]").evaluate("form => form.requestSubmit()")
    assert "/tablet/" in tablet.url
    assert tablet.get_by_text("something unsaved waits").is_visible()
    assert "吴先生" not in tablet.content()
    assert Draft.objects.get(user=li).payload["name"] == "吴先生"


def test_nothing_of_the_last_person_stays_in_the_browser(tablet, li):
    """RELIABILITY 57: Back shows no customer; caches and stores are empty."""
    tablet.goto("/tablet/")
    tap_in(tablet, "李强", "4071")
    tablet.wait_for_url("**/")
    tablet.goto(reverse("leads:list"))
    with tablet.expect_navigation():
        tablet.locator("form[data-lock-after]").evaluate("form => form.requestSubmit()")
    kept = tablet.evaluate("() => ({...localStorage, ...sessionStorage})")
    # htmx notes the address in front of it, and nothing else.
    assert set(kept) <= {"htmx-current-path-for-history"}
    assert all(path.startswith("/tablet/") for path in kept.values())
    assert tablet.evaluate("async () => 'caches' in window ? (await caches.keys()).length : 0") == 0
    tablet.go_back()
    assert "/tablet/" in tablet.url or "/login/" in tablet.url


def test_an_untouched_tablet_goes_back_to_the_names_by_itself(tablet, store, chen, li):
    set_setting(store, "tablet_lock_minutes", 1, by=chen, at=at("2026-03-12 09:00"))
    tablet.clock.install()
    tablet.goto("/tablet/")
    tap_in(tablet, "李强", "4071")
    tablet.wait_for_url("**/")
    with tablet.expect_navigation():
        tablet.clock.fast_forward(61_000)
    assert "/tablet/?person=" in tablet.url
