"""A67, A74, OWN-09: two cards of one person become one, and two again with every row as it was."""

import datetime as dt

import pytest
from django.apps import apps
from django.db import transaction

from accounts.errors import NotAllowed, Refused
from followups.appointments import make_appointment
from followups.contacts import Said, log_contact
from followups.models import Appointment, Contact, Task
from followups.night import run_night
from leads.disputes import decide_dispute, open_dispute
from leads.household import SEEN_FROM_THE_OTHER, link
from leads.merging import merge, unmerge
from leads.models import (
    Consent,
    ContactPoint,
    Customer,
    CustomerLink,
    Dispute,
    Evidence,
    LapseProposal,
    Lead,
    LeadEvent,
    Merge,
)
from leads.moves import lock_lead, record_evidence
from leads.search import Search
from showroom.closing import Leaving, close_visit
from showroom.models import Visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at, person
from tests.factories import CarModelFactory, make_person, make_store
from tests.followups.worked_leads import thank
from tests.test_invariants import broken

pytestmark = pytest.mark.django_db

MERGED_AT = at("2026-03-06 10:00")
RECORDED = {"leadevent", "merge", "session", "contenttype", "permission", "worktouched"}


def day(text):
    return dt.date.fromisoformat(text)


@pytest.fixture
def car(store):
    return CarModelFactory(group=store.group)


def walk_in(store, who, phone, name, wall_clock, car, grade="A", horizon=30):
    came, left = at(f"{wall_clock} 10:00"), at(f"{wall_clock} 11:00")
    arrival = Arrival(phone_text=phone, name=name, car_model=car)
    visit, _new = log_visit(store, arrival, receiver=who, by=who, at=came, now=came)
    if grade:
        close_visit(visit.pk, Leaving(grade=grade, horizon_days=horizon), by=who, at=left, now=left)
        thank(visit.lead, who, f"{wall_clock} 11:03")
    return Lead.objects.get(pk=visit.lead_id)


def call(lead, by, wall_clock, outcome="comparing", **said):
    when = at(wall_clock)
    return log_contact(lead.pk, Said(outcome, **said), by=by, at=when, now=when)


@pytest.fixture
def wangs(store, wang, car):
    """Wang's lead: came on 1 March, spoken to on 2 March, due on 5 March."""
    lead = walk_in(store, wang, "138 0000 0001", "张伟", "2026-03-01", car)
    call(lead, wang, "2026-03-02 15:00")
    return Lead.objects.get(pk=lead.pk)


@pytest.fixture
def lis(store, li, car):
    """The same person came to Li on 5 March under another number."""
    return walk_in(store, li, "139 0000 0002", "张先生", "2026-03-05", car, grade="H", horizon=5)


@pytest.fixture
def into_wangs(wangs, lis, chen):
    return merge(wangs.customer_id, lis.customer_id, by=chen, at=MERGED_AT, reason="同一人")


def rows_of_business():
    """Every row of every table, the recorded rows of the log apart."""
    models = [model for model in apps.get_models() if model._meta.model_name not in RECORDED]
    return {model.__name__: sorted(map(str, model.objects.values_list())) for model in models}


def open_tasks(lead):
    tasks = Task.objects.filter(lead=lead, state="open").order_by("due_at")
    return [(task.kind, task.due_on.isoformat()) for task in tasks]


def claim(lead, by):
    """Somebody who took a second number of the customer down claims the lead."""
    when = at("2026-03-05 17:00")
    digits = f"{lead.pk:04d}{by.pk:04d}"
    ContactPoint.objects.create(
        customer=lead.customer, group=lead.store.group, kind="phone", value=f"+86137{digits}",
        tail=digits[-4:], obtained_at=when, obtained_by=by,
    )  # fmt: skip
    return open_dispute(lead.pk, by=by, claim="I took the number down", at=when)


# --- OWN-09, A67 --------------------------------------------------------------------------------


def test_lis_new_lead_is_merged_into_wangs(into_wangs, wangs, lis, wang):
    wangs.refresh_from_db()
    lis.refresh_from_db()
    assert (lis.status, lis.void_reason, lis.merged_into_id) == ("void", "merged", wangs.pk)
    assert (lis.has_cadence, lis.next_due_on, lis.lapses_on, open_tasks(lis)) == (False, None, None, [])
    assert (wangs.owner, wangs.grade, wangs.step) == (wang, "A", 2)
    assert lis.customer.merged_into_id == wangs.customer_id
    assert LeadEvent.objects.filter(lead=lis, kind="status", reason="merged").count() == 1
    assert broken() == {}


