"""What a day of a store is: from its own midnight to the next, however many hours lie between (CAD-15)."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from accounts.duty import after_duty_minutes, before_duty_minutes
from accounts.models import Store, StoreHours
from accounts.rules import closing_time, opening

from .clocks import DAYS, HOUR, SECOND, ZONES, day, here, shown, utc

A_BLINK = dt.timedelta(microseconds=1)
# Whose clocks change at midnight: the day begins at one, ends twice, or ends at eleven.
AT_MIDNIGHT = ["Africa/Cairo", "America/Havana", "America/Nuuk", "America/Santiago", "Asia/Beirut"]


def in_zone(zone: str) -> Store:
    return Store(code="x", time_zone=zone)


@pytest.mark.parametrize(("where", "on"), DAYS)
def test_a_day_begins_and_ends_at_the_stores_own_midnight(where, on):
    first, last, hours = DAYS[where, on]
    store, on = in_zone(ZONES[where][0]), day(on)
    assert (store.start_of_day(on), store.end_of_day(on)) == (utc(first), utc(last))
    assert store.day(on) == (utc(first), utc(last) + SECOND - A_BLINK)
    assert store.end_of_day(on) + SECOND - store.start_of_day(on) == hours * HOUR
    assert (shown(store, utc(first))[11:], shown(store, utc(last))[11:]) == ("00:00:00", "23:59:59")


@pytest.mark.parametrize("zone", [*(zone for zone, _country in ZONES.values()), *AT_MIDNIGHT])
def test_every_instant_belongs_to_one_day(zone):
    store = in_zone(zone)
    for number in range(730):
        on = dt.date(2026, 1, 1) + number * dt.timedelta(days=1)
        first, last = store.day(on)
        assert [store.business_date(moment) for moment in (first - A_BLINK, first, last, last + A_BLINK)] == [
            on - dt.timedelta(days=1), on, on, on + dt.timedelta(days=1),
        ]  # fmt: skip
        assert last - store.end_of_day(on) == SECOND - A_BLINK


@pytest.mark.parametrize(
    ("zone", "on", "first", "last"),
    [
        ("Africa/Cairo", "2026-10-29", "2026-10-28 21:00:00", "2026-10-29 21:59:59"),  # 23:59:59 twice
        ("America/Havana", "2026-11-01", "2026-11-01 04:00:00", "2026-11-02 04:59:59"),  # 00:00 twice
        ("America/Santiago", "2026-09-06", "2026-09-06 04:00:00", "2026-09-07 02:59:59"),  # begins at 01:00
        ("America/Nuuk", "2027-03-27", "2027-03-27 02:00:00", "2027-03-28 00:59:59"),  # ends at 23:00
    ],
)
def test_where_the_clocks_change_at_midnight(zone, on, first, last):
    store = in_zone(zone)
    assert (store.start_of_day(day(on)), store.end_of_day(day(on))) == (utc(first), utc(last))


@pytest.mark.parametrize(
    ("zone", "clock", "instant"),
    [
        ("Europe/Berlin", "2026-10-25 02:30", "2026-10-25 00:30"),  # comes twice: the first
        ("America/New_York", "2026-11-01 01:30", "2026-11-01 05:30"),
        ("America/New_York", "2027-03-14 02:30", "2027-03-14 07:30"),  # is skipped: 03:30
        ("Europe/Berlin", "2027-03-28 02:30", "2027-03-28 01:30"),
        ("Asia/Shanghai", "2027-03-28 02:30", "2027-03-27 18:30"),
    ],
)
def test_a_time_of_the_wall_that_comes_twice_or_not_at_all(zone, clock, instant):
    on, time = clock.split()
    assert in_zone(zone).at_local(day(on), dt.time.fromisoformat(time)) == utc(instant)


def test_both_rounds_of_the_doubled_hour_are_of_the_day():
    store = in_zone("Europe/Berlin")
    rounds = [utc("2026-10-25 00:30"), utc("2026-10-25 01:30")]
    assert [shown(store, moment) for moment in rounds] == ["2026-10-25 02:30:00"] * 2
    assert [store.business_date(moment) for moment in rounds] == [day("2026-10-25")] * 2


# --- opening hours ------------------------------------------------------------------------------

OPENS = {
    ("shanghai", "2026-10-25"): ("2026-10-25 01:00", "2026-10-25 10:00"),
    ("berlin", "2026-10-24"): ("2026-10-24 07:00", "2026-10-24 16:00"),
    ("berlin", "2026-10-25"): ("2026-10-25 08:00", "2026-10-25 17:00"),
    ("new_york", "2026-10-31"): ("2026-10-31 13:00", "2026-10-31 22:00"),
    ("new_york", "2026-11-01"): ("2026-11-01 14:00", "2026-11-01 23:00"),
    ("new_york", "2027-03-13"): ("2027-03-13 14:00", "2027-03-13 23:00"),
    ("new_york", "2027-03-14"): ("2027-03-14 13:00", "2027-03-14 22:00"),
    ("berlin", "2027-03-27"): ("2027-03-27 08:00", "2027-03-27 17:00"),
    ("berlin", "2027-03-28"): ("2027-03-28 07:00", "2027-03-28 16:00"),
}


@pytest.mark.django_db
def test_it_opens_and_closes_by_the_clock_on_the_wall(stores):
    found = {(code, on): opening(stores[code], day(on)) for code, on in OPENS}
    assert found == {key: (utc(opens), utc(closes)) for key, (opens, closes) in OPENS.items()}
    for (code, on), (_opens, closes) in found.items():
        assert closing_time(stores[code], day(on)) == closes


@pytest.mark.django_db
def test_opening_minutes_run_on_from_the_evening_before(stores):
    for code, on in OPENS:
        store, eve = stores[code], day(on, days=-1)
        asked = here(store, eve, "17:50")
        assert after_duty_minutes(store, asked, 30) == here(store, on, "09:20")
        assert before_duty_minutes(store, here(store, on, "09:20"), 30) == asked


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("where", "on", "hours", "three_later"),
    [
        ("berlin", "2026-10-25", 7, "02:00"),  # the hour from two to three is worked twice
        ("new_york", "2026-11-01", 7, "02:00"),
        ("new_york", "2027-03-14", 5, "04:00"),  # and in spring not at all
        ("berlin", "2027-03-28", 5, "04:00"),
        ("shanghai", "2027-03-28", 6, "03:00"),
    ],
)
def test_a_store_open_at_night_has_the_hours_that_really_pass(stores, where, on, hours, three_later):
    store, on = stores[where], day(on)
    StoreHours.objects.filter(store=store).delete()
    for weekday in range(7):
        StoreHours(store=store, weekday=weekday, opens=dt.time(0), closes=dt.time(6)).save()
    opens, closes = opening(store, on)
    assert closes - opens == hours * HOUR
    later = opens + 3 * HOUR
    assert after_duty_minutes(store, opens, 180) == later
    assert shown(store, later)[11:16] == three_later
    assert before_duty_minutes(store, later, 180) == opens
    next_night = opening(store, on + dt.timedelta(days=1))[0]
    assert after_duty_minutes(store, opens, hours * 60 + 1) == next_night + dt.timedelta(minutes=1)


def test_the_zones_are_those_that_change():
    """The days above are the right ones: the offset of the zone differs on both sides of them."""
    changes = {
        (where, on)
        for where, on in DAYS
        for zone in [ZoneInfo(ZONES[where][0])]
        for noon in [dt.datetime.combine(day(on), dt.time(12), zone)]
        if noon.utcoffset() != dt.datetime.combine(day(on, days=-1), dt.time(12), zone).utcoffset()
    }
    assert changes == {key for key, (_first, _last, hours) in DAYS.items() if hours != 24}
