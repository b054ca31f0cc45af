"""A15: a message copied and marked as sent is neither contact nor attempt."""

import uuid

import pytest

from accounts.errors import NotAllowed, Refused
from followups.contacts import Said, log_contact
from followups.messages import mark_sent, openings
from followups.models import Contact, Task
from followups.outbox.kinds import MESSAGE_KINDS
from leads.models import Consent, Customer
from tests.conftest import at
from tests.followups.worked_leads import make_lead

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 15:05")


@pytest.fixture
def lead(store, li):
    lead = make_lead(store, li, "A", visited="2026-03-10 10:00", contacted="2026-03-11 10:00")
    Customer.objects.filter(pk=lead.customer_id).update(name="陈建国")
    lead.refresh_from_db()
    return lead


def test_a_message_sent_is_on_record_and_changes_no_date(lead, li):
    before = (lead.next_due_on, lead.lapses_on, lead.last_contact_at, lead.first_attempt_at)
    message = mark_sent(lead.pk, " 您好 ", by=li, now=NOW)
    lead.refresh_from_db()
    assert (message.kind, message.channel, message.self_declared, message.text) == (
        "message",
        "wechat",
        True,
        "您好",
    )
    assert (lead.next_due_on, lead.lapses_on, lead.last_contact_at, lead.first_attempt_at) == before
    assert list(Task.objects.values_list("kind", "state")) == [("cadence", "open")]
    event = lead.events.get(kind="message")
    assert (event.at, event.to_value, event.data) == (
        NOW,
        "sent",
        {"contact": message.pk, "channel": "wechat"},
    )


def test_the_answer_of_the_customer_is_a_contact(lead, li):
    mark_sent(lead.pk, "您好", by=li, now=NOW)
    said = Said(outcome="comparing", channel="wechat", direction="in")
    log_contact(lead.pk, said, by=li, at=at("2026-03-12 15:20"), now=at("2026-03-12 15:20"))
    lead.refresh_from_db()
    assert lead.next_due_on.isoformat() == "2026-03-15"


def test_sent_is_no_result_of_a_call(lead, li):
    with pytest.raises(Refused):
        log_contact(lead.pk, Said(outcome="sent"), by=li, at=NOW, now=NOW)
    assert Contact.objects.count() == 0


def test_an_empty_message_and_a_colleagues_customer_are_refused(lead, li, wang):
    with pytest.raises(Refused):
        mark_sent(lead.pk, "  ", by=li, now=NOW)
    with pytest.raises(NotAllowed):
        mark_sent(lead.pk, "您好", by=wang, now=NOW)
    assert Contact.objects.count() == 0


def test_who_asked_to_stop_gets_no_message_until_he_agrees_again(lead, li):
    word = {"customer": lead.customer, "purpose": "contact", "channel": "all", "by": li}
    Consent.objects.create(given=False, at=at("2026-03-11 10:00"), **word)
    with pytest.raises(Refused):
        mark_sent(lead.pk, "您好", by=li, now=NOW)
    Consent.objects.create(given=True, at=at("2026-03-12 09:00"), **word)
    assert mark_sent(lead.pk, "您好", by=li, now=NOW).pk


@pytest.mark.parametrize(("language", "begins"), [("zh-hans", "陈建国，"), ("en", "Hello 陈建国,")])
def test_every_text_is_in_the_customers_language_and_signed(lead, li, language, begins):
    Customer.objects.filter(pk=lead.customer_id).update(language=language)
    lead.refresh_from_db()
    texts = {opening.code: opening.text for opening in openings(lead, li)}
    assert texts.keys() == MESSAGE_KINDS.keys() - {"appointment", "drive_eve"}  # nothing is planned
    assert all(text.startswith(begins) and "李强" in text for text in texts.values())


class TestTheSheet:
    @pytest.fixture(autouse=True)
    def _afternoon(self, settings, client, li):
        settings.DEALER_NOW = NOW.isoformat()
        client.force_login(li, backend="accounts.backends.StaffBackend")

    def test_it_holds_a_text_to_copy(self, client, lead):
        html = client.get(f"/leads/{lead.number}/message/?opening=invitation").content.decode()
        assert "the car you asked about" in html or "想看的车" in html
        assert 'data-copy="id_text"' in html

    def test_sent_twice_it_stands_once(self, client, lead):
        fields = {"token": str(uuid.uuid4()), "text": "您好"}
        for _time in range(2):
            assert client.post(f"/leads/{lead.number}/message/", fields).status_code == 302
        assert Contact.objects.filter(kind="message").count() == 1

    def test_an_empty_one_comes_back_with_a_word_about_it(self, client, lead):
        answer = client.post(f"/leads/{lead.number}/message/", {"token": str(uuid.uuid4()), "text": ""})
        assert answer.status_code == 422
        assert "Write what you sent." in answer.content.decode()

    def test_a_message_does_not_take_the_row_off_my_day(self, client, lead):
        lead.tasks.update(due_on="2026-03-12", due_at=at("2026-03-12 23:59:59"))
        client.post(f"/leads/{lead.number}/message/", {"token": str(uuid.uuid4()), "text": "您好"})
        page = client.get("/").content.decode()
        assert "陈建国" in page
        assert "0</b> of 1 done" in page
