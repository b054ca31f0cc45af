"""A message that was given up is told to who signed it and to the manager, once for each (SPEC A43)."""

import datetime as dt

import pytest

from followups.models import Notice, Outbox, StaffChannel
from followups.notice_words import text_of
from followups.outbox.by_hand import try_again
from followups.outbox.sending import ATTEMPTS, send_due
from followups.outbox.staff import queue_staff
from tests.followups.outbox import NOON, Clock, make_customer, queued
from tests.followups.telling import told

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(autouse=True)
def _a_gateway_that_is_down(settings):
    settings.SMS_BACKEND = "followups.outbox.backends.http.HttpBackend"
    settings.SMS_HTTP_URL, settings.SMS_HTTP_TOKEN = "http://127.0.0.1:1", "secret"
    settings.SEND_TIMEOUT = 0.3


@pytest.fixture
def lead(store, li, chen):
    return make_customer(store, li)


def try_until_given_up(clock):
    for _attempt in range(ATTEMPTS):
        send_due(clock)
        clock.go(minutes=6)


def test_it_is_told_when_it_is_given_up_and_not_before(lead, li, chen, clock):
    queued(lead)
    for _attempt in range(ATTEMPTS - 1):
        assert send_due(clock) == {"tried": 1}
        clock.go(minutes=6)
    assert not Notice.objects.exists()
    assert send_due(clock) == {"failed": 1}
    assert told(li) == [("message_failed", lead.number)]
    assert told(chen) == [("outbox_failed", {"reason": "unreachable"})]
    assert not Notice.objects.filter(urgent=True).exists()


def test_what_was_interrupted_three_times_is_told_too(lead, li, clock):
    row = queued(lead)
    long_ago = NOON - dt.timedelta(minutes=10)
    facts = {"state": Outbox.State.SENDING, "attempts": ATTEMPTS, "lease_until": long_ago}
    Outbox.objects.filter(pk=row.pk).update(**facts)
    assert send_due(clock) == {"failed": 1}
    assert Notice.objects.get(user=li).args == {"reason": "interrupted"}


def test_a_message_tried_again_in_vain_is_not_told_again(lead, store, li, chen, clock):
    queued(lead)
    try_until_given_up(clock)
    Notice.objects.update(read_at=clock())
    try_again(Outbox.objects.all(), by=chen, store=store, now=clock())
    try_until_given_up(clock)
    assert Outbox.objects.get().state == "failed"
    assert [len(told(one)) for one in (li, chen)] == [1, 1]


def test_the_manager_hears_of_the_next_once_the_last_was_read(lead, li, chen, clock):
    for n in range(3):
        queued(lead, key=f"message:{n}")
    for _message in range(3):  # a way out that does not answer is tried once in a run
        try_until_given_up(clock)
    assert Outbox.objects.filter(state="failed").count() == 3
    assert [len(told(one)) for one in (li, chen)] == [3, 1]
    Notice.objects.filter(user=chen).update(read_at=clock())
    clock.go(days=1)
    queued(lead, key="message:3", now=clock())
    try_until_given_up(clock)
    assert [len(told(one)) for one in (li, chen)] == [4, 2]


def test_one_to_an_address_of_staff_is_the_managers_alone(store, li, chen, clock):
    channel = StaffChannel.objects.create(
        store=store, name="销售群", url="wecombot://x", added_by=chen, added_at=NOON
    )
    row = queue_staff(channel, key="k", kind="digest", subject="x", text="x", now=NOON, urgent=True)
    Outbox.objects.filter(pk=row.pk).update(attempts=ATTEMPTS)
    send_due(clock)
    assert (told(li), told(chen)) == ([], [("outbox_failed", {"reason": "interrupted"})])


def test_the_signers_opens_the_customer_and_the_managers_the_outbox(client, settings, lead, li, chen, clock):
    queued(lead)
    try_until_given_up(clock)
    settings.DEALER_NOW = clock().isoformat()
    for person, opens in ((li, f"/leads/{lead.number}/"), (chen, "/messages/")):
        client.force_login(person, backend="accounts.backends.StaffBackend")
        notice = Notice.objects.get(user=person)
        assert client.post(f"/notices/{notice.pk}/open/").headers["Location"] == opens
        assert client.get(opens).status_code == 200


def test_it_says_why(lead):
    said = {"reason": "unreachable"}
    assert text_of("message_failed", said, lead.number) == (
        f"Your message to {lead.number} did not leave · The service could not be reached."
    )
    assert text_of("outbox_failed", said) == "A message did not leave · The service could not be reached."
