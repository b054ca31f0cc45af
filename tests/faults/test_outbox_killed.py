"""A worker killed at each point of a sending: nothing lost, one message repeated at most (RELIABILITY 9).

The gateway is a real server, the worker a real process on PostgreSQL that ends itself by os._exit.
"""

import datetime as dt
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection

from followups.models import Contact, Outbox
from leads.models import LeadEvent
from tests.factories import make_person, make_store
from tests.followups.gateway import Gateway
from tests.followups.outbox import NOON, make_customer, queued

BASE = Path(__file__).resolve().parent.parent.parent
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
MESSAGES, LEASE_OVER = 5, dt.timedelta(minutes=3)
GATEWAY = "followups.outbox.backends.http.HttpBackend"


@pytest.fixture
def gateway(settings):
    gateway = Gateway()
    settings.SMS_BACKEND, settings.SMS_HTTP_URL = GATEWAY, gateway.url
    yield gateway
    gateway.close()


@pytest.fixture
def rows(gateway):
    store = make_store("east")
    li = make_person(store, "li", "李强", "consultant")
    leads = [make_customer(store, li, number=f"+861380000000{n}", address="") for n in range(MESSAGES)]
    return [queued(lead) for lead in leads]


def started(gateway, point: str, now: dt.datetime) -> subprocess.Popen:
    """A worker's process on the database of this test, at that moment."""
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.outbox_child", point],
        cwd=BASE,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "dealer_crm.settings",
            "SECRET_KEY": "only-for-tests-" + "0123456789" * 4,
            "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
            "DEALER_NOW": now.isoformat(),
            "SMS_BACKEND": GATEWAY,
            "SMS_HTTP_URL": gateway.url,
        },
    )


def worker(gateway, point: str, now: dt.datetime) -> int:
    return started(gateway, point, now).wait(60)


@pytest.mark.parametrize(
    ("point", "repeats"),
    [("before_claim", 0), ("after_claim", 0), ("after_send", 1), ("before_commit", 1), ("after_commit", 0)],
)
def test_who_dies_at_a_point_loses_nothing_and_repeats_one_message_at_most(gateway, rows, point, repeats):
    assert worker(gateway, point, NOON) == 9
    assert worker(gateway, "never", NOON + LEASE_OVER) == 0

    assert set(Outbox.objects.values_list("state", "reason")) == {("sent", "")}
    sent = Counter(message["key"] for message in gateway.taken)
    assert sent.keys() == {row.key for row in rows}
    assert sum(sent.values()) - MESSAGES == repeats
    assert Contact.objects.filter(kind="message").count() == MESSAGES
    assert LeadEvent.objects.filter(kind="message").count() == MESSAGES


def test_whoever_dies_again_and_again_is_given_up_and_the_others_go_on(gateway, rows):
    for death in range(3):
        assert worker(gateway, "after_claim", NOON + death * LEASE_OVER) == 9
    assert worker(gateway, "never", NOON + 3 * LEASE_OVER) == 0
    ends = Counter(Outbox.objects.values_list("state", "reason"))
    assert ends == {("sent", ""): MESSAGES - 1, ("failed", "interrupted"): 1}
    assert rows[0].key not in {message["key"] for message in gateway.taken}


def test_two_workers_at_once_share_the_messages(gateway, rows):
    gateway.mood, gateway.delay = "late", 0.2
    workers = [started(gateway, "never", NOON) for _worker in range(2)]
    assert [one.wait(60) for one in workers] == [0, 0]
    assert sorted(message["key"] for message in gateway.taken) == sorted(row.key for row in rows)
    assert Contact.objects.filter(kind="message").count() == MESSAGES
