"""The sheets of the card's menu: who works along, who invites, whose it is, families, referrals, shares."""

import re
from decimal import Decimal
from itertools import product

import pytest
from django.urls import reverse

from followups.contacts import Said, log_contact
from leads.collaborators import add_collaborator, collaborators_of
from leads.disputes import concede, open_dispute, told_dispute, told_disputes
from leads.household import relatives
from leads.models import Credit, Dispute, Lead, ReferralReward
from leads.referrals import refer
from showroom.visits import Arrival, log_visit
from tests.accounts.test_meanwhile import values_in
from tests.conftest import at
from tests.factories import make_person, make_store
from tests.showroom.known import know

pytestmark = pytest.mark.django_db
NOW = at("2026-03-12 15:00")


@pytest.fixture(autouse=True)
def _afternoon(settings):
    settings.DEALER_NOW = NOW.isoformat()


@pytest.fixture
def lead(store, li):
    return know(store, li, "13800000001", "张伟", grade="A")


@pytest.fixture
def send(client):
    """Posts to a sheet of the lead as somebody: `send(li, lead, "give", person=...)`."""

    def post(user, lead, route, **fields):
        client.force_login(user)
        return client.post(reverse(f"leads:{route}", args=[lead.number]), fields)

    return post


@pytest.fixture
def read(client):
    def get(user, address):
        client.force_login(user)
        return client.get(address).content.decode()

    return get


def sheet(lead, route):
    return reverse(f"leads:{route}", args=[lead.number])


# --- who works along --------------------------------------------------------------------


def test_a_collaborator_is_added_and_ended(send, read, lead, li, wang):
    assert send(li, lead, "collaborators", person=wang.pk).status_code == 302
    assert [row.user for row in collaborators_of(lead)] == [wang]
    assert "王芳" in read(li, sheet(lead, "collaborators"))
    assert send(li, lead, "collaborators", end=wang.pk).status_code == 302
    assert collaborators_of(lead) == []


def test_each_is_told_what_the_other_did(client, read, lead, li, wang):
    add_collaborator(lead.pk, wang, by=li, at=NOW)
    log_contact(lead.pk, Said("price", text="Wants 3,000 off"), by=wang, at=NOW, now=NOW)
    mine = read(li, "/together/")
    assert "张伟" in mine
    assert "王芳 called" in mine
    assert "Wants 3,000 off" in mine
    theirs = read(wang, "/together/")
    assert "张伟" in theirs
    assert "李强" in theirs
    assert "Wants 3,000 off" not in theirs


def test_nothing_shared_nothing_told(read, lead, zhao):
    assert "张" not in read(zhao, "/together/")


def test_my_day_fetches_it(client, read, lead, li):
    assert 'hx-get="/together/"' in read(li, "/")


# --- who invites ------------------------------------------------------------------------


def test_the_manager_names_the_agent(send, store, lead, chen):
    mei = make_person(store, "mei", "梅洁", "bdc_agent")
    Lead.objects.filter(pk=lead.pk).update(last_visit_at=None, step=1)
    assert send(chen, lead, "setter", person=mei.pk).status_code == 302
    assert Lead.objects.get().setter == mei


def test_the_sheet_shows_who_invites_now(send, client, store, lead, chen):
    mei, _hua = (make_person(store, name, name, "bdc_agent") for name in ("mei", "hua"))
    Lead.objects.filter(pk=lead.pk).update(last_visit_at=None, step=1, setter=mei)
    client.force_login(chen)
    assert client.get(sheet(lead, "setter")).context["form"]["person"].value() == str(mei.pk)


def test_after_the_first_visit_the_sheet_says_no(send, store, lead, chen):
    mei = make_person(store, "mei", "梅洁", "bdc_agent")
    answer = send(chen, lead, "setter", person=mei.pk)
    assert answer.status_code == 422
    assert "They have been here" in answer.content.decode()


# --- whose it is ------------------------------------------------------------------------


@pytest.fixture
def dispute(store, lead, wang):
    log_visit(store, Arrival(lead_id=lead.pk), receiver=wang, by=wang, at=NOW, now=NOW)
    return open_dispute(lead.pk, by=wang, claim="I showed them round", at=NOW)


def test_a_claim_is_opened_from_the_masked_card(send, read, store, lead, zhao):
    log_visit(store, Arrival(lead_id=lead.pk), receiver=zhao, by=zhao, at=at("2026-03-11 10:00"), now=NOW)
    assert sheet(lead, "claim") in read(zhao, sheet(lead, "masked"))
    answer = send(zhao, lead, "claim", claim="My neighbour")
    assert answer.headers["Location"] == f"/disputes/{Dispute.objects.get().pk}/"


def test_without_a_ground_the_words_stay(send, lead, zhao):
    answer = send(zhao, lead, "claim", claim="My neighbour")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Only who received" in page
    assert "My neighbour" in page


