"""Two nights at once, and a night beside a page: one effect (RELIABILITY 8-13)."""

import datetime as dt
import threading

import pytest
from django.db import connection, transaction

from accounts.rules import set_setting
from followups.contacts import Said, log_contact
from followups.models import NightlyRun, Task
from followups.night import run_night
from followups.night.lapse import lapse_or_propose
from followups.night.overdue import mark_missed
from followups.sweep import sweep
from leads.models import Lead, LeadEvent
from tests.conftest import at
from tests.followups.worked_leads import make_lead

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ON = dt.date(2026, 3, 10)
NOW = at("2026-03-10 00:03")


@pytest.fixture
def leads(store, li, chen):
    """Thirty leads that lapse on 10 March, each with a task missed on the 9th."""
    set_setting(store, "lapse_mode", "automatic", by=chen, at=at("2026-03-01 10:00"))
    return [make_lead(store, li, visited="2026-03-02 10:00", due="2026-03-08") for _ in range(30)]


def in_threads(*works):
    """Run each in a thread of its own with a connection of its own; answers what they gave back."""
    results, barrier = [], threading.Barrier(len(works))

    def run(work):
        barrier.wait()
        try:
            results.append(work())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_two_nights_at_once_one_does_the_work(store, leads):
    results = in_threads(*[lambda: run_night(store, ON, now=NOW)] * 2)
    assert sorted(result.state for result in results) == ["already", "done"]
    assert sorted(result.lapsed for result in results) == [0, 30]
    assert LeadEvent.objects.filter(kind="owner").count() == 30


@pytest.mark.thorough
def test_of_four_sweeps_at_once_one_finds_work(store, leads):
    results = in_threads(*[lambda: sweep(NOW)["east"]] * 4)
    assert sorted(result.state for result in results) == ["already"] * 3 + ["done"]
    assert NightlyRun.objects.count() == 1


@pytest.mark.thorough
def test_two_nights_that_both_believe_to_be_alone_still_have_one_effect(store, leads, chen):
    """A night whose lease ran out while it still works is overtaken by the next."""

    def chores():
        return lapse_or_propose(store, ON, now=NOW) + mark_missed(store, ON, now=NOW)

    both = in_threads(chores, chores)
    assert sum(counts.lapsed for counts in both) == 30
    assert sum(counts.missed for counts in both) == 30
    assert LeadEvent.objects.filter(kind="owner").count() == 30


@pytest.mark.thorough
def test_a_contact_being_saved_keeps_its_lead(store, leads, li):
    """The page holds the lead's row; the night waits for it, looks again and leaves the lead alone."""
    saved, results = threading.Event(), []

    def night():
        saved.wait(10)
        results.append(run_night(store, ON, now=NOW))
        connection.close()

    thread = threading.Thread(target=night)
    thread.start()
    with transaction.atomic():
        log_contact(leads[0].pk, Said("comparing"), by=li, at=at("2026-03-09 23:59"), now=NOW)
        saved.set()
        until_somebody_waits()
    thread.join()
    assert results[0].lapsed == 29
    assert Lead.objects.get(pk=leads[0].pk).owner == li
    assert Task.objects.filter(lead=leads[0], kind="cadence", state="open", assignee=li).count() == 1


def until_somebody_waits():
    with connection.cursor() as cursor:
        for _ in range(200):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_sleep(0.05), pg_stat_clear_snapshot()")
    raise AssertionError("the night did not wait")