def test_the_kept_lead_is_dated_from_both_histories(into_wangs, wangs):
    wangs.refresh_from_db()
    assert (wangs.last_visit_at, wangs.last_contact_at) == (at("2026-03-05 10:00"), at("2026-03-02 15:00"))
    assert (wangs.next_due_on, wangs.lapses_on) == (day("2026-03-08"), day("2026-03-13"))
    assert open_tasks(wangs) == [("cadence", "2026-03-08")]


def test_a_kept_lead_that_was_met_last_keeps_its_own_date(store, wang, li, chen, car):
    old = walk_in(store, li, "139 0000 0002", "张先生", "2026-03-01", car)
    new = walk_in(store, wang, "138 0000 0001", "张伟", "2026-03-05", car, grade="B", horizon=60)
    merge(new.customer_id, old.customer_id, by=chen, at=MERGED_AT)
    new.refresh_from_db()
    assert (new.next_due_on, open_tasks(new)) == (
        day("2026-03-20"),
        [("day_after", "2026-03-06"), ("cadence", "2026-03-20")],
    )
    assert broken() == {}


def test_appointments_move_and_date_the_kept_lead(wangs, lis, li, chen):
    appointment = make_appointment(lis.pk, at("2026-03-20 14:00"), by=li, now=at("2026-03-05 12:00"))
    merge(wangs.customer_id, lis.customer_id, by=chen, at=MERGED_AT)
    appointment.refresh_from_db()
    wangs.refresh_from_db()
    assert (appointment.lead_id, appointment.state) == (wangs.pk, "planned")
    assert (wangs.agreed_on, wangs.next_due_on) == (day("2026-03-20"), day("2026-03-20"))
    assert broken() == {}


def test_both_numbers_and_both_names_lead_to_the_kept_card(into_wangs, wangs, store, li, wang, chen):
    phones = ContactPoint.objects.filter(customer=wangs.customer).values_list("value", flat=True)
    assert set(phones) == {"+8613800000001", "+8613900000002"}
    for typed in ("0002", "0001", "zhangwei", "zhangxiansheng", "张先生"):
        found = Search.read(typed, store).among(Lead.objects.filter(status="active"))
        assert list(found) == [wangs], typed
    came = at("2026-03-07 10:00")
    visit, _new = log_visit(store, Arrival(phone_text="13900000002"), receiver=li, by=li, at=came, now=came)
    assert (visit.lead_id, visit.courtesy, Customer.objects.count()) == (wangs.pk, True, 2)


def test_a_withdrawn_consent_goes_along(wangs, lis, li, chen):
    call(lis, li, "2026-03-05 13:00", "stop")
    merge(wangs.customer_id, lis.customer_id, by=chen, at=MERGED_AT)
    assert Consent.objects.get(given=False).customer_id == wangs.customer_id


def test_a_lead_of_another_purchase_moves_with_the_next_car(wangs, lis, chen):
    Lead.objects.filter(pk=lis.pk).update(status="lost", has_cadence=False, next_due_on=None, lapses_on=None)
    Task.objects.filter(lead=lis).update(state="void", closed_at=MERGED_AT)
    merge(wangs.customer_id, lis.customer_id, by=chen, at=MERGED_AT)
    lis.refresh_from_db()
    assert (lis.customer_id, lis.car_no, lis.status, lis.merged_into_id) == (
        wangs.customer_id,
        2,
        "lost",
        None,
    )
    assert set(Visit.objects.filter(lead=lis).values_list("customer", flat=True)) == {wangs.customer_id}
    assert broken() == {}


def test_a_lead_of_another_store_moves_too(wangs, store, chen, wang):
    west = make_store("west", group=store.group)
    tang = make_person(west, "tang", "唐薇", "consultant")
    theirs = walk_in(west, tang, "139 0000 0002", "张先生", "2026-03-05", CarModelFactory(group=store.group))
    with pytest.raises(NotAllowed):
        merge(wangs.customer_id, theirs.customer_id, by=chen, at=MERGED_AT)
    both = make_person(store, "gao", "高总", "manager")
    make_person(west, "unused", "无", "manager")
    from accounts.models import Membership

    Membership.objects.create(user=both, store=west, role="manager", starts_on=day("2026-01-01"))
    merge(wangs.customer_id, theirs.customer_id, by=both, at=MERGED_AT)
    theirs.refresh_from_db()
    assert (theirs.customer_id, theirs.car_no, theirs.status, theirs.owner) == (
        wangs.customer_id,
        1,
        "active",
        tang,
    )
    assert broken() == {}


