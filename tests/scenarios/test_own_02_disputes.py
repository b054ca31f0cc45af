"""OWN-02: two say the customer is theirs; they settle it, or the manager decides."""

import pytest

from accounts.errors import NotAllowed, Refused
from accounts.rules import set_setting
from followups.models import Task
from followups.night import run_night
from leads.disputes import concede, decide_dispute, open_dispute, open_disputes
from leads.giving import give
from leads.models import ContactPoint, Dispute, Lead, LeadEvent
from leads.ownership import decide_lapse
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.followups.worked_leads import make_lead

pytestmark = pytest.mark.django_db
NOW = at("2026-03-05 10:00")


@pytest.fixture
def lead(store, li):
    return make_lead(store, li, "A", visited="2026-03-02 15:00")


@pytest.fixture
def received(store, lead, wang):
    """Wang received Li's customer on 4 March."""
    came = at("2026-03-04 10:00")
    log_visit(store, Arrival(lead_id=lead.pk), receiver=wang, by=wang, at=came, now=came)


def claim(lead, by, words="I showed them round and gave my card"):
    return open_dispute(lead.pk, by=by, claim=words, at=NOW)


def owner_of(lead):
    return Lead.objects.get(pk=lead.pk).owner


def test_both_see_it_and_the_manager_does(store, lead, li, wang, zhao, chen, received):
    dispute = claim(lead, wang)
    assert [list(open_disputes(user, store)) for user in (li, wang, chen, zhao)] == [
        [dispute], [dispute], [dispute], [],
    ]  # fmt: skip
    assert (dispute.claimant, dispute.holder, owner_of(lead)) == (wang, li, li)


def test_the_manager_decides_with_a_reason_that_is_kept(store, lead, li, wang, chen, received):
    dispute = claim(lead, wang)
    decide_dispute(dispute.pk, wang, by=chen, reason="Wang did the work", at=NOW)
    dispute.refresh_from_db()
    assert (dispute.winner, dispute.decided_by, dispute.reason) == (wang, chen, "Wang did the work")
    assert dispute.decided_at == NOW
    assert owner_of(lead) == wang
    assert Task.objects.get(lead=lead, state="open", kind="cadence").assignee == wang
    assert list(open_disputes(chen, store)) == []
    told = LeadEvent.objects.filter(lead=lead, kind="dispute").order_by("id")
    assert [event.to_value for event in told] == ["opened", "settled"]
    assert told[1].data == {"dispute": dispute.pk, "claimant": wang.pk, "winner": wang.pk}


def test_decided_for_the_holder_nothing_moves(lead, li, wang, chen, received):
    decide_dispute(claim(lead, wang).pk, li, by=chen, reason="Li called first", at=NOW)
    assert owner_of(lead) == li
    assert LeadEvent.objects.filter(lead=lead, kind="owner").count() == 0


def test_without_a_reason_or_for_a_third_person_it_stays_open(lead, wang, zhao, chen, received):
    dispute = claim(lead, wang)
    for winner, reason, field in ((wang, " ", "reason"), (zhao, "because", "winner")):
        with pytest.raises(Refused) as refusal:
            decide_dispute(dispute.pk, winner, by=chen, reason=reason, at=NOW)
        assert refusal.value.field == field
    assert Dispute.objects.get().decided_at is None


def test_only_the_manager_decides(lead, li, wang, zhao, received):
    dispute = claim(lead, wang)
    for person in (li, wang, zhao):
        with pytest.raises(NotAllowed):
            decide_dispute(dispute.pk, wang, by=person, reason="mine", at=NOW)
    assert owner_of(lead) == li


def test_the_holder_leaves_it_to_the_claimant(lead, li, wang, received):
    dispute = concede(claim(lead, wang).pk, by=li, at=NOW)
    assert (dispute.winner, dispute.reason, owner_of(lead)) == (wang, "conceded", wang)


def test_the_claimant_withdraws(lead, li, wang, received):
    dispute = concede(claim(lead, wang).pk, by=wang, at=NOW)
    assert (dispute.winner, dispute.reason, owner_of(lead)) == (li, "withdrawn", li)


