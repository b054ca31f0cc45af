"""S35: lost, confirmed, sent back (LOST-01..04, LOST-08..09, T27..T29)."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from accounts.errors import NotAllowed, Refused
from accounts.rules import set_setting
from followups.contacts import Said, log_contact
from followups.models import Task
from leads.losing import Loss, SettledAlready, confirm_loss, lose, reject_loss
from leads.models import LapseProposal, Lead, LeadEvent, LostRecord, Term
from tests.conftest import at, person
from tests.factories import LeadFactory, make_store
from tests.followups.promises import broken_dates

pytestmark = pytest.mark.django_db
FOUND = at("2026-03-05 16:00")


@pytest.fixture
def lead(store, li):
    """A of Li, in negotiation, called on 5 March: due 8 March."""
    lead = LeadFactory(store=store, owner=li, grade="A", step=6)
    log_contact(lead.pk, Said("bought"), by=li, at=FOUND, now=FOUND)
    return lead


def reason(store, code):
    return Term.objects.get(store=store, list="lost_reason", code=code)


def loss(store, code="price", **facts):
    return Loss(reason=reason(store, code), **facts)


def record_loss(lead, by, *, found=FOUND, now=None, **facts):
    return lose(lead.pk, loss(lead.store, **facts), by=by, at=found, now=now or found)


def tasks(lead):
    return list(Task.objects.filter(lead=lead).order_by("id").values_list("state", "due_on"))


def march(day):
    return dt.date(2026, 3, day)


# --- recorded -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"code": "other_brand"}, "brand"),
        ({"code": "other_brand", "model": "Y"}, "brand"),
        ({"code": "other_brand", "brand": "X"}, "model"),
        ({"code": "price", "model": "Y"}, "brand"),
    ],
)
def test_without_the_car_they_bought_it_is_refused_and_nothing_changes(lead, li, facts, field):
    with pytest.raises(Refused) as refusal:
        record_loss(lead, li, **facts)
    assert refusal.value.field == field
    lead.refresh_from_db()
    assert (lead.status, lead.next_due_on, LostRecord.objects.count()) == ("active", march(8), 0)


def test_without_a_reason_it_is_refused(lead, li, store):
    channel = Term.objects.get(store=store, list="channel", code="showroom")
    foreign = reason(make_store("west"), "price")
    for why in (None, channel, foreign):
        with pytest.raises(Refused) as refusal:
            lose(lead.pk, Loss(reason=why), by=li, at=FOUND, now=FOUND)
        assert refusal.value.field == "reason"
    assert LostRecord.objects.count() == 0


def test_with_brand_model_and_reason_it_waits_for_the_manager_without_cadence(lead, li, store):
    found = record_loss(lead, li, brand=" X ", model="Y", opinion="too dear")
    lead.refresh_from_db()
    assert (lead.status, lead.step, lead.owner) == ("lost_pending", 6, li)
    assert (lead.has_cadence, lead.next_due_on, lead.lapses_on) == (False, None, None)
    assert (found.brand, found.model, found.opinion, found.reason.code) == ("X", "Y", "too dear", "price")
    assert (found.from_step, found.late, found.decision, found.store) == (6, False, "", store)
    assert tasks(lead) == [("void", march(8))]
    event = LeadEvent.objects.get(lead=lead, kind="status")
    assert (event.from_value, event.to_value, event.at, event.by) == ("active", "lost_pending", FOUND, li)
    assert event.data["loss"] == found.pk
    assert broken_dates() == {}


def test_found_on_the_fifth_and_recorded_on_the_sixth_it_is_late(lead, li):
    found = record_loss(lead, li, found=at("2026-03-05 23:59:59"), now=at("2026-03-06 00:00"))
    assert found.late


def test_recorded_in_the_last_second_of_the_day_it_is_not_late(lead, li):
    assert not record_loss(lead, li, now=at("2026-03-05 23:59:59")).late


@pytest.mark.parametrize("found", [at("2026-03-05 16:00:01"), at("2026-03-01 09:59:59")])
def test_it_is_found_neither_in_the_future_nor_before_the_customer(lead, li, found):
    with pytest.raises(Refused) as refusal:
        record_loss(lead, li, found=found, now=FOUND)
    assert refusal.value.field == "found_on"


def test_a_second_record_is_refused(lead, li):
    record_loss(lead, li)
    with pytest.raises(Refused, match="already"):
        record_loss(lead, li)
    assert LostRecord.objects.count() == 1


def test_a_colleagues_customer_is_not_mine_to_lose(lead, wang):
    with pytest.raises(NotAllowed):
        record_loss(lead, wang)


def test_an_open_lapse_proposal_is_overtaken(lead, li, store):
    LapseProposal.objects.create(lead=lead, store=store, owner=li, lapses_on=march(5))
    record_loss(lead, li)
    assert LapseProposal.objects.get().decision == "overtaken"


@pytest.mark.parametrize("step", [1, 6, 7, 8])
def test_t24_t27_from_every_step_before_the_hand_over(store, li, step):
    lead = LeadFactory(store=store, owner=li, grade="A", step=step)
    assert record_loss(lead, li).from_step == step


def test_t26_an_owner_of_a_car_is_no_lost_lead(store, li):
    lead = LeadFactory(store=store, owner=li, grade="none", step=9)
    with pytest.raises(Refused):
        record_loss(lead, li)


def test_t32_a_dormant_lead_that_is_out_of_reach_is_lost(store, li):
    lead = LeadFactory(store=store, owner=li, grade="C", status="dormant", wake_on=march(20))
    found = record_loss(lead, li, kind="out_of_control")
    lead.refresh_from_db()
    assert (found.kind, lead.status, lead.wake_on) == ("out_of_control", "lost_pending", None)


# --- confirmed ------------------------------------------------------------------------------


def test_chen_confirms_and_it_is_looked_at_again_after_ninety_days(lead, li, chen):
    found = record_loss(lead, li)
    confirm_loss(found.pk, by=chen, at=at("2026-03-06 08:30"), comment="checked")
    lead.refresh_from_db()
    found.refresh_from_db()
    assert (lead.status, lead.wake_on) == ("lost", dt.date(2026, 6, 4))
    assert (found.decision, found.decided_by, found.decided_at, found.comment) == (
        "confirmed", chen, at("2026-03-06 08:30"), "checked",
    )  # fmt: skip
    assert tasks(lead) == [("void", march(8))]
    assert broken_dates() == {}


def test_the_store_says_after_how_many_days(lead, li, chen, store):
    set_setting(store, "win_back_after_days", 30, by=chen, at=FOUND)
    confirm_loss(record_loss(lead, li).pk, by=chen, at=at("2026-03-06 08:30"))
    assert Lead.objects.get(pk=lead.pk).wake_on == dt.date(2026, 4, 5)


def test_li_himself_cannot_confirm(lead, li):
    found = record_loss(lead, li)
    with pytest.raises(NotAllowed):
        confirm_loss(found.pk, by=li, at=FOUND)
    assert Lead.objects.get(pk=lead.pk).status == "lost_pending"


@pytest.mark.parametrize("role", ["manager", "general_manager"])
def test_a_manager_confirms_nothing_that_he_recorded_himself_while_another_person_may(
    lead, chen, store, role
):
    found = record_loss(lead, chen)
    elsewhere = make_store("west", group=store.group) if role == "general_manager" else store
    head = person(elsewhere, "sun", "孙伟", role)
    for day in ("2026-03-05 16:00", "2026-03-06 09:00", "2026-03-20 09:00"):
        with pytest.raises(NotAllowed):
            confirm_loss(found.pk, by=chen, at=at(day))
    confirmed = confirm_loss(found.pk, by=head, at=FOUND)
    assert (confirmed.decision, confirmed.alone) == ("confirmed", False)


# --- nobody else may: a small store with one manager ----------------------------------------


def test_the_only_one_who_may_confirms_his_own_loss_the_day_after_with_a_mark(lead, chen):
    found = record_loss(lead, chen)
    with pytest.raises(Refused, match="from tomorrow on, with a mark"):
        confirm_loss(found.pk, by=chen, at=at("2026-03-05 23:59:59"))
    found.refresh_from_db()
    assert (found.decision, found.alone) == ("", False)
    confirmed = confirm_loss(found.pk, by=chen, at=at("2026-03-06 00:00"))
    assert (confirmed.decision, confirmed.alone, confirmed.decided_by) == ("confirmed", True, chen)
    event = LeadEvent.objects.filter(lead=lead, kind="status").last()
    assert (event.to_value, event.data) == ("lost", {"loss": found.pk, "alone": True})


def test_who_has_left_or_manages_another_store_confirms_nothing_here(lead, chen, store):
    gone = person(store, "gone", "走了", "manager")
    gone.is_active = False
    gone.save()
    former = person(store, "former", "以前", "manager")
    former.memberships.update(ends_on=march(1))
    person(make_store("west", group=store.group), "west", "西", "manager")
    person(make_store("other"), "head", "别家", "general_manager")
    found = record_loss(lead, chen)
    assert confirm_loss(found.pk, by=chen, at=at("2026-03-06 09:00")).alone


def test_a_colleagues_loss_needs_no_waiting_and_no_mark(lead, li, chen):
    found = record_loss(lead, li)
    assert not confirm_loss(found.pk, by=chen, at=FOUND).alone


def test_the_mark_stands_only_for_ones_own_confirmed_loss(lead, li, chen):
    found = record_loss(lead, li)
    for facts in ({"decision": "", "decided_by": None, "decided_at": None}, {"decided_by": chen}):
        whole = {"decision": "confirmed", "decided_at": FOUND, "alone": True, **facts}
        with pytest.raises(IntegrityError), transaction.atomic():
            LostRecord.objects.filter(pk=found.pk).update(**whole)


def test_the_manager_of_another_store_decides_nothing(lead, li, store):
    other = person(make_store("west", group=store.group), "west", "西", "manager")
    found = record_loss(lead, li)
    for decide in (confirm_loss, reject_loss):
        with pytest.raises(NotAllowed):
            decide(found.pk, by=other, at=FOUND, comment="no")


# --- sent back ------------------------------------------------------------------------------


def test_sent_back_it_is_at_its_step_again_due_and_protected_from_that_day(lead, li, chen):
    found = record_loss(lead, li)
    reject_loss(found.pk, by=chen, at=at("2026-03-06 09:00"), comment="offer the older model")
    lead.refresh_from_db()
    assert (lead.status, lead.step, lead.owner) == ("active", 6, li)
    assert (lead.next_due_on, lead.protected_from, lead.lapses_on) == (march(6), march(6), march(16))
    assert tasks(lead) == [("void", march(8)), ("open", march(6))]
    found.refresh_from_db()
    assert (found.decision, found.comment) == ("rejected", "offer the older model")
    assert broken_dates() == {}


def test_sent_back_without_a_word_is_refused(lead, li, chen):
    found = record_loss(lead, li)
    with pytest.raises(Refused) as refusal:
        reject_loss(found.pk, by=chen, at=FOUND, comment="  ")
    assert refusal.value.field == "comment"
    assert LostRecord.objects.get().decision == ""


def test_what_is_settled_is_not_settled_again(lead, li, chen):
    found = record_loss(lead, li)
    confirm_loss(found.pk, by=chen, at=FOUND)
    for decide in (confirm_loss, reject_loss):
        with pytest.raises(SettledAlready):
            decide(found.pk, by=chen, at=FOUND, comment="no")
    assert Lead.objects.get(pk=lead.pk).status == "lost"


def test_lost_once_more_after_it_was_sent_back(lead, li, chen):
    reject_loss(record_loss(lead, li).pk, by=chen, at=at("2026-03-06 09:00"), comment="try again")
    again = record_loss(lead, li, found=at("2026-03-08 10:00"), now=at("2026-03-08 10:00"))
    confirm_loss(again.pk, by=chen, at=at("2026-03-09 09:00"))
    assert list(LostRecord.objects.order_by("id").values_list("decision", flat=True)) == [
        "rejected", "confirmed",
    ]  # fmt: skip
