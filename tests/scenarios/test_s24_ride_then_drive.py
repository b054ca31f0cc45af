"""S24: first the ride, then the drive; papers before the drive; one car is one customer's at a time."""

import datetime as dt

import pytest

from accounts.errors import NotAllowed, Refused
from leads.steps import Step
from showroom.bookings import block, cancel_booking, move_booking
from showroom.drives import Feedback, check_car, give_feedback, start_drive, start_ride
from showroom.models import Booking
from tests.conftest import at
from tests.factories import LeadFactory
from tests.showroom.cars import MORNING, READY, booked, driven, make_car, ridden, signed

pytestmark = pytest.mark.django_db


@pytest.fixture
def car(store):
    return make_car(store)


@pytest.fixture
def lead(store, li):
    return LeadFactory(store=store, owner=li, grade="B", step=Step.WALKAROUND, arrived_at=MORNING)


def step_of(lead):
    lead.refresh_from_db()
    return lead.step


def test_a_drive_before_the_ride_is_refused(car, lead, li):
    booking = booked(car, lead, li)
    signed(booking, li)
    with pytest.raises(Refused, match="rides along first"):
        start_drive(booking.pk, by=li, at=at("2026-03-07 10:03"))
    assert step_of(lead) == Step.WALKAROUND


def test_without_papers_the_drive_is_refused_and_the_ride_allowed(car, lead, li):
    booking = booked(car, lead, li)
    ridden(booking, li)
    with pytest.raises(Refused, match="who drives, the driving licence, the signed agreement"):
        start_drive(booking.pk, by=li, at=at("2026-03-07 10:10"))
    assert step_of(lead) == Step.TEST_DRIVE  # the ride is the evidence (T09)


def test_nobody_starts_in_a_car_that_was_not_checked(car, lead, li):
    booking = booked(car, lead, li)
    check_car(booking.pk, READY | {"route": False}, by=li, now=at("2026-03-07 09:50"))
    with pytest.raises(Refused, match="Check the car first") as refused:
        start_ride(booking.pk, by=li, at=at("2026-03-07 10:00"))
    assert refused.value.field == "route"
    assert step_of(lead) == Step.WALKAROUND


def test_a_second_booking_may_touch_the_first_and_not_overlap_it(car, lead, li):
    booked(car, lead, li, "10:00", "10:30")
    with pytest.raises(Refused, match="taken from 10:00 to 10:30"):
        booked(car, lead, li, "10:20", "10:50")
    booked(car, lead, li, "10:30", "11:00")
    assert Booking.objects.count() == 2


def test_the_step_ends_with_the_feedback_form(car, lead, li):
    booking = booked(car, lead, li)
    driven(booking, li)
    assert step_of(lead) == Step.TEST_DRIVE
    with pytest.raises(Refused, match="at least one mark"):
        give_feedback(booking.pk, Feedback(), by=li, at=at("2026-03-07 10:40"))
    assert step_of(lead) == Step.TEST_DRIVE
    give_feedback(booking.pk, Feedback(ratings={"seats": 5}, overall=4), by=li, at=at("2026-03-07 10:40"))
    assert step_of(lead) == Step.NEGOTIATION
    assert lead.skipped == ""


def test_or_with_the_word_why_there_is_none(car, lead, li):
    booking = booked(car, lead, li)
    driven(booking, li)
    drive = give_feedback(booking.pk, Feedback(declined="in a hurry"), by=li, at=at("2026-03-07 10:40"))
    assert (drive.feedback_declined, step_of(lead)) == ("in a hurry", Step.NEGOTIATION)


@pytest.mark.parametrize("mark", [0, 6, -1])
def test_marks_go_from_one_to_five(car, lead, li, mark):
    booking = booked(car, lead, li)
    driven(booking, li)
    with pytest.raises(Refused, match="from 1 to 5"):
        give_feedback(booking.pk, Feedback(overall=mark), by=li, at=at("2026-03-07 10:40"))


def test_an_insurance_that_has_run_out_keeps_the_customer_from_the_wheel(car, lead, li):
    car.insured_until = dt.date(2026, 3, 6)
    car.save()
    booking = booked(car, lead, li)
    ridden(booking, li)
    signed(booking, li)
    with pytest.raises(Refused, match="a valid insurance of the car"):
        start_drive(booking.pk, by=li, at=at("2026-03-07 10:10"))
    car.insured_until = dt.date(2026, 3, 7)
    car.save()
    assert start_drive(booking.pk, by=li, at=at("2026-03-07 10:10")).drive_started_at


def test_a_colleague_neither_books_nor_drives(car, lead, li, wang):
    with pytest.raises(NotAllowed):
        booked(car, lead, wang)
    booking = booked(car, lead, li)
    with pytest.raises(NotAllowed):
        check_car(booking.pk, READY, by=wang, now=MORNING)


def test_the_workshop_takes_a_car_off_the_road(car, lead, li, chen):
    times = {"starts_at": at("2026-03-07 13:00"), "ends_at": at("2026-03-07 18:00")}
    block(car.pk, **times, reason="service", by=chen, now=MORNING)
    with pytest.raises(Refused, match="workshop from 13:00 to 18:00"):
        booked(car, lead, li, "17:30", "18:10")
    booked(car, lead, li, "18:00", "18:40")


def test_a_drive_called_off_frees_the_car(car, lead, li):
    booking = booked(car, lead, li)
    with pytest.raises(Refused, match="why"):
        cancel_booking(booking.pk, reason=" ", by=li, now=MORNING)
    cancel_booking(booking.pk, reason="snow", by=li, now=MORNING)
    booked(car, lead, li)


def test_t39_a_moved_drive_keeps_its_old_row(car, lead, li):
    old = booked(car, lead, li)
    times = {"starts_at": at("2026-03-08 15:00"), "ends_at": at("2026-03-08 15:30")}
    new = move_booking(old.pk, car_id=car.pk, **times, by=li, now=MORNING)
    old.refresh_from_db()
    assert (old.state, old.moved_to_id, new.state) == ("moved", new.pk, "planned")
    assert (new.appointment.at, new.appointment.kind) == (times["starts_at"], "drive")
    assert step_of(lead) == Step.WALKAROUND


def test_the_car_that_comes_back_late_is_not_taken_by_the_next(car, lead, li):
    first, second = booked(car, lead, li, "10:00", "10:30"), booked(car, lead, li, "10:30", "11:00")
    ridden(first, li)
    check_car(second.pk, READY, by=li, now=at("2026-03-07 10:29"))
    with pytest.raises(Refused, match="not back yet"):
        start_ride(second.pk, by=li, at=at("2026-03-07 10:29"))
