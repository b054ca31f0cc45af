"""A07, T40, T41: an invalid lead is not a lost one."""

import pytest

from accounts.errors import NotAllowed, Refused
from leads.models import Lead, LeadEvent, LostRecord, Term
from leads.statuses import InvalidReason, invalidate, win_back
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import LeadFactory, PhoneFactory
from tests.leads.set_aside import set_aside

pytestmark = pytest.mark.django_db
NOW, LATER = at("2026-03-10 11:00"), at("2026-03-20 14:00")


@pytest.mark.parametrize("reason", InvalidReason.values)
@pytest.mark.parametrize("step", [1, 2])
def test_t40_with_a_reason_and_without_a_manager(store, li, step, reason):
    lead = LeadFactory(store=store, owner=li, grade="C", step=step)
    invalidate(lead.pk, reason=reason, by=li, at=NOW)
    lead.refresh_from_db()
    assert (lead.status, lead.void_reason, lead.step, lead.owner) == ("void", reason, step, li)
    event = LeadEvent.objects.get(lead=lead, kind="status")
    assert (event.from_value, event.to_value, event.reason, event.by) == ("active", "void", reason, li)
    assert LostRecord.objects.count() == 0


@pytest.mark.parametrize("step", range(3, 10))
def test_from_the_third_step_on_it_is_a_loss(store, li, step):
    lead = LeadFactory(store=store, owner=li, step=step)
    with pytest.raises(Refused, match="loss"):
        invalidate(lead.pk, reason="no_intention", by=li, at=NOW)
    assert Lead.objects.get().status == "active"


@pytest.mark.parametrize("reason", ["", "merged", "too dear"])
def test_only_with_a_reason_of_the_list(store, li, reason):
    lead = LeadFactory(store=store, owner=li)
    with pytest.raises(Refused) as refusal:
        invalidate(lead.pk, reason=reason, by=li, at=NOW)
    assert (refusal.value.field, Lead.objects.get().status) == ("reason", "active")


@pytest.mark.parametrize("status", ["lost_pending", "lost", "void"])
def test_what_is_lost_or_invalid_stays_as_it_is(store, li, chen, status):
    lead = set_aside(LeadFactory(store=store, owner=li), status, li, chen, NOW)
    with pytest.raises(Refused):
        invalidate(lead.pk, reason="test", by=li, at=NOW)
    lead.refresh_from_db()
    assert (lead.status, LeadEvent.objects.filter(lead=lead, to_value="void").count()) == (
        status, int(status == "void"),
    )  # fmt: skip


def test_a_resting_lead_can_turn_out_invalid(store, li, chen):
    lead = set_aside(LeadFactory(store=store, owner=li), "dormant", li, chen, NOW)
    invalidate(lead.pk, reason="out_of_area", by=li, at=LATER)
    lead.refresh_from_db()
    assert (lead.status, lead.wake_on) == ("void", None)


def test_a_colleagues_lead_is_not_mine_to_strike(store, li, wang):
    lead = LeadFactory(store=store, owner=li)
    with pytest.raises(NotAllowed):
        invalidate(lead.pk, reason="test", by=wang, at=NOW)


@pytest.mark.parametrize("step", [1, 2])
def test_t41_who_comes_after_all_starts_at_reception_with_the_receiver(store, li, wang, chen, step):
    lead = LeadFactory(store=store, owner=li, grade="C", step=step, customer__number=1)
    PhoneFactory(customer=lead.customer, value="+8613800000001", tail="0001")
    set_aside(lead, "void", li, chen, NOW)
    visit, _new = log_visit(
        store, Arrival(phone_text="13800000001"), receiver=wang, by=wang, at=LATER, now=LATER
    )
    lead.refresh_from_db()
    assert visit.lead == lead
    assert (lead.status, lead.void_reason, lead.step, lead.owner) == ("active", "", 2, wang)
    assert (lead.revived, lead.step_entered_at) == (1, LATER)


def test_struck_by_mistake_it_comes_back_at_the_step_it_had(store, li, chen):
    lead = set_aside(LeadFactory(store=store, owner=li, grade="C", step=1), "void", li, chen, NOW)
    win_back(lead.pk, reason="by_mistake", by=li, at=LATER)
    lead.refresh_from_db()
    assert (lead.status, lead.void_reason, lead.step, lead.owner) == ("active", "", 1, li)


def test_the_reasons_of_a_loss_ship_filled(store):
    terms = Term.objects.filter(store=store, list="lost_reason").order_by("rank")
    assert [(term.code, term.parent and term.parent.code) for term in terms] == [
        ("confidence", None),
        ("other_brand", "confidence"),
        ("need", None),
        ("model", "need"),
        ("colour_or_stock", "need"),
        ("delivery_time", "need"),
        ("buying_power", None),
        ("price", "buying_power"),
        ("loan_refused", "buying_power"),
        ("trade_in_price", "buying_power"),
        ("other", None),
        ("family", "other"),
        ("other_store", "other"),
        ("postponed", "other"),
    ]
    assert all(term.name_en and term.name_zh for term in terms)
