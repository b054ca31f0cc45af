"""CAD-10: three times the same way in a row, and sheet and card suggest another."""

import pytest

from accounts.models import User
from followups.contacts import Said, log_contact
from followups.messages import mark_sent
from followups.undoing import undo_contact
from followups.varying import hint_to_vary
from leads.models import Lead
from tests.conftest import at
from tests.followups.worked_leads import make_lead
from tests.statements import statements

pytestmark = pytest.mark.django_db

BY_PHONE = "3 times by phone in a row. Try a message, a visit or an invitation."


@pytest.fixture
def lead(store, li):
    return make_lead(store, li, visited="2026-03-01 10:00")


@pytest.fixture
def say(lead, li):
    """Each word a contact of the next day: `say("phone", "phone")`."""
    day = iter(range(2, 12))

    def do(*channels, outcome="comparing", **more):
        for channel in channels:
            now = at(f"2026-03-{next(day):02} 10:00")
            said = Said(outcome, channel=channel, **more)
            contact = log_contact(lead.pk, said, by=li, at=now, now=now)
        return contact

    return do


def hint(lead) -> str:
    return hint_to_vary(Lead.objects.get(pk=lead.pk))


def test_the_third_equal_way_in_a_row_and_not_the_second(lead, say):
    say("wechat", "phone", "phone")
    assert hint(lead) == ""
    say("phone")
    assert hint(lead) == BY_PHONE
    say("wechat")
    assert hint(lead) == ""


def test_tries_count_like_talks(lead, say):
    say("phone", "phone", "phone", outcome="no_answer")
    assert hint(lead) == BY_PHONE


def test_messages_count_too(lead, say, li):
    say("wechat", "wechat")
    mark_sent(lead.pk, "周末试驾会，欢迎来店", by=li, now=at("2026-03-05 10:00"))
    assert hint(lead) == "3 times by WeChat in a row. Try a call, a visit or an invitation."


def test_a_customer_who_calls_is_not_our_way(lead, say):
    say("phone", "phone")
    say("phone", direction="in")
    assert hint(lead) == ""
    say("phone")
    assert hint(lead) == BY_PHONE


def test_what_was_undone_does_not_count(lead, say, li):
    last = say("phone", "phone", "phone")
    undo_contact(last.pk, by=li, at=last.at)
    assert hint(lead) == ""


def test_a_visit_is_another_way(lead, say):
    say("phone", "phone", "phone")
    Lead.objects.filter(pk=lead.pk).update(last_visit_at=at("2026-03-05 10:00"))
    assert hint(lead) == ""


def test_sheet_and_card_show_it_the_card_without_a_statement_more(client, settings, lead, say, li):
    settings.DEALER_NOW = at("2026-03-12 09:46").isoformat()
    client.force_login(li, backend="accounts.backends.StaffBackend")
    pages = (f"/leads/{lead.number}/log/", f"/leads/{lead.number}/")
    say("wechat", "phone", "phone")
    client.get(pages[1])
    with statements() as without:
        assert not any(BY_PHONE in client.get(page).content.decode() for page in pages)
    say("phone")
    with statements() as asked:
        assert all(BY_PHONE in client.get(page).content.decode() for page in pages)
    assert len(asked) == len(without)


@pytest.mark.parametrize("channel", ["phone", "wechat", "sms", "email", "in_person"])
def test_every_way_has_its_hint_in_both_languages(client, settings, lead, say, li, channel):
    settings.DEALER_NOW = at("2026-03-12 09:46").isoformat()
    client.force_login(li, backend="accounts.backends.StaffBackend")
    say(channel, channel, channel)
    for language, words in (("en", "in a row"), ("zh-hans", "连续3次")):
        User.objects.update(language=language)
        assert words in client.get(f"/leads/{lead.number}/log/").content.decode()
