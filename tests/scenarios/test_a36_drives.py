"""A36: the reminder of the day before, the valid drive, the versioned agreement, papers that expire."""

import datetime as dt

import pytest

from accounts.errors import Refused
from followups.appointments import cancel_appointment, move_appointment
from followups.models import Task
from followups.night.appointments import mark_no_shows
from leads.grades import Suggestion, choose_grade
from showroom.bookings import cancel_booking, move_booking, settle_past_bookings
from showroom.drives import Feedback, Papers, forget_old_papers, give_feedback, is_valid, keep_papers
from showroom.models import AgreementText, Booking, DrivePaper
from tests.conftest import at
from tests.factories import LeadFactory
from tests.showroom.cars import MORNING, PNG, booked, driven, make_car, ridden, signed

pytestmark = pytest.mark.django_db
CALLED = at("2026-03-05 10:00")


@pytest.fixture
def car(store):
    return make_car(store)


@pytest.fixture
def lead(store, li):
    return LeadFactory(store=store, owner=li, grade="A", last_contact_at=CALLED)


def choose(lead, grade, by):
    """A grade, and with it the cadence task."""
    lead.grade = "none"
    suggestion = Suggestion(grade)
    choose_grade(lead, grade, by=by, at=CALLED, recorded_at=CALLED, suggestion=suggestion)


def eve(lead):
    return Task.objects.get(lead=lead, kind="drive_eve", state="open")


def test_the_owner_is_reminded_at_closing_time_of_the_day_before(car, lead, li):
    booked(car, lead, li, now=CALLED)
    assert (eve(lead).due_at, eve(lead).assignee) == (at("2026-03-06 18:00"), li)


def test_a_drive_of_today_needs_no_reminder(car, lead, li):
    booked(car, lead, li, now=MORNING)
    assert not Task.objects.filter(kind="drive_eve").exists()


def test_the_reminder_moves_and_ends_with_the_drive(car, lead, li):
    booking = booked(car, lead, li, now=CALLED)
    times = {"starts_at": at("2026-03-09 10:00"), "ends_at": at("2026-03-09 10:40")}
    moved = move_booking(booking.pk, car_id=car.pk, **times, by=li, now=CALLED)
    assert eve(lead).due_on == dt.date(2026, 3, 8)
    cancel_booking(moved.pk, reason="snow", by=li, now=CALLED)
    assert not Task.objects.filter(kind="drive_eve", state="open").exists()


def test_moving_the_appointment_takes_the_car_along(car, lead, li):
    booking = booked(car, lead, li, now=CALLED)
    move_appointment(booking.appointment_id, at("2026-03-08 14:00"), by=li, now=CALLED)
    booking.refresh_from_db()
    assert booking.state == "moved"
    assert (booking.moved_to.starts_at, booking.moved_to.ends_at) == (
        at("2026-03-08 14:00"),
        at("2026-03-08 14:30"),
    )


def test_an_hour_at_which_the_car_is_taken_is_refused_whole(car, lead, li, store):
    booking = booked(car, lead, li, now=CALLED)
    other = LeadFactory(store=store, owner=li, number="L-260301-9999", customer__number=99)
    booked(car, other, li, "14:00", "14:30", on="2026-03-08", now=CALLED)
    with pytest.raises(Refused, match="taken from 14:00"):
        move_appointment(booking.appointment_id, at("2026-03-08 14:10"), by=li, now=CALLED)
    booking.refresh_from_db()
    booking.appointment.refresh_from_db()
    assert (booking.state, booking.appointment.state) == ("planned", "planned")


def test_the_ride_keeps_the_appointment_and_the_next_date_counts_from_the_last_talk(car, lead, li):
    """A, called on 5 March: due 8 March; a drive on the 7th is an agreed day until it takes place."""
    choose(lead, "A", li)
    booking = booked(car, lead, li, now=CALLED)
    lead.refresh_from_db()
    assert lead.next_due_on == dt.date(2026, 3, 7)
    ridden(booking, li)
    lead.refresh_from_db()
    booking.appointment.refresh_from_db()
    assert (booking.appointment.state, lead.agreed_on, lead.next_due_on) == (
        "showed",
        None,
        dt.date(2026, 3, 8),
    )


