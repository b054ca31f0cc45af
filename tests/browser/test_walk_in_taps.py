"""UX law 1: a first walk-in in six taps and twenty seconds on one screen, a known visitor in one tap."""

import time

import pytest
from playwright.sync_api import expect

from followups.appointments import make_appointment
from leads.models import Lead
from showroom.models import Visit
from showroom.visits import Arrival, log_visit
from tests.browser.conftest import patience
from tests.conftest import at
from tests.factories import CarModelFactory
from tests.showroom.known import know

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_TAPS, MOST_SECONDS = 6, 20
KEY_MS = 120  # between two keys of a quick thumb
NOW = "2026-03-12 14:06"
SMALLEST = 44  # a finger's target, in px


class Taps:
    """Counts what a thumb does; typing is counted apart."""

    def __init__(self):
        self.count = 0

    def __call__(self, target):
        target.tap()
        self.count += 1


@pytest.fixture
def floor(store, li, wang, freeze):
    """Models to choose, an own customer expected today, a colleague's, both ending in 8805."""
    freeze(NOW)
    for name in ("X-Trail", "Sylphy", "Teana", "N7", "Qashqai", "Pathfinder", "Kicks", "Ariya", "Navara"):
        CarModelFactory(group=store.group, name_en=name, name_zh=name)
    own = know(store, li, "13620878805", "吴磊", grade="B")
    know(store, wang, "13505188805", "彭丽女士", grade="C")
    make_appointment(own.pk, at("2026-03-12 14:15"), by=li, now=at("2026-03-12 09:00"))
    return own


@pytest.fixture
def phone(phone_page, sign_in, li, floor):
    sign_in(phone_page, li)
    return phone_page


@pytest.fixture
def sheet(phone):
    """The empty walk-in sheet, opened from My day."""
    phone.goto("/")
    phone.get_by_role("link", name="Walk-in").tap()
    phone.locator("#id_phone").wait_for()
    return phone


def type_number(page, digits):
    page.locator("#id_phone").press_sequentially(digits, delay=KEY_MS)


def chip(page, words):
    return page.locator("label.chip", has_text=words)


def test_a_first_walk_in_takes_six_taps_and_twenty_seconds(phone, figure, li):
    phone.goto("/")
    tap, began = Taps(), time.monotonic()
    tap(phone.get_by_role("link", name="Walk-in"))
    type_number(phone, "13766204418")  # the field has the focus already
    phone.get_by_text("Nobody has this number.").wait_for()
    tap(phone.locator("#id_name"))
    phone.keyboard.type("Zhang Wei", delay=KEY_MS)
    tap(phone.get_by_role("button", name="One more"))
    tap(chip(phone, "X-Trail"))
    assert phone.evaluate("scrollY") == 0  # all of it on one screen
    tap(phone.get_by_role("button", name="Save visit"))
    phone.get_by_role("heading", name="Zhang Wei").wait_for()
    seconds = round(time.monotonic() - began, 1)
    figure("first_walk_in", taps=tap.count, seconds=seconds)
    assert tap.count <= MOST_TAPS
    assert seconds <= MOST_SECONDS * patience()
    visit = Visit.objects.get()
    assert (visit.persons, visit.car_model.name_en, visit.receiver) == (2, "X-Trail", li)
    assert visit.lead.customer.contact_points.get().value == "+8613766204418"


def test_a_known_visitor_is_one_tap_after_four_digits(sheet, figure, floor):
    type_number(sheet, "8805")
    row = sheet.locator("#answer .row").first
    row.get_by_text("expected today 14:15").wait_for()
    tap, began = Taps(), time.monotonic()
    tap(row.get_by_role("button"))
    sheet.get_by_role("heading", name="吴磊").wait_for()
    figure("known_visitor", taps=tap.count, seconds=round(time.monotonic() - began, 1))
    assert tap.count == 1
    assert (Visit.objects.get().lead, Visit.objects.get().kind) == (floor, "return")


def test_what_is_typed_before_the_scripts_come_is_looked_up(phone):
    """A slow line: the sheet stands, its scripts do not yet; all digits are typed by then."""
    held, waiting = [], True
    phone.route("**/*.js", lambda script: held.append(script) if waiting else script.continue_())
    phone.goto("/walk-in/", wait_until="commit")
    type_number(phone, "8805")
    assert phone.locator("#answer .row").count() == 0
    waiting = False
    for script in held:
        script.continue_()
    expect(phone.locator("#answer .row")).to_have_count(2)
    assert phone.locator("#id_phone").input_value() == "8805"


@pytest.mark.thorough
def test_a_colleagues_row_says_the_rule_first_and_logs_with_the_next_tap(sheet, wang):
    type_number(sheet, "8805")
    sheet.locator("#answer .row", has_text="彭**女士").get_by_role("button").tap()
    sheet.get_by_text("王芳 stays the owner.").wait_for()
    assert Visit.objects.count() == 0
    sheet.get_by_role("button", name="I'll receive for now").tap()
    sheet.get_by_role("heading", name="彭丽女士").wait_for()
    visit = Visit.objects.get()
    assert (visit.courtesy, visit.lead.owner) == (True, wang)


@pytest.mark.thorough
def test_enter_after_four_digits_logs_nobody(sheet):
    type_number(sheet, "8805")
    sheet.locator("#answer .row").first.wait_for()
    sheet.keyboard.press("Enter")
    sheet.get_by_text("This is no whole phone number.").wait_for()
    assert Visit.objects.count() == 0


