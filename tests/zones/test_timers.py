"""Hour rules are exact durations, duty rules run in opening hours (CAD-05, CAD-06, CAD-15, A19, A61, A64)."""

import datetime as dt

import pytest

from followups.calendar_feed import feed
from followups.contacts import Said, log_contact
from followups.due_times import birthday_due, day_after_due, thank_you_due, top_up_due
from followups.enquiries import Enquiry as Written
from followups.enquiries import take_in
from followups.escalation import tell_of_enquiries
from followups.ladder import RUNGS, rung_due
from followups.models import Notice, Task
from followups.my_day import build
from followups.out_visits import plan_out_visit
from followups.snoozing import Later, snooze, until
from followups.timers import timer
from showroom.bookings import book
from showroom.calls import Enquiry, log_call
from showroom.closing import Leaving, close_visit
from showroom.visits import Arrival, log_visit
from tests.followups.telling import make_supervisor
from tests.showroom.cars import make_car

from .clocks import DAYS, HOUR, TURNS, day, here, lead_of, over, shown, utc

pytestmark = pytest.mark.django_db

NUMBERS = {"shanghai": "+8613800000001", "berlin": "+4915112345678", "new_york": "+12125550123"}
# Who left at 15:00 the day before: that instant, and what the wall shows 24 hours later.
EVES = {
    ("shanghai", "2026-10-25"): ("2026-10-24 07:00", "15:00:00"),
    ("berlin", "2026-10-25"): ("2026-10-24 13:00", "14:00:00"),
    ("shanghai", "2026-11-01"): ("2026-10-31 07:00", "15:00:00"),
    ("new_york", "2026-11-01"): ("2026-10-31 19:00", "14:00:00"),
    ("shanghai", "2027-03-14"): ("2027-03-13 07:00", "15:00:00"),
    ("new_york", "2027-03-14"): ("2027-03-13 20:00", "16:00:00"),
    ("shanghai", "2027-03-28"): ("2027-03-27 07:00", "15:00:00"),
    ("berlin", "2027-03-28"): ("2027-03-27 14:00", "16:00:00"),
}
A_DAY, MINUTE = dt.timedelta(hours=24), dt.timedelta(minutes=1)


def of(lead, kind) -> Task:
    return Task.objects.get(lead=lead, kind=kind, state="open")


def left_at_three(store, on, who):
    """A customer who came the day before at 14:20 and left at 15:00, by the clock on the wall."""
    eve = day(on, days=-1)
    came, left = here(store, eve, "14:20"), here(store, eve, "15:00")
    arrival = Arrival(phone_text=NUMBERS[store.code], name="Chen")
    visit, _new = log_visit(store, arrival, receiver=who, by=who, at=came, now=came)
    close_visit(
        visit.pk, Leaving(grade="A", horizon_days=20, grade_reason="said so"), by=who, at=left, now=left
    )
    return visit.lead


# --- 24 hours, 5 minutes ------------------------------------------------------------------------


@over(EVES)
def test_the_24_hours_after_a_visit_are_24_hours(stores, seller, where, on):
    store, (left, wall) = stores[where], EVES[where, on]
    lead = left_at_three(store, on, seller(store))
    task = of(lead, "day_after")
    assert (task.due_at, task.due_on) == (utc(left) + A_DAY, day(on))
    assert shown(store, task.due_at) == f"{on} {wall}"
    assert not task.is_overdue(utc(left) + A_DAY)
    assert task.is_overdue(utc(left) + A_DAY + dt.timedelta(seconds=1))
    assert of(lead, "thank_you").due_at == utc(left) + 5 * MINUTE


