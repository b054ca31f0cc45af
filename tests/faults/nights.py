"""Ten thousand customers for whom a night has work, what it leaves behind, and who does it."""

import datetime as dt
import os
import random
import signal
import sys
import time
from collections.abc import Callable

from django.db import connection, connections, transaction

from bench.night import ON, build
from followups.models import NightlyRun, Task
from followups.night import chunks, run_night
from followups.sweep import sweep
from leads.models import LapseProposal, Lead
from tests.faults.machines import Machine, of_the_store, wait_for

DUE, PEOPLE, SMALL = 10_000, 20, "250"
LEASE_OVER = dt.timedelta(minutes=6)  # whoever died held the night; this much later it is free

# Every customer is late since yesterday, has an owner whose protection ends tonight, and is stuck.
ALL_DUE = """
    UPDATE leads_lead SET next_due_on = '2026-06-18', lapses_on = '2026-06-19', expected_on = NULL,
        step_entered_at = '2026-06-01 02:00Z';
    UPDATE followups_task SET due_on = '2026-06-18', due_at = '2026-06-18 15:59:59Z', catch_up = false;
    ANALYZE
"""


def due_store():
    """A store in which the night of ON marks, proposes and reminds DUE times each."""
    store = build(DUE, PEOPLE)
    with connection.cursor() as cursor:
        cursor.execute(ALL_DUE)
    return store


def done() -> dict[str, tuple[int, int]]:
    """Of each thing the night is for: how many rows, and of how many customers."""
    found = {}
    for what, rows in _for_tonight().items():
        leads = list(rows.values_list("lead_id", flat=True))
        found[what] = len(leads), len(set(leads))
    return found


def _for_tonight() -> dict:
    return {
        "missed": Task.objects.filter(missed_on=ON),
        "proposed": LapseProposal.objects.filter(decision=""),
        "reminded": Task.objects.filter(kind="stuck"),
    }


ALL_DONE = {"missed": (DUE, DUE), "proposed": (DUE, DUE), "reminded": (DUE, DUE)}


def state_of_everything() -> dict:
    """What the night is there to change, row by row, without the ids it drew."""
    tasks = Task.objects.order_by("lead_id", "cause")
    leads = Lead.objects.order_by("pk")
    proposals = LapseProposal.objects.order_by("lead_id")
    return {
        "tasks": list(
            tasks.values_list("lead_id", "kind", "state", "due_on", "due_at", "missed_on", "escalated")
        ),
        "leads": list(leads.values_list("pk", "status", "owner_id", "next_due_on", "suggested_grade")),
        "proposals": list(proposals.values_list("lead_id", "owner_id", "lapses_on", "decision")),
    }


def undisturbed(store) -> tuple[dict, float]:
    """What the night makes of everything when nobody disturbs it, and its seconds; nothing of it stays."""
    with transaction.atomic():
        began = time.monotonic()
        run_night(store, ON, now=store.start_of_day(ON))
        seconds, state = time.monotonic() - began, state_of_everything()
        transaction.set_rollback(True)
    return state, seconds


def night_is_over() -> bool:
    return NightlyRun.objects.filter(on=ON, state="done").exists()


# --- who does it ---------------------------------------------------------------------------------


def hard_worker(redis_url: str, *, beat: bool = False, **more: str) -> Machine:
    """A worker of two processes as the compose file starts it, with what `hard_night` makes of it."""
    command = [sys.executable, "-m", "celery", "-A", "tests.faults.hard_night", "worker", "-c", "2"]
    command += ["--without-mingle", "--without-gossip", "-l", "ERROR"]
    return Machine(
        [*command, *(["-B", "-s", "/dev/null"] if beat else [])], **of_the_store(redis_url, **more)
    )


class ForkedWorker:
    """Two processes of one group, each a sweep at a moment; forked, so that they are there at once."""

    def __init__(self, now: dt.datetime):
        connections.close_all()  # no process may use the connection of another
        self.pids = []
        for _process in range(2):
            self.pids.append(self._forked(now))

    def _forked(self, now: dt.datetime) -> int:
        if pid := os.fork():
            os.setpgid(pid, self.pids[0] if self.pids else pid)
            return pid
        code = 1
        try:
            sweep(now)
            code = 0
        finally:
            os._exit(code)

    def kill(self) -> None:
        os.killpg(self.pids[0], signal.SIGKILL)
        self.wait()

    def wait(self) -> list[int]:
        """The exit codes, once both have ended."""
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in self.pids]
        self.pids = []
        return codes


class Killer:
    """Kills a night's processes again and again, at any moment of it.

    A chore at which three die in a row, without a row written between the first and the last of them,
    is left out; so whoever comes after two is killed only once it has written something.
    """

    def __init__(self, seed: int, longest: float):
        self.random, self.longest, self.idle = random.Random(seed), longest, False

    def strike(self, kill: Callable[[], object]) -> None:
        """Wait for a moment, then kill; AssertionError when the night was done before."""
        before = self._written()
        time.sleep(self.random.uniform(0, self.longest))
        if self.idle:
            wait_for(lambda: self._written() > before)
        kill()
        assert not night_is_over()
        self.idle = self._written() == before

    def _written(self) -> int:
        return sum(rows.count() for rows in _for_tonight().values())


def in_small_chunks(patch) -> None:
    """A kill may fall between any of 120 transactions."""
    patch.setattr(chunks, "CHUNK", int(SMALL))
