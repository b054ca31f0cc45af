"""UX law 1 for the phone: a first call in six taps on one screen, a known caller in two after four digits."""

import time

import pytest

from showroom.models import Call, Visit
from tests.browser.conftest import patience
from tests.factories import CarModelFactory
from tests.showroom.known import know

from .test_walk_in_taps import MOST_SECONDS, MOST_TAPS, SMALLEST, TOO_SMALL, Taps, chip, type_number

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEY_MS = 120


@pytest.fixture
def phone(phone_page, sign_in, store, li, wang, freeze):
    """Li with a phone in his hand: models to choose, a customer of his own."""
    freeze("2026-03-12 14:06")
    for name in ("X-Trail", "Sylphy", "Teana", "N7", "Qashqai", "Pathfinder", "Kicks", "Ariya", "Navara"):
        CarModelFactory(group=store.group, name_en=name, name_zh=name)
    know(store, li, "13620878805", "吴磊", grade="B")
    sign_in(phone_page, li)
    phone_page.goto("/")
    return phone_page


def test_a_first_call_takes_six_taps_and_twenty_seconds(phone, figure, li):
    tap, began = Taps(), time.monotonic()
    tap(phone.get_by_role("link", name="Phone-in"))
    type_number(phone, "13766204418")  # the field has the focus already
    phone.get_by_text("Nobody has this number.").wait_for()
    tap(phone.locator("#id_read_back"))
    tap(phone.locator("#id_name"))
    phone.keyboard.type("Zhang Wei", delay=KEY_MS)
    tap(chip(phone, "X-Trail"))
    tap(chip(phone, "Talks price"))
    assert phone.evaluate("scrollY") == 0  # all of it on one screen
    tap(phone.get_by_role("button", name="Save call"))
    phone.get_by_role("heading", name="Zhang Wei").wait_for()
    seconds = round(time.monotonic() - began, 1)
    figure("first_call", taps=tap.count, seconds=seconds)
    assert (tap.count, tap.count <= MOST_TAPS, seconds <= MOST_SECONDS * patience()) == (6, True, True)
    call = Call.objects.get()
    assert (call.outcome, call.car_model.name_en, call.receiver) == ("price", "X-Trail", li)
    assert call.customer.contact_points.get().verified_at == call.read_back_at == call.at


def test_a_known_caller_is_two_taps_after_four_digits(phone, figure):
    phone.goto("/call/")
    type_number(phone, "8805")
    tap, began = Taps(), time.monotonic()
    tap(phone.locator("#answer .row", has_text="吴磊").get_by_role("button"))
    phone.get_by_text("The call counts as a contact.").wait_for()
    tap(phone.get_by_role("button", name="Log the call"))
    phone.get_by_role("heading", name="吴磊").wait_for()
    figure("known_caller", taps=tap.count, seconds=round(time.monotonic() - began, 1))
    assert (tap.count, Call.objects.count()) == (2, 1)


@pytest.mark.thorough
def test_a_group_of_two_is_counted_with_two_taps(phone, figure):
    phone.goto("/register/")
    tap = Taps()
    tap(phone.get_by_role("button", name="One more"))
    tap(phone.get_by_role("button", name="Count a group"))
    phone.get_by_text("Counted.").wait_for()
    figure("tally", taps=tap.count)
    assert (tap.count, Visit.objects.get().persons) == (2, 2)


@pytest.mark.thorough
def test_every_target_is_large_enough_for_a_finger(phone):
    phone.goto("/register/")
    phone.get_by_role("button", name="Count a group").tap()
    phone.get_by_text("Counted.").wait_for()
    for address in ("/call/", "/register/", "/register/?tab=calls"):
        phone.goto(address)
        assert phone.evaluate(TOO_SMALL, SMALLEST) == [], address