def test_a_settled_one_is_settled(lead, li, wang, chen, received):
    dispute = concede(claim(lead, wang).pk, by=wang, at=NOW)
    with pytest.raises(Refused, match="settled already"):
        decide_dispute(dispute.pk, wang, by=chen, reason="late", at=NOW)
    assert owner_of(lead) == li


def test_one_open_dispute_at_a_time(store, lead, wang, zhao, received):
    came = at("2026-03-04 16:00")
    visit = lead.visits.get()
    visit.left_at = at("2026-03-04 11:00")
    visit.save()
    log_visit(store, Arrival(lead_id=lead.pk), receiver=zhao, by=zhao, at=came, now=came)
    claim(lead, wang)
    with pytest.raises(Refused, match="Somebody claims"):
        claim(lead, zhao)
    assert Dispute.objects.count() == 1


def test_without_a_visit_or_the_number_nobody_claims(lead, zhao):
    with pytest.raises(Refused, match="Only who received"):
        claim(lead, zhao)
    assert Dispute.objects.count() == 0


def test_who_took_the_number_down_claims(lead, zhao, store):
    ContactPoint.objects.create(
        customer=lead.customer, group=store.group, kind="phone", value="+8613800000009", tail="0009",
        obtained_at=NOW, obtained_by=zhao,
    )  # fmt: skip
    assert claim(lead, zhao).claimant == zhao


def test_ones_own_and_the_pools_are_not_claimed(lead, li, wang, received):
    with pytest.raises(Refused, match="yours already"):
        claim(lead, li)
    Lead.objects.filter(pk=lead.pk).update(owner=None, lapses_on=None)
    with pytest.raises(Refused, match="in the pool"):
        claim(lead, wang)


def test_reception_claims_nothing(lead, qian):
    with pytest.raises(NotAllowed):
        claim(lead, qian)


# --- an act settles it ------------------------------------------------------------------------


def ended(dispute):
    dispute.refresh_from_db()
    told = LeadEvent.objects.filter(lead=dispute.lead_id, kind="dispute").order_by("id").last()
    return dispute.winner, dispute.reason, dispute.decided_at, told.to_value, told.reason


def test_given_to_the_claimant_the_claim_is_his(lead, li, wang, received):
    dispute = claim(lead, wang)
    give(lead.pk, wang, by=li, at=at("2026-03-05 11:00"))
    assert ended(dispute) == (wang, "given", at("2026-03-05 11:00"), "settled", "")
    assert (dispute.decided_by, owner_of(lead)) == (li, wang)


@pytest.mark.parametrize("to", ["zhao", None])
def test_given_to_anybody_else_or_to_the_pool_it_ends_for_nobody(request, lead, wang, chen, received, to):
    dispute = claim(lead, wang)
    person = request.getfixturevalue(to) if to else None
    give(lead.pk, person, by=chen, at=at("2026-03-05 11:00"))
    assert ended(dispute) == (None, "changed_hands", at("2026-03-05 11:00"), "ended", "changed_hands")
    assert owner_of(lead) == person


def test_a_lapse_that_the_manager_confirms_ends_it(store, lead, li, wang, chen, received):
    dispute = claim(lead, wang)
    proposal = lead.lapse_proposals.create(store=store, owner=li, lapses_on="2026-03-12")
    decide_lapse(proposal.pk, "pool", by=chen, at=at("2026-03-12 09:00"))
    assert ended(dispute) == (None, "changed_hands", at("2026-03-12 09:00"), "ended", "changed_hands")


def test_a_lapse_of_the_night_ends_it_and_a_second_run_writes_nothing(store, lead, wang, received, chen):
    set_setting(store, "lapse_mode", "automatic", by=chen, at=NOW)
    dispute = claim(lead, wang)
    lapses_on = Lead.objects.get(pk=lead.pk).lapses_on
    night = store.start_of_day(lapses_on)
    run_night(store, lapses_on, now=night)
    assert ended(dispute) == (None, "changed_hands", night, "ended", "changed_hands")
    assert owner_of(lead) is None
    assert run_night(store, lapses_on, now=night).changed == 0


def test_a_new_claim_may_follow_the_ended_one(lead, li, wang, zhao, chen, received):
    claim(lead, wang)
    give(lead.pk, zhao, by=chen, at=NOW)
    again = claim(lead, wang)
    assert (again.holder, Dispute.objects.filter(decided_at=None).count()) == (zhao, 1)
