"""A17, COMM-02, S07: who counts for a deal, in shares that sum to 100."""

from decimal import Decimal

import pytest

from accounts.errors import NotAllowed, Refused
from accounts.rules import set_setting
from followups.night import run_night
from leads.credit import proposed_shares, split_credit
from leads.invariants import shares_sum_to_100
from leads.models import Credit, LeadEvent
from leads.moves import advance, lock_lead, record_evidence
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.followups.worked_leads import make_lead

pytestmark = pytest.mark.django_db
NOW = at("2026-03-05 16:00")


@pytest.fixture
def lead(store, li):
    return make_lead(store, li, "A", visited="2026-03-02 15:00", step=6)


def sign(lead, by, at_=NOW):
    for place, kind in enumerate(("deposit", "contract"), start=1):
        record_evidence(
            lock_lead(lead.pk), kind, ref_kind="receipt", ref_id=place, by=by, at=at_, recorded_at=at_
        )
    lead.refresh_from_db()
    assert lead.step == 7


def credit(lead):
    rows = Credit.objects.filter(lead=lead).order_by("user__username")
    return [(row.user.username, row.part, row.share) for row in rows]


def test_by_default_all_of_it_is_the_owners(lead, li):
    sign(lead, li)
    assert credit(lead) == [("li", "sale", 100)]


def test_the_manager_splits(lead, li, wang, chen):
    sign(lead, li)
    split_credit(lead.pk, {li: Decimal(70), wang: Decimal(30)}, by=chen, at=NOW)
    assert credit(lead) == [("li", "sale", 70), ("wang", "sale", 30)]
    event = LeadEvent.objects.get(lead=lead, kind="credit")
    assert event.data == {
        "before": {str(li.pk): "100.00"}, "after": {str(li.pk): "70", str(wang.pk): "30"},
    }  # fmt: skip
    assert shares_sum_to_100().bad == 0


@pytest.mark.parametrize("shares", [(70, 20), (70, 40), (110, -10), (0, 0)])
def test_another_sum_than_100_is_refused(lead, li, wang, chen, shares):
    sign(lead, li)
    with pytest.raises(Refused) as refusal:
        split_credit(lead.pk, dict(zip((li, wang), map(Decimal, shares), strict=True)), by=chen, at=NOW)
    assert refusal.value.field == "shares"
    assert credit(lead) == [("li", "sale", 100)]


def test_a_share_of_nothing_is_no_row(lead, li, wang, chen):
    sign(lead, li)
    split_credit(lead.pk, {li: Decimal(0), wang: Decimal(100)}, by=chen, at=NOW)
    assert credit(lead) == [("wang", "sale", 100)]


def test_only_the_manager_splits_and_only_a_deal(lead, li, wang, chen):
    with pytest.raises(Refused, match="no deal"):
        split_credit(lead.pk, {li: Decimal(100)}, by=chen, at=NOW)
    sign(lead, li)
    with pytest.raises(NotAllowed):
        split_credit(lead.pk, {wang: Decimal(100)}, by=li, at=NOW)


def test_a_cancelled_deal_counts_for_nobody(lead, li, chen):
    sign(lead, li)
    lead.evidence.update(revoked_at=NOW)
    advance(lead.pk, to=6, by=chen, at=NOW, reason="The loan was refused")
    assert credit(lead) == []


def test_a_courtesy_receiver_who_signs_the_same_day_is_proposed_half(store, lead, li, wang, chen):
    log_visit(store, Arrival(lead_id=lead.pk), receiver=wang, by=wang, at=NOW, now=NOW)
    sign(lead, wang)
    assert credit(lead) == [("li", "sale", 100)]  # until the manager says so: COMM-02
    assert proposed_shares(lead) == {li.pk: Decimal(50), wang.pk: Decimal(50)}


def test_the_next_day_nothing_is_proposed(store, lead, li, wang):
    log_visit(store, Arrival(lead_id=lead.pk), receiver=wang, by=wang, at=NOW, now=NOW)
    sign(lead, wang, at("2026-03-06 10:00"))
    assert proposed_shares(lead) == {}


def test_the_owner_who_signs_shares_with_nobody(store, lead, li, wang):
    log_visit(store, Arrival(lead_id=lead.pk), receiver=wang, by=wang, at=NOW, now=NOW)
    sign(lead, li)
    assert proposed_shares(lead) == {}


def test_s07_wang_lapsed_li_closes_li_1_wang_0(store, wang, li, chen):
    set_setting(store, "lapse_mode", "automatic", by=chen, at=at("2026-03-01 10:00"))
    lead = make_lead(store, wang, "B", visited="2026-03-02 10:00", step=6)
    run_night(store, store.business_date(at("2026-03-10 00:00")), now=at("2026-03-10 00:00"))
    came = at("2026-03-12 10:00")
    log_visit(store, Arrival(lead_id=lead.pk), receiver=li, by=li, at=came, now=came)
    sign(lead, li, came)
    assert credit(lead) == [("li", "sale", 100)]


def test_a_share_lost_on_the_way_is_found(lead, li):
    sign(lead, li)
    Credit.objects.filter(lead=lead).update(share=90)
    found = shares_sum_to_100()
    assert (found.count, found.bad, found.sample) == (1, 1, [lead.number])
