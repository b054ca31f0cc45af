"""A whole visit on a phone: arrival, needs, a drive with a signature, leaving with grade and next date."""

import pytest
from playwright.sync_api import expect

from leads.models import Lead
from leads.steps import Step
from showroom.models import Drive, Pull, Visit
from tests.browser.test_walk_in_taps import Taps, chip, type_number
from tests.factories import CarModelFactory
from tests.showroom.cars import make_car
from tests.showroom.up_list import open_list

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DAY = "2026-03-12"


@pytest.fixture
def floor(store, li, wang, chen, freeze):
    """Li is first on the list, a demo car stands ready."""
    freeze(f"{DAY} 14:00")
    for name in ("X-Trail", "Teana"):
        CarModelFactory(group=store.group, name_en=name, name_zh=name)
    make_car(store)
    open_list(store, chen, DAY, li, wang)
    return store


@pytest.fixture
def phone(phone_page, sign_in, li, floor):
    sign_in(phone_page, li)
    return phone_page


def arrive(phone, tap):
    phone.goto("/")
    tap(phone.get_by_role("link", name="Walk-in"))
    type_number(phone, "13766204418")
    expect(phone.get_by_text("Nobody has this number.")).to_be_visible()
    tap(phone.locator("#id_name"))
    phone.keyboard.type("Zhang Wei")
    tap(chip(phone, "X-Trail"))
    with phone.expect_navigation():
        tap(phone.get_by_role("button", name="Save", exact=False).first)
    return Lead.objects.get()


def ask_the_needs(phone, tap, lead):
    phone.goto(f"/leads/{lead.number}/needs/?part=use")
    for words in ("School run", "The customer", "One of ours", "Safety"):
        with phone.expect_response("**/needs/**"):
            tap(phone.locator("#needs-part label.chip", has_text=words).first)
    expect(phone.locator("#needs-head b.num")).to_have_text("4")
    phone.goto(f"/leads/{lead.number}/needs/finish/")
    phone.locator("#id_summary").fill("Safe, for school and weekends")
    tap(phone.get_by_label("Read back, and the customer agreed"))
    tap(chip(phone, "X-Trail"))
    tap(phone.locator("input[name=grade][value=A]").locator(".."))
    with phone.expect_navigation():
        tap(phone.get_by_role("button", name="Finish the report"))


def drive(phone, tap, lead, freeze):
    phone.goto(f"/drives/new/?lead={lead.number}")
    with phone.expect_navigation():
        tap(phone.get_by_role("button", name="Book"))
    freeze(f"{DAY} 14:05")
    phone.goto(f"/drives/{lead.bookings.get().pk}/")
    for words in ("Clean, inside and out", "In order", "The route is known"):
        tap(phone.get_by_label(words, exact=False))
    press(phone, tap, "Save the checks")
    tap(phone.get_by_label("Driving licence seen, valid"))
    sign(phone)
    press(phone, tap, "Save the papers")
    press(phone, tap, "Start the ride")
    freeze(f"{DAY} 14:12")
    press(phone, tap, "The customer takes the wheel")
    freeze(f"{DAY} 14:25")
    press(phone, tap, "The car is back")
    tap(phone.locator("input[name=overall][value='5']").locator(".."))
    press(phone, tap, "Save the feedback")


def press(phone, tap, words):
    with phone.expect_navigation():
        tap(phone.get_by_role("button", name=words))


def sign(phone):
    """A finger on the canvas."""
    canvas = phone.locator("canvas.signature")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    x, y = box["x"] + 40, box["y"] + box["height"] / 2
    phone.mouse.move(x, y)
    phone.mouse.down()
    for n in range(1, 8):
        phone.mouse.move(x + 20 * n, y + (12 if n % 2 else -12))
    phone.mouse.up()
    assert phone.locator("input[name=signature]").input_value().startswith("data:image/png;base64,")


def leave(phone, tap, freeze):
    freeze(f"{DAY} 14:40")
    phone.goto(f"/visits/{Visit.objects.get().pk}/close/")
    tap(phone.locator("input[name=grade][value=A]").locator(".."))
    press(phone, tap, "Save visit")


def test_from_the_door_to_the_next_date(phone, freeze, figure, li):
    taps = {}

    def part(name):
        taps[name] = Taps()
        return taps[name]

    lead = arrive(phone, part("arrival"))
    assert Pull.objects.get().user == li
    ask_the_needs(phone, part("needs"), lead)
    lead.refresh_from_db()
    assert (lead.step, lead.grade) == (Step.WALKAROUND, "A")
    drive(phone, part("drive"), lead, freeze)
    lead.refresh_from_db()
    assert (lead.step, lead.skipped) == (Step.NEGOTIATION, "")
    done = Drive.objects.get()
    assert (done.overall, done.signed_at is not None, done.papers.count()) == (5, True, 1)
    leave(phone, part("leaving"), freeze)
    lead.refresh_from_db()
    visit = Visit.objects.get()
    assert (visit.completed, lead.grade, f"{lead.next_due_on}") == (True, "A", "2026-03-15")
    figure("whole_visit", **{name: tap.count for name, tap in taps.items()})
