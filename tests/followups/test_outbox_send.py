"""The outbox sends: what is due, once, every right asked for again (DESIGN 5, RELIABILITY 31, 67, 74)."""

import datetime as dt
import json
import logging
import time

import pytest
from django.core import mail

from accounts.rules import set_setting
from followups.models import Contact, Outbox, StaffChannel
from followups.outbox.pausing import go_on, pause
from followups.outbox.sending import ATTEMPTS, LEASE, Run, claim, send_due
from followups.outbox.staff import queue_staff
from leads.models import ContactPoint, Lead, LeadEvent
from tests.conftest import at, person
from tests.followups.gateway import Gateway
from tests.followups.outbox import (
    ADDRESS,
    NOON,
    NUMBER,
    Clock,
    make_customer,
    object_to,
    queued,
    thank_you_task,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def gateway(settings):
    gateway = Gateway()
    settings.SMS_BACKEND = "followups.outbox.backends.http.HttpBackend"
    settings.SMS_HTTP_URL, settings.SMS_HTTP_TOKEN = gateway.url, "secret"
    settings.EMAIL_URL, settings.DEFAULT_FROM_EMAIL = "smtp://x", "sales@example.com"
    settings.SEND_TIMEOUT = 0.3
    yield gateway
    gateway.close()


@pytest.fixture
def lead(store, li):
    return make_customer(store, li)


@pytest.fixture
def clock():
    return Clock()


def state_of(row) -> tuple:
    row.refresh_from_db()
    return row.state, row.reason, row.attempts


class TestASentMessage:
    def test_stands_in_the_customers_history(self, lead, li, gateway, clock):
        row = queued(lead)
        clock.go(seconds=7)
        assert send_due(clock) == {"sent": 1}
        assert state_of(row) == ("sent", "", 1)
        assert (row.ended_at, row.lease_until) == (clock(), None)
        assert gateway.taken == [{"to": NUMBER, "text": row.text, "key": row.key, "header": row.key}]
        contact = Contact.objects.get(kind="message")
        assert (contact.channel, contact.by, contact.self_declared, contact.at, contact.text) == (
            "sms",
            li,
            False,
            clock(),
            row.text,
        )
        event = LeadEvent.objects.get(kind="message")
        assert event.data == {"contact": contact.pk, "channel": "sms", "outbox": row.pk}

    def test_moves_no_date_and_closes_the_thank_you_alone(self, lead, gateway, clock):
        task = thank_you_task(lead)
        before = Lead.objects.values("next_due_on", "lapses_on", "last_contact_at").get(pk=lead.pk)
        queued(lead, task=task)
        send_due(clock)
        task.refresh_from_db()
        assert (task.state, task.closed_at) == ("done", clock())
        assert lead.tasks.get(kind="cadence").state == "open"
        assert Lead.objects.values("next_due_on", "lapses_on", "last_contact_at").get(pk=lead.pk) == before

    def test_is_not_sent_again(self, lead, gateway, clock):
        queued(lead)
        send_due(clock)
        clock.go(hours=1)
        assert send_due(clock) == {}
        assert len(gateway.taken) == 1

    def test_by_email_is_a_letter_with_a_name_of_its_own(self, lead, gateway, clock):
        queued(lead, channel="email")
        send_due(clock)
        (letter,) = mail.outbox
        assert (letter.to, letter.from_email) == ([ADDRESS], "sales@example.com")
        assert letter.subject == "感谢光临Store east"
        assert letter.extra_headers["Message-ID"].endswith("@example.com>")
        assert Contact.objects.get(kind="message").channel == "email"

    def test_by_file_is_a_file(self, lead, gateway, clock, settings, tmp_path):
        settings.SMS_BACKEND = "followups.outbox.backends.file.FileBackend"
        settings.SMS_FOLDER = tmp_path
        row = queued(lead)
        send_due(clock)
        (file,) = tmp_path.iterdir()
        assert json.loads(file.read_text()) == {"to": NUMBER, "text": row.text, "key": row.key}

    def test_goes_out_when_it_is_due_and_not_before(self, lead, gateway, clock):
        queued(lead, not_before=NOON + dt.timedelta(minutes=5))
        assert send_due(clock) == {}
        clock.go(minutes=5)
        assert send_due(clock) == {"sent": 1}


class TestAskedAgainAtSending:
    """Between the queue and the sending the world goes on."""

    def called_off(self, row, clock, gateway, reason):
        assert send_due(clock) == {"cancelled": 1}
        assert state_of(row) == ("cancelled", reason, 0)
        assert row.ended_at == clock()
        assert (gateway.asked, Contact.objects.filter(kind="message").count()) == (0, 0)

    def test_consent_withdrawn_just_before(self, lead, gateway, clock):
        row = queued(lead)
        object_to(lead)
        self.called_off(row, clock, gateway, "asked_to_stop")

    def test_no_offers_any_more(self, lead, gateway, clock):
        offer, thanks = queued(lead, "promotion"), queued(lead)
        object_to(lead, "marketing")
        assert send_due(clock) == {"cancelled": 1, "sent": 1}
        assert (state_of(offer)[:2], state_of(thanks)[0]) == (("cancelled", "no_offers"), "sent")

    def test_the_lead_is_lost(self, lead, gateway, clock):
        row = queued(lead)
        Lead.objects.filter(pk=lead.pk).update(status="lost", has_cadence=False)
        self.called_off(row, clock, gateway, "not_active")

    def test_the_number_was_ended(self, lead, gateway, clock):
        row = queued(lead)
        ContactPoint.objects.filter(pk=row.point_id).update(ended_at=NOON)
        self.called_off(row, clock, gateway, "point_ended")

    def test_the_lead_is_a_colleagues_now(self, lead, wang, gateway, clock):
        row = queued(lead)
        Lead.objects.filter(pk=lead.pk).update(owner=wang)
        self.called_off(row, clock, gateway, "no_rights")

    def test_who_signed_it_has_left(self, lead, li, gateway, clock):
        row = queued(lead)
        type(li).objects.filter(pk=li.pk).update(is_active=False)
        self.called_off(row, clock, gateway, "no_rights")

    def test_the_thanks_were_said_by_hand(self, lead, gateway, clock):
        task = thank_you_task(lead)
        row = queued(lead, task=task)
        type(task).objects.filter(pk=task.pk).update(state="done", closed_at=NOON)
        self.called_off(row, clock, gateway, "task_closed")

    def test_quiet_hours_hold_what_came_late(self, lead, gateway, clock):
        row = queued(lead)
        clock.now = at("2026-03-12 21:00")
        assert send_due(clock) == {"queued": 1}
        assert state_of(row) == ("queued", "", 0)
        assert row.not_before == at("2026-03-13 08:00")
        assert send_due(clock) == {}
        clock.now = at("2026-03-13 08:00")
        assert send_due(clock) == {"sent": 1}


def test_nothing_leaves_while_a_pause_stands(lead, store, gateway, clock):
    admin = person(store, "admin", "管理员", "admin")
    row = queued(lead)
    pause("restored", NOON)
    clock.go(hours=2)
    assert send_due(clock) == {}
    assert (gateway.asked, state_of(row)) == (0, ("queued", "", 0))
    go_on(by=admin, now=clock())
    assert send_due(clock) == {"sent": 1}


class TestAGatewayInTrouble:
    @pytest.mark.parametrize(
        ("mood", "reason"), [("hangs", "timeout"), ("drips", "timeout"), ("busy", "unreachable")]
    )
    def test_costs_one_time_limit_and_the_message_goes_later(self, lead, gateway, clock, mood, reason):
        rows = [queued(lead, key=f"{n}", kind=kind) for n, kind in enumerate(("thank_you", "help_thanks"))]
        gateway.mood = mood
        began = time.monotonic()
        assert send_due(clock) == {"tried": 1}
        assert time.monotonic() - began < 1.5
        assert [state_of(row) for row in rows] == [("queued", reason, 1), ("queued", "", 0)]
        assert rows[0].not_before == NOON + dt.timedelta(minutes=1)
        gateway.mood = "ok"
        clock.go(minutes=1)
        assert send_due(clock) == {"sent": 2}

    def test_holds_up_text_messages_and_nothing_else(self, lead, gateway, clock):
        gateway.mood = "hangs"
        queued(lead)
        queued(lead, channel="email", key="letter")
        assert send_due(clock) == {"tried": 1, "sent": 1}
        assert len(mail.outbox) == 1

    def test_that_hangs_is_left_alone_for_a_minute_by_every_run(self, lead, gateway, clock):
        gateway.mood = "hangs"
        for kind in ("thank_you", "help_thanks"):
            queued(lead, kind)
        queued(lead, channel="email", key="letter")
        assert [send_due(clock) for _run in range(3)] == [{"tried": 1, "sent": 1}, {}, {}]
        clock.go(seconds=59)
        assert send_due(clock) == {}
        clock.go(seconds=1)
        assert [send_due(clock) for _run in range(3)] == [{"tried": 1}, {}, {}]
        gateway.mood = "ok"
        clock.go(minutes=1)
        assert send_due(clock) == {"sent": 2}

    def test_three_tries_then_it_is_parked(self, lead, gateway, clock):
        gateway.mood = "busy"
        row = queued(lead)
        waits = []
        for _try in range(5):
            send_due(clock)
            row.refresh_from_db()
            waits.append((row.not_before - clock()).total_seconds() / 60)
            clock.go(minutes=30)
        assert waits[:2] == [1, 5]
        assert (state_of(row), gateway.asked) == (("failed", "unreachable", 3), 3)

    @pytest.mark.parametrize("mood", ["wrong", "moved"])
    def test_a_refusal_is_final_and_the_next_message_goes_on(self, lead, gateway, clock, mood):
        first, second = queued(lead), queued(lead, "help_thanks")
        gateway.mood = mood
        send_due(clock)
        assert (state_of(first), state_of(second)[0]) == (("failed", "rejected", 1), "failed")
        assert gateway.taken == []

    def test_the_key_lets_it_know_a_repeat(self, lead, gateway, clock):
        row = queued(lead)
        gateway.mood = "forgets"
        send_due(clock)
        gateway.mood = "ok"
        clock.go(minutes=2)
        send_due(clock)
        assert [message["header"] for message in gateway.taken] == [row.key, row.key]
        assert (state_of(row), Contact.objects.filter(kind="message").count()) == (("sent", "", 2), 1)

    def test_a_late_answer_in_time_is_an_answer(self, lead, gateway, clock):
        gateway.mood, gateway.delay = "late", 0.1
        queued(lead)
        assert send_due(clock) == {"sent": 1}

    def test_nobody_listens(self, lead, gateway, clock, settings):
        settings.SMS_HTTP_URL = "http://127.0.0.1:9/"
        row = queued(lead)
        send_due(clock)
        assert state_of(row) == ("queued", "unreachable", 1)

    def test_no_number_and_no_word_of_a_message_stands_in_a_log(self, lead, gateway, clock, settings, caplog):
        settings.SMS_BACKEND = "tests.followups.test_outbox_send.Leaky"
        row = queued(lead)
        with caplog.at_level(logging.DEBUG):
            send_due(clock)
        assert state_of(row) == ("queued", "unreachable", 1)
        assert "ValueError" in caplog.text
        assert NUMBER[3:] not in caplog.text
        assert row.text not in caplog.text


class Leaky:
    """A backend whose error tells everything it knows."""

    def send(self, to, text, *, key):
        raise ValueError(f"{to} {text}")


class TestWhoDies:
    """A claim is leased: whoever finds the lease run out takes the message over."""

    def test_a_message_on_its_way_is_nobody_elses(self, lead, gateway, clock):
        queued(lead)
        claim(Run(clock))
        clock.go(seconds=LEASE.total_seconds())
        assert send_due(clock) == {}
        clock.go(seconds=1)
        assert send_due(clock) == {"sent": 1}

    def test_who_took_it_thrice_and_died_leaves_it_parked(self, lead, gateway, clock):
        row = queued(lead)
        for _death in range(ATTEMPTS):
            claim(Run(clock))
            clock.go(minutes=3)
        assert send_due(clock) == {"failed": 1}
        assert state_of(row) == ("failed", "interrupted", 3)
        assert gateway.asked == 0

    def test_who_wakes_up_too_late_writes_nothing(self, lead, gateway, clock, monkeypatch):
        row = queued(lead)
        slow = Run(clock)
        taken = claim(slow)
        clock.go(minutes=3)
        send_due(clock)
        from followups.outbox.sending import send

        send(taken, slow)
        assert slow.done == {"taken_over": 1}
        assert Contact.objects.filter(kind="message").count() == 1
        assert state_of(row) == ("sent", "", 2)


class TestStaff:
    def test_without_apprise_it_says_what_is_missing_and_waits(
        self, store, chen, gateway, clock, monkeypatch
    ):
        monkeypatch.setitem(__import__("sys").modules, "apprise", None)
        channel = StaffChannel.objects.create(
            store=store, name="Group", url="json://127.0.0.1/", added_by=chen, added_at=NOON
        )
        row = queue_staff(
            channel, key="a", kind="overdue", subject="3", text="3 overdue", now=NOON, urgent=False
        )
        assert send_due(clock) == {"tried": 1}
        assert state_of(row) == ("queued", "no_backend", 1)

    def test_an_ended_channel_is_told_nothing(self, store, chen, gateway, clock):
        channel = StaffChannel.objects.create(
            store=store, name="Group", url="json://127.0.0.1/", added_by=chen, added_at=NOON
        )
        row = queue_staff(
            channel, key="a", kind="overdue", subject="3", text="3 overdue", now=NOON, urgent=False
        )
        StaffChannel.objects.filter(pk=channel.pk).update(ended_at=NOON)
        assert send_due(clock) == {"cancelled": 1}
        assert state_of(row) == ("cancelled", "channel_ended", 0)


def test_a_run_ends_after_forty_seconds_and_the_next_goes_on(lead, gateway, store, chen):
    set_setting(store, "messages_per_day", 20, by=chen, at=NOON)
    for n in range(3):
        queued(lead, key=f"{n}")

    class Slow(Clock):
        def __call__(self):
            return self.go(seconds=8)

    assert send_due(Slow()) == {"sent": 2}
    assert Outbox.objects.filter(state="queued").count() == 1
