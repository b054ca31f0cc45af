"""A67: what becomes of open tasks when owner, grade, status or step change."""

import datetime as dt

import pytest
from django.db import transaction

from followups.contacts import Said, log_contact
from followups.models import Task
from leads.grades import Suggestion, choose_grade
from leads.log import record
from leads.moves import advance, lock_lead
from leads.ownership import set_owner
from leads.protection import settle
from leads.reviving import revive
from tests.conftest import at
from tests.factories import LeadFactory
from tests.leads.test_machine import give_evidence

pytestmark = pytest.mark.django_db
NOW = at("2026-03-10 11:00")


@pytest.fixture
def lead(store, li):
    """B of Li, contact on 2 March: due 17 March."""
    lead = LeadFactory(store=store, owner=li, grade="B")
    called = at("2026-03-02 11:00")
    log_contact(lead.pk, Said("looking"), by=li, at=called, now=called)
    return lead


def tasks(lead):
    rows = Task.objects.filter(lead=lead).order_by("id")
    return list(rows.values_list("state", "due_on", "assignee__username"))


def grade(lead, by, code):
    with transaction.atomic():
        return choose_grade(
            lock_lead(lead.pk), code, by=by, at=NOW, recorded_at=NOW, suggestion=Suggestion(code)
        )


def test_a_new_owner_takes_the_tasks_with_their_dates(lead, li, wang):
    with transaction.atomic():
        set_owner(lock_lead(lead.pk), wang, by=li, at=NOW, recorded_at=NOW)
    assert tasks(lead) == [("open", dt.date(2026, 3, 17), "wang")]


def test_into_the_pool_the_task_keeps_its_date_and_has_nobody(lead, li):
    with transaction.atomic():
        set_owner(lock_lead(lead.pk), None, by=li, at=NOW, recorded_at=NOW)
    assert tasks(lead) == [("open", dt.date(2026, 3, 17), None)]


def test_a_higher_grade_is_due_earlier_but_not_before_today(lead, li):
    grade(lead, li, "H")
    assert tasks(lead) == [("open", dt.date(2026, 3, 10), "li")]


def test_a_lower_grade_keeps_the_earlier_date(lead, li):
    grade(lead, li, "C")
    assert tasks(lead) == [("open", dt.date(2026, 3, 17), "li")]


def test_grade_none_makes_the_cadence_task_void(lead, li):
    grade(lead, li, "none")
    assert [state for state, *_ in tasks(lead)] == ["void"]
    lead.refresh_from_db()
    assert (lead.has_cadence, lead.next_due_on) == (False, None)


@pytest.mark.parametrize("status", ["dormant", "lost_pending", "lost", "void"])
def test_a_lead_that_is_set_aside_has_no_open_task(lead, li, status):
    with transaction.atomic():
        held = lock_lead(lead.pk)
        held.status, held.void_reason = status, "test"
        settle(held)
        held.save()
        record(held, "status", at=NOW, recorded_at=NOW, by=li, from_value="active", to_value=status)
    assert [state for state, *_ in tasks(lead)] == ["void"]


def test_a_lead_that_lives_again_is_due_that_day(store, li, wang):
    lead = LeadFactory(store=store, owner=li, grade="B", status="lost")
    with transaction.atomic():
        revive(lock_lead(lead.pk), owner=wang, by=wang, at=NOW, now=NOW)
    assert tasks(lead) == [("open", dt.date(2026, 3, 10), "wang")]


def test_after_delivery_the_cadence_ends(store, li):
    lead = LeadFactory(store=store, owner=li, grade="B", step=8)
    called = at("2026-03-02 11:00")
    log_contact(lead.pk, Said("looking"), by=li, at=called, now=called)
    give_evidence(lead, "handed_over")
    advance(lead.pk, to=9, by=li, at=NOW)
    assert list(Task.objects.order_by("id").values_list("kind", "state")) == [
        ("cadence", "void"),
        ("week_call", "open"),
    ]
