"""The night under SIGKILL, in real processes, against the same night left in peace (RELIABILITY 8)."""

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from bench.night import ON, build
from followups.models import NightlyRun
from tests.faults.nights import LEASE_OVER, state_of_everything, undisturbed

BASE = Path(__file__).resolve().parent.parent.parent
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE, LEADS, KILLS = 20, 60_000, 20


def night_process(now: dt.datetime) -> subprocess.Popen:
    """`nightly` as a process of its own on the database of this test, at that moment."""
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    return subprocess.Popen(
        [sys.executable, "manage.py", "nightly", "--store", "bench", "--date", ON.isoformat()],
        cwd=BASE,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "dealer_crm.settings",
            "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
            "DEALER_NOW": now.isoformat(),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def written() -> int:
    """A figure that grows with every chunk of the night that is committed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM leads_lapseproposal)"
            " + (SELECT count(*) FROM followups_task WHERE missed_on IS NOT NULL)"
            " + (SELECT count(*) FROM followups_task WHERE escalated)"
            " + (SELECT count(*) FROM leads_lead WHERE suggested_grade <> '')"
            " + (SELECT count(*) FROM followups_task WHERE catch_up AND due_on >= %s)",
            [ON],
        )
        return cursor.fetchone()[0]


def kill_once_it_wrote(night: subprocess.Popen) -> bool:
    """SIGKILL after the first chunk that this process commits; false when it was done before."""
    before = written()
    while night.poll() is None:
        if written() > before:
            night.kill()
            night.wait()
            return True
    return False


def test_twenty_kills_leave_the_night_as_if_there_had_been_none():
    store = build(LEADS, PEOPLE)
    (expected, _seconds), now, kills = undisturbed(store), store.start_of_day(ON), 0

    for attempt in range(KILLS):
        # Whoever died held the run; six minutes later the lease is over.
        kills += kill_once_it_wrote(night_process(now + attempt * LEASE_OVER))
    assert night_process(now + KILLS * LEASE_OVER).wait() == 0

    assert kills == KILLS
    assert state_of_everything() == expected
    assert list(NightlyRun.objects.values_list("on", "state")) == [(ON, "done")]