@over(EVES)
def test_the_24_hours_after_a_call_run_from_its_end(stores, seller, where, on):
    store, who = stores[where], seller(stores[where])
    rang = here(store, day(on, days=-1), "14:55")
    ended = rang + 5 * MINUTE
    enquiry = Enquiry(phone_text=NUMBERS[where], name="Chen", outcome="looking", ended_at=ended)
    call, _new = log_call(store, enquiry, receiver=who, by=who, at=rang, now=ended)
    assert ended == utc(EVES[where, on][0])
    assert (of(call.lead, "day_after").due_at, of(call.lead, "thank_you").due_at) == (
        ended + A_DAY, ended + 5 * MINUTE,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("where", "left", "thanked", "wall"),
    [
        ("berlin", "2026-10-25 00:58", "2026-10-25 01:03", "02:03:00"),  # left 02:58 of the first round
        ("new_york", "2026-11-01 05:58", "2026-11-01 06:03", "01:03:00"),
        ("new_york", "2027-03-14 06:58", "2027-03-14 07:03", "03:03:00"),  # left 01:58
        ("berlin", "2027-03-28 00:58", "2027-03-28 01:03", "03:03:00"),
        ("shanghai", "2027-03-27 18:58", "2027-03-27 19:03", "03:03:00"),
    ],
)
def test_five_minutes_over_the_hour_that_comes_twice_or_never(stores, where, left, thanked, wall):
    store = stores[where]
    assert thank_you_due(store, utc(left)) == utc(thanked)
    assert shown(store, utc(thanked)).endswith(wall)
    assert day_after_due(store, utc(left)) == top_up_due(store, utc(left)) == utc(left) + A_DAY


@over(EVES)
def test_the_rest_of_a_deposit_is_due_after_24_hours(stores, seller, where, on):
    store, (paid, wall) = stores[where], EVES[where, on]
    lead = lead_of(store, seller(store), visited=utc(paid))
    task = timer(lead, "top_up", top_up_due(store, utc(paid)), cause="receipt:1")
    assert (task.due_at, task.due_on) == (utc(paid) + A_DAY, day(on))
    assert shown(store, task.due_at) == f"{on} {wall}"


def test_one_row_of_my_day_tells_both_reasons(stores, seller):
    """A02 in Berlin: on the long day the 24 hours end at 14:00, the cadence on the 27th."""
    store = stores["berlin"]
    lead, who = left_at_three(store, "2026-10-25", seller(store)), seller(store)
    rows = build(who, store, now=utc("2026-10-25 12:59:59")).rows
    assert [len(group) for group in rows.values() if group] == [1]
    [row] = rows["today"]
    said = " ".join(str(reason.text) for reason in row.reasons)
    assert "14:00" in said
    assert of(lead, "cadence").due_on == day("2026-10-27")
    assert build(who, store, now=utc("2026-10-25 13:00:01")).rows["overdue"]
    called = utc("2026-10-25 09:00")
    log_contact(lead.pk, Said("comparing"), by=who, at=called, now=called)
    assert not Task.objects.filter(lead=lead, kind="day_after", state="open").exists()
    assert of(lead, "cadence").due_at == utc("2026-10-28 22:59:59")


# --- opening hours ------------------------------------------------------------------------------

# Asked at 17:50 the day before, open 09:00-18:00: the five calls of the ladder, and a call-back.
CALLS = {
    ("shanghai", "2026-10-25"): ["10-25 01:05", "10-25 02:50", "10-25 05:30", "10-27 10:00", "10-31 10:00"],
    ("berlin", "2026-10-25"): ["10-25 08:05", "10-25 09:50", "10-25 12:30", "10-27 17:00", "10-31 17:00"],
    ("new_york", "2026-11-01"): ["11-01 14:05", "11-01 15:50", "11-01 18:30", "11-03 23:00", "11-07 23:00"],
    ("new_york", "2027-03-14"): ["03-14 13:05", "03-14 14:50", "03-14 17:30", "03-16 22:00", "03-20 22:00"],
    ("berlin", "2027-03-28"): ["03-28 07:05", "03-28 08:50", "03-28 11:30", "03-30 16:00", "04-03 16:00"],
}


@over(CALLS)
def test_the_ladder_goes_by_the_opening_hours(stores, where, on):
    store = stores[where]
    asked = here(store, day(on, days=-1), "17:50")
    assert [rung_due(store, rung, since=asked) for rung in RUNGS] == [
        utc(f"{on[:4]}-{due}") for due in CALLS[where, on]
    ]


