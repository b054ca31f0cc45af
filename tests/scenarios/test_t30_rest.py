"""T30..T33: a lead rests and wakes; a lost one is won back."""

import datetime as dt

import pytest

from accounts.errors import NotAllowed, Refused
from leads.losing import Loss, lose
from leads.models import LapseProposal, LeadEvent, LostRecord, Term
from leads.statuses import RestReason, sleep, wake, win_back
from showroom.visits import Arrival, log_visit
from tests.conftest import at, person
from tests.factories import LeadFactory, PhoneFactory
from tests.leads.set_aside import lose_for_good, set_aside
from tests.nights import night_in_a_row

pytestmark = pytest.mark.django_db
NOW, LATER = at("2026-03-10 11:00"), at("2026-03-20 14:00")
JUNE = dt.date(2026, 6, 1)


@pytest.fixture
def lead(store, li):
    return LeadFactory(store=store, owner=li, grade="C", step=4)


def rest(lead, by, *, wake_on=JUNE, reason="later", when=NOW):
    sleep(lead.pk, wake_on=wake_on, reason=reason, by=by, at=when)
    lead.refresh_from_db()


# --- T30 --------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", RestReason.values)
@pytest.mark.parametrize("step", range(1, 7))
def test_t30_steps_one_to_six_rest_until_a_day(store, li, step, reason):
    lead = LeadFactory(store=store, owner=li, grade="C", step=step)
    rest(lead, li, reason=reason)
    assert (lead.status, lead.wake_on, lead.step, lead.owner) == ("dormant", JUNE, step, li)
    event = LeadEvent.objects.get(lead=lead, kind="status")
    assert (event.from_value, event.to_value, event.reason) == ("active", "dormant", reason)


@pytest.mark.parametrize("step", [7, 8, 9])
def test_after_the_deal_nothing_rests(store, li, step):
    lead = LeadFactory(store=store, owner=li, step=step)
    with pytest.raises(Refused):
        rest(lead, li)
    lead.refresh_from_db()
    assert lead.status == "active"


@pytest.mark.parametrize("status", ["dormant", "lost_pending", "lost"])
def test_only_an_active_lead_rests(lead, li, chen, status):
    set_aside(lead, status, li, chen, NOW)
    with pytest.raises(Refused):
        rest(lead, li)


@pytest.mark.parametrize(
    ("now", "wake_on", "field"),
    [
        ("2026-03-10 23:59:59", dt.date(2026, 3, 10), "wake_on"),
        ("2026-03-11 00:00", dt.date(2026, 3, 11), "wake_on"),
        ("2026-03-11 00:00", dt.date(2026, 3, 9), "wake_on"),
    ],
)
def test_the_day_lies_in_the_future(lead, li, now, wake_on, field):
    with pytest.raises(Refused) as refusal:
        rest(lead, li, wake_on=wake_on, when=at(now))
    assert refusal.value.field == field
    lead.refresh_from_db()
    assert (lead.status, lead.wake_on) == ("active", None)


def test_in_the_last_second_of_a_day_tomorrow_is_late_enough(lead, li):
    rest(lead, li, wake_on=dt.date(2026, 3, 11), when=at("2026-03-10 23:59:59"))
    assert lead.wake_on == dt.date(2026, 3, 11)


def test_without_a_reason_it_is_refused(lead, li):
    with pytest.raises(Refused) as refusal:
        rest(lead, li, reason="")
    assert refusal.value.field == "reason"


def test_the_owner_and_who_leads_may_nobody_else(store, lead, li, wang, chen):
    lead.setter, lead.step = wang, 1
    lead.save()
    agent = person(store, "mei", "梅", "bdc_agent")
    for colleague in (wang, agent):
        with pytest.raises(NotAllowed):
            rest(lead, colleague)
    rest(lead, chen)
    assert lead.status == "dormant"


def test_an_open_lapse_proposal_is_overtaken(store, lead, li):
    LapseProposal.objects.create(lead=lead, store=store, owner=li, lapses_on=dt.date(2026, 3, 10))
    rest(lead, li)
    assert LapseProposal.objects.get().decision == "overtaken"


# --- T31 --------------------------------------------------------------------------------------


