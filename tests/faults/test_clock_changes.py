"""Each local day of each store has one night, on the days the clocks change too (RELIABILITY 20).

Worker and two beats are real, on PostgreSQL and a Redis of their own. Their clock is put to the minutes
around each midnight of each store and to the hours that come twice or not at all.
"""

import datetime as dt

import pytest

from followups.models import Heartbeat, NightlyRun, Task
from tests.faults.clocks import Clock
from tests.faults.machines import beat, wait_for, worker
from tests.faults.three_stores import DAY, MINUTE, staffed, stores
from tests.followups.worked_leads import make_lead

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CHANGES = [dt.date(2026, 10, 25), dt.date(2026, 11, 1), dt.date(2027, 3, 14), dt.date(2027, 3, 28)]


def moments(all_stores, days) -> list[dt.datetime]:
    """Before and after each midnight; and half past one, two and three of the day between, store time."""
    midnights = {store.start_of_day(on) for store in all_stores for on in days}
    sunday = {
        store.start_of_day(days[1]) + hours * 60 * MINUTE + 30 * MINUTE
        for store in all_stores
        for hours in (1, 2, 3)
    }
    return sorted(sunday | {at + step * MINUTE for at in midnights for step in (-1, 1)})


def swept(moment: dt.datetime) -> bool:
    """By whoever: the night that another one is still at has to be done, too."""
    swept = Heartbeat.objects.filter(name="swept", at__gte=moment, at__lt=moment + 30 * MINUTE)
    return swept.exists() and not NightlyRun.objects.filter(state="running").exists()


@pytest.mark.parametrize("sunday", CHANGES, ids=str)
def test_one_night_for_each_store_and_local_day(sunday, queue, tmp_path):
    days, three, due = [sunday - DAY, sunday, sunday + DAY], stores(), {}
    for store in three:
        seller = staffed(store)
        for on in days:
            lead = make_lead(store, seller, "B", visited=f"{sunday - 4 * DAY} 10:00", due=f"{on}")
            due[lead.pk] = on
    clock, at_all = Clock(tmp_path / "clock"), moments(three, days)
    clock.set(at_all[0])
    environment = {"CLOCK_FILE": str(clock.file), "SWEEP_SECONDS": "1"}
    machines = [start(queue.url, **environment) for start in (worker, beat, beat)]
    try:
        for moment in at_all:
            clock.set(moment)
            wait_for(lambda moment=moment: swept(moment))
    finally:
        for machine in machines:
            machine.stop(30)

    began = {(run.store_id, run.on): run.started_at for run in NightlyRun.objects.filter(state="done")}
    for store in three:
        for on in days[1:]:
            waited = began[store.pk, on] - store.start_of_day(on)
            assert MINUTE <= waited < 2 * MINUTE
    reminders = Task.objects.filter(kind="cadence", state="open").values_list("lead", "due_on", "missed_on")
    assert {lead: (on, missed) for lead, on, missed in reminders} == {
        lead: (on, on + DAY if on < days[2] else None) for lead, on in due.items()
    }
    assert len(reminders) == len(due)
