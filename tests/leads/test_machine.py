"""The nine-step machine: 25 pairs allowed, nine already there, 47 refused (MODEL section 3)."""

import pytest

from leads.machine import GUARDS, MOVES
from leads.models import Evidence, LeadEvent
from leads.moves import MoveRefused, advance, lock_lead, record_evidence
from leads.steps import Step
from tests.conftest import at
from tests.factories import LeadFactory

pytestmark = pytest.mark.django_db

STEPS = [int(step) for step in Step]
ALLOWED = {
    (1, 2),
    (2, 3), (2, 4), (2, 5), (2, 6), (2, 7),
    (3, 4), (3, 5), (3, 6), (3, 7),
    (4, 3), (4, 5), (4, 6), (4, 7),
    (5, 3), (5, 6), (5, 7),
    (6, 3), (6, 4), (6, 5), (6, 7),
    (7, 6), (7, 8),
    (8, 7), (8, 9),
}  # fmt: skip
SAME = {(step, step) for step in STEPS}
REFUSED = {(here, there) for here in STEPS for there in STEPS} - ALLOWED - SAME
NOW = at("2026-03-05 15:20")


def give_evidence(lead, *kinds):
    for number, kind in enumerate(kinds, start=1):
        Evidence.objects.create(lead=lead, kind=kind, at=NOW, ref_kind="test", ref_id=number)


def everything_for(step):
    return [sorted(wanted)[0] for wanted in GUARDS.get(step, ())]


def prove(lead, kind, ref_id=1):
    from django.db import transaction

    with transaction.atomic():
        return record_evidence(
            lock_lead(lead.pk), kind, ref_kind="test", ref_id=ref_id, by=None, at=NOW, recorded_at=NOW
        )


def test_the_table_holds_the_25_pairs_and_no_other():
    assert set(MOVES) == ALLOWED
    assert (len(ALLOWED), len(SAME), len(REFUSED)) == (25, 9, 47)


@pytest.mark.parametrize(("here", "there"), sorted(ALLOWED))
def test_an_allowed_pair_moves_with_its_evidence_and_a_reason(store, li, here, there):
    lead = LeadFactory(store=store, step=here)
    give_evidence(lead, *everything_for(there))
    assert advance(lead.pk, to=there, by=li, at=NOW, reason="customer asked").moved
    lead.refresh_from_db()
    assert lead.step == there
    (event,) = LeadEvent.objects.filter(lead=lead, kind="step")
    assert (event.from_value, event.to_value) == (Step(here).code, Step(there).code)
    assert event.data["by_hand"] is True


@pytest.mark.parametrize(("here", "there"), sorted(SAME))
def test_the_same_step_again_is_already_there_and_writes_nothing(store, li, here, there):
    lead = LeadFactory(store=store, step=here)
    assert not advance(lead.pk, to=there, by=li, at=NOW).moved
    lead.refresh_from_db()
    assert (lead.step, lead.version) == (here, 1)
    assert not LeadEvent.objects.filter(lead=lead).exists()


@pytest.mark.parametrize(("here", "there"), sorted(REFUSED))
def test_every_other_pair_is_refused_whatever_is_on_record(store, li, here, there):
    lead = LeadFactory(store=store, step=here)
    give_evidence(lead, *everything_for(there))
    with pytest.raises(MoveRefused):
        advance(lead.pk, to=there, by=li, at=NOW, reason="customer asked")
    lead.refresh_from_db()
    assert (lead.step, lead.version) == (here, 1)
    assert not LeadEvent.objects.filter(lead=lead).exists()


@pytest.mark.parametrize(("here", "there", "missing"), [
    (1, 2, ["call"]),
    (6, 7, ["deposit", "contract"]),
    (2, 7, ["deposit", "contract"]),
    (7, 8, ["delivery_date"]),
    (8, 9, ["handed_over"]),
])  # fmt: skip
def test_no_reason_stands_in_for_a_visit_money_or_keys(store, li, here, there, missing):
    lead = LeadFactory(store=store, step=here)
    with pytest.raises(MoveRefused) as refused:
        advance(lead.pk, to=there, by=li, at=NOW, reason="trust me")
    assert refused.value.missing == missing


@pytest.mark.parametrize(("here", "there"), [(2, 6), (4, 6), (6, 3), (7, 6), (2, 3)])
def test_a_skip_a_step_back_and_an_unproved_step_ask_for_a_reason(store, li, here, there):
    lead = LeadFactory(store=store, step=here)
    with pytest.raises(MoveRefused) as refused:
        advance(lead.pk, to=there, by=li, at=NOW, reason="  ")
    assert refused.value.needs_reason
    lead.refresh_from_db()
    assert lead.step == here


def test_announcing_the_delivery_date_is_asked_without_a_reason(store, li):
    lead = LeadFactory(store=store, step=7)
    prove(lead, "delivery_date")
    lead.refresh_from_db()
    assert lead.step == 7  # never by itself
    assert advance(lead.pk, to=8, by=li, at=NOW).moved


def test_core_evidence_refuses_to_leave_a_core_step_on_a_reason_alone(store, li):
    from accounts.rules import set_setting

    set_setting(store, "core_evidence", True, by=li, at=NOW)
    from_needs = LeadFactory(store=store, step=3)
    with pytest.raises(MoveRefused) as refused:
        advance(from_needs.pk, to=4, by=li, at=NOW, reason="in a hurry")
    assert refused.value.missing == ["needs_done"]
    from_reception = LeadFactory(store=store, step=2)
    assert advance(from_reception.pk, to=3, by=li, at=NOW, reason="in a hurry").moved


def test_evidence_moves_one_step_by_itself(store):
    lead = prove(LeadFactory(store=store, step=2), "needs_begun")
    assert (lead.step, lead.skipped) == (3, "")


def test_one_visit_may_close_two_steps(store):
    lead = LeadFactory(store=store, step=3)
    give_evidence(lead, "needs_done")
    lead = prove(lead, "drive_started", ref_id=9)
    assert (lead.step, lead.skipped) == (5, "")
    moves = LeadEvent.objects.filter(lead=lead, kind="step").order_by("id")
    assert [(e.from_value, e.to_value, e.at) for e in moves] == [
        ("needs", "walkaround", NOW),
        ("walkaround", "test_drive", NOW),
    ]


def test_the_same_evidence_twice_is_one_row_and_one_move(store):
    lead = LeadFactory(store=store, step=2)
    prove(lead, "needs_begun")
    prove(lead, "needs_begun")
    assert Evidence.objects.filter(lead=lead).count() == 1
    assert LeadEvent.objects.filter(lead=lead, kind="step").count() == 1


def test_revoked_evidence_proves_nothing(store, li):
    lead = LeadFactory(store=store, step=6)
    give_evidence(lead, "deposit", "contract")
    Evidence.objects.filter(lead=lead, kind="deposit").update(revoked_at=NOW)
    with pytest.raises(MoveRefused) as refused:
        advance(lead.pk, to=7, by=li, at=NOW)
    assert refused.value.missing == ["deposit"]


def test_a_lead_that_is_not_active_does_not_move(store, li):
    lead = LeadFactory(store=store, step=2, status="dormant")
    with pytest.raises(MoveRefused):
        advance(lead.pk, to=3, by=li, at=NOW, reason="customer asked")
