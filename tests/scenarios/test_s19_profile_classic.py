"""S19: the four-value scale of the training books."""

import datetime as dt

import pytest

from accounts.rules import set_setting
from leads.grades import suggest
from tests.conftest import at
from tests.scenarios.test_s18_default_cadence import due_after_a_call

pytestmark = pytest.mark.django_db


@pytest.fixture
def classic(store, li):
    set_setting(store, "grade_profile", "classic", by=li, at=at("2026-03-01 09:00"))
    return store


@pytest.mark.parametrize(("grade", "due"), [
    ("O", dt.date(2026, 3, 5)),
    ("A", dt.date(2026, 3, 9)),
    ("B", dt.date(2026, 3, 17)),
    ("C", dt.date(2026, 5, 1)),
])  # fmt: skip
def test_each_grade_falls_due_by_its_interval(classic, li, grade, due):
    assert due_after_a_call(classic, li, grade) == [due]


@pytest.mark.parametrize(("days", "grade"), [(5, "O"), (20, "A"), (80, "B"), (150, "C"), (200, "none")])
def test_the_horizon_decides_the_grade(classic, days, grade):
    assert suggest(classic, horizon_days=days, models=1).grade == grade
