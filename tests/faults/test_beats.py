"""Several beats at once wake the workers more often, and do nothing twice (RELIABILITY 10).

Beats, workers and the gateway are real, on PostgreSQL and a Redis of their own; their hour takes 20 seconds.
"""

import datetime as dt
import time
from collections import Counter

import pytest
import redis

from accounts.models import Backup
from tests.faults.clocks import Clock
from tests.faults.machines import beat, wait_for, worker
from tests.faults.three_stores import (
    LEADS,
    MINUTE,
    by_one_hand,
    differences,
    enquiries,
    everything,
    messages,
    minutes,
    staffed,
    stores,
    until_all_is,
    work_for_the_night,
)

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

# Midnight comes in Shanghai, it is late afternoon in Berlin and noon in New York.
BEGINS = dt.datetime(2026, 3, 12, 15, 40, tzinfo=dt.UTC)
ENDS = BEGINS + 60 * MINUTE
SPEED = 180


@pytest.fixture
def world(gateway, tmp_path):
    """Three stores; the backup of yesterday is there."""
    for store in stores():
        seller = staffed(store)
        work_for_the_night(store, seller)
        {"east": lambda *_: None, "mitte": enquiries, "york": messages}[store.code](store, seller, BEGINS)
    (tmp_path / "backups").mkdir()
    Backup.objects.create(at=BEGINS - 15 * 60 * MINUTE, file=f"{tmp_path}/backups/yesterday", bytes=1)


@pytest.mark.parametrize("beats", [2, 5])
def test_an_hour_of_several_beats_leaves_what_one_hand_leaves(beats, queue, world, gateway, tmp_path):
    expected = by_one_hand(minutes(BEGINS, ENDS, 5))
    gateway.taken.clear()
    clock = Clock(tmp_path / "clock")
    clock.set(BEGINS, speed=SPEED, after=12)
    of_the_hour = gateway.environment | {
        "CLOCK_FILE": str(clock.file), "SWEEP_SECONDS": "1", "MESSAGE_SECONDS": "1",
        "BACKUP_FOLDER": str(tmp_path / "backups"),
    }  # fmt: skip
    machines = [worker(queue.url, **of_the_hour) for _worker in range(2)]
    machines += [beat(queue.url, **of_the_hour) for _beat in range(beats)]
    try:
        wait_for(lambda: clock.now() >= ENDS)
        clock.set(ENDS, speed=0)
        until_all_is(expected)
        time.sleep(3)  # three more turns of every beat
        assert [machine.process.poll() for machine in machines] == [None] * len(machines)
    finally:
        for machine in reversed(machines):
            machine.stop(30)
    woken = redis.Redis.from_url(queue.url).info("commandstats")["cmdstat_lpush"]["calls"]
    print(f"{beats} beats: woken {woken} times, { {name: len(rows) for name, rows in everything().items()} }")

    assert differences(expected) == {}
    assert Counter(message["key"] for message in gateway.taken) == Counter(
        key for key, _state, _reason in expected["messages"]
    )
    assert len(gateway.taken) == 2 * LEADS
    backup = Backup.objects.get(at__gte=BEGINS)
    assert (backup.error, backup.at >= BEGINS + 20 * MINUTE) == ("", True)
