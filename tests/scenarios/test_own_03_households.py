"""OWN-03, OWN-04, A10: who counts as the same customer goes to the same owner."""

import pytest

from accounts.errors import NotAllowed, Refused
from leads.household import add_relative, family_lead, link, relatives, unlink
from leads.merging import merge
from leads.models import ContactPoint, Customer, CustomerLink, FieldChange, Lead
from showroom.lookup import State, answer
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import make_store
from tests.showroom.known import know

pytestmark = pytest.mark.django_db
NOW = at("2026-03-05 10:00")
HERS = "13900000002"


@pytest.fixture
def zhang(store, wang):
    """Zhang, Wang's customer."""
    return know(store, wang, "13900000001", "张伟", step=4)


def add(lead, relation, by, phone=HERS, name="刘敏"):
    return add_relative(lead.pk, relation, phone_text=phone, name=name, by=by, at=NOW)


def come(store, receiver, phone=HERS, name="刘敏"):
    arrival = Arrival(phone_text=phone, name=name)
    visit, _ = log_visit(store, arrival, receiver=receiver, by=receiver, at=NOW, now=NOW)
    return visit


@pytest.mark.parametrize("relation", ["spouse", "parent", "child"])
def test_the_wife_of_zhang_goes_to_zhangs_owner(store, zhang, wang, li, relation):
    add(zhang, relation, wang)
    visit = come(store, li)
    assert (visit.lead.owner, visit.receiver, visit.courtesy) == (wang, li, True)
    assert visit.lead.customer.name == "刘敏"
    assert Customer.objects.count() == 2


@pytest.mark.parametrize("relation", ["sibling", "relative"])
def test_his_brother_goes_to_whoever_receives(store, zhang, wang, li, relation):
    add(zhang, relation, wang)
    assert come(store, li).lead.owner == li


@pytest.mark.parametrize(("relation", "owner"), [("shareholder", "wang"), ("employee", "li")])
def test_a_shareholder_is_the_companys_customer_an_employee_is_not(store, zhang, wang, li, relation, owner):
    Customer.objects.filter(pk=zhang.customer_id).update(kind="organisation")
    add(zhang, relation, wang)
    assert come(store, li).lead.owner.username == owner


def test_the_answer_under_the_phone_knows_the_family(store, zhang, wang, li):
    add(zhang, "spouse", wang)
    said = answer(store, HERS, user=li, now=NOW)
    assert (said.state, said.match.name, said.match.owner_name) == (State.FAMILY, "张**", "王芳")
    assert answer(store, HERS, user=wang, now=NOW).match.name == "张伟"
    add(zhang, "sibling", wang)
    assert answer(store, HERS, user=li, now=NOW).state == State.NEW


def test_the_owner_may_have_changed_since(store, zhang, wang, li, zhao):
    add(zhang, "spouse", wang)
    Lead.objects.filter(pk=zhang.pk).update(owner=zhao)
    assert come(store, li).lead.owner == zhao


@pytest.mark.parametrize("change", [{"owner": None, "lapses_on": None}, {"status": "lost"}])
def test_a_family_without_an_owner_decides_nothing(store, zhang, wang, li, change):
    add(zhang, "spouse", wang)
    Lead.objects.filter(pk=zhang.pk).update(**change)
    assert come(store, li).lead.owner == li


def test_who_has_a_lead_already_keeps_its_owner(store, zhang, wang, li):
    hers = know(store, li, HERS, "刘敏")
    add(zhang, "spouse", wang)
    assert come(store, li).lead == hers
    assert Lead.objects.get(pk=hers.pk).owner == li
    assert Lead.objects.count() == 2


def test_family_counts_within_one_store(store, zhang, wang):
    west = make_store("west", group=store.group)
    hers = add(zhang, "spouse", wang)
    other = hers.other if hers.one_id == zhang.customer_id else hers.one
    assert family_lead(other, store) == zhang
    assert family_lead(other, west) is None


def test_a_known_number_is_linked_and_no_second_customer_made(store, zhang, wang, li):
    hers = know(store, li, HERS, "刘敏")
    add(zhang, "spouse", wang, name="")
    assert [(person, words) for _row, person, words in relatives(zhang.customer)] == [
        (hers.customer, "Spouse")
    ]
    assert Customer.objects.count() == 2


def test_a_new_number_makes_a_customer_without_a_lead(store, zhang, wang):
    add(zhang, "spouse", wang)
    point = ContactPoint.objects.get(value=f"+86{HERS}")
    assert (point.customer.name, point.obtained_by, point.customer.leads.count()) == ("刘敏", wang, 0)


def test_each_side_reads_the_relation_from_its_own_side(store, zhang, wang, li):
    son = know(store, li, HERS, "张小")
    link(zhang.customer, son.customer, "child", by=wang, at=NOW)
    assert [words for *_, words in relatives(zhang.customer)] == ["Child"]
    assert [words for *_, words in relatives(son.customer)] == ["Parent"]
    link(son.customer, zhang.customer, "parent", by=li, at=NOW)  # the same, said from the other side
    row = CustomerLink.objects.get()
    assert (row.one, row.other, row.relation) == (zhang.customer, son.customer, "child")


def test_the_newest_word_about_two_people_stands(store, zhang, wang):
    add(zhang, "spouse", wang)
    row = add(zhang, "sibling", wang)
    assert CustomerLink.objects.count() == 1
    assert (row.relation, row.same_customer) == ("sibling", False)
    assert FieldChange.objects.filter(ref_id=zhang.customer_id, field="household").count() == 2


def test_a_wrong_link_is_taken_away(store, zhang, wang, zhao):
    row = add(zhang, "spouse", wang)
    with pytest.raises(NotAllowed):
        unlink(zhang.pk, row.pk, by=zhao, at=NOW)
    unlink(zhang.pk, row.pk, by=wang, at=NOW)
    assert relatives(zhang.customer) == []


def test_what_does_not_fit_is_refused(store, zhang, wang, zhao):
    refused = [
        ("spouse", "13900000001", "phone"),  # himself
        ("spouse", "139000", "phone"),
        ("cousin", HERS, "relation"),
        ("employee", HERS, "relation"),  # of no company
    ]
    for relation, phone, field in refused:
        with pytest.raises(Refused) as refusal:
            add(zhang, relation, wang, phone=phone)
        assert refusal.value.field == field
    with pytest.raises(NotAllowed):
        add(zhang, "spouse", zhao)
    assert (CustomerLink.objects.count(), Customer.objects.count()) == (0, 1)


@pytest.mark.parametrize("whose", ["his", "hers"])
def test_a_merged_card_keeps_its_family(store, zhang, wang, li, zhao, chen, whose):
    twice = know(store, zhao, "13900000005", "张先生")
    add(twice if whose == "his" else zhang, "spouse", chen)
    her = ContactPoint.objects.get(value=f"+86{HERS}").customer
    if whose == "his":
        merge(zhang.customer_id, twice.customer_id, by=chen, at=NOW, reason="one person")
        assert [person for _row, person, _words in relatives(zhang.customer)] == [her]
        assert family_lead(her, store) == zhang
    else:
        come(store, li)  # a merge is for cards with a lead
        new = know(store, None, "13900000006", "刘女士")
        merge(new.customer_id, her.pk, by=chen, at=NOW, reason="one person")
        assert [person for _row, person, _words in relatives(zhang.customer)] == [new.customer]
        assert family_lead(new.customer, store) == zhang