# --- an open dispute (OWN-02) --------------------------------------------------------------------


def test_a_claim_on_the_folded_lead_stands_against_the_owner_of_the_kept_one(wangs, lis, wang, zhao, chen):
    dispute = claim(lis, zhao)
    merged = merge(wangs.customer_id, lis.customer_id, by=chen, at=MERGED_AT)
    dispute.refresh_from_db()
    assert (dispute.lead_id, dispute.holder, dispute.decided_at) == (wangs.pk, wang, None)
    decide_dispute(dispute.pk, zhao, by=chen, reason="Zhao met them first", at=MERGED_AT)
    unmerge(merged.pk, by=chen, at=at("2026-03-08 10:00"))
    dispute.refresh_from_db()
    wangs.refresh_from_db()
    assert (dispute.lead_id, dispute.winner, wangs.owner) == (wangs.pk, zhao, zhao)  # settled since: it stays


def test_a_claim_of_who_has_the_kept_lead_ends_for_him_and_is_open_again_after_an_undo(
    wangs, lis, wang, li, chen
):
    dispute = claim(lis, wang)
    merged = merge(wangs.customer_id, lis.customer_id, by=chen, at=MERGED_AT)
    dispute.refresh_from_db()
    assert (dispute.lead_id, dispute.winner, dispute.reason, dispute.decided_by, dispute.decided_at) == (
        lis.pk, wang, "merged", chen, MERGED_AT,
    )  # fmt: skip
    told = LeadEvent.objects.filter(lead=lis, kind="dispute").last()
    assert (told.to_value, told.reason) == ("settled", "merged")
    unmerge(merged.pk, by=chen, at=at("2026-03-08 10:00"))
    dispute.refresh_from_db()
    assert (dispute.winner, dispute.reason, dispute.decided_at, dispute.holder) == (None, "", None, li)
    assert LeadEvent.objects.get(lead=lis, kind="undo", to_value="dispute").undoes_id == told.pk


def test_where_both_leads_are_claimed_the_claim_on_the_kept_one_stays(wangs, lis, li, zhao, chen):
    folded, kept = claim(lis, zhao), claim(wangs, li)
    merge(wangs.customer_id, lis.customer_id, by=chen, at=MERGED_AT)
    folded.refresh_from_db()
    kept.refresh_from_db()
    assert (folded.winner, folded.reason, folded.decided_at) == (None, "merged", MERGED_AT)
    assert (kept.lead_id, kept.decided_at) == (wangs.pk, None)
    with pytest.raises(Refused, match="Claim that one"):
        open_dispute(lis.pk, by=zhao, claim="Mine", at=MERGED_AT)
    assert Dispute.objects.count() == 2


# --- evidence stays where it was written ------------------------------------------------------------


def test_evidence_stays_with_the_folded_lead_and_its_money_protects_the_kept_one(wangs, lis, store, li, chen):
    with transaction.atomic():
        record_evidence(
            lock_lead(lis.pk),
            "deposit",
            ref_kind="test",
            ref_id=1,
            by=li,
            at=MERGED_AT,
            recorded_at=MERGED_AT,
        )
    merged = merge(wangs.customer_id, lis.customer_id, by=chen, at=MERGED_AT)
    wangs.refresh_from_db()
    deposit = Evidence.objects.get(kind="deposit")
    assert (deposit.lead_id, wangs.step) == (lis.pk, 2)
    night = wangs.lapses_on
    run_night(store, night, now=store.start_of_day(night))
    assert LapseProposal.objects.filter(lead=wangs).count() == 0
    Evidence.objects.filter(pk=deposit.pk).update(revoked_at=MERGED_AT, revoked_by=chen)
    night += dt.timedelta(days=1)
    run_night(store, night, now=store.start_of_day(night))
    assert LapseProposal.objects.get(lead=wangs).decision == ""
    unmerge(merged.pk, by=chen, at=at("2026-03-16 10:00"))
    assert Evidence.objects.get(pk=deposit.pk).lead_id == lis.pk


