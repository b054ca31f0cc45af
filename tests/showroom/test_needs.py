"""The needs report: in parts, agreed on, declined, begun anew; who came along and who decides."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from accounts.errors import NotAllowed, Refused
from leads.steps import Step
from showroom.judging import was_declined
from showroom.models import Companion, NeedsReport, Visit
from showroom.needs import (
    Finish,
    add_companion,
    answer,
    answered,
    begin_anew,
    companions,
    decider_is,
    decline_report,
    finish_report,
    remove_companion,
    standing_report,
)
from showroom.needs_questions import QUESTIONS, in_words
from tests.conftest import at
from tests.factories import CarModelFactory, LeadFactory
from tests.statements import statements

pytestmark = pytest.mark.django_db
NOW = at("2026-03-07 10:00")
LATER = at("2026-03-07 10:20")


@pytest.fixture
def lead(store, li):
    return LeadFactory(
        store=store,
        owner=li,
        step=Step.RECEPTION,
        grade="B",
        has_cadence=True,
        next_due_on=dt.date(2026, 3, 22),
    )


def step_of(lead):
    lead.refresh_from_db()
    return lead.step


def use(chips, text=""):
    return {"main_use": {"chips": chips, "text": text}}


def test_there_are_eleven_questions_in_three_parts():
    parts = [question.part for question in QUESTIONS.values()]
    assert [parts.count(part) for part in ("person", "use", "choice")] == [4, 4, 3]


def test_the_first_answer_begins_the_report_and_opens_the_step(lead, li):
    answer(lead.pk, use(["school", "weekend"]), by=li, at=NOW)
    assert step_of(lead) == Step.NEEDS
    assert lead.skipped == ""


def test_parts_filled_on_two_phones_lose_nothing(lead, li):
    answer(lead.pk, use(["school"]), by=li, at=NOW)
    report = answer(lead.pk, {"budget": {"chips": ["150_200"], "text": "本周内"}}, by=li, at=LATER)
    assert answered(report) == 2
    assert in_words("budget", report.answers["budget"]) == "150,000 to 200,000 · 本周内"


def test_an_empty_answer_takes_it_back(lead, li):
    answer(lead.pk, use(["school"]), by=li, at=NOW)
    assert answered(answer(lead.pk, use([]), by=li, at=LATER)) == 0


def test_what_matters_most_keeps_the_order_of_the_taps(lead, li):
    said = {"matters": {"chips": ["economy", "comfort", "safety"], "text": ""}}
    assert answer(lead.pk, said, by=li, at=NOW).priorities == ["comfort", "safety"]


@pytest.mark.parametrize(
    "said",
    [{"shoe_size": {"chips": []}}, use(["flying"]), use([], "x" * 301)],
    ids=["no such question", "no such chip", "too long"],
)
def test_what_the_report_does_not_ask_is_refused_and_nothing_is_written(lead, li, said):
    with pytest.raises(Refused):
        answer(lead.pk, said, by=li, at=NOW)
    assert not NeedsReport.objects.exists()
    assert step_of(lead) == Step.RECEPTION


def test_without_a_name_the_report_is_kept_and_the_step_waits_for_the_card(lead, li):
    lead.customer.card_opened_at, lead.customer.name = None, ""
    lead.customer.save()
    answer(lead.pk, use(["school"]), by=li, at=NOW)
    assert step_of(lead) == Step.RECEPTION
    lead.customer.name, lead.customer.card_opened_at = "张三", NOW
    lead.customer.save()
    answer(lead.pk, use(["school", "weekend"]), by=li, at=LATER)
    assert step_of(lead) == Step.NEEDS


def test_the_step_ends_when_the_customer_agreed_with_the_need(lead, li):
    answer(lead.pk, use(["school"]), by=li, at=NOW)
    with pytest.raises(Refused) as refused:
        finish_report(lead.pk, Finish(summary="Seven seats"), by=li, at=LATER)
    assert refused.value.field == "confirmed"
    report = finish_report(lead.pk, Finish(summary="Seven seats", confirmed=True), by=li, at=LATER)
    assert (report.state, report.finished_at) == ("done", LATER)
    assert step_of(lead) == Step.WALKAROUND


def test_or_with_a_word_why_it_is_not_confirmed(lead, li):
    answer(lead.pk, use(["school"]), by=li, at=NOW)
    report = finish_report(lead.pk, Finish(override_reason="had to leave"), by=li, at=LATER)
    assert (report.confirmed, report.override_reason) == (False, "had to leave")
    assert step_of(lead) == Step.WALKAROUND


def test_nothing_asked_is_nothing_agreed(lead, li):
    with pytest.raises(Refused, match="at least one question"):
        finish_report(lead.pk, Finish(confirmed=True), by=li, at=NOW)


def test_a_report_without_a_grade_does_not_end(store, li):
    lead = LeadFactory(store=store, owner=li, step=Step.RECEPTION)
    answer(lead.pk, use(["school"]), by=li, at=NOW)
    with pytest.raises(Refused) as refused:
        finish_report(lead.pk, Finish(confirmed=True), by=li, at=LATER)
    assert refused.value.field == "grade"
    car = CarModelFactory(group=store.group)
    finish_report(lead.pk, Finish(confirmed=True, models=[car], grade="B"), by=li, at=LATER)
    lead.refresh_from_db()
    assert (lead.grade, lead.next_due_on, lead.step) == ("B", dt.date(2026, 3, 7), Step.WALKAROUND)


def test_three_models_are_recommended_and_a_fourth_is_refused(store, lead, li):
    models = [CarModelFactory(group=store.group) for _ in range(4)]
    answer(lead.pk, use(["school"]), by=li, at=NOW)
    with pytest.raises(Refused, match="Three models at most"):
        finish_report(lead.pk, Finish(confirmed=True, models=models), by=li, at=LATER)
    report = finish_report(lead.pk, Finish(confirmed=True, models=models[:3]), by=li, at=LATER)
    assert [row.car_model for row in report.recommendations.order_by("rank")] == models[:3]
    assert lead.interests.count() == 3


def test_who_will_not_answer_has_passed_the_step_and_speaks_for_c(lead, li):
    report = decline_report(lead.pk, by=li, at=NOW)
    assert report.state == "declined"
    assert was_declined(lead)
    assert step_of(lead) == Step.WALKAROUND
    assert lead.skipped == ""


def test_t19_changed_needs_begin_a_new_report_with_the_old_answers(lead, li):
    answer(lead.pk, use(["school"]), by=li, at=NOW)
    old = finish_report(lead.pk, Finish(confirmed=True), by=li, at=LATER)
    new = begin_anew(lead.pk, by=li, at=at("2026-03-09 15:00"))
    old.refresh_from_db()
    assert (old.state, old.replaced_at) == ("done", at("2026-03-09 15:00"))
    assert standing_report(lead) == new
    assert (new.state, new.answers) == ("begun", old.answers)


def test_two_standing_reports_are_refused_by_the_database(lead, li):
    answer(lead.pk, use(["school"]), by=li, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        NeedsReport.objects.create(lead=lead, begun_at=NOW, begun_by=li)


def test_a_courtesy_receiver_asks_and_a_colleague_does_not(store, lead, li, wang, zhao):
    Visit.objects.create(
        store=store, on="2026-03-07", flow_serial=1, arrived_at=NOW, recorded_at=NOW, receiver=zhao,
        kind="return", lead=lead, customer=lead.customer, courtesy=True,
    )  # fmt: skip
    answer(lead.pk, use(["school"]), by=zhao, at=LATER)
    with pytest.raises(NotAllowed):
        answer(lead.pk, use(["school"]), by=wang, at=LATER)


def test_exactly_one_companion_decides(lead, li):
    wife = add_companion(lead.pk, relation="spouse", name="王丽", decides=True, by=li, at=NOW)
    son = add_companion(lead.pk, relation="child", by=li, at=NOW)
    assert [(one.relation, one.decides) for one in companions(lead)] == [("spouse", True), ("child", False)]
    decider_is(son.pk, by=li, at=NOW)
    assert [one.pk for one in companions(lead) if one.decides] == [son.pk]
    remove_companion(son.pk, by=li, at=LATER)
    assert [one.pk for one in companions(lead)] == [wife.pk]
    Companion.objects.create(lead=lead, relation="friend", decides=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Companion.objects.create(lead=lead, relation="parent", decides=True)


def test_a_save_is_fifteen_statements_at_most(lead, li):
    for verb in (
        lambda: answer(lead.pk, use(["school"]), by=li, at=NOW),
        lambda: answer(lead.pk, use(["weekend"]), by=li, at=NOW),
        lambda: finish_report(lead.pk, Finish(confirmed=True), by=li, at=LATER),
        lambda: begin_anew(lead.pk, by=li, at=LATER),
    ):
        with statements() as asked:
            verb()
        assert len(asked) <= 15, asked
