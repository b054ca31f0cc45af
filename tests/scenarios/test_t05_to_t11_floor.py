"""T05 to T11, T13, T19 to T21, T38, T39: each move of the floor by its own evidence or reason."""

import pytest

from leads.models import LeadEvent
from leads.moves import MoveRefused, advance
from leads.steps import Step
from showroom.bookings import move_booking
from showroom.drives import Feedback, give_feedback
from showroom.models import NeedsReport
from showroom.needs import Finish, answer, begin_anew, decline_report, finish_report
from showroom.walking import Shown, keep_walkaround
from tests.conftest import at
from tests.factories import LeadFactory
from tests.leads.test_machine import give_evidence, prove
from tests.showroom.cars import MORNING, booked, driven, make_car, ridden

pytestmark = pytest.mark.django_db
NOW = at("2026-03-07 09:30")
SIX = ("front", "driver", "rear_seat", "boot", "side", "engine")
SCHOOL = {"main_use": {"chips": ["school"], "text": ""}}


def lead_at(store, li, step, **facts):
    return LeadFactory(store=store, owner=li, step=step, grade="B", arrived_at=MORNING, **facts)


def told(lead):
    """The last move: from, to, reason, what was skipped, by hand, and the evidence behind it."""
    lead.refresh_from_db()
    event = LeadEvent.objects.filter(lead=lead, kind="step").latest("id")
    return (
        event.from_value,
        event.to_value,
        event.reason,
        event.data["skipped"],
        event.data["by_hand"],
        event.data.get("evidence", ""),
    )


def test_t05_the_first_answer_opens_the_needs(store, li):
    lead = lead_at(store, li, Step.RECEPTION)
    answer(lead.pk, SCHOOL, by=li, at=NOW)
    assert told(lead) == ("reception", "needs", "", [], False, "needs_begun")


def test_t05_a_declined_report_does_too(store, li):
    lead = lead_at(store, li, Step.RECEPTION)
    decline_report(lead.pk, by=li, at=NOW)
    assert told(lead) == ("needs", "walkaround", "", [], False, "needs_done")
    assert lead.skipped == ""


def test_t05_without_a_card_the_step_stays(store, li):
    lead = lead_at(store, li, Step.RECEPTION)
    lead.customer.card_opened_at = None
    lead.customer.save()
    answer(lead.pk, SCHOOL, by=li, at=NOW)
    lead.refresh_from_db()
    assert lead.step == Step.RECEPTION


def test_t08_needs_agreed_on_lead_to_the_walkaround(store, li):
    lead = lead_at(store, li, Step.NEEDS)
    answer(lead.pk, SCHOOL, by=li, at=NOW)
    finish_report(lead.pk, Finish(confirmed=True, grade="C"), by=li, at=NOW)
    assert told(lead) == ("needs", "walkaround", "", [], False, "needs_done")


def test_t09_the_ride_leads_to_the_test_drive(store, li):
    lead = lead_at(store, li, Step.WALKAROUND)
    ridden(booked(make_car(store), lead, li), li)
    assert told(lead) == ("walkaround", "test_drive", "", [], False, "drive_started")


def test_t11_the_feedback_leads_to_negotiation(store, li):
    lead = lead_at(store, li, Step.WALKAROUND)
    booking = booked(make_car(store), lead, li)
    driven(booking, li)
    give_feedback(booking.pk, Feedback(overall=4), by=li, at=at("2026-03-07 10:40"))
    assert told(lead) == ("test_drive", "negotiation", "", [], False, "drive_done")