def test_calling_the_appointment_off_frees_the_car(car, lead, li):
    booking = booked(car, lead, li, now=CALLED)
    cancel_appointment(booking.appointment_id, by=li, now=CALLED)
    booking.refresh_from_db()
    assert booking.state == "cancelled"


def test_the_night_counts_who_did_not_come(car, lead, li, store):
    booking = booked(car, lead, li, now=CALLED)
    night = store.start_of_day(dt.date(2026, 3, 8))
    mark_no_shows(store, dt.date(2026, 3, 8), now=night)
    assert settle_past_bookings(store, dt.date(2026, 3, 8), now=night).changed == 1
    booking.refresh_from_db()
    assert booking.state == "no_show"
    assert settle_past_bookings(store, dt.date(2026, 3, 8), now=night).changed == 0


def test_who_came_and_did_not_drive_is_no_no_show(car, lead, li, store):
    booking = booked(car, lead, li, now=CALLED)
    booking.appointment.state = "showed"
    booking.appointment.save()
    settle_past_bookings(store, dt.date(2026, 3, 8), now=store.start_of_day(dt.date(2026, 3, 8)))
    booking.refresh_from_db()
    assert (booking.state, booking.reason) == ("cancelled", "not_driven")


def test_a_car_that_nobody_gave_back_is_back_in_the_morning(car, lead, li, store):
    booking = booked(car, lead, li)
    ridden(booking, li)
    night = store.start_of_day(dt.date(2026, 3, 8))
    assert settle_past_bookings(store, dt.date(2026, 3, 8), now=night).changed == 1
    booking.refresh_from_db()
    assert (booking.state, booking.drive.ended_at) == ("returned", at("2026-03-07 10:30"))
    give_feedback(booking.pk, Feedback(overall=4), by=li, at=at("2026-03-08 09:30"))
    assert settle_past_bookings(store, dt.date(2026, 3, 8), now=night).changed == 0


@pytest.mark.parametrize(("minutes", "valid"), [(9, False), (10, True), (25, True)])
def test_a_valid_drive_takes_ten_minutes_at_the_wheel(car, lead, li, minutes, valid):
    booking = booked(car, lead, li)
    driven(booking, li, minutes=minutes)
    drive = give_feedback(booking.pk, Feedback(overall=4), by=li, at=at("2026-03-07 11:00"))
    assert is_valid(drive, minutes=10) is valid


def test_a_drive_without_feedback_is_not_valid(car, lead, li):
    booking = booked(car, lead, li)
    driven(booking, li)
    drive = give_feedback(booking.pk, Feedback(declined="in a hurry"), by=li, at=at("2026-03-07 11:00"))
    assert not is_valid(drive, minutes=10)


def test_the_signature_names_the_version_that_was_valid_that_day(car, lead, li, store):
    AgreementText.objects.create(store=store, version=2, text_en="New", valid_from=dt.date(2026, 3, 8))
    drive = signed(booked(car, lead, li), li)
    assert drive.agreement.version == 1


def test_papers_are_deleted_after_sixty_days_and_what_was_seen_stays(car, lead, li, store):
    booking = booked(car, lead, li)
    papers = Papers("张三", licence="photo", licence_picture=PNG, signature=PNG)
    drive = keep_papers(booking.pk, papers, by=li, now=at("2026-03-07 10:00"))
    assert set(drive.papers.values_list("kind", "expires_on")) == {
        ("licence", dt.date(2026, 5, 6)),
        ("signature", dt.date(2026, 5, 6)),
    }
    forget_old_papers(store, dt.date(2026, 5, 5), now=at("2026-05-05 00:00"))
    assert DrivePaper.objects.count() == 2
    forget_old_papers(store, dt.date(2026, 5, 6), now=at("2026-05-06 00:00"))
    assert DrivePaper.objects.count() == 0
    drive.refresh_from_db()
    assert (drive.licence, drive.signed_at) == ("photo", at("2026-03-07 10:00"))


@pytest.mark.parametrize("content", [b"GIF89a", b"<svg onload=alert(1)>", b"%PDF-1.7", PNG + b"0" * 600_000])
def test_only_a_picture_of_measure_is_kept(car, lead, li, content):
    booking = booked(car, lead, li)
    with pytest.raises(Refused):
        keep_papers(booking.pk, Papers("张三", signature=content), by=li, now=MORNING)
    assert not DrivePaper.objects.exists()
    assert Booking.objects.get().state == "planned"
