"""The night under SIGKILL, in real processes, against the same night left in peace (RELIABILITY 8)."""

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection, transaction

from bench.night import ON, build
from followups.models import NightlyRun, Task
from followups.night import run_night
from leads.models import Lead

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


def state_of_everything() -> dict:
    """What the night is there to change, row by row, without the ids it drew."""
    tasks = Task.objects.order_by("lead_id", "cause")
    leads = Lead.objects.order_by("pk")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lead_id, owner_id, lapses_on, decision FROM leads_lapseproposal ORDER BY lead_id"
        )
        proposals = cursor.fetchall()
    return {
        "tasks": list(
            tasks.values_list("lead_id", "kind", "state", "due_on", "due_at", "missed_on", "escalated")
        ),
        "leads": list(leads.values_list("pk", "status", "owner_id", "next_due_on", "suggested_grade")),
        "proposals": proposals,
    }


def undisturbed(store) -> dict:
    with transaction.atomic():
        run_night(store, ON, now=store.start_of_day(ON))
        state = state_of_everything()
        transaction.set_rollback(True)
    return state


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
    expected, now, kills = undisturbed(store), store.start_of_day(ON), 0

    for attempt in range(KILLS):
        # Whoever died held the run; six minutes later the lease is over.
        kills += kill_once_it_wrote(night_process(now + attempt * dt.timedelta(minutes=6)))
    assert night_process(now + KILLS * dt.timedelta(minutes=6)).wait() == 0

    assert kills == KILLS
    assert state_of_everything() == expected
    assert list(NightlyRun.objects.values_list("on", "state")) == [(ON, "done")]
