"""S23: who does not want to drive is skipped past the step; a later drive is evidence and moves nothing."""

import pytest

from leads.models import LeadEvent
from leads.moves import MoveRefused, advance
from leads.steps import Step
from showroom.drives import Feedback, end_drive, give_feedback
from tests.conftest import at
from tests.factories import LeadFactory
from tests.showroom.cars import booked, make_car, ridden

pytestmark = pytest.mark.django_db
DECLINED = at("2026-03-10 11:00")


@pytest.fixture
def lead(store, li):
    return LeadFactory(store=store, owner=li, grade="B", step=Step.WALKAROUND)


def test_without_a_reason_the_skip_is_refused(lead, li):
    with pytest.raises(MoveRefused) as refused:
        advance(lead.pk, to=Step.NEGOTIATION, by=li, at=DECLINED)
    assert refused.value.needs_reason


def test_with_one_the_drive_is_skipped_not_passed(lead, li):
    advance(lead.pk, to=Step.NEGOTIATION, by=li, at=DECLINED, reason="no wish to drive")
    lead.refresh_from_db()
    assert (lead.step, lead.skipped) == (Step.NEGOTIATION, "5")
    assert not LeadEvent.objects.filter(lead=lead, kind="passed").exists()


def test_a_drive_five_days_later_is_passed_and_the_step_stays(store, lead, li):
    advance(lead.pk, to=Step.NEGOTIATION, by=li, at=DECLINED, reason="no wish to drive")
    booking = booked(make_car(store), lead, li, on="2026-03-15", now=at("2026-03-15 09:00"))
    ridden(booking, li, "2026-03-15 10:00")
    lead.refresh_from_db()
    assert (lead.step, lead.skipped) == (Step.NEGOTIATION, "")
    passed = LeadEvent.objects.get(lead=lead, kind="passed")
    assert (passed.to_value, passed.at) == ("test_drive", at("2026-03-15 10:00"))


def test_its_feedback_moves_nothing_back(store, lead, li):
    advance(lead.pk, to=Step.NEGOTIATION, by=li, at=DECLINED, reason="no wish to drive")
    booking = booked(make_car(store), lead, li, on="2026-03-15", now=at("2026-03-15 09:00"))
    ridden(booking, li, "2026-03-15 10:00")
    end_drive(booking.pk, by=li, at=at("2026-03-15 10:20"))
    give_feedback(booking.pk, Feedback(overall=5), by=li, at=at("2026-03-15 10:25"))
    lead.refresh_from_db()
    assert lead.step == Step.NEGOTIATION
