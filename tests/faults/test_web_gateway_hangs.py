"""A gateway that hangs for a minute holds up no page, and its messages are sent later (RELIABILITY 31).

Web, worker and beat are real processes on PostgreSQL, on a Redis of their own; the gateway is a real server.
"""

import datetime as dt
import time
import uuid
from collections.abc import Callable
from itertools import cycle
from statistics import quantiles

import pytest

from followups.models import Contact, Heartbeat, Outbox
from tests.faults.machines import Web, wait_for, worker
from tests.followups.outbox import NOON, make_customer

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS, MESSAGES = 3, 6
QUIET, LIMIT = 9, 10  # seconds of pages before it hangs; seconds that a message may take
A_MINUTE = dt.timedelta(minutes=1)


def at_moment(now: dt.datetime, gateway) -> dict[str, str]:
    seconds = {"SWEEP_SECONDS": "2", "MESSAGE_SECONDS": "2", "DEALER_NOW": now.isoformat()}
    return gateway.environment | seconds


def seconds_of(ask: Callable[[], int], expected: int) -> float:
    began = time.monotonic()
    assert ask() == expected
    return time.monotonic() - began


def pages_while(web, lead, so: Callable[[], bool]) -> list[float]:
    """What each page took, one after the other, for as long as something is so."""
    took = []
    for path in cycle(["/", "/leads/", f"/leads/{lead.number}/"]):
        if not so():
            break
        took.append(seconds_of(lambda path=path: web.ask(path), 200))
    return took


def send(web, lead, by) -> float:
    """The sheet of a message that the gateway is to send; answers the seconds that the person waited."""
    text = f"谢谢您到店。{by.full_name}"
    sheet = {"token": str(uuid.uuid4()), "opening": "thank_you", "way": "sms", "text": text}
    return seconds_of(lambda: web.ask(f"/leads/{lead.number}/message/", sheet), 302)


def is_on_its_way() -> bool:
    return Outbox.objects.filter(state="sending").exists()


def p95(seconds: list[float]) -> float:
    return quantiles(seconds, n=20)[-1]


def sent() -> int:
    return Outbox.objects.filter(state="sent").count()


def swept() -> bool:
    return Heartbeat.objects.filter(name="sweep").exists()


def test_while_it_hangs_pages_and_jobs_go_on_and_a_minute_later_all_is_sent(queue, gateway, store, li):
    numbers = (f"+861380000{n:04}" for n in range(ROUNDS * MESSAGES))
    leads = [make_customer(store, li, number=number, address="") for number in numbers]
    web = Web(queue.url, **at_moment(NOON, gateway))
    quiet, hanging, waited, given_up, stood_still = [], [], [], [], []
    try:
        web.sign_in(li)
        pages_while(web, leads[0], for_seconds(3))  # the first ones read templates and plans
        for n in range(ROUNDS):
            gateway.mood = "ok"
            jobs = worker(queue.url, beat=True, **at_moment(NOON + n * A_MINUTE, gateway))
            try:
                wait_for(lambda n=n: swept() and sent() == n * MESSAGES)  # what hung a minute ago
                quiet += pages_while(web, leads[0], for_seconds(QUIET))
                gateway.mood = "hangs"
                waited += [send(web, lead, li) for lead in leads[n * MESSAGES : (n + 1) * MESSAGES]]
                wait_for(is_on_its_way)
                began = time.monotonic()
                Heartbeat.objects.filter(name="sweep").delete()
                hanging += pages_while(web, leads[0], is_on_its_way)
                given_up.append(time.monotonic() - began)
                wait_for(swept)
                stood_still.append(time.monotonic() - began)
            finally:
                jobs.end()
            tried = Outbox.objects.filter(state="queued", attempts=1)
            assert {row.not_before for row in tried} == {NOON + (n + 1) * A_MINUTE}
    finally:
        web.end()
    told = f"p95 of {len(quiet)} and {len(hanging)} pages {p95(quiet):.3f} and {p95(hanging):.3f} s"
    print(f"{told}; a sheet {max(waited):.2f} s; given up after {max(given_up):.1f} s")
    print(f"{gateway.asked} tries; the sweep stood still for {max(stood_still):.1f} s")
    assert p95(hanging) < 1.5 * p95(quiet)
    assert max(waited) < LIMIT / 3
    assert max(given_up) < LIMIT + 1
    assert max(stood_still) < LIMIT + 5

    gateway.mood = "ok"
    jobs = worker(queue.url, beat=True, **at_moment(NOON + ROUNDS * A_MINUTE, gateway))
    try:
        wait_for(lambda: sent() == ROUNDS * MESSAGES)
    finally:
        jobs.end()
    assert Contact.objects.filter(kind="message").count() == ROUNDS * MESSAGES


def for_seconds(seconds: float) -> Callable[[], bool]:
    until = time.monotonic() + seconds
    return lambda: time.monotonic() < until
