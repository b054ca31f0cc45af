"""Every session of the database ended, fifty times, while people work (RELIABILITY 16).

Web, worker and beat are real processes on PostgreSQL, on a Redis of their own; nobody starts them again.
"""

import time

import pytest
from django.db import connection

from followups.invariants import cadence_one_open_task
from followups.models import Contact, Heartbeat
from leads.models import LeadEvent
from tests.conftest import at
from tests.faults.machines import Phone, Web, wait_for, worker
from tests.faults.people import Span, at_work, failed
from tests.followups.worked_leads import make_lead

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
MORNING = at("2026-03-12 08:30")
SECONDS = {"SWEEP_SECONDS": "2", "MESSAGE_SECONDS": "2", "DEALER_NOW": MORNING.isoformat()}
PHONES, LEADS, KILLS = 6, 120, 50
END_ALL = """
    SELECT count(pg_terminate_backend(pid, 1000)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""  # waits until each of them is gone


def end_all_sessions() -> int:
    with connection.cursor() as cursor:
        cursor.execute(END_ALL)
        return cursor.fetchone()[0]


def fifty_times_all() -> list[Span]:
    kills = []
    while len(kills) < KILLS:
        time.sleep(0.3)
        kill = Span.of(end_all_sessions)
        kills += [kill] if kill.what else []
    return kills


def swept() -> bool:
    return Heartbeat.objects.filter(name="sweep").exists()


def everybody_logged() -> bool:
    return Contact.objects.count() == LEADS


def test_an_ended_session_costs_one_request_at_most_and_no_save_is_lost_or_counts_twice(queue, store, li):
    leads = [make_lead(store, li, "H", visited="2026-03-05 10:00", due="2026-03-12") for _n in range(LEADS)]
    web, jobs = Web(queue.url, **SECONDS), worker(queue.url, beat=True, **SECONDS)
    try:
        phones = [Phone(web.port, li) for _n in range(PHONES)]
        with at_work(phones, [lead.number for lead in leads]) as asked:
            wait_for(swept)
            kills = fifty_times_all()
            wait_for(everybody_logged)
        Heartbeat.objects.all().delete()
        seconds = wait_for(swept)
        assert (web.process.poll(), jobs.process.poll()) == (None, None)  # as they were started
    finally:
        web.end()
        jobs.end()

    failures, sessions = failed(asked), sum(kill.what for kill in kills)
    print(f"{sessions} sessions ended, {len(failures)} of {len(asked)} requests failed")
    print(f"swept again after {seconds:.1f} s")
    assert len(failures) <= sessions
    assert {request.what for request in failures} <= {500}
    assert all(any(request.meets(kill) for kill in kills) for request in failures)  # none that came later
    assert [request.what for request in asked].count(302) == LEADS
    assert (Contact.objects.count(), LeadEvent.objects.filter(kind="contact").count()) == (LEADS, LEADS)
    assert cadence_one_open_task().bad == 0
