"""The needs report on a phone: a tap is kept at once, parts count up, the end asks what is missing."""

import pytest
from django.urls import reverse

from leads.intake import add_interest
from leads.steps import Step
from showroom.models import NeedsReport, Visit
from showroom.needs import answer, standing_report
from showroom.visits import Arrival, log_visit
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


def test_two_phones_tap_and_no_answer_is_lost(as_li, lead):
    tap = {"headers": {"HX-Request": "true"}}
    opened = {"seen": as_li.get(page(lead)).context["form"]["seen"].value()}
    first = as_li.post(page(lead), opened | {"main_use_chips": ["school"], "signals": ["careful"]}, **tap)
    answer = as_li.post(page(lead), opened | {"main_use_chips": ["weekend"], "users_text": "他先生"}, **tap)
    form = answer.context["form"]
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (409, "#needs-part")
    assert [(clash.theirs, clash.yours) for clash in form.clashes] == [("School run", "Weekends out")]
    text = answer.content.decode()
    assert ("Somebody saved this meanwhile." in text, 'value="他先生"' in text) == (True, True)
    assert standing_report(lead).answers == {"main_use": {"chips": ["school"], "text": ""}}
    again = {"main_use_chips": ["weekend"], "users_text": "他先生", "signals": form["signals"].value()}
    assert as_li.post(page(lead), again | {"seen": form["seen"].value()}, **tap).status_code == 200
    report = standing_report(lead)
    assert (report.answers["main_use"]["chips"], report.answers["users"]["text"]) == (["weekend"], "他先生")
    assert report.signals == ["careful"]
    next_tap = {"seen": first.context["form"]["seen"].value(), "main_use_chips": ["school"]}
    assert as_li.post(page(lead), next_tap, **tap).status_code == 409


def test_one_phone_taps_on_with_what_each_answer_brings(as_li, lead):
    seen = as_li.get(page(lead)).context["form"]["seen"].value()
    for chips in (["school"], ["school", "weekend"], []):
        answer = as_li.post(
            page(lead), {"main_use_chips": chips, "seen": seen}, headers={"HX-Request": "true"}
        )
        assert answer.status_code == 200
        assert 'id="needs-seen" hx-swap-oob="true"' in answer.content.decode()
        seen = answer.context["form"]["seen"].value()
    assert standing_report(lead).answers == {}


def test_of_two_orders_both_are_shown_in_words(as_li, lead):
    opened = {"seen": as_li.get(page(lead)).context["form"]["seen"].value()}
    chips = ["comfort", "safety"]
    as_li.post(page(lead), opened | {"matters_chips": chips, "matters_order": "safety,comfort"})
    answer = as_li.post(page(lead), opened | {"matters_chips": chips, "matters_order": "comfort,safety"})
    (clash,) = answer.context["form"].clashes
    assert (answer.status_code, clash.theirs) == (409, "Safety → Comfort and practicality")
    assert clash.yours == "Comfort and practicality → Safety"


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


def test_after_the_end_the_car_is_shown_while_they_are_here_and_the_card_is_read_after_a_call(
    as_li, lead, li, store
):
    answer(lead.pk, {"main_use": {"chips": ["school"], "text": ""}}, by=li, at=NOW)
    typed = {"confirmed": "on", "grade": "B", "models": [CarModelFactory(group=store.group).pk]}
    end = reverse("showroom:needs_finish", args=[lead.number])
    assert as_li.post(end, typed)["Location"] == reverse("leads:card", args=[lead.number])
    log_visit(store, Arrival(lead_id=lead.pk), receiver=li, by=li, at=NOW, now=NOW)
    assert as_li.post(end, typed)["Location"] == reverse("showroom:walkaround", args=[lead.number])
    Visit.objects.update(left_at=NOW)
    assert as_li.post(end, typed)["Location"] == reverse("leads:card", args=[lead.number])


@pytest.mark.parametrize(
    ("signals", "grade", "why"),
    [
        (["careful", "many_rivals"], "B", "Answers carefully, Names several rivals"),
        (["unwilling"], "C", "Unwilling to answer"),
        ([], None, None),
    ],
)
def test_grd_04_the_signals_of_the_talk_suggest_b_or_c_and_say_why(as_li, lead, store, signals, grade, why):
    add_interest(lead, CarModelFactory(group=store.group))
    tapped = {"main_use_chips": ["school"], "signals": signals}
    head = as_li.post(page(lead), tapped, headers={"HX-Request": "true"})
    end = as_li.get(reverse("showroom:needs_finish", args=[lead.number]))
    for shown in (head, as_li.get(page(lead)), end):
        advice = shown.context["advice"]
        assert (advice and advice.grade, advice and advice.why) == (grade, why)
        assert ("Suggested · " in shown.content.decode()) is bool(grade)
    assert 'id="needs-advice" hx-swap-oob="true"' in head.content.decode()


def test_need_07_who_will_not_answer_is_c_at_the_warmest(as_li, lead, store):
    add_interest(lead, CarModelFactory(group=store.group))
    lead.expected_on = "2026-03-20"
    lead.save()
    as_li.post(reverse("showroom:needs_decline", args=[lead.number]))
    advice = as_li.get(page(lead)).context["advice"]
    assert (advice.grade, advice.why) == ("C", "would not answer the questions")


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
