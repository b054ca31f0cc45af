"""Every session of the database ended, fifty times, while people work (RELIABILITY 16).

Web, worker and beat are real processes on PostgreSQL, on a Redis of their own; nobody starts them again.
"""

import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle

import pytest
from django.db import connection

from followups.invariants import cadence_one_open_task
from followups.models import Contact, Heartbeat
from leads.models import LeadEvent
from tests.conftest import at
from tests.faults.machines import Phone, Web, wait_for, worker
from tests.followups.worked_leads import make_lead

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
MORNING = at("2026-03-12 08:30")
SECONDS = {"SWEEP_SECONDS": "2", "MESSAGE_SECONDS": "2", "DEALER_NOW": MORNING.isoformat()}
PHONES, LEADS, KILLS = 6, 120, 50
PAUSE = 0.1  # seconds a person looks before going on
PAGES = ("/", "/leads/", "/walk-in/")
END_ALL = """
    SELECT count(pg_terminate_backend(pid, 1000)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""  # waits until each of them is gone


@dataclass(frozen=True)
class Span:
    """Something that took from `began` to `ended`: a request and its status, a kill and how many it ended."""

    began: float
    ended: float
    what: int

    @classmethod
    def of(cls, act: Callable[[], int]) -> "Span":
        began, what = time.monotonic(), act()
        return cls(began, time.monotonic(), what)

    def meets(self, other: "Span") -> bool:
        return self.began <= other.ended and other.began <= self.ended


class Somebody:
    """Logs a try on one lead after the other, each again and again with its token until it is answered,
    and looks at pages between; keeps what each request came to."""

    def __init__(self, phone, numbers: list[str], over: threading.Event):
        self.phone, self.numbers, self.over, self.asked = phone, numbers, over, []

    def work(self) -> list[Span]:
        for turn, number in enumerate(cycle(self.numbers)):
            if self.over.wait(PAUSE):
                break
            if turn < len(self.numbers):
                self.log_a_try(number)
            self.ask(f"/leads/{number}/")
            self.ask(PAGES[turn % len(PAGES)])
        return self.asked

    def log_a_try(self, number: str) -> None:
        sheet = {"token": str(uuid.uuid4()), "outcome": "no_answer", "channel": "phone"}
        while self.ask(f"/leads/{number}/log/", sheet) != 302:
            pass

    def ask(self, path: str, sheet: dict | None = None) -> int:
        self.asked.append(Span.of(lambda: self.phone.ask(path, sheet).status))
        return self.asked[-1].what


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
    numbers = [lead.number for lead in leads]
    over, web, at_work = threading.Event(), Web(queue.url, **SECONDS), worker(queue.url, beat=True, **SECONDS)
    try:
        people = [Somebody(Phone(web.port, li), numbers[n::PHONES], over) for n in range(PHONES)]
        with ThreadPoolExecutor(PHONES) as hands:
            working = [hands.submit(person.work) for person in people]
            try:
                wait_for(swept)
                kills = fifty_times_all()
                wait_for(everybody_logged)
            finally:
                over.set()
            asked = [request for work in working for request in work.result()]
        Heartbeat.objects.all().delete()
        seconds = wait_for(swept)
        assert (web.process.poll(), at_work.process.poll()) == (None, None)  # as they were started
    finally:
        web.end()
        at_work.end()

    failed = [request for request in asked if request.what not in (200, 302)]
    sessions = sum(kill.what for kill in kills)
    print(f"{sessions} sessions ended, {len(failed)} of {len(asked)} requests failed")
    print(f"swept again after {seconds:.1f} s")
    assert len(failed) <= sessions
    assert {request.what for request in failed} == {500}
    assert all(any(request.meets(kill) for kill in kills) for request in failed)  # none that came later
    assert [request.what for request in asked].count(302) == LEADS
    assert (Contact.objects.count(), LeadEvent.objects.filter(kind="contact").count()) == (LEADS, LEADS)
    assert cadence_one_open_task().bad == 0
