"""One night for each day of each store, at its own midnight, whatever the clocks do (A63, RELIABILITY 20).

The night has no hour that could be set: it is due at the first instant of the store's day, and the next
sweep runs it.
"""

import datetime as dt

import pytest

from accounts.rules import set_setting
from accounts.store_settings import DECLARED
from followups.models import NightlyRun, Task
from followups.sweep import sweep
from followups.tasks import sweep_all
from followups.watching import night_is_late, nights_of_today
from tests.factories import make_store

from .clocks import DAYS, HOUR, SECOND, TURNS, day, here, lead_of, over, utc

pytestmark = pytest.mark.django_db

MINUTES = dt.timedelta(minutes=1)
WEEKENDS = ["2026-10-25", "2026-11-01", "2027-03-14", "2027-03-28"]


def nights(store) -> list[tuple]:
    """Day and moment of each run that is done."""
    runs = NightlyRun.objects.filter(store=store, state="done").order_by("on")
    return list(runs.values_list("on", "started_at"))


def sweeps(on: str, minutes: int):
    """The moments of a sweep from before the first midnight of a day, Shanghai's, to after its last end."""
    moment, end = utc(f"{day(on, days=-1)} 15:10"), utc(f"{day(on, days=1)} 06:00")
    while moment < end:
        yield moment
        moment += minutes * MINUTES


@pytest.mark.parametrize("minutes", [50, pytest.param(10, marks=[pytest.mark.thorough, pytest.mark.once])])
@pytest.mark.parametrize(
    "on", ["2026-10-25", *(pytest.param(on, marks=pytest.mark.thorough) for on in WEEKENDS[1:])]
)
def test_three_stores_swept_together_have_one_night_a_day(stores, on, minutes):
    """Each by the first sweep after its own midnight: at once, where the sweep comes every ten minutes."""
    moments = list(sweeps(on, minutes))
    for moment in moments:
        sweep(moment)
    for store in stores.values():
        found = nights(store)
        assert [date for date, _at in found] == [day(on, days=n) for n in (-1, 0, 1)]
        for date, began in found[1:]:
            assert began == min(moment for moment in moments if moment >= store.start_of_day(date))
            assert minutes == 50 or began == store.start_of_day(date)


@over(DAYS)
def test_the_night_begins_with_the_first_instant_of_the_day(stores, where, on):
    store, (first, last, _hours) = stores[where], DAYS[where, on]
    sweep(utc(first) - SECOND)
    assert day(on) not in dict(nights(store))
    sweep(utc(first))
    sweep(utc(last))
    assert dict(nights(store))[day(on)] == utc(first)
    assert day(on, days=1) not in dict(nights(store))


@pytest.mark.thorough
@pytest.mark.parametrize("on", WEEKENDS)
def test_it_runs_once_through_the_hour_that_comes_twice_or_never(stores, on):
    """Nobody swept since midnight; then every half hour from 01:15 on, through the changed hour."""
    for store in stores.values():
        sweep(store.start_of_day(day(on)) - HOUR)
    NightlyRun.objects.filter(on__gte=day(on)).delete()
    for store in stores.values():
        in_the_night = [here(store, on, "01:15") + n * HOUR / 2 for n in range(8)]
        states = [sweep(moment)[store.code].state for moment in in_the_night]
        assert [state for state in states if state != "already"] == ["done"]
        assert dict(nights(store))[day(on)] == in_the_night[0]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("zone", "eve", "midnights"),
    [
        ("Africa/Cairo", "2026-04-23", ["04-22 22:00", "04-23 22:00", "04-24 21:00"]),  # no 00:00 on the 24th
        ("Africa/Cairo", "2026-10-29", ["10-28 21:00", "10-29 22:00", "10-30 22:00"]),  # 23:00 comes twice
        ("America/Havana", "2026-11-01", ["11-01 04:00", "11-02 05:00", "11-03 05:00"]),  # 00:00 comes twice
        ("America/Nuuk", "2027-03-27", ["03-27 02:00", "03-28 01:00", "03-29 01:00"]),  # it has no 23:00
        ("America/Santiago", "2026-09-05", ["09-05 04:00", "09-06 04:00", "09-07 03:00"]),  # begins at 01:00
    ],
)
def test_where_midnight_itself_is_missing_or_comes_twice(zone, eve, midnights):
    store = make_store("odd", zone=zone)
    expected = [utc(f"{eve[:4]}-{moment}") for moment in midnights]
    for midnight in expected:
        for minutes in (-70, -10, 0, 10, 70):
            sweep(midnight + minutes * MINUTES)
    days = [day(eve, days=n) for n in range(-1, 3)]
    assert [date for date, _at in nights(store)] == days
    assert [at for _date, at in nights(store)][1:] == expected