def test_both_sides_and_the_manager_find_it_on_their_day(read, dispute, li, wang, zhao, chen):
    address = f"/disputes/{dispute.pk}/"
    found = [address in read(person, "/together/") for person in (li, wang, chen, zhao)]
    assert found == [True, True, True, False]


def test_the_manager_decides_in_the_sheet(client, dispute, lead, chen, wang):
    client.force_login(chen)
    address = f"/disputes/{dispute.pk}/"
    assert client.post(address, {"person": wang.pk}).status_code == 422
    assert client.post(address, {"person": wang.pk, "reason": "Wang did the work"}).status_code == 302
    assert Lead.objects.get(pk=lead.pk).owner == wang
    told = client.get(address).content.decode()  # settled: both read how, nothing is left to decide
    assert "The manager decided for 王芳: Wang did the work" in told
    late = client.post(address, {"person": wang.pk, "reason": "Once more"})
    assert (late.status_code, Dispute.objects.get().reason) == (409, "Wang did the work")
    assert "Once more" in late.content.decode()


def test_both_sides_read_for_two_days_that_the_act_of_another_ended_it(
    client, read, settings, dispute, lead, li, wang, zhao, chen
):
    client.force_login(chen)
    client.post(reverse("leads:give", args=[lead.number]), {"person": zhao.pk, "reason": "Balance"})
    end = "The lead changed hands; the claim has ended."
    found = [end in read(person, "/together/") for person in (li, wang, chen, zhao)]
    assert found == [True, True, True, False]
    assert end in read(wang, f"/disputes/{dispute.pk}/")
    settings.DEALER_NOW = at("2026-03-13 23:59").isoformat()
    assert end in read(li, "/together/")
    settings.DEALER_NOW = at("2026-03-14 00:00").isoformat()
    assert end not in read(li, "/together/")
    assert client.get(f"/disputes/{dispute.pk}/").status_code == 404


def test_the_key_of_a_dispute_opens_what_the_list_tells(store, dispute, li, wang, zhao, chen, qian):
    west = make_store("west", group=store.group)
    there = make_person(west, "west", "西门", "manager")
    for moment in (NOW, at("2026-03-13 23:59"), at("2026-03-14 00:00")):
        for person, place in product((li, wang, zhao, chen, qian, there), (store, west)):
            listed = told_disputes(person, place, now=moment).filter(pk=dispute.pk).first()
            assert told_dispute(dispute.pk, person, place, now=moment) == listed
        if moment == NOW:
            concede(dispute.pk, by=wang, at=NOW)


@pytest.mark.parametrize("address", ["/disputes/{}/", "/losses/{}/"])
def test_a_key_that_no_row_can_have_is_not_found(client, chen, address):
    client.force_login(chen)
    assert client.get(address.format(10**20)).status_code == 404


def test_the_holder_leaves_it(client, dispute, lead, li, wang):
    client.force_login(li)
    assert client.post(f"/disputes/{dispute.pk}/").status_code == 302
    assert Lead.objects.get(pk=lead.pk).owner == wang


# --- families ---------------------------------------------------------------------------


def test_a_wife_is_linked_and_taken_away_again(send, read, lead, li):
    fields = {"relation": "spouse", "phone": "13900000002", "name": "刘敏"}
    assert send(li, lead, "family", **fields).status_code == 302
    ((row, person, words),) = relatives(lead.customer)
    assert (person.name, words) == ("刘敏", "Spouse")
    page = read(li, sheet(lead, "family"))
    assert "刘敏" in page
    assert "13900000002" not in page
    assert send(li, lead, "family", unlink=row.pk).status_code == 302
    assert relatives(lead.customer) == []


def test_half_a_number_is_422_and_stays(send, lead, li):
    answer = send(li, lead, "family", relation="spouse", phone="1390", name="刘敏")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "This is no whole phone number." in page
    assert 'value="刘敏"' in page


@pytest.mark.parametrize("nonsense", ["0", "x", "9" * 30])
def test_a_strange_link_is_404(send, lead, li, nonsense):
    assert send(li, lead, "family", unlink=nonsense).status_code == 404


# --- referrals --------------------------------------------------------------------------


def token(page):
    return re.search(r'name="token" value="([^"]+)"', page)[1]


def test_a_referral_is_written_once_however_often_it_is_sent(send, read, lead, li):
    fields = {"name": "刘敏", "phone": "13900000002", "token": token(read(li, sheet(lead, "referred")))}
    first, second = send(li, lead, "referred", **fields), send(li, lead, "referred", **fields)
    new = Lead.objects.get(referrer=lead.customer)
    assert first.headers["Location"] == second.headers["Location"] == f"/leads/{new.number}/"
    assert new.owner == li