def test_t31_woken_by_hand_it_is_its_owners_and_protected_from_that_day(lead, li):
    rest(lead, li)
    wake(lead.pk, by=li, at=LATER)
    lead.refresh_from_db()
    assert (lead.status, lead.wake_on, lead.step, lead.owner, lead.revived) == ("active", None, 4, li, 0)
    assert (lead.next_due_on, lead.protected_from) == (dt.date(2026, 3, 20), dt.date(2026, 3, 20))
    assert lead.lapses_on == dt.date(2026, 3, 28)


@pytest.mark.parametrize("status", ["active", "lost_pending", "lost"])
def test_only_a_resting_lead_wakes(lead, li, chen, status):
    if status != "active":
        set_aside(lead, status, li, chen, NOW)
    with pytest.raises(Refused):
        wake(lead.pk, by=li, at=LATER)
    lead.refresh_from_db()
    assert lead.status == status


def test_a_colleague_wakes_nothing_of_mine(lead, li, wang):
    rest(lead, li)
    with pytest.raises(NotAllowed):
        wake(lead.pk, by=wang, at=LATER)


def test_t32_failing_again_at_its_day_it_is_out_of_control(store, lead, li):
    rest(lead, li)
    night_in_a_row(store, JUNE)
    lead.refresh_from_db()
    assert (lead.status, lead.wake_on, lead.next_due_on) == ("active", None, JUNE)
    reason = Term.objects.get(store=store, list="lost_reason", code="price")
    found_at = at("2026-06-01 10:00")
    found = lose(lead.pk, Loss(reason, kind="out_of_control"), by=li, at=found_at, now=found_at)
    lead.refresh_from_db()
    assert (lead.status, found.kind, found.from_step) == ("lost_pending", "out_of_control", 4)
    assert not lead.tasks.filter(state="open").exists()


# --- T33 --------------------------------------------------------------------------------------


def test_t33_won_back_by_hand_it_is_at_its_step_with_its_owner_and_keeps_the_record(lead, li, chen):
    found = lose_for_good(lead, li, chen, NOW)
    win_back(lead.pk, reason="won_back", by=li, at=LATER)
    lead.refresh_from_db()
    found.refresh_from_db()
    assert (lead.status, lead.step, lead.owner, lead.revived, lead.wake_on) == ("active", 4, li, 1, None)
    assert (lead.next_due_on, lead.protected_from) == (dt.date(2026, 3, 20), dt.date(2026, 3, 20))
    assert (found.decision, LostRecord.objects.count()) == ("confirmed", 1)
    event = LeadEvent.objects.filter(lead=lead, kind="status").latest("id")
    assert (event.from_value, event.to_value, event.reason) == ("lost", "active", "won_back")


def test_when_its_owner_has_left_it_goes_to_who_brings_it_back(lead, li, chen):
    lose_for_good(lead, li, chen, NOW)
    li.is_active = False
    li.save()
    win_back(lead.pk, reason="won_back", by=chen, at=LATER)
    lead.refresh_from_db()
    assert lead.owner == chen
    assert LeadEvent.objects.get(lead=lead, kind="owner").to_value == str(chen.pk)


def test_t33_a_visit_brings_it_to_its_receiver(store, lead, li, wang, chen):
    PhoneFactory(customer=lead.customer, value="+8613800000001", tail="0001")
    lose_for_good(lead, li, chen, NOW)
    log_visit(store, Arrival(phone_text="13800000001"), receiver=wang, by=wang, at=LATER, now=LATER)
    lead.refresh_from_db()
    assert (lead.status, lead.step, lead.owner, lead.revived) == ("active", 4, wang, 1)


@pytest.mark.parametrize("status", ["active", "dormant", "lost_pending"])
def test_what_is_not_gone_is_not_won_back(lead, li, chen, status):
    if status != "active":
        set_aside(lead, status, li, chen, NOW)
    with pytest.raises(Refused):
        win_back(lead.pk, reason="won_back", by=li, at=LATER)


def test_a_card_that_was_folded_into_another_stays_folded(store, li):
    lead = LeadFactory(store=store, owner=li, status="void", void_reason="merged")
    with pytest.raises(Refused):
        win_back(lead.pk, reason="by_mistake", by=li, at=LATER)


def test_without_a_reason_nothing_comes_back(lead, li, chen):
    lose_for_good(lead, li, chen, NOW)
    with pytest.raises(Refused) as refusal:
        win_back(lead.pk, reason="", by=li, at=LATER)
    assert refusal.value.field == "reason"
