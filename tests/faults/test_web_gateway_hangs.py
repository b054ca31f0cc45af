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
ROUNDS, QUIET, LIMIT = 3, 9, 10  # seconds of pages before each message; seconds that a message may take
A_MINUTE_LATER = NOON + dt.timedelta(minutes=1)


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


def test_while_it_hangs_pages_and_jobs_go_on_and_a_minute_later_it_is_sent(queue, gateway, store, li):
    leads = [make_customer(store, li, number=f"+861380000{n:04}", address="") for n in range(ROUNDS)]
    gateway.mood, now = "hangs", at_moment(NOON, gateway)
    web, at_work = Web(queue.url, **now), worker(queue.url, beat=True, **now)
    quiet, hanging, waited, given_up = [], [], [], []
    try:
        web.sign_in(li)
        wait_for(Heartbeat.objects.filter(name="sweep").exists)
        pages_while(web, leads[0], for_seconds(3))  # the first ones read templates and plans
        for n, lead in enumerate(leads, start=1):
            quiet += pages_while(web, lead, for_seconds(QUIET))
            waited.append(send(web, lead, li))
            wait_for(lambda n=n: gateway.asked == n)
            began = time.monotonic()
            Heartbeat.objects.filter(name="sweep").delete()
            hanging += pages_while(web, lead, is_on_its_way)
            given_up.append(time.monotonic() - began)
            assert Heartbeat.objects.filter(name="sweep").exists()  # the other jobs went on
    finally:
        web.end()
        at_work.end()
    told = f"p95 of {len(quiet)} and {len(hanging)} pages {p95(quiet):.3f} and {p95(hanging):.3f} s"
    print(f"{told}; a sheet {max(waited):.2f} s; given up after {max(given_up):.1f} s")
    assert p95(hanging) < 1.5 * p95(quiet)
    assert max(waited) < LIMIT / 3
    assert max(given_up) < LIMIT + 1
    assert set(Outbox.objects.values_list("state", "not_before", "attempts")) == {
        ("queued", A_MINUTE_LATER, 1)
    }

    gateway.mood = "ok"
    at_work = worker(queue.url, beat=True, **at_moment(A_MINUTE_LATER, gateway))
    try:
        wait_for(lambda: Outbox.objects.filter(state="sent").count() == ROUNDS)
    finally:
        at_work.end()
    assert Contact.objects.filter(kind="message").count() == ROUNDS


def for_seconds(seconds: float) -> Callable[[], bool]:
    until = time.monotonic() + seconds
    return lambda: time.monotonic() < until
