"""A21, OWN-05: a known customer brings another; the reward is due when the car is delivered."""

import datetime as dt
from decimal import Decimal

import pytest

from accounts.errors import NotAllowed, Refused
from accounts.rules import set_setting
from leads.editing import Seen
from leads.giving import take
from leads.models import ContactPoint, Customer, Lead, LeadEvent, ReferralReward
from leads.moves import lock_lead, record_evidence
from leads.reaching import add_contact_point
from leads.referrals import (
    Reward,
    approve_reward,
    name_referrer,
    obtain_number,
    pay_reward,
    promise_reward,
    refer,
)
from tests.conftest import at, person
from tests.factories import make_store
from tests.showroom.known import know
from tests.statements import statements

pytestmark = pytest.mark.django_db
NOW = at("2026-03-04 10:00")
LATER = at("2026-03-05 10:00")
PAID = at("2026-03-21 10:00")


@pytest.fixture
def zhang(store, li):
    """The referrer, Li's customer."""
    return know(store, li, "13900000001", "张伟").customer


@pytest.fixture
def new(store, zhang, wang):
    """Liu, named by Zhang, with her number: Wang's."""
    return refer(store, zhang, name="刘敏", phone_text="13900000002", by=wang, at=NOW)


def test_without_a_number_nobody_owns_it_and_whoever_gets_the_number_does(store, zhang, li, wang):
    lead = refer(store, zhang, name="刘敏", by=li, at=NOW)
    assert (lead.owner, lead.step, lead.referrer, lead.source_group) == (None, 1, zhang, "tipped")
    assert (lead.customer.name, lead.customer.card_opened_at) == ("刘敏", None)
    with pytest.raises(Refused, match="no number yet"):
        take(lead.pk, by=wang, at=LATER)
    obtain_number(lead.pk, "13900000002", by=wang, at=LATER)
    lead.refresh_from_db()
    assert (lead.owner, lead.protected_from) == (wang, dt.date(2026, 3, 5))
    assert LeadEvent.objects.get(lead=lead, kind="owner").at == LATER
    point = ContactPoint.objects.get(customer=lead.customer)
    assert (point.value, point.obtained_by, point.obtained_at) == ("+8613900000002", wang, LATER)
    assert Customer.objects.get(pk=lead.customer_id).card_opened_at == LATER


def test_the_first_number_written_on_the_card_makes_its_writer_the_owner(store, zhang, li, chen):
    lead = refer(store, zhang, name="刘敏", by=li, at=NOW)
    add(lead, "13900000002", chen)
    lead.refresh_from_db()
    assert (lead.owner, lead.protected_from) == (chen, dt.date(2026, 3, 5))
    told = LeadEvent.objects.get(lead=lead, kind="owner")
    assert (told.reason, told.at, told.to_value) == ("number", LATER, str(chen.pk))
    add(lead, "13900000003", chen)
    assert LeadEvent.objects.filter(lead=lead, kind="owner").count() == 1


def test_another_number_of_somebodys_customer_changes_no_owner(store, new, wang, chen):
    add(new, "13900000003", chen)
    new.refresh_from_db()
    assert new.owner == wang


def add(lead, phone, by):
    lead = Lead.objects.select_related("customer").get(pk=lead.pk)
    seen = Seen(lead.customer.version, lead.version)
    add_contact_point(lead.pk, "phone", phone, seen=seen, by=by, at=LATER)


def test_with_a_number_it_is_owned_at_once(new, wang, zhang):
    assert (new.owner, new.referrer, new.customer.card_opened_at) == (wang, zhang, NOW)
    assert LeadEvent.objects.filter(lead=new, kind="referral").get().data == {"referrer": zhang.pk}


def test_a_number_we_know_is_no_new_customer(store, zhang, wang):
    know(store, wang, "13900000002", "刘敏")
    before = Lead.objects.count()
    for phone in ("13900000002", "139000"):
        with pytest.raises(Refused) as refusal:
            refer(store, zhang, name="刘敏", phone_text=phone, by=wang, at=NOW)
        assert refusal.value.field == "phone"
    assert Lead.objects.count() == before


def test_a_second_number_gives_nobody_the_lead(new, li):
    with pytest.raises(Refused, match="a number already"):
        obtain_number(new.pk, "13900000003", by=li, at=LATER)


def test_reception_refers_nobody(store, zhang, qian):
    with pytest.raises(NotAllowed):
        refer(store, zhang, name="刘敏", by=qian, at=NOW)


def test_a_referrer_is_named_before_the_first_visit(store, zhang, wang):
    lead = know(store, wang, "13900000002", "刘敏")
    with pytest.raises(Refused, match="before the first visit"):
        name_referrer(lead.pk, "13900000001", by=wang, at=NOW)
    Lead.objects.filter(pk=lead.pk).update(last_visit_at=None)
    assert name_referrer(lead.pk, "13900000001", by=wang, at=NOW).referrer == zhang


