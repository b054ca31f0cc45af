"""A04: a move proved by a drive, quote or deposit asks nothing and marks the steps between as skipped."""

import pytest

from leads.models import LeadEvent
from tests.factories import LeadFactory
from tests.leads.test_machine import give_evidence, prove

pytestmark = pytest.mark.django_db


def step_events(lead):
    return list(LeadEvent.objects.filter(lead=lead, kind="step").order_by("id"))


def test_a_drive_logged_at_reception_leads_to_test_drive(store):
    lead = prove(LeadFactory(store=store, step=2), "drive_started")
    assert (lead.step, lead.skipped) == (5, "34")
    (event,) = step_events(lead)
    assert (event.from_value, event.to_value, event.reason) == ("reception", "test_drive", "")
    assert event.data == {"skipped": [3, 4], "by_hand": False, "evidence": "drive_started"}


def test_a_step_that_evidence_proves_is_passed_and_not_skipped(store):
    lead = LeadFactory(store=store, step=2)
    give_evidence(lead, "walkaround")
    lead = prove(lead, "drive_started", ref_id=9)
    assert (lead.step, lead.skipped) == (5, "3")


def test_a_deposit_and_a_contract_at_walkaround_lead_straight_to_the_deal(store):
    lead = LeadFactory(store=store, step=4)
    lead = prove(lead, "deposit")
    assert lead.step == 4
    lead = prove(lead, "contract", ref_id=2)
    assert (lead.step, lead.skipped) == (7, "56")


def test_a_later_drive_at_negotiation_is_evidence_without_a_move(store):
    lead = LeadFactory(store=store, step=6, skipped="5")
    lead = prove(lead, "drive_started")
    assert (lead.step, lead.skipped) == (6, "")
    assert step_events(lead) == []