@pytest.mark.parametrize(
    ("row", "here", "there", "reason", "skipped"),
    [
        ("T06", Step.RECEPTION, Step.WALKAROUND, "purpose C", [3]),
        ("T07", Step.RECEPTION, Step.NEGOTIATION, "purpose D", [3, 4, 5]),
        ("T10", Step.WALKAROUND, Step.NEGOTIATION, "no wish to drive", [5]),
        ("T19", Step.NEGOTIATION, Step.NEEDS, "another model", []),
        ("T20", Step.NEGOTIATION, Step.WALKAROUND, "wants another look", []),
        ("T20", Step.NEGOTIATION, Step.TEST_DRIVE, "wants to drive again", []),
        ("T21", Step.WALKAROUND, Step.NEEDS, "another model", []),
        ("T21", Step.TEST_DRIVE, Step.NEEDS, "another model", []),
        ("T38", Step.RECEPTION, Step.TEST_DRIVE, "knows the car", [3, 4]),
        ("T38", Step.NEEDS, Step.TEST_DRIVE, "knows the car", [4]),
        ("T38", Step.NEEDS, Step.NEGOTIATION, "asks the price at once", [4, 5]),
    ],
)
def test_a_move_by_hand_takes_its_reason(store, li, row, here, there, reason, skipped):
    lead = lead_at(store, li, here)
    with pytest.raises(MoveRefused) as refused:
        advance(lead.pk, to=there, by=li, at=NOW)
    assert refused.value.needs_reason, row
    advance(lead.pk, to=there, by=li, at=NOW, reason=reason)
    assert told(lead) == (here.code, there.code, reason, skipped, True, "")
    assert lead.skipped == "".join(map(str, skipped))
    assert lead.grade == "B"  # T20: the grade is kept


def test_t06_the_walkaround_itself_asks_for_no_reason(store, li):
    lead = lead_at(store, li, Step.RECEPTION)
    keep_walkaround(lead.pk, Shown(positions=SIX, brochure_given=True), by=li, at=NOW)
    assert told(lead) == ("reception", "walkaround", "", [3], False, "walkaround")
    assert lead.skipped == "3"


@pytest.mark.parametrize("step", [Step.RECEPTION, Step.NEEDS])
def test_t38_the_ride_itself_asks_for_no_reason(store, li, step):
    lead = lead_at(store, li, step)
    ridden(booked(make_car(store), lead, li), li)
    assert told(lead) == (step.code, "test_drive", "", [*range(step + 1, 5)], False, "drive_started")


@pytest.mark.parametrize("step", [Step.RECEPTION, Step.NEEDS, Step.WALKAROUND, Step.TEST_DRIVE])
def test_t13_money_and_signature_lead_straight_to_the_deal(store, li, step):
    lead = prove(lead_at(store, li, step), "deposit")
    assert lead.step == step
    lead = prove(lead, "contract", ref_id=2)
    between = [*range(step + 1, 7)]
    assert told(lead) == (step.code, "deal", "", between, False, "contract")
    assert lead.skipped == "".join(map(str, between))


@pytest.mark.parametrize("evidence", [[], ["deposit"], ["contract"]])
def test_t13_without_both_no_reason_opens_it(store, li, evidence):
    lead = lead_at(store, li, Step.WALKAROUND)
    give_evidence(lead, *evidence)
    with pytest.raises(MoveRefused) as refused:
        advance(lead.pk, to=Step.DEAL, by=li, at=NOW, reason="in a hurry")
    assert refused.value.missing == [kind for kind in ("deposit", "contract") if kind not in evidence]


def test_t19_the_new_report_begins_with_the_old_answers(store, li):
    lead = lead_at(store, li, Step.NEGOTIATION)
    answer(lead.pk, SCHOOL, by=li, at=NOW)
    advance(lead.pk, to=Step.NEEDS, by=li, at=NOW, reason="another model")
    begin_anew(lead.pk, by=li, at=at("2026-03-08 10:00"))
    reports = list(NeedsReport.objects.order_by("id").values_list("answers", "replaced_at"))
    assert reports == [(SCHOOL, at("2026-03-08 10:00")), (SCHOOL, None)]
    lead.refresh_from_db()
    assert lead.step == Step.NEEDS


def test_t39_a_moved_booking_keeps_the_step_and_its_old_row(store, li):
    car, lead = make_car(store), lead_at(store, li, Step.TEST_DRIVE)
    old = booked(car, lead, li)
    times = {"starts_at": at("2026-03-08 15:00"), "ends_at": at("2026-03-08 15:30")}
    new = move_booking(old.pk, car_id=car.pk, **times, by=li, now=MORNING)
    old.refresh_from_db()
    lead.refresh_from_db()
    assert (old.state, old.moved_to_id, new.state) == ("moved", new.pk, "planned")
    assert lead.step == Step.TEST_DRIVE