@pytest.mark.thorough
def test_none_of_these_goes_on_typing(sheet):
    type_number(sheet, "8805")
    sheet.get_by_text("None of these: go on typing").tap()
    expect(sheet.locator("#id_phone")).to_be_focused()


def test_a_double_tap_on_save_is_one_row(sheet):
    type_number(sheet, "13766204418")
    sheet.get_by_text("Nobody has this number.").wait_for()
    sheet.locator("#id_name").fill("张伟")
    sheet.evaluate("document.querySelectorAll('.sheet-foot button').forEach(b => { b.click(); b.click(); })")
    sheet.get_by_role("heading", name="张伟").wait_for()
    assert (Visit.objects.count(), Lead.objects.count()) == (1, 3)


def test_what_was_typed_is_there_again_when_the_sheet_is_opened_later(sheet):
    type_number(sheet, "1376620")
    with sheet.expect_response(lambda answer: "张伟" in (answer.request.post_data or "")):
        sheet.locator("#id_name").fill("张伟")
    sheet.goto("/")
    sheet.get_by_role("link", name="Walk-in").tap()
    expect(sheet.locator("#id_phone")).to_have_value("137 6620")
    expect(sheet.locator("#id_name")).to_have_value("张伟")


def test_leaving_takes_two_taps_and_the_date_follows_the_grade(phone, store, li, figure):
    arrived = at("2026-03-12 13:20")
    car = CarModelFactory(group=store.group)
    arrival = Arrival(phone_text="13766204418", name="张伟", car_model=car)
    visit, _new = log_visit(store, arrival, receiver=li, by=li, at=arrived, now=arrived)
    phone.goto("/")
    phone.locator(f"a[href='/visits/{visit.pk}/close/']").tap()
    sheet = phone.get_by_role("dialog")
    sheet.get_by_text("张伟 is leaving").wait_for()
    expect(sheet.get_by_text("By the grade")).to_be_visible()
    tap, began = Taps(), time.monotonic()
    tap(sheet.locator("label.grade-row", has_text="1 month"))
    sheet.get_by_text("Sun 15 Mar").wait_for()
    tap(sheet.get_by_role("button", name="Save visit"))
    phone.wait_for_url("**/leads/**")
    figure("close_a_visit", taps=tap.count, seconds=round(time.monotonic() - began, 1))
    visit.refresh_from_db()
    lead = Lead.objects.get(pk=visit.lead_id)
    assert (tap.count, visit.completed, lead.next_due_on.isoformat()) == (2, True, "2026-03-15")


@pytest.mark.thorough
def test_a_grade_that_needs_a_reason_asks_for_it_at_once(phone, store, li):
    arrived = at("2026-03-12 13:20")
    arrival = Arrival(phone_text="13766204418", name="张伟")
    visit, _new = log_visit(store, arrival, receiver=li, by=li, at=arrived, now=arrived)
    phone.goto(f"/visits/{visit.pk}/close/")
    why = phone.get_by_label("Why this grade")
    expect(why).to_be_hidden()
    phone.locator("label.grade-row", has_text="1 month").tap()
    expect(why).to_be_visible()
    chip(phone, "Sylphy").tap()
    expect(why).to_be_hidden()
    phone.get_by_role("button", name="Save visit").tap()
    phone.wait_for_url("**/leads/**")
    assert Visit.objects.get().lead.grade == "A"


PAGES = (
    "/walk-in/",
    "/visits/{visit}/close/",
    "/leads/{lead}/",
    "/leads/{lead}/?tab=details",
    "/leads/{lead}/move/",
)


@pytest.fixture
def addresses(store, li, floor):
    """The pages of this piece, with an open visit of an own customer behind them."""
    arrived = at("2026-03-12 13:20")
    visit, _new = log_visit(store, Arrival(lead_id=floor.pk), receiver=li, by=li, at=arrived, now=arrived)
    return [page.format(visit=visit.pk, lead=floor.number) for page in PAGES]


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_and_nothing_sticks_out(open_page, sign_in, axe, li, addresses, scheme, width):
    page = open_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    sign_in(page, li)
    for address in addresses:
        page.goto(address)
        if address == "/walk-in/":
            page.locator("#id_phone").press_sequentially("8805")
            page.locator("#answer .row").first.wait_for()
        assert axe(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address


@pytest.mark.thorough
def test_reception_has_the_register_under_the_sheet(phone_page, sign_in, axe, qian, addresses):
    sign_in(phone_page, qian)
    phone_page.goto("/walk-in/")
    phone_page.get_by_role("heading", name="Today's register").wait_for()
    expect(phone_page.get_by_text("136****8805")).to_be_visible()
    assert axe(phone_page) == []


@pytest.mark.thorough
def test_every_target_is_large_enough_for_a_finger(phone_page, sign_in, li, addresses):
    sign_in(phone_page, li)
    for address in addresses:
        phone_page.goto(address)
        assert phone_page.evaluate(TOO_SMALL, SMALLEST) == [], address


TOO_SMALL = """(least) => [...document.querySelectorAll("main a, main button, main label, main summary")]
  .filter((e) => e.checkVisibility())
  .filter((e) => e.matches("a, button, summary") || e.querySelector("input:not([type=hidden])"))
  .map((e) => [e.textContent.trim().slice(0, 40), e.getBoundingClientRect()])
  .filter(([, box]) => box.height && (box.height < least - 0.5 || box.width < least - 0.5))
  .map(([text, box]) => `${text}: ${Math.round(box.width)}x${Math.round(box.height)}`)"""
