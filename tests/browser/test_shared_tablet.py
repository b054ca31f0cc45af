"""The shared tablet in a real browser: a name, its number keys, what was typed is there after the lock."""

import threading

import pytest
from django.contrib.auth.hashers import make_password
from django.urls import reverse
from playwright.sync_api import expect

from accounts import views_tablet
from accounts.devices import add_tablet
from accounts.idle_lock import lock
from accounts.models import Draft
from accounts.rules import set_setting
from followups.appointments import make_appointment
from showroom.models import Call, Visit
from tests.conftest import at
from tests.showroom.known import know

pytestmark = [pytest.mark.browser, pytest.mark.thorough, pytest.mark.django_db(transaction=True)]

TABLET = {"width": 1024, "height": 768}


@pytest.fixture
def tablet(open_page, live_server, store, chen, li, qian, freeze):
    freeze("2026-03-12 10:00")
    li.pin_hash = make_password("4071")
    li.save()
    qian.pin_hash = make_password("5186")
    qian.save()
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


def test_what_was_typed_the_moment_before_the_lock_waits_too(tablet, li):
    tablet.goto("/tablet/")
    tap_in(tablet, "李强", "4071")
    tablet.wait_for_url("**/")
    tablet.goto("/walk-in/")
    tablet.locator("#id_name").fill("吴先生")
    with tablet.expect_navigation():
        tablet.locator("form[data-lock-after]").evaluate("form => form.requestSubmit()")
    assert "/tablet/" in tablet.url
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


def test_what_the_page_asks_while_it_is_locked_does_not_stop_the_lock(tablet, li, monkeypatch):
    """Every five seconds it asks for the open visits: signed out by then, it was sent to the login form."""
    signed_out, answer = threading.Event(), threading.Event()

    def locked_late(request):
        locked = lock(request)
        signed_out.set()
        answer.wait(20)
        return locked

    monkeypatch.setattr(views_tablet, "lock", locked_late)
    tablet.clock.install()
    tablet.goto("/tablet/")
    tap_in(tablet, "李强", "4071")
    tablet.wait_for_url("**/")
    tablet.locator("form[data-lock-after]").evaluate("form => form.requestSubmit()")
    assert signed_out.wait(10)
    with tablet.expect_response("**/login/**"):
        tablet.clock.fast_forward(6_000)
    tablet.wait_for_timeout(200)  # time enough to go there
    answer.set()
    tablet.wait_for_url("**/tablet/?person=**")


def test_who_was_signed_out_comes_back_to_the_page_itself(phone_page, sign_in, store, li, freeze):
    freeze("2026-03-12 10:00")
    phone_page.clock.install()
    sign_in(phone_page, li)
    phone_page.goto("/?from=here")
    phone_page.context.clear_cookies(name="session")
    phone_page.clock.fast_forward(6_000)
    phone_page.wait_for_url("**/login/?next=%2F%3Ffrom%3Dhere")


# --- a receptionist's morning -------------------------------------------------------------


@pytest.fixture
def expected(store, li, wang):
    """A customer of Li who comes at 10:15."""
    lead = know(store, li, "13620878805", "吴磊", car="X-Trail", grade="B")
    make_appointment(lead.pk, at("2026-03-12 10:15"), by=li, now=at("2026-03-12 09:00"))
    return lead


@pytest.fixture
def reception(tablet, expected):
    """钱慧 at the tablet, by PIN: her day begins at the walk-in sheet, the register beside it."""
    tablet.goto("/tablet/")
    tap_in(tablet, "钱慧", "5186")
    tablet.wait_for_url("**/walk-in/")
    expect(tablet.locator("main")).to_contain_text("Nobody yet today")
    return tablet


def follow(page, words):
    """Tap a link; the page behind it stands, with its scripts."""
    with page.expect_navigation():
        page.get_by_role("link", name=words).tap()


def choose(page, words):
    page.locator("label.chip", has_text=words).tap()


def test_a_receptionists_morning(reception, freeze, li, wang, axe):
    page = reception
    register = page.get_by_role("region", name="Today's register")

    freeze("2026-03-12 10:09")  # who was expected comes: one tap
    follow(page, "Appointments")
    line = page.locator(".expected", has_text="吴磊")
    expect(line).to_contain_text("10:15")
    line.get_by_role("button", name="Arrived").tap()
    expect(page.locator(".toast")).to_contain_text("吴磊 is on record.")
    expect(register.locator(".row")).to_contain_text(["吴磊"])
    expect(register.locator(".row")).to_contain_text("李强")

    freeze("2026-03-12 10:17")  # a first visit, received by Wang
    page.locator("#id_phone").press_sequentially("13766204418")
    expect(page.locator("#answer")).to_contain_text("Whoever receives owns.")
    choose(page, "王芳")
    page.locator("#id_name").fill("赵女士")
    page.get_by_role("button", name="Save visit").tap()
    expect(page.locator(".toast")).to_contain_text("赵女士 is on record.")
    expect(register.locator(".row")).to_have_count(2)
    assert axe(page) == []

    freeze("2026-03-12 10:24")  # somebody rings; Li takes the call
    follow(page, "Phone-in")
    page.locator("#id_phone").press_sequentially("13800005678")
    expect(page.locator("#answer")).to_contain_text("First call")
    choose(page, "李强")
    page.locator("#id_name").fill("孙先生")
    with page.expect_navigation():
        page.get_by_role("button", name="Save call").tap()
    expect(page.locator(".toast")).to_contain_text("孙先生")

    follow(page, "Showroom")  # a group that only looks
    follow(page, "Register")
    page.get_by_role("button", name="One more").tap()
    page.get_by_role("button", name="One more").tap()
    page.get_by_role("button", name="Count a group").tap()
    expect(page.locator(".toast")).to_contain_text("Counted.")
    expect(page.locator("main")).to_contain_text("5 persons")

    with page.expect_navigation():  # and away from the desk
        page.locator("form[data-lock-after]").evaluate("form => form.requestSubmit()")
    assert "/tablet/" in page.url
    assert "吴磊" not in page.content()

    visits = Visit.objects.order_by("arrived_at").values_list("receiver", "persons")
    assert list(visits) == [(li.pk, 1), (wang.pk, 1), (None, 3)]
    assert [(call.receiver, call.lead.owner) for call in Call.objects.all()] == [(li, li)]