def test_nobody_refers_himself_and_no_stranger_refers(store, zhang, new, wang):
    for phone in ("13900000002", "13900000009", "139"):
        with pytest.raises(Refused) as refusal:
            name_referrer(new.pk, phone, by=wang, at=NOW)
        assert refusal.value.field == "phone"
    assert Lead.objects.get(pk=new.pk).referrer == zhang


def test_promised_approved_due_at_delivery_paid(new, wang, chen):
    row = promise_reward(new.pk, Reward(amount=Decimal(500)), by=wang, at=NOW)
    assert (row.amount, row.gift, row.due_on) == (500, "", None)
    approve_reward(new.pk, by=chen, at=LATER)
    with pytest.raises(Refused, match="delivered"):
        pay_reward(new.pk, by=chen, at=LATER)
    Lead.objects.filter(pk=new.pk).update(step=8)
    delivered = at("2026-03-20 15:00")
    record_evidence(
        lock_lead(new.pk), "handed_over", ref_kind="delivery", ref_id=1, by=wang, at=delivered,
        recorded_at=delivered,
    )  # fmt: skip
    row.refresh_from_db()
    assert row.due_on == dt.date(2026, 3, 20)
    pay_reward(new.pk, by=chen, at=at("2026-03-21 10:00"))
    row.refresh_from_db()
    assert (row.approved_by, row.approved_at, row.paid_at) == (chen, LATER, at("2026-03-21 10:00"))
    told = LeadEvent.objects.filter(lead=new, kind="referral").order_by("id")
    assert [event.to_value for event in told] == ["named", "promised", "approved", "paid"]


def test_a_gift_instead(new, wang):
    row = promise_reward(new.pk, Reward(gift="Free service"), by=wang, at=NOW)
    assert (row.amount, row.gift) == (None, "Free service")


@pytest.mark.parametrize("reward", [Reward(), Reward(Decimal(500), "Free service"), Reward(Decimal(-1))])
def test_money_or_a_gift_and_not_both(new, wang, reward):
    with pytest.raises(Refused) as refusal:
        promise_reward(new.pk, reward, by=wang, at=NOW)
    assert refusal.value.field == "amount"
    assert ReferralReward.objects.count() == 0


def test_a_promise_is_changed_until_it_is_approved(new, wang, chen):
    promise_reward(new.pk, Reward(amount=Decimal(500)), by=wang, at=NOW)
    promise_reward(new.pk, Reward(gift="Free service"), by=wang, at=NOW)
    approve_reward(new.pk, by=chen, at=LATER)
    with pytest.raises(Refused, match="stays as it is"):
        promise_reward(new.pk, Reward(amount=Decimal(900)), by=wang, at=LATER)
    assert ReferralReward.objects.get().gift == "Free service"


def test_only_the_manager_approves_and_pays(new, wang):
    promise_reward(new.pk, Reward(amount=Decimal(500)), by=wang, at=NOW)
    for verb in (approve_reward, pay_reward):
        with pytest.raises(NotAllowed):
            verb(new.pk, by=wang, at=NOW)


def test_not_paid_before_approval_and_not_twice(new, wang, chen):
    promise_reward(new.pk, Reward(amount=Decimal(500)), by=wang, at=NOW)
    with pytest.raises(Refused, match="Approve it first"):
        pay_reward(new.pk, by=chen, at=NOW)
    approve_reward(new.pk, by=chen, at=NOW)
    with pytest.raises(Refused, match="approved already"):
        approve_reward(new.pk, by=chen, at=NOW)


def test_who_was_not_referred_has_no_reward(store, wang):
    lead = know(store, wang, "13900000002")
    with pytest.raises(Refused, match="Name the referrer first"):
        promise_reward(lead.pk, Reward(amount=Decimal(500)), by=wang, at=NOW)


# --- who pays, and by which rule --------------------------------------------------------------


def delivered(lead, on="2026-03-20"):
    """The reward of a lead is due: its car was handed over."""
    ReferralReward.objects.filter(lead=lead).update(due_on=on)


@pytest.fixture
def owed(new, wang, chen):
    promise_reward(new.pk, Reward(amount=Decimal(500)), by=wang, at=NOW)
    approve_reward(new.pk, by=chen, at=LATER)
    delivered(new)
    return ReferralReward.objects.get()


