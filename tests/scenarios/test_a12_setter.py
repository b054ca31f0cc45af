"""A12: the invitation desk sets, the consultant receives and closes."""

import pytest

from accounts.errors import NotAllowed, Refused
from accounts.rules import set_setting
from followups.appointments import make_appointment
from followups.contacts import Said, log_contact
from leads.giving import give, take
from leads.models import Credit, Lead, LeadEvent
from leads.moves import record_evidence
from leads.setters import agents_of, set_setter
from showroom.lookup import State, answer
from showroom.models import Visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import LeadFactory, make_person
from tests.showroom.known import know

pytestmark = pytest.mark.django_db
NOW = at("2026-03-05 10:00")
CAME = at("2026-03-06 14:00")


@pytest.fixture
def mei(store):
    return person_of_the_desk(store, "mei", "梅洁")


def person_of_the_desk(store, username, name):
    return make_person(store, username, name, "bdc_agent")


@pytest.fixture
def lead(store, mei):
    """Zhang called in; Mei looks after him until he comes."""
    lead = know(store, mei, "13800000001", step=1)
    Lead.objects.filter(pk=lead.pk).update(last_visit_at=None)
    lead.refresh_from_db()
    return lead


def come(store, receiver):
    arrival = Arrival(phone_text="13800000001", persons=1)
    visit, _ = log_visit(store, arrival, receiver=receiver, by=receiver, at=CAME, now=CAME)
    return visit


def people(lead):
    lead.refresh_from_db()
    return lead.owner and lead.owner.username, lead.setter and lead.setter.username


def test_mei_sets_wang_receives_and_closes(store, lead, mei, wang):
    make_appointment(lead.pk, CAME, by=mei, now=NOW)
    assert people(lead) == ("mei", "mei")
    visit = come(store, wang)
    assert people(lead) == ("wang", "mei")
    assert (visit.kind, visit.courtesy) == (Visit.Kind.FIRST_CARDED, False)
    lead.refresh_from_db()
    for place, kind in enumerate(("deposit", "contract"), start=1):
        record_evidence(lead, kind, ref_kind="receipt", ref_id=place, by=wang, at=CAME, recorded_at=CAME)
    assert Lead.objects.get(pk=lead.pk).step >= 7
    counted = Credit.objects.filter(lead=lead).values_list("user__username", "part", "share")
    assert sorted(counted) == [("mei", "setter", 100), ("wang", "sale", 100)]
    assert Lead.objects.filter(step__gte=7).count() == 1  # deals 1


def test_whom_the_setter_names_owns_whoever_receives(store, lead, mei, wang, li):
    give(lead.pk, wang, by=mei, at=NOW)
    assert people(lead) == ("wang", "mei")
    assert come(store, li).courtesy is True
    assert people(lead) == ("wang", "mei")


def test_the_answer_under_the_phone_says_so(store, lead, mei, wang):
    said = answer(store, "13800000001", user=wang, now=NOW)
    assert (said.state, said.match.owner_name) == (State.INVITED, "梅洁")
    assert answer(store, "13800000001", user=mei, now=NOW).state == State.MINE
    give(lead.pk, wang, by=mei, at=NOW)
    assert answer(store, "13800000001", user=wang, now=NOW).state == State.MINE


def test_without_an_appointment_the_arrival_keeps_the_agent_as_setter(store, lead, wang):
    come(store, wang)
    assert people(lead) == ("wang", "mei")
    event = LeadEvent.objects.get(lead=lead, kind="setter")
    assert (event.from_value, event.to_value) == ("", str(lead.setter_id))


def test_after_the_first_visit_the_setter_stays_for_ever(store, lead, mei, wang, chen):
    come(store, wang)
    lin = person_of_the_desk(store, "lin", "林静")
    with pytest.raises(Refused, match="They have been here"):
        set_setter(lead.pk, lin, by=chen, at=CAME)
    give(lead.pk, chen, by=wang, at=CAME)
    assert people(lead) == ("chen", "mei")


def test_before_it_the_manager_names_another_agent(store, lead, mei, chen):
    lin = person_of_the_desk(store, "lin", "林静")
    set_setter(lead.pk, mei, by=mei, at=NOW)
    set_setter(lead.pk, lin, by=chen, at=NOW)
    assert people(lead) == ("mei", "lin")
    assert LeadEvent.objects.filter(lead=lead, kind="setter").count() == 2


def test_only_agents_set(store, lead, mei, wang, zhao):
    with pytest.raises(Refused) as refusal:
        set_setter(lead.pk, wang, by=mei, at=NOW)
    assert refusal.value.field == "setter"
    with pytest.raises(NotAllowed):
        set_setter(lead.pk, mei, by=zhao, at=NOW)
    assert agents_of(store) == [mei]


def test_a_setter_reads_later_steps_and_works_no_more(store, lead, mei, wang):
    make_appointment(lead.pk, CAME, by=mei, now=NOW)
    come(store, wang)
    record_evidence(
        Lead.objects.select_related("store", "customer").get(pk=lead.pk),
        "drive_started", ref_kind="drive", ref_id=1, by=wang, at=CAME, recorded_at=CAME,
    )  # fmt: skip
    assert Lead.objects.get(pk=lead.pk).step == 5
    assert Lead.objects.visible_to(mei, now=CAME).filter(pk=lead.pk).exists()
    with pytest.raises(NotAllowed):
        log_contact(lead.pk, Said("looking"), by=mei, at=CAME, now=CAME)


def test_where_consultants_invite_agents_own_nothing(store, lead, mei, chen):
    set_setting(store, "dcc_mode", "consultants", by=chen, at=NOW)
    pooled = LeadFactory(store=store, step=1)
    with pytest.raises(NotAllowed):
        take(pooled.pk, by=mei, at=NOW)
    with pytest.raises(Refused):
        set_setter(lead.pk, mei, by=chen, at=NOW)


def test_a_separate_desk_keeps_new_customers_from_the_consultants(store, mei, wang, chen):
    set_setting(store, "dcc_mode", "separate", by=chen, at=NOW)
    new, known = LeadFactory(store=store, step=1), LeadFactory(store=store, last_visit_at=NOW)
    with pytest.raises(Refused, match="invitation desk"):
        take(new.pk, by=wang, at=NOW)
    assert take(new.pk, by=mei, at=NOW).owner == mei
    assert take(known.pk, by=wang, at=NOW).owner == wang


def test_an_agent_takes_nobody_who_has_been_here(store, mei):
    with pytest.raises(NotAllowed):
        take(LeadFactory(store=store, last_visit_at=NOW).pk, by=mei, at=NOW)


def test_a_consultants_own_appointment_makes_no_setter(store, wang):
    lead = know(store, wang, "13800000002", step=1)
    Lead.objects.filter(pk=lead.pk).update(last_visit_at=None)
    make_appointment(lead.pk, CAME, by=wang, now=NOW)
    assert people(lead) == ("wang", None)
