"""S18: the default cadence, counted from the last contact on 2 March 2026."""

import datetime as dt

import pytest

from accounts.rules import set_setting
from followups.contacts import Said, log_contact
from followups.models import Task
from tests.conftest import at
from tests.factories import LeadFactory

pytestmark = pytest.mark.django_db
CALLED = at("2026-03-02 11:00")


def due_after_a_call(store, li, grade):
    lead = LeadFactory(store=store, owner=li, grade=grade)
    log_contact(lead.pk, Said("looking"), by=li, at=CALLED, now=CALLED)
    return list(Task.objects.filter(lead=lead, kind="cadence", state="open").values_list("due_on", flat=True))


@pytest.mark.parametrize(("grade", "due"), [
    ("O", dt.date(2026, 3, 5)),
    ("H", dt.date(2026, 3, 4)),
    ("A", dt.date(2026, 3, 5)),
    ("B", dt.date(2026, 3, 17)),
    ("C", dt.date(2026, 4, 1)),
])  # fmt: skip
def test_each_grade_falls_due_by_its_interval(store, li, grade, due):
    assert due_after_a_call(store, li, grade) == [due]


@pytest.mark.parametrize(("grade", "due"), [("A+", dt.date(2026, 3, 5)), ("B+", dt.date(2026, 3, 17))])
def test_the_detailed_grades_inherit_their_letter(store, li, grade, due):
    set_setting(store, "grade_profile", "detailed", by=li, at=CALLED)
    assert due_after_a_call(store, li, grade) == [due]


def test_no_grade_has_no_cadence(store, li):
    assert due_after_a_call(store, li, "none") == []