@pytest.mark.thorough
@over(TURNS)
def test_a_missed_night_of_such_a_day_is_caught_up(stores, seller, where, on):
    """Everything off from the eve to the day after: one run, and the task is missed on its own day."""
    store = stores[where]
    sweep(here(store, day(on, days=-1), "00:00"))
    lead = lead_of(store, seller(store), due=day(on, days=-1))
    sweep(here(store, day(on, days=2), "07:00"))
    assert [date for date, _at in nights(store)] == [day(on, days=-1), day(on, days=2)]
    task = Task.objects.get(lead=lead, kind="cadence")
    assert (task.missed_on, task.due_at) == (day(on), utc(DAYS[where, on][0]) - SECOND)


@pytest.mark.thorough
@over(TURNS)
def test_a_night_is_late_by_minutes_that_pass(stores, where, on, settings):
    """Two sweeps and a minute after the store's midnight, which may lie an hour off the day before."""
    first = utc(DAYS[where, on][0])
    sweep(first - SECOND)
    patience = dt.timedelta(seconds=2 * settings.SWEEP_SECONDS + 60)

    def late(moment):
        return {store.code for store, run in nights_of_today(moment) if night_is_late(store, run, moment)}

    assert (where in late(first + patience), where in late(first + patience + SECOND)) == (False, True)
    sweep(first + patience + SECOND)
    assert late(first + patience + SECOND) == set()


def test_no_setting_lies_in_the_hours_that_are_skipped_or_doubled():
    """Clocks change before five in the morning: whatever a store may choose as an hour exists once a day."""
    hours = [
        choice
        for declared in DECLARED.values()
        for choice in (declared.choices or ())
        if isinstance(choice, str) and choice[2:3] == ":"
    ]
    assert min(hours) == "05:00"
    assert max(hours) == "23:30"


@pytest.mark.once
@pytest.mark.thorough
@pytest.mark.parametrize("on", WEEKENDS)
def test_all_that_a_sweep_does_over_such_a_weekend(stores, seller, manager, on):
    """Work in each store, now and then the whole sweep: one night and one count of the day each."""
    begun = utc(f"{day(on, days=-2)} 00:00")
    for store in stores.values():
        set_setting(store, "lapse_mode", "automatic", by=manager(store), at=here(store, on, "00:00"))
        for days in range(-1, 3):
            lead_of(store, seller(store), "A", due=day(on, days=days), created_at=begun)
    for moment in sweeps(on, 50):
        sweep_all(moment)
    for store in stores.values():
        assert [date for date, _at in nights(store)] == [day(on, days=n) for n in (-1, 0, 1)]
        told = seller(store).notices.filter(kind="digest").values_list("at", flat=True)
        opened = here(store, on, "09:00")
        assert min(moment for moment in sweeps(on, 50) if moment >= opened) in told
        assert len(told) == len({store.business_date(at) for at in told})
        missed = Task.objects.filter(store=store, kind="cadence", missed_on=day(on, days=1))
        assert missed.count() == 1