def test_finance_pays_and_not_the_manager_where_there_is_a_clerk(store, owed, chen):
    sun = person(store, "sun", "孙丽", "finance")
    with pytest.raises(NotAllowed, match="finance clerk"):
        pay_reward(owed.lead_id, by=chen, at=PAID)
    assert pay_reward(owed.lead_id, by=sun, at=PAID).paid_by == sun
    with pytest.raises(Refused, match="paid already"):
        pay_reward(owed.lead_id, by=sun, at=PAID)


def test_without_a_clerk_the_manager_pays(store, owed, chen):
    gone = person(store, "sun", "孙丽", "finance")
    gone.memberships.update(ends_on=dt.date(2026, 3, 1))
    person(make_store("west", group=store.group), "west", "西", "finance")
    assert pay_reward(owed.lead_id, by=chen, at=PAID).paid_by == chen


def test_a_clerk_of_another_store_pays_nothing_here(store, owed):
    other = person(make_store("west", group=store.group), "west", "西", "finance")
    with pytest.raises(NotAllowed):
        pay_reward(owed.lead_id, by=other, at=PAID)


def test_the_sum_of_the_stores_rule_is_marked_so_every_other_is_not(store, new, wang, chen):
    rules = []
    for usual, amount in ((0, 500), (500, 500), (500, 800)):
        set_setting(store, "referral_reward", usual, by=chen, at=NOW)
        rules.append(promise_reward(new.pk, Reward(amount=Decimal(amount)), by=wang, at=NOW).rule)
    rules.append(promise_reward(new.pk, Reward(gift="Free service"), by=wang, at=NOW).rule)
    assert rules == ["own", "store", "own", "own"]


def test_the_sheet_of_finance_shows_what_is_due_ahead_and_paid(
    client, settings, store, zhang, owed, wang, chen
):
    settings.DEALER_NOW = PAID.isoformat()
    sun = person(store, "sun", "孙丽", "finance")
    second = refer(store, zhang, name="周敏", phone_text="13900000003", by=wang, at=NOW)
    promise_reward(second.pk, Reward(gift="Free service"), by=wang, at=NOW)
    client.force_login(sun)
    assert client.get("/").headers["Location"] == "/rewards/"
    page = client.get("/rewards/")
    assert ([row.pk for row in page.context["due"]], page.context["sum"]) == ([owed.pk], Decimal(500))
    assert page.context["ahead"] == []  # not approved: the manager's, not hers
    approve_reward(second.pk, by=chen, at=LATER)
    assert [row.gift for row in client.get("/rewards/").context["ahead"]] == ["Free service"]
    assert client.post("/rewards/", {"reward": owed.pk}).status_code == 302
    page = client.get("/rewards/")
    assert (page.context["due"], [row.paid_by for row in page.context["paid"]]) == ([], [sun])
    assert "13900000002" not in page.content.decode()
    again = client.post("/rewards/", {"reward": owed.pk}, follow=True)
    assert "It is paid already." in again.content.decode()
    for nonsense in ("", "x", "9" * 30, "0"):
        assert client.post("/rewards/", {"reward": nonsense}).status_code == 404


def test_on_the_day_of_the_delivery_it_is_due_the_second_before_it_is_not(client, settings, store, owed):
    client.force_login(person(store, "sun", "孙丽", "finance"))
    for now, due in (("2026-03-19 23:59:59", 0), ("2026-03-20 00:00", 1)):
        settings.DEALER_NOW = at(now).isoformat()
        assert len(client.get("/rewards/").context["due"]) == due


def test_the_manager_reads_the_sheet_of_a_store_with_a_clerk_and_presses_nothing(
    client, settings, store, owed, chen, wang
):
    settings.DEALER_NOW = PAID.isoformat()
    person(store, "sun", "孙丽", "finance")
    client.force_login(chen)
    page = client.get("/rewards/").content.decode()
    assert "The finance clerk pays." in page
    assert "Paid out" not in page
    assert client.post("/rewards/", {"reward": owed.pk}).status_code == 403
    client.force_login(wang)
    assert client.get("/rewards/").status_code == 403
    owed.refresh_from_db()
    assert owed.paid_at is None


def test_the_sheet_takes_as_many_statements_for_many_as_for_one(
    client, settings, store, zhang, owed, wang, chen
):
    settings.DEALER_NOW = PAID.isoformat()
    client.force_login(person(store, "sun", "孙丽", "finance"))
    client.get("/rewards/")
    counts = []
    for number in range(2):
        with statements() as asked:
            client.get("/rewards/")
        counts.append(len(asked))
        for more in range(4):
            lead = refer(store, zhang, name="友", phone_text=f"1390000{number}1{more:02d}", by=wang, at=NOW)
            promise_reward(lead.pk, Reward(amount=Decimal(100)), by=wang, at=NOW)
            approve_reward(lead.pk, by=chen, at=LATER)
            delivered(lead)
    assert counts[0] == counts[1] <= 10
