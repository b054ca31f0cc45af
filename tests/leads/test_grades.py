"""What the facts suggest, and what a person may decide (SPEC GRD-04..14)."""

import pytest
from django.db import transaction

from accounts.errors import Refused
from accounts.rules import set_setting
from leads.grades import Suggestion, choose_grade, suggest
from leads.models import LeadEvent
from leads.moves import lock_lead
from tests.conftest import at
from tests.factories import LeadFactory

pytestmark = pytest.mark.django_db
NOW = at("2026-03-02 15:00")


@pytest.mark.parametrize(("days", "grade"), [
    (0, "H"), (7, "H"), (8, "A"), (30, "A"), (31, "B"), (90, "B"),
    (91, "C"), (100, "C"), (400, "C"), (-3, "H"),
])  # fmt: skip
def test_the_horizon_suggests_under_the_default_profile(store, days, grade):
    assert suggest(store, horizon_days=days, models=1) == Suggestion(grade)


@pytest.mark.parametrize(("days", "models", "grade"), [
    (7, 1, "H"), (8, 1, "A+"), (15, 1, "A+"), (16, 1, "A"), (30, 1, "A"),
    (60, 2, "B+"), (90, 4, "B"), (100, 1, "C"),
])  # fmt: skip
def test_the_detailed_profile_knows_a_plus_and_b_plus(store, li, days, models, grade):
    set_setting(store, "grade_profile", "detailed", by=li, at=NOW)
    assert suggest(store, horizon_days=days, models=models).grade == grade


def test_a_missing_model_is_c_with_a_flag_or_none_when_strict(store, li):
    assert suggest(store, horizon_days=7, models=0) == Suggestion("C", ("model_missing",))
    set_setting(store, "strict_none", True, by=li, at=NOW)
    assert suggest(store, horizon_days=7, models=0) == Suggestion("none", ("model_missing",))


def test_without_a_name_no_card_and_no_grade(store):
    assert suggest(store, horizon_days=7, models=1, named=False).grade == "none"


def test_recorded_money_is_o(store):
    assert suggest(store, horizon_days=90, models=1, has_money=True).grade == "O"


def choose(lead, li, grade, suggested, reason=""):
    with transaction.atomic():
        return choose_grade(
            lock_lead(lead.pk),
            grade,
            by=li,
            at=NOW,
            recorded_at=NOW,
            suggestion=Suggestion(suggested),
            reason=reason,
        )


def test_another_choice_needs_a_reason(store, li):
    lead = LeadFactory(store=store, owner=li)
    with pytest.raises(Refused) as refused:
        choose(lead, li, "A", "B")
    assert refused.value.field == "grade_reason"
    lead.refresh_from_db()
    assert lead.grade == "none"
    choose(lead, li, "A", "B", reason="pays cash next month")
    lead.refresh_from_db()
    assert (lead.grade, lead.suggested_grade) == ("A", "B")


def test_o_needs_money(store, li):
    lead = LeadFactory(store=store, owner=li)
    with pytest.raises(Refused) as refused:
        choose(lead, li, "O", "H", reason="says he pays now")
    assert refused.value.field == "grade"


def test_a_grade_of_another_profile_is_refused(store, li):
    with pytest.raises(Refused):
        choose(LeadFactory(store=store, owner=li), li, "A+", "A+")


def test_three_changes_leave_three_rows(store, li):
    lead = LeadFactory(store=store, owner=li)
    for grade in ("C", "B", "A"):
        choose(lead, li, grade, grade)
    rows = LeadEvent.objects.filter(lead=lead, kind="grade").order_by("id")
    assert [(row.from_value, row.to_value) for row in rows] == [("none", "C"), ("C", "B"), ("B", "A")]
