"""What was off is caught up with when it is on again: the beat, and everything (RELIABILITY 11, 12).

Worker, beat and gateway are real, on PostgreSQL and a Redis of their own, with a store's own intervals.
"""

import datetime as dt
import time
from contextlib import contextmanager

import pytest

from followups.models import NightlyRun, Task
from tests.conftest import at
from tests.factories import make_store
from tests.faults.clocks import Clock
from tests.faults.machines import Redis, beat, wait_for, worker
from tests.faults.three_stores import (
    DAY,
    LEADS,
    MINUTE,
    by_one_hand,
    differences,
    everything,
    messages,
    minutes,
    staffed,
    stores,
    until_all_is,
    work_for_the_night,
)
from tests.followups.worked_leads import make_lead

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
FIVE_MINUTES = 300


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path / "clock")


def nights(code: str) -> list[str]:
    done = NightlyRun.objects.filter(store__code=code, state="done").order_by("on")
    return [f"{on:%m-%d}" for on in done.values_list("on", flat=True)]


def test_a_beat_that_was_off_all_night_is_caught_up_with_in_five_minutes(queue, clock, gateway):
    off, on = at("2026-03-13 00:55"), at("2026-03-13 09:00")
    for store in stores():
        seller = staffed(store)
        work_for_the_night(store, seller)
        if store.code == "east":
            messages(store, seller, on - 60 * MINUTE)
    expected = by_one_hand(minutes(off, on, 97))
    gateway.taken.clear()

    clock.set(off)
    environment = gateway.environment | {"CLOCK_FILE": str(clock.file)}
    at_work, wakes = worker(queue.url, **environment), beat(queue.url, **environment)
    try:
        wait_for(lambda: nights("york") == ["03-11", "03-12"])
        time.sleep(2)
        wakes.end()
        before = everything()
        clock.set(on)
        time.sleep(5)
        assert differences(before) == {}

        wakes.start()
        seconds = until_all_is(expected, FIVE_MINUTES)
        print(f"caught up {seconds:.1f} s after the start of the beat")
    finally:
        wakes.end()
        at_work.end()
    assert (nights("east"), nights("mitte")) == (["03-11", "03-13"], ["03-11", "03-12", "03-13"])
    assert len(gateway.taken) == len({message["key"] for message in gateway.taken}) == 2 * LEADS


@contextmanager
def all_machines(folder, **environment: str):
    """Redis, worker and beat, until the current goes."""
    machines = [Redis(folder)]
    try:
        machines += [start(machines[0].url, **environment) for start in (worker, beat)]
        yield
    finally:
        for machine in machines:
            machine.end()


def test_after_three_nights_without_any_machine_each_customer_stands_there_once(tmp_path, clock):
    east = make_store("east")
    li = staffed(east)
    due = {
        make_lead(east, li, "B", visited="2026-02-24 10:00", due=f"2026-03-{day:02}").pk: dt.date(
            2026, 3, day
        )
        for day in (8, 9, 10, 11, 12)
        for _lead in range(LEADS)
    }
    evening, morning = at("2026-03-08 22:00"), at("2026-03-12 08:30")
    midnights = [at(f"2026-03-{day:02} 00:00") for day in (9, 10, 11, 12)]
    before, after = by_one_hand([evening]), by_one_hand([evening, *midnights, morning])
    after["nights"] = [("east", on, "done") for on in (dt.date(2026, 3, 8), dt.date(2026, 3, 12))]
    for moment, expected in ((evening, before), (morning, after)):
        clock.set(moment)
        with all_machines(tmp_path, CLOCK_FILE=str(clock.file)):
            until_all_is(expected)

    reminders = Task.objects.filter(kind="cadence", state="open").values_list("lead", "due_on", "missed_on")
    missed = {lead: on + DAY if on < dt.date(2026, 3, 12) else None for lead, on in due.items()}
    assert sorted(reminders) == sorted((lead, on, missed[lead]) for lead, on in due.items())