# --- what is refused ----------------------------------------------------------------------------


def test_consultants_and_reception_do_not_merge(wangs, lis, li, qian):
    for who in (li, qian):
        with pytest.raises(NotAllowed):
            merge(wangs.customer_id, lis.customer_id, by=who, at=MERGED_AT)
    assert Merge.objects.count() == 0


def test_a_supervisor_merges(wangs, lis, store):
    zhou = person(store, "zhou", "周凯", "supervisor")
    assert merge(wangs.customer_id, lis.customer_id, by=zhou, at=MERGED_AT).by == zhou


def test_a_card_is_not_folded_into_itself_nor_twice_nor_across_groups(into_wangs, wangs, lis, chen):
    with pytest.raises(Refused, match="two different cards"):
        merge(wangs.customer_id, wangs.customer_id, by=chen, at=MERGED_AT)
    with pytest.raises(Refused, match="merged already"):
        merge(wangs.customer_id, lis.customer_id, by=chen, at=MERGED_AT)
    stranger = Customer.objects.create(group=make_store("south").group, number=1, name="张伟")
    with pytest.raises(Refused, match="different groups"):
        merge(wangs.customer_id, stranger.pk, by=chen, at=MERGED_AT)
    assert Merge.objects.count() == 1


def test_a_contact_on_a_folded_lead_is_not_undone(wangs, lis, li, chen):
    from followups.undoing import undo_contact

    contact = call(lis, li, "2026-03-06 09:00")
    merge(wangs.customer_id, lis.customer_id, by=chen, at=MERGED_AT)
    with pytest.raises(Refused, match="Undo the merge first"):
        undo_contact(contact.pk, by=li, at=at("2026-03-06 11:00"))


# --- and apart again ----------------------------------------------------------------------------


@pytest.mark.thorough
def test_fifty_merges_and_unmerges_leave_every_row_as_it_was(store, wang, li, zhao, chen, car):
    pairs = []
    for number in range(50):
        kept = walk_in(store, wang, f"138 0001 {number:04d}", f"张伟{number}", "2026-03-01", car)
        grade, horizon = (("H", 5), ("B", 60), ("", 0))[number % 3]
        folded = walk_in(store, li, f"139 0001 {number:04d}", "张先生", "2026-03-05", car, grade, horizon)
        if number % 2:
            call(kept, wang, "2026-03-02 15:00", "stop" if number % 3 else "comparing")
            make_appointment(folded.pk, at("2026-03-20 14:00"), by=li, now=at("2026-03-05 12:00"))
        if number % 5 == 0:
            call(folded, li, "2026-03-05 16:00", next_on=day("2026-03-30"), agreed=True)
        if number % 4 < 2:
            claim(folded, (wang, zhao)[number % 4])
        if number % 8 == 1:
            claim(kept, li)
        pairs.append((kept, folded))
    before = rows_of_business()
    for kept, folded in pairs:
        merged = merge(kept.customer_id, folded.customer_id, by=chen, at=MERGED_AT)
        assert rows_of_business() != before
        unmerge(merged.pk, by=chen, at=MERGED_AT)
        after = rows_of_business()
        assert [
            (name, set(rows) ^ set(before[name])) for name, rows in after.items() if rows != before[name]
        ] == []
    assert broken() == {}


def test_what_was_done_on_the_kept_card_since_stays_there(into_wangs, wangs, lis, wang, li, chen):
    contact = call(wangs, wang, "2026-03-07 10:00")
    unmerge(into_wangs.pk, by=chen, at=at("2026-03-08 10:00"))
    wangs.refresh_from_db()
    lis.refresh_from_db()
    assert Contact.objects.get(pk=contact.pk).lead_id == wangs.pk
    assert (wangs.last_visit_at, wangs.last_contact_at) == (at("2026-03-01 10:00"), at("2026-03-07 10:00"))
    assert (wangs.next_due_on, wangs.lapses_on, open_tasks(wangs)) == (
        day("2026-03-10"), day("2026-03-18"), [("cadence", "2026-03-10")],
    )  # fmt: skip
    assert (lis.status, lis.owner, lis.next_due_on) == ("active", li, day("2026-03-07"))
    assert open_tasks(lis) == [("day_after", "2026-03-06"), ("cadence", "2026-03-07")]
    assert ContactPoint.objects.get(value="+8613900000002").customer_id == lis.customer_id
    assert broken() == {}


