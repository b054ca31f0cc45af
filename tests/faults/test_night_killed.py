"""Twenty kills at any moment of a night of ten thousand, ten times in a row (RELIABILITY 8)."""

import pytest

from bench.night import ON
from followups.models import NightlyRun, Parked
from tests.faults.machines import wait_for
from tests.faults.nights import (
    ALL_DONE,
    LEASE_OVER,
    SMALL,
    ForkedWorker,
    Killer,
    done,
    due_store,
    hard_worker,
    in_small_chunks,
    night_is_over,
    state_of_everything,
    undisturbed,
)

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
KILLS, ROUNDS = 20, 10


def assert_all_is_done_once(expected: dict) -> None:
    assert done() == ALL_DONE
    assert state_of_everything() == expected
    assert list(NightlyRun.objects.values_list("on", "state")) == [(ON, "done")]
    assert not Parked.objects.exists()


@pytest.mark.parametrize("seed", range(1, ROUNDS + 1))
def test_twenty_kills_of_two_processes_lose_nothing_and_double_nothing(seed, monkeypatch):
    in_small_chunks(monkeypatch)
    store = due_store()
    expected, seconds = undisturbed(store)
    now, killer = store.start_of_day(ON), Killer(seed, longest=seconds / 10)

    for _kill in range(KILLS):
        killer.strike(ForkedWorker(now).kill)
        now += LEASE_OVER
    assert ForkedWorker(now).wait() == [0, 0]

    assert_all_is_done_once(expected)


def test_the_process_group_of_a_worker_killed_twenty_times_loses_and_doubles_nothing(queue, monkeypatch):
    in_small_chunks(monkeypatch)
    store = due_store()
    expected, seconds = undisturbed(store)
    now, killer = store.start_of_day(ON), Killer(0, longest=seconds / 10)

    for _kill in range(KILLS):
        at_work = worker_at(queue, now)
        wait_for(lambda: NightlyRun.objects.filter(lease_until__gt=now).exists())  # noqa: B023
        killer.strike(at_work.end)
        now += LEASE_OVER
    at_work = worker_at(queue, now)
    try:
        wait_for(night_is_over)
    finally:
        at_work.end()

    assert_all_is_done_once(expected)


def worker_at(queue, now):
    return hard_worker(queue.url, beat=True, CHUNK=SMALL, SWEEP_SECONDS="2", DEALER_NOW=now.isoformat())
