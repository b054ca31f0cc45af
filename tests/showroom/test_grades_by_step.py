"""The grade at each step under `detailed`: facts, signals, and the reason in words (GRD-04 to GRD-12)."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from accounts.rules import set_setting
from leads.models import LeadEvent, LeadModel
from showroom.advice import advice
from showroom.drives import Feedback, give_feedback
from showroom.judging import talk_suggestion
from showroom.needs import Finish, answer, finish_report
from showroom.price_talks import Talk, keep_talk
from showroom.told import told_today
from showroom.visits import Arrival, log_visit
from showroom.walking import Shown, keep_walkaround
from tests.conftest import at
from tests.factories import CarModelFactory
from tests.showroom.cars import booked, driven, make_car

pytestmark = pytest.mark.django_db
CAME, NOW = at("2026-03-07 09:00"), at("2026-03-07 11:00")
TODAY = dt.date(2026, 3, 7)
SIX = ("front", "driver", "rear_seat", "boot", "side", "engine")


@pytest.fixture
def detailed(store, chen):
    set_setting(store, "grade_profile", "detailed", by=chen, at=CAME)
    store.refresh_from_db()
    return store


@pytest.fixture
def visit(detailed, li):
    car = CarModelFactory(group=detailed.group)
    arrival = Arrival(phone_text="13800000001", name="张三", car_model=car)
    return log_visit(detailed, arrival, receiver=li, by=li, at=CAME, now=CAME)[0]


@pytest.fixture
def lead(visit):
    return visit.lead


def says(lead, days, *, models=1):
    """The customer buys in so many days, with so many models in mind."""
    lead.expected_on = TODAY + dt.timedelta(days=days)
    lead.save()
    while lead.interests.count() < models:
        car = CarModelFactory(group=lead.store.group)
        LeadModel.objects.create(lead=lead, car_model=car, rank=lead.interests.count() + 1)


def drive(lead, li, **feedback):
    booking = booked(make_car(lead.store), lead, li)
    driven(booking, li)
    give_feedback(booking.pk, Feedback(**feedback), by=li, at=at("2026-03-07 10:40"))


def suggested(lead):
    return advice(lead, now=NOW)


def test_grd_06_a_hundred_days_is_c(lead):
    says(lead, 100)
    assert suggested(lead).grade == "C"


def test_grd_07_report_done_with_four_models_and_90_days_is_b(lead, li):
    says(lead, 90, models=4)
    answer(lead.pk, {"main_use": {"chips": ["school"], "text": ""}}, by=li, at=NOW, signals=["many_rivals"])
    finish_report(lead.pk, Finish(confirmed=True, grade="B"), by=li, at=NOW)
    lead.refresh_from_db()
    says(lead, 90)
    assert (suggested(lead).grade, suggested(lead).why) == ("B", "said 5 Jun · Names several rivals")


def test_grd_08_and_prod_07_two_models_no_wish_to_drive_and_60_days_is_b_plus(lead, li):
    says(lead, 60, models=2)
    shown = Shown(positions=SIX, brochure_given=True, drive_wanted=False, signals=["one_or_two", "no_drive"])
    keep_walkaround(lead.pk, shown, by=li, at=NOW)
    assert suggested(lead).grade == "B+"
    assert suggested(lead).why == "said 6 May · Keeps to one or two models, No wish to drive"


def test_grd_09_and_test_07_a_drive_marked_four_and_30_days_is_a(lead, li):
    says(lead, 30)
    drive(lead, li, overall=4, signals=("pleased",))
    assert (suggested(lead).grade, suggested(lead).why) == (
        "A", "said 6 Apr · Pleased with the drive, 4 of 5 for the drive",
    )  # fmt: skip


@pytest.mark.parametrize(("days", "grade"), [(15, "A+"), (16, "A"), (7, "H"), (8, "A+")])
def test_grd_10_and_grd_11_the_borders_of_a_plus(lead, days, grade):
    says(lead, days)
    assert suggested(lead).grade == grade


def test_grd_12_who_would_pay_at_once_is_h_until_the_money_is_there(lead, li):
    says(lead, 60)
    keep_talk(lead.pk, Talk(signals=["pays_now"]), by=li, at=NOW)
    assert (suggested(lead).grade, suggested(lead).why) == ("H", "would pay at once, has not paid yet")
    lead.grade = "O"
    lead.save()
    told = told_today(lead, at=NOW)
    assert talk_suggestion(lead, grade="", horizon_days=60, models=1, told=told).grade == "O"


def test_without_a_date_the_signals_speak(lead, li):
    assert suggested(lead) is None
    drive(lead, li, overall=5)
    assert (suggested(lead).grade, suggested(lead).why) == ("A", "5 of 5 for the drive")
    give_feedback(lead.bookings.get().pk, Feedback(overall=3), by=li, at=at("2026-03-07 10:45"))
    assert suggested(lead).grade == "B+"


@pytest.mark.parametrize(("signals", "grade"), [(["one_or_two"], "B"), (["no_focus"], "B")])
def test_the_default_profile_says_it_in_its_own_letters(store, li, signals, grade):
    car = CarModelFactory(group=store.group)
    arrival = Arrival(phone_text="13800000009", name="李四", car_model=car)
    lead = log_visit(store, arrival, receiver=li, by=li, at=CAME, now=CAME)[0].lead
    keep_walkaround(lead.pk, Shown(positions=SIX, brochure_given=True, signals=signals), by=li, at=NOW)
    assert suggested(lead).grade == grade


def test_yesterdays_signals_say_nothing_today(lead, li):
    drive(lead, li, overall=5)
    assert advice(lead, now=at("2026-03-08 10:00")) is None


# --- closing ------------------------------------------------------------------------------


@pytest.fixture
def as_li(client, li, settings):
    settings.DEALER_NOW = NOW.isoformat()
    client.force_login(li)
    return client


def close(as_li, visit, **fields):
    data = {"token": str(uuid.uuid4()), **fields}
    return as_li.post(reverse("showroom:close", args=[visit.pk]), data)


def test_grd_04_after_a_drive_b_plus_a_and_a_plus_stand_first(as_li, visit, lead, li):
    drive(lead, li, overall=5)
    sheet = as_li.get(reverse("showroom:close", args=[visit.pk])).context["sheet"]
    assert [row.code for row in sheet.first_rows] == ["A+", "A", "B+"]
    assert [row.code for row in sheet.further_rows] == ["H", "B", "C"]
    assert (sheet.chosen, sheet.chosen_row.why) == ("A", "5 of 5 for the drive")


def test_grd_04_another_grade_takes_a_word_why(as_li, visit, lead, li):
    drive(lead, li, overall=5, signals=("pleased",))
    assert close(as_li, visit, grade="H").status_code == 422
    assert close(as_li, visit, grade="H", grade_reason="signs on Monday", signals=["loan"]).status_code == 302
    event = LeadEvent.objects.filter(lead=lead, kind="grade").latest("id")
    assert (event.to_value, event.reason) == ("H", "signs on Monday")
    assert event.data == {"suggested": "A", "flags": ["after_drive"], "signals": ["pleased", "loan"]}


def test_without_a_drive_every_grade_stands_alike(as_li, visit):
    sheet = as_li.get(reverse("showroom:close", args=[visit.pk])).context["sheet"]
    assert (len(sheet.first_rows), sheet.further_rows) == (6, ())
    assert close(as_li, visit, grade="H").status_code == 302


def test_a_date_that_was_said_before_needs_no_word(as_li, visit, lead, li):
    says(lead, 5)
    drive(lead, li, overall=5)
    assert close(as_li, visit, grade="H").status_code == 302


def test_grd_16_the_signals_of_the_day_stand_with_the_grade(as_li, visit, lead, li):
    keep_walkaround(
        lead.pk, Shown(positions=SIX, brochure_given=True, signals=["touches", "one_or_two"]), by=li, at=NOW
    )
    close(as_li, visit, grade="B+", signals=["total_cost"])
    event = LeadEvent.objects.filter(lead=lead, kind="grade").latest("id")
    assert event.data["signals"] == ["one_or_two", "touches", "total_cost"]


# --- what is missing when they leave ------------------------------------------------------


def test_what_is_missing_is_listed_and_blocks_nothing(as_li, visit):
    sheet = as_li.get(reverse("showroom:close", args=[visit.pk])).context["sheet"]
    assert [hint.code for hint in sheet.hints] == ["appointment", "needs", "brochure"]
    assert close(as_li, visit, grade="C").status_code == 302


def test_nego_10_a_missing_phone_is_asked_for(as_li, visit, lead):
    lead.customer.contact_points.update(kind="wechat")
    sheet = as_li.get(reverse("showroom:close", args=[visit.pk])).context["sheet"]
    assert "phone" in [hint.code for hint in sheet.hints]


@pytest.mark.parametrize(
    ("grade", "coming", "warned"),
    [("H", "", True), ("A", "", True), ("B", "", False), ("A", "2026-03-09T10:00", False)],
)
@pytest.mark.thorough
def test_nego_08_who_is_hot_and_leaves_without_an_appointment_is_told(as_li, visit, grade, coming, warned):
    answer = close(as_li, visit, grade=grade, coming_at=coming)
    said = str(next(iter(as_li.get(answer["Location"]).context["messages"])))
    assert ("No appointment yet" in said) is warned


def test_prod_06_what_was_done_is_no_longer_missing(as_li, visit, lead, li):
    answer(lead.pk, {"main_use": {"chips": ["school"], "text": ""}}, by=li, at=NOW)
    keep_walkaround(lead.pk, Shown(positions=SIX, brochure_given=True), by=li, at=NOW)
    sheet = as_li.get(reverse("showroom:close", args=[visit.pk])).context["sheet"]
    assert [hint.code for hint in sheet.hints] == ["appointment"]


def test_test_07_the_page_of_the_drive_says_the_grade_and_why(as_li, lead, li):
    drive(lead, li, overall=4)
    page = as_li.get(reverse("showroom:drive", args=[lead.bookings.get().pk]))
    assert (page.context["advice"].grade, page.context["advice"].why) == ("A", "4 of 5 for the drive")