@over(CALLS)
def test_an_untried_enquiry_goes_up_in_minutes_of_opening(stores, seller, where, on):
    """15 minutes to call, 30 more to the supervisor, 60 to the manager: 09:05, 09:35, 10:05 of the wall."""
    store, who = stores[where], seller(stores[where])
    sun = make_supervisor(store, who)
    asked = here(store, day(on, days=-1), "17:50")
    lead, _came = take_in(store, Written(NUMBERS[where], "Chen"), owner=who, by=who, at=asked)
    due = of(lead, "ladder").due_at
    assert due == here(store, on, "09:05")
    told = []
    for minutes in (-1, 0, 29, 30, 59, 60):
        tell_of_enquiries(store, now=due + minutes * MINUTE)
        told.append(of(lead, "ladder").told_up)
    assert told == [0, 0, 0, 1, 1, 2]
    assert list(Notice.objects.filter(user=sun).values_list("at", flat=True)) == [here(store, on, "09:35")]


@over(CALLS)
def test_a_call_back_is_due_at_twenty_past_nine(stores, seller, manager, where, on):
    store, who = stores[where], seller(stores[where])
    rang = here(store, day(on, days=-1), "17:50")
    enquiry = Enquiry(phone_text=NUMBERS[where], name="Chen", designated=who, message="price?")
    call, _new = log_call(store, enquiry, receiver=who, by=manager(store), at=rang, now=rang)
    assert of(call.lead, "call_back").due_at == here(store, on, "09:20")


# --- by the clock on the wall -------------------------------------------------------------------


@over(TURNS)
def test_what_is_due_at_an_hour_of_the_wall(stores, seller, where, on):
    """The eve of a drive at closing time, a birthday at nine, a visit to the customer when it was agreed."""
    store, who = stores[where], seller(stores[where])
    eve, hours = day(on, days=-1), DAYS[where, on][2]
    asked = here(store, day(on, days=-2), "10:00")
    lead = lead_of(store, who, "A", contacted=asked)
    starts = here(store, on, "10:00")
    booking = book(
        make_car(store).pk, lead.pk, starts_at=starts, ends_at=starts + 30 * MINUTE, by=who, now=asked
    )
    assert of(lead, "drive_eve").due_at == here(store, eve, "18:00")
    assert booking.appointment.at - of(lead, "drive_eve").due_at == (hours - 8) * HOUR  # 18:00 to 10:00
    out = plan_out_visit(lead.pk, here(store, on, "14:00"), (), by=who, now=asked)
    assert (out.due_at, out.due_on) == (here(store, on, "14:00"), day(on))
    assert birthday_due(store, day(on)) == here(store, on, "09:00")


@over(EVES)
def test_put_off_for_minutes_or_until_the_store_opens(stores, seller, where, on):
    store, who = stores[where], seller(stores[where])
    eve = day(on, days=-1)
    lead = lead_of(store, who, "A", contacted=here(store, day(on, days=-4), "10:00"))
    now = here(store, eve, "15:00")
    assert until(store, Later.TWO_HOURS, now=now) == now + 120 * MINUTE
    assert snooze(lead.pk, Later.TOMORROW, "answer", by=who, now=now) == here(store, on, "09:00")
    assert of(lead, "cadence").due_at == store.end_of_day(eve)


def test_thirty_minutes_of_a_row_put_off_in_the_doubled_hour(stores):
    store = stores["berlin"]
    assert until(store, Later.HALF_AN_HOUR, now=utc("2026-10-25 00:45")) == utc("2026-10-25 01:15")


# --- the calendar of the phone -------------------------------------------------------------------


@over(EVES)
def test_the_calendar_has_the_instant_of_an_hour_and_the_day_of_a_date(stores, seller, where, on):
    from icalendar import Calendar

    store, who = stores[where], seller(stores[where])
    left_at_three(store, on, who)
    told = feed(who, now=here(store, day(on, days=-1), "16:00"), site="https://crm.example")
    due, next_on = utc(EVES[where, on][0]) + A_DAY, day(on, days=2)
    spans = {(e["dtstart"].dt, e["dtend"].dt) for e in Calendar.from_ical(told).walk("VEVENT")}
    assert {(due - 15 * MINUTE, due), (next_on, next_on + dt.timedelta(days=1))} <= spans
    assert b"TZID" not in told
