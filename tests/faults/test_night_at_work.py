"""The night of ten thousand by real workers on PostgreSQL and Redis (RELIABILITY 2, 17, 18, 19)."""

import datetime as dt
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection

from accounts.rules import set_setting
from bench.night import ON
from followups.models import NightlyRun, Parked, Task
from followups.sweep import sweep
from followups.watching import late_parts, swept_at, watch
from leads.models import Lead, LeadEvent
from leads.stores import create_staff, create_store
from tests.faults.clocks import Clock
from tests.faults.machines import BASE, of_the_store, wait_for
from tests.faults.nights import ALL_DONE, DUE, done, due_store, hard_worker, night_is_over

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
MINUTES = 60.0


@pytest.fixture
def store():
    return due_store()


@pytest.fixture
def diary(tmp_path):
    file = tmp_path / "diary"
    file.touch()
    return file


def lines(diary: Path) -> list[str]:
    return diary.read_text().splitlines()


# --- a good night (2) ----------------------------------------------------------------------------


def memory_of_group(group: int) -> dict[int, int]:
    """The most MB that each process of a group has held so far."""
    found = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            facts = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            stat = (status.parent / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(stat[2]) == group and "VmHWM" in facts:
            found[int(facts["Pid"])] = int(facts["VmHWM"].split()[0]) // 1024
    return found


def test_two_processes_do_ten_thousand_within_five_minutes_once(store, queue):
    now = store.start_of_day(ON)
    at_work = hard_worker(queue.url, beat=True, SWEEP_SECONDS="1", DEALER_NOW=now.isoformat())
    try:
        began = time.monotonic()
        wait_for(night_is_over, seconds=5 * MINUTES)
        seconds = time.monotonic() - began
        memory = memory_of_group(at_work.process.pid)
    finally:
        at_work.end()
    print(
        f"from start to done {seconds:.1f} s, of it the night {NightlyRun.objects.get().counts['seconds']} s"
    )
    print(f"most memory of {len(memory)} processes: {sorted(memory.values())} MB")
    assert seconds <= 5 * MINUTES
    assert done() == ALL_DONE
    assert max(memory.values()) <= 300


# --- a row that cannot be done (17) --------------------------------------------------------------

REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
    CREATE TRIGGER refuse BEFORE UPDATE ON followups_task FOR EACH ROW
        WHEN (OLD.id = %s) EXECUTE FUNCTION refuse()
"""


@pytest.fixture
def poisoned(store):
    """The lead whose task comes first and refuses whatever is done to it; the next belongs to nobody."""
    first, second = Task.objects.order_by("due_at", "pk")[:2]
    Lead.objects.filter(pk=second.lead_id).update(owner=None, lapses_on=None)
    Task.objects.filter(pk=second.pk).update(assignee=None)
    with connection.cursor() as cursor:
        cursor.execute(REFUSE, [first.pk])
    yield first.lead
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION refuse CASCADE")


def nightly(store, on: dt.date) -> int:
    """`nightly` as a process of its own, at midnight of a day."""
    command = [sys.executable, "manage.py", "nightly", "--store", store.code, "--date", on.isoformat()]
    now = store.start_of_day(on).isoformat()
    return subprocess.run(command, cwd=BASE, env=of_the_store("", DEALER_NOW=now), check=True).returncode


def test_a_row_that_refuses_costs_itself_three_tries_and_the_others_nothing(store, poisoned, client):
    manager = create_staff(store, username="chen", name="陈刚", roles=["manager"], on=ON)
    for day, tries in enumerate((1, 2, 3, 3)):
        nightly(store, ON + dt.timedelta(days=day))
        parked = Parked.objects.get()
        assert (parked.job, parked.ref_kind, parked.attempts) == ("mark_missed", "task", tries)
        assert done()["missed"] == (DUE - 1, DUE - 1)
    assert done()["proposed"] == done()["reminded"] == (DUE - 1, DUE - 1)  # all but nobody's
    client.force_login(manager)
    page = " ".join(re.sub(r"<[^>]+>", " ", client.get("/night/").content.decode()).split())
    assert f"逾期待办 {poisoned.number} InternalError" in page


# --- a chore that ends whoever does it (18) ------------------------------------------------------


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path / "clock")


@pytest.mark.parametrize(("chore", "why"), [("kills_itself", "died"), ("eats_memory", "MemoryError: ")])
def test_what_ends_its_worker_does_so_three_times_and_the_night_goes_on(
    store, queue, clock, diary, chore, why
):
    west = create_store(code="west", name="West", zone="Asia/Shanghai", country="CN", group=store.group)
    boss = create_staff(store, username="boss", name="管理员", roles=["admin"], on=ON)
    clock.set(store.start_of_day(ON), speed=30)  # the lease of the dead is over after ten seconds
    machine = {"CLOCK_FILE": str(clock.file), "DIARY": str(diary), "CHORE": chore, "SWEEP_SECONDS": "1"}
    at_work = hard_worker(queue.url, beat=True, **machine)
    try:
        seconds = wait_for(lambda: at_work.keep() or night_is_over_in(store), seconds=3 * MINUTES)
    finally:
        at_work.end()
    print(f"{chore}: done without it after {seconds:.0f} s, half a minute of the store each")

    assert Counter(lines(diary))["died"] == 3
    assert done() == ALL_DONE
    nights = {run.store_id: run for run in NightlyRun.objects.filter(on=ON)}
    assert (nights[store.pk].left_out, nights[west.pk].left_out) == ([chore], [])
    assert nights[west.pk].finished_at < nights[store.pk].started_at
    parked = Parked.objects.get()
    assert (parked.job, parked.ref_kind, parked.attempts) == (chore, "store", 3)
    assert parked.error.startswith(why)
    assert "night" in late_parts(swept_at(), clock.now())
    watch(clock.now())
    assert "night_cut" in boss.notices.values_list("kind", flat=True)


def night_is_over_in(store) -> bool:
    return NightlyRun.objects.filter(store=store, on=ON, state="done").exists()


# --- a task that Redis hands out twice (19) ------------------------------------------------------


def test_a_night_longer_than_the_patience_of_redis_has_one_effect(store, queue, diary):
    boss = create_staff(store, username="boss", name="管理员", roles=["admin"], on=ON)
    set_setting(store, "lapse_mode", "automatic", by=boss, at=store.start_of_day(ON))
    now = store.start_of_day(ON)
    machine = {"VISIBILITY": "5", "CHORE": "takes_long", "DIARY": str(diary), "DEALER_NOW": now.isoformat()}
    at_work = [hard_worker(queue.url, **machine)]
    try:
        wait_for(lambda: "began" in lines(diary))
        at_work.append(hard_worker(queue.url, **machine))  # it finds a task that nobody has confirmed for 5 s
        wait_for(lambda: most_deliveries(diary) > 1)
        assert "ended" not in lines(diary)
        wait_for(night_is_over, seconds=2 * MINUTES)
    finally:
        for worker in at_work:
            worker.end()
    print(f"one sweep was handed out {most_deliveries(diary)} times")
    assert (lines(diary).count("began"), lines(diary).count("ended")) == (1, 1)
    assert NightlyRun.objects.count() == 1
    assert Task.objects.filter(missed_on=ON).count() == DUE
    taken = LeadEvent.objects.filter(kind="owner", reason="lapsed")
    assert (taken.count(), taken.values("lead").distinct().count()) == (DUE, DUE)
    assert sweep(now)["bench"].state == "already"


def most_deliveries(diary: Path) -> int:
    """How often the same message was taken."""
    return max(Counter(line for line in lines(diary) if line.startswith("sweep")).values(), default=0)
