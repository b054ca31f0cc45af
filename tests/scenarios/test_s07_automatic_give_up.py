"""S07 and A05: nobody called within seven days, so the lead is given up, by itself or by the manager."""

import datetime as dt

import pytest

from accounts.rules import set_setting
from followups.contacts import Said, log_contact
from followups.night import run_night
from leads.models import LapseProposal, LeadEvent
from leads.ownership import decide_lapse
from showroom.closing import Leaving, close_visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CarModelFactory
from tests.nights import night_in_a_row

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 3, 10)


@pytest.fixture
def lead(store, li):
    """Zhang, first walk-in on 2 March, received by Li; nobody has called since."""
    arrival = Arrival(phone_text="13800000001", name="张三", car_model=CarModelFactory(group=store.group))
    came, left = at("2026-03-02 14:20"), at("2026-03-02 15:00")
    visit, _ = log_visit(store, arrival, receiver=li, by=li, at=came, now=came)
    close_visit(visit.pk, Leaving(grade="B", horizon_days=60), by=li, at=left, now=left)
    return visit.lead


@pytest.fixture
def automatic(store, chen):
    set_setting(store, "lapse_mode", "automatic", by=chen, at=at("2026-03-01 10:00"))


def night(store, on=ON):
    return night_in_a_row(store, on)


def owner_of(lead):
    lead.refresh_from_db()
    return lead.owner and lead.owner.username


def test_the_night_of_the_tenth_puts_it_into_the_pool(store, lead, automatic):
    assert night(store, dt.date(2026, 3, 9)).lapsed == 0
    assert owner_of(lead) == "li"
    assert night(store).lapsed == 1
    assert owner_of(lead) is None


def test_the_event_says_whose_it_was_and_when_it_lapsed(store, lead, li, automatic):
    run_night(store, ON, now=at("2026-03-10 03:00"))
    event = LeadEvent.objects.get(lead=lead, kind="owner")
    assert (event.from_value, event.to_value, event.reason) == (str(li.pk), "", "lapsed")
    assert (event.at, event.recorded_at) == (at("2026-03-10 00:00"), at("2026-03-10 03:00"))
    assert (event.by, event.source) == (None, "night")


def test_the_next_receiver_owns_it(store, lead, zhao, automatic):
    night(store)
    came = at("2026-03-12 10:00")
    log_visit(store, Arrival(phone_text="13800000001"), receiver=zhao, by=zhao, at=came, now=came)
    assert owner_of(lead) == "zhao"


def test_a_contact_ten_minutes_before_keeps_it(store, lead, li, automatic):
    called = at("2026-03-09 23:50")
    log_contact(lead.pk, Said("comparing"), by=li, at=called, now=called)
    assert night(store).lapsed == 0
    assert owner_of(lead) == "li"


def test_an_attempt_does_not_keep_it(store, lead, li, automatic):
    tried = at("2026-03-09 10:00")
    log_contact(lead.pk, Said("no_answer"), by=li, at=tried, now=tried)
    assert night(store).lapsed == 1


def test_by_default_the_night_only_proposes(store, lead, li):
    result = night(store)
    assert (result.lapse_proposed, result.lapsed) == (1, 0)
    assert owner_of(lead) == "li"
    proposal = LapseProposal.objects.get()
    assert (proposal.lead, proposal.owner, proposal.lapses_on, proposal.decision) == (lead, li, ON, "")


def test_an_undecided_proposal_is_not_made_twice(store, lead):
    night(store)
    assert night(store, dt.date(2026, 3, 11)).lapse_proposed == 0
    assert LapseProposal.objects.count() == 1


@pytest.mark.thorough
def test_kept_by_the_manager_it_comes_back_eight_days_later(store, lead, chen):
    night(store)
    decide_lapse(LapseProposal.objects.get().pk, "kept", by=chen, at=at("2026-03-10 08:30"))
    assert night(store, dt.date(2026, 3, 17)).lapse_proposed == 0
    assert night(store, dt.date(2026, 3, 18)).lapse_proposed == 1
    assert owner_of(lead) == "li"


def test_confirmed_by_the_manager_it_goes_to_the_pool(store, lead, chen):
    night(store)
    decide_lapse(LapseProposal.objects.get().pk, "pool", by=chen, at=at("2026-03-10 08:30"))
    assert owner_of(lead) is None


def test_a_contact_overtakes_the_proposal(store, lead, li):
    night(store)
    called = at("2026-03-10 09:00")
    log_contact(lead.pk, Said("comparing"), by=li, at=called, now=called)
    assert LapseProposal.objects.get().decision == "overtaken"
    assert night(store, dt.date(2026, 3, 11)).lapse_proposed == 0
