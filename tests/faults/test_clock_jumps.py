"""A machine whose clock is put on and back again does nothing twice (RELIABILITY 21).

Worker and beat are real, on PostgreSQL and a Redis of their own; the beat has its turns, see test_beat.
"""

import datetime as dt

import pytest

from followups.models import Heartbeat
from tests.conftest import at
from tests.faults.clocks import Clock
from tests.faults.machines import beat, wait_for, worker
from tests.faults.three_stores import (
    by_one_hand,
    differences,
    staffed,
    stores,
    until_all_is,
    work_for_the_night,
)

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
MORNING = at("2026-03-12 10:30")
HOUR, DAY, SOON = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(minutes=1)
JUMPS = [HOUR, -HOUR, DAY, -DAY, DAY]  # one after the other


def swept_at(moment: dt.datetime) -> bool:
    beats = Heartbeat.objects.filter(name="swept", at__gte=moment, at__lt=moment + SOON)
    return beats.exists()


def test_an_hour_and_a_day_on_and_back(queue, tmp_path):
    for store in stores():
        work_for_the_night(store, staffed(store))
    moments = [MORNING]
    for jump in JUMPS:
        moments.append(moments[-1] + jump)
    expected = by_one_hand(moments)

    clock = Clock(tmp_path / "clock")
    clock.set(MORNING)
    environment = {"CLOCK_FILE": str(clock.file), "SWEEP_SECONDS": "2", "MESSAGE_SECONDS": "2"}
    machines = [start(queue.url, **environment) for start in (worker, beat)]
    try:
        wait_for(lambda: swept_at(MORNING))
        for moment in moments[1:]:
            clock.set(moment)
            wait_for(lambda moment=moment: swept_at(moment))
        until_all_is(expected)
    finally:
        for machine in machines:
            machine.end()
    assert differences(expected) == {}
