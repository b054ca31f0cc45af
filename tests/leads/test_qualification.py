"""DEV-05: need, means and say make a prospect, or a key one."""

import pytest

from leads.editing import Seen, edit_card
from leads.models import Lead, LeadEvent
from leads.qualification import FITS, Prospect, prospect
from tests.conftest import at
from tests.showroom.known import know

pytestmark = pytest.mark.django_db
NOW = at("2026-03-10 10:00")
CASES = [
    (True, True, True, Prospect.KEY),
    (True, True, False, Prospect.PROSPECT),
    (True, False, False, Prospect.NOT),
    (True, False, True, Prospect.NOT),
    (False, True, True, Prospect.NOT),
    (False, False, False, Prospect.NOT),
    (False, None, None, Prospect.NOT),
    (None, False, None, Prospect.NOT),
    (True, True, None, Prospect.OPEN),
    (None, True, True, Prospect.OPEN),
    (None, None, None, Prospect.OPEN),
]


@pytest.fixture
def lead(store, li):
    return know(store, li, "13900000001", "张三")


def answer(lead, need, means, say):
    Lead.objects.filter(pk=lead.pk).update(has_need=need, has_means=means, has_say=say)
    return Lead.objects.get(pk=lead.pk)


@pytest.mark.parametrize(("need", "means", "say", "word"), CASES)
def test_three_conditions_make_the_word(lead, need, means, say, word):
    assert prospect(answer(lead, need, means, say)) == word


@pytest.mark.parametrize(("need", "means", "say", "word"), CASES)
def test_the_filter_finds_what_the_card_says(lead, need, means, say, word):
    answer(lead, need, means, say)
    assert [word for word, fits in FITS.items() if Lead.objects.filter(fits).exists()] == [word]


def test_the_card_edit_asks_and_the_card_says(lead, li, client):
    lead = Lead.objects.select_related("customer").get(pk=lead.pk)
    said = {"has_need": True, "has_means": True, "has_say": False}
    edit_card(lead.pk, said, seen=Seen(lead.customer.version, lead.version), by=li, at=NOW)
    assert LeadEvent.objects.get(kind="edit").data == {"fields": ["has_need", "has_means", "has_say"]}
    client.force_login(li)
    assert "Prospect, not key" in client.get(f"/leads/{lead.number}/").content.decode()


def test_the_form_keeps_yes_no_and_not_said_apart(lead, li, client):
    answer(lead, True, None, None)
    client.force_login(li)
    page = client.get(f"/leads/{lead.number}/edit/").context["form"]
    typed = {name: page[name].value() if page[name].value() is not None else "" for name in page.fields}
    typed |= {page[name].html_initial_name: typed[name] for name in page.names}
    typed |= {"has_need": "", "has_means": "False"}
    assert client.post(f"/leads/{lead.number}/edit/", typed).status_code == 302
    lead.refresh_from_db()
    assert (lead.has_need, lead.has_means, lead.has_say) == (None, False, None)


def test_key_prospects_are_a_filter_of_the_list(lead, store, li, client):
    answer(lead, True, True, True)
    know(store, li, "13900000002", "李四")
    client.force_login(li)
    page = client.get("/leads/?qualified=key").content.decode()
    assert ("张三" in page, "李四" in page) == (True, False)
