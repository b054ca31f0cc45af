"""OWN-10: two people work one lead in one line."""

import pytest

from accounts.errors import NotAllowed, Refused
from followups.contacts import Said, log_contact
from leads.collaborators import add_collaborator, collaborators_of, end_collaboration
from leads.giving import give
from leads.models import Collaborator, Lead, LeadEvent
from tests.conftest import at
from tests.factories import make_person, make_store
from tests.followups.worked_leads import make_lead

pytestmark = pytest.mark.django_db
NOW = at("2026-03-05 10:00")


@pytest.fixture
def lead(store, li):
    return make_lead(store, li, "A", visited="2026-03-02 15:00")


def sees(user, lead, now=NOW):
    return Lead.objects.filter(pk=lead.pk).visible_to(user, now=now).exists()


def test_a_collaborator_sees_the_lead_and_works_on_it(lead, li, wang):
    assert not sees(wang, lead)
    add_collaborator(lead.pk, wang, by=li, at=NOW)
    assert sees(wang, lead)
    contact = log_contact(lead.pk, Said("looking"), by=wang, at=NOW, now=NOW)
    assert (contact.by, contact.for_user) == (wang, li)  # the credit stays the owner's
    assert Lead.objects.get(pk=lead.pk).owner == li


def test_twice_is_once(lead, li, wang):
    add_collaborator(lead.pk, wang, by=li, at=NOW)
    add_collaborator(lead.pk, wang, by=li, at=NOW)
    assert [row.user for row in collaborators_of(lead)] == [wang]
    assert LeadEvent.objects.filter(lead=lead, kind="collaborator").count() == 1


@pytest.mark.parametrize("who", ["li", "wang", "chen"])
def test_owner_manager_and_the_collaborator_himself_end_it(request, lead, li, wang, who):
    add_collaborator(lead.pk, wang, by=li, at=NOW)
    end_collaboration(lead.pk, wang, by=request.getfixturevalue(who), at=NOW)
    assert collaborators_of(lead) == []
    assert not sees(wang, lead)
    events = LeadEvent.objects.filter(lead=lead, kind="collaborator").order_by("id")
    assert list(events.values_list("from_value", "to_value")) == [("", str(wang.pk)), (str(wang.pk), "")]


def test_it_may_begin_again(lead, li, wang):
    for _ in range(2):
        add_collaborator(lead.pk, wang, by=li, at=NOW)
        end_collaboration(lead.pk, wang, by=li, at=NOW)
    assert Collaborator.objects.filter(lead=lead).count() == 2


def test_a_colleague_neither_joins_nor_ends_it(lead, li, wang, zhao):
    with pytest.raises(NotAllowed):
        add_collaborator(lead.pk, zhao, by=zhao, at=NOW)
    add_collaborator(lead.pk, wang, by=li, at=NOW)
    with pytest.raises(NotAllowed):
        end_collaboration(lead.pk, wang, by=zhao, at=NOW)
    assert [row.user for row in collaborators_of(lead)] == [wang]


def test_the_owner_and_strangers_to_the_store_are_refused(store, lead, li, qian):
    west = make_store("west", group=store.group)
    for person in (li, qian, make_person(west, "tang", "唐薇", "consultant")):
        with pytest.raises(Refused) as refusal:
            add_collaborator(lead.pk, person, by=li, at=NOW)
        assert refusal.value.field == "user"
    assert collaborators_of(lead) == []


def test_who_becomes_the_owner_is_no_collaborator_any_more(lead, li, wang, zhao):
    add_collaborator(lead.pk, wang, by=li, at=NOW)
    give(lead.pk, wang, by=li, at=NOW)
    assert collaborators_of(lead) == []
    give(lead.pk, zhao, by=wang, at=NOW)
    assert not sees(wang, lead)
