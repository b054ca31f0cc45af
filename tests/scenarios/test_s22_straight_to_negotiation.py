"""S22: who comes for one model and a budget goes from reception to negotiation, with a reason (T07)."""

import pytest
from django.urls import reverse

from leads.models import LeadEvent
from leads.moves import MoveRefused, advance
from leads.steps import Step
from showroom.proposing import proposal
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CarModelFactory

pytestmark = pytest.mark.django_db
CAME = at("2026-03-07 10:00")


@pytest.fixture
def lead(store, li):
    """N7, budget 150,000: purpose D of the first visit."""
    n7 = CarModelFactory(group=store.group, name_en="N7", name_zh="N7")
    arrival = Arrival(phone_text="13800000022", name="张三", car_model=n7, purpose="budget")
    visit, _new = log_visit(store, arrival, receiver=li, by=li, at=CAME, now=CAME)
    return visit.lead


def test_steps_three_to_five_are_skipped_and_not_passed(lead, li):
    advance(lead.pk, to=Step.NEGOTIATION, by=li, at=CAME, reason="purpose D")
    lead.refresh_from_db()
    assert (lead.step, lead.skipped) == (Step.NEGOTIATION, "345")
    moved = LeadEvent.objects.filter(lead=lead, kind="step").latest("id")
    assert (moved.from_value, moved.to_value, moved.reason) == ("reception", "negotiation", "purpose D")
    assert moved.data == {"skipped": [3, 4, 5], "by_hand": True}
    assert not LeadEvent.objects.filter(lead=lead, kind="passed").exists()


def test_without_a_reason_the_move_is_refused(lead, li):
    with pytest.raises(MoveRefused) as refused:
        advance(lead.pk, to=Step.NEGOTIATION, by=li, at=CAME)
    assert refused.value.needs_reason
    lead.refresh_from_db()
    assert (lead.step, lead.skipped) == (Step.RECEPTION, "")


def test_the_card_proposes_a_short_needs_check_and_the_way_past(client, lead, li, settings):
    settings.DEALER_NOW = CAME.isoformat()
    client.force_login(li)
    page = client.get(reverse("leads:card", args=[lead.number])).content.decode()
    assert "A short needs check first" in page
    assert reverse("showroom:needs", args=[lead.number]) in page
    assert "?to=negotiation&amp;reason=Model+and+budget" in page


@pytest.mark.parametrize(
    ("purpose", "past"),
    [("no_model", ""), ("model", "to=walkaround&reason=A+particular+car"), ("", None)],
)
def test_the_other_purposes_propose_the_needs(lead, purpose, past):
    visit = lead.visits.get()
    visit.purpose = purpose
    found = proposal(lead, visit)
    if past is None:
        assert found is None
    else:
        assert (found.words, found.past.rpartition("?")[2]) == ("Ask the needs first", past)


def test_the_way_past_stands_on_the_move_sheet_with_the_word_filled_in(client, lead, li, settings):
    settings.DEALER_NOW = CAME.isoformat()
    client.force_login(li)
    sheet = client.get(
        reverse("leads:move", args=[lead.number]), {"to": "negotiation", "reason": "purpose D"}
    )
    assert sheet.context["chosen"] == "negotiation"
    assert 'value="purpose D"' in sheet.content.decode()