def test_without_a_number_it_leads_to_the_masked_card(send, read, lead, li):
    fields = {"name": "刘敏", "token": token(read(li, sheet(lead, "referred")))}
    answer = send(li, lead, "referred", **fields)
    new = Lead.objects.get(referrer=lead.customer)
    assert (answer.headers["Location"], new.owner) == (f"/leads/{new.number}/masked/", None)


def test_the_reward_from_promise_to_payment(send, read, store, lead, li, chen):
    new = refer(store, lead.customer, name="刘敏", phone_text="13900000002", by=li, at=NOW)
    assert send(li, new, "referral", amount="500", gift="").status_code == 302
    assert "to approve" in read(chen, "/together/")
    assert send(li, new, "referral", act="approve").status_code == 403
    assert send(chen, new, "referral", act="approve").status_code == 302
    answer = send(chen, new, "referral", act="pay")
    assert answer.status_code == 422
    assert "when the car is delivered" in answer.content.decode()
    ReferralReward.objects.update(due_on="2026-03-12")
    assert "to pay" in read(chen, "/together/")
    assert send(chen, new, "referral", act="pay").status_code == 302
    assert ReferralReward.objects.get().paid_at == NOW


def test_money_and_a_gift_is_422(send, store, lead, li):
    new = refer(store, lead.customer, name="刘敏", phone_text="13900000002", by=li, at=NOW)
    answer = send(li, new, "referral", amount="500", gift="Wash")
    assert answer.status_code == 422
    assert "fill in one of the two" in answer.content.decode()


# --- shares of a deal -------------------------------------------------------------------


def test_the_manager_shares_a_deal_out(send, lead, li, wang, chen):
    Lead.objects.filter(pk=lead.pk).update(step=7)
    Credit.objects.create(lead=lead, user=li, share=100, at=NOW)
    wrong = {f"share_{li.pk}": "70", f"share_{wang.pk}": "20"}
    answer = send(chen, lead, "credit", **wrong)
    assert answer.status_code == 422
    assert "must sum to 100" in answer.content.decode()
    right = wrong | {f"share_{wang.pk}": "30"}
    assert send(chen, lead, "credit", **right).status_code == 302
    shares = Credit.objects.order_by("-share").values_list("user", "share")
    assert list(shares) == [(li.pk, Decimal(70)), (wang.pk, Decimal(30))]


def test_who_shares_out_second_sees_both_and_the_next_sending_saves(client, lead, li, wang, zhao, chen):
    Lead.objects.filter(pk=lead.pk).update(step=7)
    Credit.objects.create(lead=lead, user=li, share=100, at=NOW)
    client.force_login(chen)
    opened = values_in(client.get(sheet(lead, "credit")).context["form"])
    client.post(sheet(lead, "credit"), opened | {f"share_{li.pk}": "70", f"share_{wang.pk}": "30"})
    yours = opened | {f"share_{li.pk}": "60", f"share_{zhao.pk}": "40"}
    answer = client.post(sheet(lead, "credit"), yours)
    form = answer.context["form"]
    assert (answer.status_code, Credit.objects.get(user=wang).share) == (409, 30)
    assert [(clash.theirs, clash.yours) for clash in form.clashes] == [("70.00", "60")]
    assert [values_in(form)[f"share_{who.pk}"] for who in (li, wang, zhao)] == ["60", "30.00", "40"]
    again = client.post(sheet(lead, "credit"), values_in(form) | {f"share_{wang.pk}": ""})
    assert again.status_code == 302
    shares = Credit.objects.order_by("-share").values_list("user", "share")
    assert list(shares) == [(li.pk, 60), (zhao.pk, 40)]


# --- the menu ---------------------------------------------------------------------------


def lines(read, user, lead):
    page = read(user, reverse("leads:card", args=[lead.number]))
    routes = ("give", "collaborators", "setter", "claim", "family", "referred", "referral", "credit")
    return [route for route in routes if f'href="{sheet(lead, route)}"' in page]


def test_the_menu_offers_what_the_person_may(read, store, lead, li, wang, chen):
    assert lines(read, li, lead) == ["give", "collaborators", "family", "referred"]
    log_visit(store, Arrival(lead_id=lead.pk), receiver=wang, by=wang, at=NOW, now=NOW)
    assert lines(read, wang, lead) == ["claim"]
    Lead.objects.filter(pk=lead.pk).update(step=7)
    assert lines(read, chen, lead) == ["give", "collaborators", "family", "referred", "credit"]


def test_a_lead_nobody_met_offers_the_setter_and_the_referral(read, lead, li):
    Lead.objects.filter(pk=lead.pk).update(step=1, last_visit_at=None)
    assert lines(read, li, lead) == ["give", "collaborators", "setter", "family", "referred", "referral"]


def test_the_timeline_tells_of_people(read, dispute, lead, li, wang):
    add_collaborator(lead.pk, wang, by=li, at=NOW)
    page = read(li, reverse("leads:card", args=[lead.number]))
    assert "王芳 claims this customer" in page
    assert "王芳 works along" in page