def test_the_appointment_goes_back_and_the_kept_lead_is_dated_by_its_own_talk(wangs, lis, li, wang, chen):
    make_appointment(lis.pk, at("2026-03-20 14:00"), by=li, now=at("2026-03-05 12:00"))
    merged = merge(wangs.customer_id, lis.customer_id, by=chen, at=MERGED_AT)
    call(wangs, wang, "2026-03-07 10:00")
    wangs.refresh_from_db()
    assert wangs.next_due_on == day("2026-03-20")
    unmerge(merged.pk, by=chen, at=at("2026-03-08 10:00"))
    wangs.refresh_from_db()
    assert (Appointment.objects.get().lead_id, wangs.agreed_on, wangs.next_due_on) == (
        lis.pk,
        None,
        day("2026-03-10"),
    )
    assert broken() == {}


def test_a_merge_is_undone_once_within_thirty_days(into_wangs, chen):
    with pytest.raises(Refused, match="30 days"):
        unmerge(into_wangs.pk, by=chen, at=at("2026-04-05 10:00:01"))
    for minute in ("10:00", "10:00"):
        unmerge(into_wangs.pk, by=chen, at=at(f"2026-04-05 {minute}"))
    assert LeadEvent.objects.filter(kind="undo", to_value="merge").count() == 2
    assert Merge.objects.get().undone_at == at("2026-04-05 10:00")


def test_only_the_manager_or_the_supervisor_who_merged_takes_it_back(into_wangs, store, wang):
    zhou = person(store, "zhou", "周凯", "supervisor")
    for who in (wang, zhou):
        with pytest.raises(NotAllowed):
            unmerge(into_wangs.pk, by=who, at=MERGED_AT)


def test_merges_in_a_chain_are_undone_from_the_last(into_wangs, wangs, lis, store, zhao, chen, car):
    third = walk_in(store, zhao, "137 0000 0003", "张伟", "2026-03-06", car)
    second = merge(third.customer_id, wangs.customer_id, by=chen, at=MERGED_AT)
    lis.refresh_from_db()
    assert lis.merged_into_id == third.pk
    with pytest.raises(Refused, match="Undo that merge first"):
        unmerge(into_wangs.pk, by=chen, at=MERGED_AT)
    unmerge(second.pk, by=chen, at=MERGED_AT)
    unmerge(into_wangs.pk, by=chen, at=MERGED_AT)
    assert Lead.objects.filter(status="active", merged_into=None).count() == 3
    assert broken() == {}


@pytest.mark.parametrize(
    ("relation", "told"), [("spouse", "spouse"), ("parent", "parent"), ("child", "child")]
)
@pytest.mark.parametrize("relative_first", [True, False])
def test_the_family_goes_along_and_back(store, wang, li, zhao, chen, car, relation, told, relative_first):
    relative = walk_in(store, zhao, "137 0000 0003", "王丽", "2026-03-01", car) if relative_first else None
    folded = walk_in(store, li, "139 0000 0002", "张先生", "2026-03-01", car)
    relative = relative or walk_in(store, zhao, "137 0000 0003", "王丽", "2026-03-01", car)
    kept = walk_in(store, wang, "138 0000 0001", "张伟", "2026-03-01", car)
    link(folded.customer, relative.customer, relation, by=li, at=MERGED_AT)
    before = rows_of_business()
    merged = merge(kept.customer_id, folded.customer_id, by=chen, at=MERGED_AT)
    row = CustomerLink.objects.get()
    assert {row.one_id, row.other_id} == {kept.customer_id, relative.customer_id}
    seen_from = {True: row.relation, False: SEEN_FROM_THE_OTHER.get(row.relation, row.relation)}
    assert seen_from[row.one_id == kept.customer_id] == told
    unmerge(merged.pk, by=chen, at=MERGED_AT)
    assert rows_of_business() == before


def test_the_nightly_check_finds_a_number_left_on_a_folded_card(into_wangs, lis):
    ContactPoint.objects.filter(value="+8613900000002").update(customer=lis.customer_id)
    assert broken() == {"folded_cards_keep_nothing_live": [lis.customer.number]}
