"""A61: a working day is a day the store opens and the person is there; due dates do not care."""

import datetime as dt
from itertools import islice

import pytest

from accounts.models import DayOff, StoreClosure, StoreHours
from accounts.working_days import Calendar
from followups.contacts import Said, log_contact
from followups.models import Task
from followups.night import run_night
from showroom.closing import Leaving, close_visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import LeadFactory

pytestmark = pytest.mark.django_db


def march(day):
    return dt.date(2026, 3, day)


@pytest.fixture
def late_hours(store):
    """Open 09:00-19:00, shut on 3 March."""
    for hours in StoreHours.objects.filter(store=store):
        hours.closes = dt.time(19)
        hours.save()
    StoreClosure(store=store, on=march(3)).save()
    store.refresh_from_db()


def arrive(store, li):
    came = at("2026-03-02 18:10")
    visit, _ = log_visit(
        store, Arrival(phone_text="13800000001", name="张三"), receiver=li, by=li, at=came, now=came
    )
    return visit


def test_the_24_hours_run_over_a_closing_day(store, li, late_hours):
    left = at("2026-03-02 18:50")
    close_visit(arrive(store, li).pk, Leaving(grade="C", horizon_days=None), by=li, at=left, now=left)
    task = Task.objects.get(kind="day_after")
    assert (task.due_at, task.due_on) == (at("2026-03-03 18:50"), march(3))


def test_a_visit_closed_by_the_night_has_24_hours_from_closing_time(store, li, late_hours):
    arrive(store, li)
    run_night(store, march(3), now=at("2026-03-03 00:00"))
    assert Task.objects.get(kind="day_after").due_at == at("2026-03-03 19:00")


def test_a_cadence_date_falls_on_a_closing_day_when_it_falls_there(store, li, late_hours):
    lead = LeadFactory(store=store, owner=li, grade="H")
    called = at("2026-03-01 10:00")
    log_contact(lead.pk, Said("comparing"), by=li, at=called, now=called)
    assert Task.objects.get(lead=lead).due_on == march(3)


def test_days_off_swaps_leave_and_closing_days(store, li, late_hours):
    DayOff.objects.create(user=li, store=store, weekday=2)  # Wednesdays: 4 and 11 March
    DayOff.objects.create(user=li, store=store, on=march(11), off=False)  # swapped
    DayOff.objects.create(user=li, store=store, on=march(6), absence=True)
    days = islice(Calendar(store).working_days(li.pk, march(2)), 7)
    assert [day.day for day in days] == [2, 5, 7, 8, 9, 10, 11]


def test_somebody_without_a_working_day_gets_calendar_days(store, li):
    for weekday in range(7):
        DayOff.objects.create(user=li, store=store, weekday=weekday)
    assert list(islice(Calendar(store).working_days(li.pk, march(2)), 2)) == [march(2), march(3)]
