"""The needs report on a phone: a tap is kept at once, parts count up, the end asks what is missing."""

import pytest
from django.urls import reverse

from leads.steps import Step
from showroom.models import NeedsReport
from showroom.needs import answer, standing_report
from tests.conftest import at
from tests.factories import CarModelFactory, LeadFactory
from tests.statements import statements

pytestmark = pytest.mark.django_db
NOW = at("2026-03-07 10:00")


@pytest.fixture
def lead(store, li):
    return LeadFactory(store=store, owner=li, step=Step.RECEPTION)


@pytest.fixture
def as_li(client, li, settings):
    settings.DEALER_NOW = "2026-03-07T10:00:00+08:00"
    client.force_login(li)
    return client


def page(lead, part="use"):
    return reverse("showroom:needs", args=[lead.number]) + f"?part={part}"


def test_a_tap_is_kept_and_answers_how_far_the_report_is(as_li, lead):
    typed = {"main_use_chips": ["school", "weekend"], "matters_chips": ["safety", "comfort"]}
    answer = as_li.post(
        page(lead), typed | {"matters_order": "comfort,safety"}, headers={"HX-Request": "true"}
    )
    assert answer.context["done"] == 2
    assert [(tab["done"], tab["of"]) for tab in answer.context["tabs"]] == [(0, 4), (2, 4), (0, 3)]
    report = standing_report(lead)
    assert report.priorities == ["comfort", "safety"]
    lead.refresh_from_db()
    assert lead.step == Step.NEEDS


def test_without_scripts_the_button_leads_to_the_next_part(as_li, lead):
    assert as_li.post(page(lead), {"main_use_chips": ["school"]})["Location"] == page(lead, "choice")


@pytest.mark.parametrize("typed", [{"main_use_chips": ["flying"]}, {"main_use_text": "长" * 301}])
def test_what_cannot_be_kept_is_told_and_stays_typed(as_li, lead, typed):
    answer = as_li.post(page(lead), typed | {"users_text": "他先生"})
    assert answer.status_code == 422
    assert "他先生" in answer.content.decode()
    assert not NeedsReport.objects.exists()


def test_a_part_that_does_not_exist_is_404(as_li, lead):
    assert as_li.get(page(lead, "weather")).status_code == 404


def test_the_end_asks_for_the_grade_where_there_is_none(as_li, lead, li, store):
    car = CarModelFactory(group=store.group)
    answer(lead.pk, {"main_use": {"chips": ["school"], "text": ""}}, by=li, at=NOW)
    end = reverse("showroom:needs_finish", args=[lead.number])
    assert as_li.get(end).context["form"]["summary"].value() == "School run"
    first = as_li.post(end, {"confirmed": "on", "models": [car.pk], "summary": "接送孩子"})
    assert first.status_code == 422
    assert "Tap when the customer buys" in first.context["form"].errors["grade"][0]
    assert "接送孩子" in first.content.decode()
    typed = {"confirmed": "on", "models": [car.pk], "summary": "接送孩子", "grade": "B"}
    assert as_li.post(end, typed).status_code == 302
    lead.refresh_from_db()
    assert (lead.grade, lead.step) == ("B", Step.WALKAROUND)


def test_who_came_along_is_noted_and_the_decider_is_one(as_li, lead):
    sheet = reverse("showroom:companions", args=[lead.number])
    as_li.post(sheet, {"relation": "spouse", "name": "王丽", "decides": "on"})
    as_li.post(sheet, {"relation": "child"})
    son = lead.companions.get(relation="child")
    as_li.post(reverse("showroom:companion", args=[lead.number, son.pk]))
    assert list(lead.companions.filter(decides=True)) == [son]
    assert as_li.post(sheet, {"relation": "pet"}).status_code == 422


def test_declined_and_begun_anew(as_li, lead):
    as_li.post(reverse("showroom:needs_decline", args=[lead.number]))
    assert standing_report(lead).state == "declined"
    as_li.post(reverse("showroom:needs_anew", args=[lead.number]))
    assert standing_report(lead).state == "begun"


def test_the_page_and_a_tap_keep_their_statements(as_li, lead):
    as_li.get(page(lead))
    with statements() as asked:
        as_li.get(page(lead))
    assert len(asked) <= 10, asked
    as_li.post(page(lead), {"main_use_chips": ["school"]})
    with statements() as asked:
        as_li.post(page(lead), {"main_use_chips": ["weekend"]}, headers={"HX-Request": "true"})
    assert len(asked) <= 15, asked
