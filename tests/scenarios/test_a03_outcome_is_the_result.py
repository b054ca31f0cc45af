"""A03: a result is an outcome chip and a next date; text is optional; without an outcome nothing is saved."""

import uuid

import pytest

from accounts.errors import Refused
from followups.contacts import Said, log_contact
from followups.models import Contact, Task
from followups.outcomes import NOT_TALKED, TALKED
from followups.panels import contact_item
from leads.models import LeadEvent
from tests.conftest import at
from tests.followups.worked_leads import make_lead

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 10:00")


@pytest.fixture
def lead(store, li):
    return make_lead(store, li, "A", visited="2026-03-01 10:00", contacted="2026-03-09 10:00")


def test_the_chip_price_without_a_word_is_saved(lead, li):
    contact = log_contact(lead.pk, Said("price"), by=li, at=NOW, now=NOW)
    assert (contact.outcome, contact.text) == ("price", "")


def test_the_chip_writes_the_sentence_in_the_readers_language(lead, li):
    contact = log_contact(lead.pk, Said("price", text="18.2万以内"), by=li, at=NOW, now=NOW)
    assert contact_item(contact).text == "Talks about the price. 18.2万以内"


def test_every_outcome_has_its_sentence(lead, li):
    for outcome in (*TALKED, *NOT_TALKED):
        contact = log_contact(lead.pk, Said(outcome), by=li, at=NOW, now=NOW)
        assert contact_item(contact).text


@pytest.mark.parametrize("outcome", ["", "maybe"])
def test_without_an_outcome_the_verb_refuses_and_nothing_is_written(lead, li, outcome):
    with pytest.raises(Refused) as refusal:
        log_contact(lead.pk, Said(outcome, text="long talk"), by=li, at=NOW, now=NOW)
    assert refusal.value.field == "outcome"
    assert (Contact.objects.count(), LeadEvent.objects.count()) == (0, 0)
    assert Task.objects.get(lead=lead).state == "open"


def test_without_an_outcome_the_page_refuses(client, settings, lead, li):
    settings.DEALER_NOW = NOW.isoformat()
    client.force_login(li, backend="accounts.backends.StaffBackend")
    answer = client.post(f"/leads/{lead.number}/log/", {"token": uuid.uuid4(), "text": "long talk"})
    assert answer.status_code == 422
    assert Contact.objects.count() == 0
    sent = {"token": uuid.uuid4(), "outcome": "price"}
    assert client.post(f"/leads/{lead.number}/log/", sent).status_code == 302
    assert Contact.objects.get().text == ""
