"""The machine thanks where the store wants it: within a minute of leaving, once (SPEC CAD-05, FUP-06)."""

import pytest

from accounts.rules import set_setting
from followups.models import Contact, Outbox
from followups.outbox.sending import send_due
from followups.outbox.thanks import queue_thanks
from leads.models import Lead
from tests.conftest import at
from tests.followups.outbox import NOON, Clock, make_customer, object_to, thank_you_task

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ways_out(settings, tmp_path):
    settings.SMS_BACKEND, settings.SMS_FOLDER = "followups.outbox.backends.file.FileBackend", tmp_path
    settings.EMAIL_URL, settings.DEFAULT_FROM_EMAIL = "smtp://x", "sales@example.com"


@pytest.fixture
def lead(store, li):
    return make_customer(store, li)


@pytest.fixture
def task(lead):
    return thank_you_task(lead)


@pytest.fixture
def by_sms(store, chen):
    set_setting(store, "thank_you_by", "sms", by=chen, at=NOON)


def test_by_hand_the_machine_leaves_it_alone(task):
    assert queue_thanks(NOON) == 0


def test_five_minutes_are_kept_and_the_task_is_closed(task, by_sms, li):
    assert queue_thanks(NOON) == 1
    clock = Clock()
    assert send_due(clock) == {"sent": 1}
    task.refresh_from_db()
    assert (task.state, task.closed_by, task.closed_at) == ("done", li, NOON)
    assert task.contact == Contact.objects.get(kind="message", self_declared=False)
    assert Outbox.objects.get().key == f"thank_you:{task.pk}"


def test_twice_is_once(task, by_sms):
    assert [queue_thanks(NOON), queue_thanks(NOON)] == [1, 0]
    send_due(Clock())
    assert queue_thanks(NOON) == 0
    assert Outbox.objects.count() == 1


def test_called_off_by_hand_it_does_not_come_back(task, by_sms):
    queue_thanks(NOON)
    Outbox.objects.update(state="cancelled", ended_at=NOON, reason="called_off")
    assert queue_thanks(NOON) == 0


def test_who_cannot_be_written_to_stays_with_the_consultant(store, li, by_sms, lead, task):
    object_to(lead)
    thank_you_task(make_customer(store, li, number="", address="y@example.com"))
    assert queue_thanks(NOON) == 0
    assert Outbox.objects.count() == 0
    task.refresh_from_db()
    assert task.state == "open"


def test_a_lead_of_the_pool_and_a_day_that_is_over_are_left_alone(task, by_sms, lead):
    assert queue_thanks(at("2026-03-13 09:00")) == 0
    Lead.objects.filter(pk=lead.pk).update(owner=None)
    assert queue_thanks(NOON) == 0


def test_one_that_fails_does_not_stop_the_others(store, li, by_sms, task, monkeypatch):
    thank_you_task(make_customer(store, li, number="+8613800000002", address="z@example.com"))
    from followups.outbox import thanks

    def broken(task_):
        if task_.pk == task.pk:
            raise ZeroDivisionError
        return "thank_you"

    monkeypatch.setattr(thanks, "kind_for", broken)
    assert queue_thanks(NOON) == 1


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "感谢光临"),
        ({"cause": "thank_you:call:7"}, "感谢来电"),
        ({"why": "contract"}, "感谢订车"),
    ],
)
def test_the_words_fit_the_occasion(store, chen, lead, task, facts, words):
    set_setting(store, "thank_you_by", "email", by=chen, at=NOON)
    type(task).objects.filter(pk=task.pk).update(**facts)
    queue_thanks(NOON)
    row = Outbox.objects.get()
    assert (row.channel, words in row.subject) == ("email", True)
