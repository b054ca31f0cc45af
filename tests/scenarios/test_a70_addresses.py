"""A70: who gave a lead away meets 404 at once; an old form answers 409 and nothing is written."""

import re

import pytest
from django.urls import reverse

from accounts.models import AccessEvent
from followups.models import Contact
from leads.models import Lead, LeadEvent
from tests.conftest import at
from tests.showroom.known import know

pytestmark = pytest.mark.django_db
NOW = at("2026-03-12 15:00")


@pytest.fixture(autouse=True)
def _afternoon(settings):
    settings.DEALER_NOW = NOW.isoformat()


@pytest.fixture
def lead(store, li):
    return know(store, li, "13800000001", "张伟", car="Qashqai", grade="A")


@pytest.fixture
def as_li(client, li):
    client.force_login(li)
    return client


def give(client, lead, to):
    return client.post(reverse("leads:give", args=[lead.number]), {"person": to.pk, "reason": ""})


def counts():
    return Contact.objects.count(), LeadEvent.objects.count()


def test_li_gives_to_wang_and_meets_404_at_every_address_of_the_lead(as_li, lead, wang):
    answer = give(as_li, lead, wang)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/leads/")
    assert Lead.objects.get().owner == wang
    for route in ("leads:card", "leads:move", "leads:give", "leads:family", "followups:log"):
        assert as_li.get(reverse(route, args=[lead.number])).status_code == 404, route


def test_a_form_still_open_answers_409_keeps_the_text_and_writes_nothing(as_li, lead, wang):
    log = reverse("followups:log", args=[lead.number])
    form = as_li.get(log).content.decode()
    hidden = dict(re.findall(r'name="(token|seen)" value="([^"]+)"', form))
    give(as_li, lead, wang)
    before = counts()
    answer = as_li.post(log, {**hidden, "outcome": "comparing", "text": "Comes on Saturday with his wife"})
    assert answer.status_code == 409
    assert "Comes on Saturday with his wife" in answer.content.decode()
    assert counts() == before


def test_another_sheet_still_open_is_404_and_writes_nothing(as_li, lead, wang, zhao):
    give(as_li, lead, wang)
    before = counts()
    assert give(as_li, lead, zhao).status_code == 404
    assert (Lead.objects.get().owner, counts()) == (wang, before)


def test_he_still_sees_the_masked_card_and_no_digit(as_li, lead, wang):
    give(as_li, lead, wang)
    page = as_li.get(reverse("leads:masked", args=[lead.number])).content.decode()
    assert "张**" in page
    assert "Qashqai" in page
    assert "王芳" in page
    assert "张伟" not in page
    assert "0001" not in page.replace(lead.number, "")
    assert AccessEvent.objects.count() == 0


def test_who_sees_it_whole_is_led_to_the_card(as_li, lead):
    answer = as_li.get(reverse("leads:masked", args=[lead.number]))
    assert answer.headers["Location"] == reverse("leads:card", args=[lead.number])


def test_the_sheet_says_how_many_each_has_open(as_li, store, lead, wang):
    for number in range(3):
        know(store, wang, f"1390000000{number}")
    assert "王芳 · 3 open" in as_li.get(reverse("leads:give", args=[lead.number])).content.decode()


def test_to_the_pool(as_li, lead):
    as_li.post(reverse("leads:give", args=[lead.number]), {"person": "pool", "reason": "Wants no car"})
    assert Lead.objects.get().owner is None
    assert LeadEvent.objects.get(kind="owner").reason == "Wants no car"


def test_nobody_chosen_is_422_and_the_reason_stays(as_li, lead):
    answer = as_li.post(reverse("leads:give", args=[lead.number]), {"person": "", "reason": "On leave"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Choose a person." in page
    assert 'value="On leave"' in page


def test_in_place_the_browser_is_sent_on(as_li, lead, wang):
    answer = as_li.post(
        reverse("leads:give", args=[lead.number]), {"person": wang.pk}, headers={"HX-Request": "true"}
    )
    assert answer.headers["HX-Redirect"] == "/leads/"


# --- the pool of the consultants ----------------------------------------------------------


@pytest.fixture
def pooled(store):
    return know(store, None, "13800000002", "欧阳娜", car="Sylphy", grade="B")


def test_consultants_see_masked_cards_with_take(as_li, pooled):
    page = as_li.get("/pool/").content.decode()
    assert "欧阳**" in page
    assert "Sylphy" in page
    assert "欧阳娜" not in page
    assert "0002" not in page.replace(pooled.number, "")
    assert f'action="/leads/{pooled.number}/take/"' in page


def test_one_tap_takes_it_and_opens_the_card(as_li, li, pooled):
    answer = as_li.post(reverse("leads:take", args=[pooled.number]))
    assert answer.headers["Location"] == f"/leads/{pooled.number}/"
    assert Lead.objects.get().owner == li


def test_the_slower_one_is_told_who_was_faster(as_li, pooled, wang):
    Lead.objects.filter(pk=pooled.pk).update(owner=wang)
    answer = as_li.post(reverse("leads:take", args=[pooled.number]))
    assert answer.status_code == 409
    assert "王芳 was faster" in answer.content.decode()
    assert Lead.objects.get().owner == wang


def test_who_lost_it_reads_why_he_cannot_take_it(as_li, li, pooled):
    LeadEvent.objects.create(
        lead=pooled, store=pooled.store, kind="owner", at=NOW, recorded_at=NOW, from_value=str(li.pk)
    )
    page = as_li.get(reverse("leads:masked", args=[pooled.number])).content.decode()
    assert "Only a visit or the manager gives it back" in page
    assert "/take/" not in page


def test_managers_are_led_to_the_whole_list(client, chen, pooled):
    client.force_login(chen)
    assert client.get("/pool/").headers["Location"] == "/leads/?view=pool"
    assert "欧阳娜" in client.get("/leads/?view=pool").content.decode()


def test_a_referral_without_a_number_asks_for_it_instead(as_li, store, li, pooled):
    lead = know(store, None, "13800000003", "何敏", step=1, referrer=pooled.customer)
    lead.customer.contact_points.all().delete()
    masked, obtain = (reverse(f"leads:{name}", args=[lead.number]) for name in ("masked", "obtain"))
    page = as_li.get(masked).content.decode()
    assert "I have the number" in page
    assert "/take/" not in page
    assert as_li.post(obtain, {"phone": "1390000"}).status_code == 422
    assert as_li.post(obtain, {"phone": "13900000009"}).headers["Location"] == f"/leads/{lead.number}/"
    assert Lead.objects.get(pk=lead.pk).owner == li
