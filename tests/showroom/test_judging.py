"""What the talk suggests: a declined needs report makes nobody warmer than C (SPEC NEED-07)."""

import pytest
from django.urls import reverse

from showroom.judging import talk_suggestion
from showroom.needs import answer, begin_anew, decline_report
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CarModelFactory, LeadFactory

pytestmark = pytest.mark.django_db
NOW = at("2026-03-07 10:00")


@pytest.fixture
def lead(store, li):
    return LeadFactory(store=store, owner=li)


def suggested(lead, days):
    lead.__dict__.pop("needs_declined", None)
    return talk_suggestion(lead, grade="", horizon_days=days, models=1)


@pytest.mark.parametrize(("days", "grade"), [(5, "C"), (60, "C"), (120, "C")])
def test_who_declined_is_c_at_the_warmest(lead, li, days, grade):
    decline_report(lead.pk, by=li, at=NOW)
    lead.needs_declined = None
    found = suggested(lead, days)
    assert found.grade == grade
    assert found.flags == (("declined",) if days < 91 else ())


def test_who_answers_after_all_is_judged_by_the_horizon_again(lead, li):
    decline_report(lead.pk, by=li, at=NOW)
    begin_anew(lead.pk, by=li, at=NOW)
    answer(lead.pk, {"main_use": {"chips": ["school"], "text": ""}}, by=li, at=NOW)
    lead.needs_declined = None
    assert suggested(lead, 60).grade == "B"


def test_the_closing_sheet_says_so_and_asks_why_for_a_warmer_grade(client, store, li, settings):
    """Li would still tap A: the sheet has a field for the word it takes."""
    settings.DEALER_NOW = "2026-03-07T10:30:00+08:00"
    model = CarModelFactory(group=store.group)
    arrival = Arrival(phone_text="13800000001", name="张三", car_model=model)
    visit, _created = log_visit(store, arrival, receiver=li, by=li, at=NOW, now=NOW)
    decline_report(visit.lead_id, by=li, at=NOW)
    client.force_login(li)
    sheet = client.get(reverse("showroom:close", args=[visit.pk])).context["sheet"]
    assert (sheet.stands, sheet.flag) == ("C", "declined")
    assert [row.code for row in sheet.rows if row.why] == ["C"]
