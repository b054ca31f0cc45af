"""The suggested grade of the day stands beside the grade and never replaces it (SPEC GRD-15)."""

import datetime as dt

import pytest

from accounts.rules import set_setting
from followups.night import run_night
from leads.grades import suggestion_for
from leads.models import Evidence, Lead, LeadEvent
from tests.conftest import at
from tests.factories import CarModelFactory, LeadFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_reminders")]
ON = dt.date(2026, 4, 20)


def lead_of(store, grade="B", *, days=30, models=1, **facts):
    """An open lead whose customer means to buy so many days after 20 April."""
    expected_on = None if days is None else ON + dt.timedelta(days=days)
    facts.setdefault("created_at", at("2026-04-19 10:00"))
    lead = LeadFactory(store=store, grade=grade, expected_on=expected_on, **facts)
    for _ in range(models):
        lead.interests.create(car_model=CarModelFactory(group=store.group))
    return lead


def night(store, on=ON):
    return run_night(store, on, now=store.start_of_day(on))


def suggested(lead):
    lead.refresh_from_db()
    return lead.suggested_grade


def test_b_of_march_is_suggested_as_a_thirty_days_before(store):
    lead = lead_of(store, "B", days=30)
    assert lead.expected_on == dt.date(2026, 5, 20)
    night(store, ON - dt.timedelta(days=1))
    assert suggested(lead) == ""
    night(store)
    assert (suggested(lead), lead.grade, lead.version) == ("A", "B", 1)
    assert not LeadEvent.objects.exists()


BY_DAYS = {
    "default": {0: "H", 7: "H", 8: "A", 30: "A", 31: "B", 90: "B", 91: "C", 200: "C"},
    "detailed": {0: "H", 7: "H", 8: "A+", 15: "A+", 16: "A", 30: "A", 31: "B+", 90: "B+", 91: "C"},
    "classic": {0: "O", 7: "O", 8: "A", 30: "A", 31: "B", 90: "B", 91: "C", 180: "C", 181: "none"},
}


@pytest.mark.parametrize("profile", BY_DAYS)
@pytest.mark.thorough
def test_every_day_says_what_the_sheet_would_say(store, chen, profile):
    set_setting(store, "grade_profile", profile, by=chen, at=at("2026-04-01 10:00"))
    for days, grade in BY_DAYS[profile].items():
        for models in (1, 2, 3):
            lead_of(store, "B" if grade != "B" else "A", days=days, models=models)
    night(store)
    for lead in Lead.objects.select_related("store", "customer"):
        suggestion = suggestion_for(lead, today=ON).grade
        assert lead.suggested_grade == ("" if suggestion == lead.grade else suggestion)
        few = lead.interests.count() <= 2
        assert suggestion == BY_DAYS[profile][(lead.expected_on - ON).days] or not few


def test_many_models_in_focus_make_b_plus_a_b(store, chen):
    set_setting(store, "grade_profile", "detailed", by=chen, at=at("2026-04-01 10:00"))
    few, many = (lead_of(store, "A", days=60, models=models) for models in (2, 3))
    night(store)
    assert (suggested(few), suggested(many)) == ("B+", "B")


@pytest.mark.parametrize("days", [-1, None])
def test_a_date_passed_or_unknown_suggests_nothing(store, days):
    lead = lead_of(store, "B", days=days, suggested_grade="C")
    night(store)
    assert suggested(lead) == ""


def test_the_day_itself_is_not_passed(store):
    lead = lead_of(store, "A", days=0)
    night(store)
    assert suggested(lead) == "H"


def test_what_the_grade_says_already_is_not_suggested(store):
    lead = lead_of(store, "A", days=30, suggested_grade="B")
    night(store)
    assert suggested(lead) == ""


def test_money_is_past_suggesting(store):
    paid = lead_of(store, "H", days=30, suggested_grade="A")
    Evidence.objects.create(
        lead=paid, kind="deposit", at=at("2026-04-19 10:00"), ref_kind="receipt", ref_id=1
    )
    ordered = lead_of(store, "O", days=30)
    night(store)
    assert (suggested(paid), suggested(ordered)) == ("", "")


@pytest.mark.parametrize(("strict", "grade"), [(False, "C"), (True, "none")])
def test_without_a_model_it_says_so(store, chen, strict, grade):
    set_setting(store, "strict_none", strict, by=chen, at=at("2026-04-01 10:00"))
    lead = lead_of(store, "B", days=30, models=0)
    night(store)
    assert suggested(lead) == grade


@pytest.mark.parametrize("facts", [{"status": "lost"}, {"step": 9}])
def test_closed_business_is_left_alone(store, facts):
    lead = lead_of(store, "B", **facts)
    assert night(store).changed == 0
    assert suggested(lead) == ""
