"""A69: what holds a lapse back, and the first night without it."""

import datetime as dt

import pytest

from accounts.models import DayOff
from accounts.rules import set_setting
from followups.appointments import cancel_appointment, make_appointment
from followups.models import Appointment
from leads.models import Evidence, LapseProposal, Lead, LeadEvent
from tests.conftest import at
from tests.followups.worked_leads import make_lead
from tests.nights import late_night, night_in_a_row

pytestmark = pytest.mark.django_db


def march(day):
    return dt.date(2026, 3, day)


def night(store, on):
    return night_in_a_row(store, on)


@pytest.fixture
def automatic(store, chen):
    set_setting(store, "lapse_mode", "automatic", by=chen, at=at("2026-03-01 10:00"))


@pytest.fixture
def lead(store, li):
    """B of Li, visited on 2 March, never called: lapses on the 10th."""
    lead = make_lead(store, li, visited="2026-03-02 10:00")
    assert lead.lapses_on == march(10)
    return lead


def owner_of(lead):
    return Lead.objects.get(pk=lead.pk).owner


def deposit(lead, **facts):
    return Evidence.objects.create(
        lead=lead, kind="deposit", at=at("2026-03-05 10:00"), ref_kind="receipt", ref_id=1, **facts
    )


def test_money_holds_it_until_the_money_is_gone(store, lead, automatic):
    standing = deposit(lead)
    assert night(store, march(10)).lapsed == 0
    standing.revoked_at = at("2026-03-11 10:00")
    standing.save()
    assert night(store, march(12)).lapsed == 1


def test_an_appointment_still_to_come_holds_it(store, lead, li, automatic):
    Appointment.objects.create(
        lead=lead, store=store, at=at("2026-03-10 10:00"), set_by=li, set_at=at("2026-03-05 10:00")
    )
    assert night(store, march(10)).lapsed == 0
    assert owner_of(lead) == li


def test_an_appointment_protects_eight_days_beyond_its_own(store, lead, li, automatic):
    make_appointment(lead.pk, at("2026-03-09 10:00"), by=li, now=at("2026-03-05 10:00"))
    assert night(store, march(10)).lapsed == 0
    assert Lead.objects.get(pk=lead.pk).lapses_on == march(17)
    assert night(store, march(17)).lapsed == 1


def test_called_off_it_protects_no_longer(store, lead, li, automatic):
    appointment = make_appointment(lead.pk, at("2026-03-09 10:00"), by=li, now=at("2026-03-05 10:00"))
    cancel_appointment(appointment.pk, by=li, now=at("2026-03-06 10:00"))
    assert night(store, march(10)).lapsed == 1


def test_leave_of_the_owner_holds_it_to_the_first_night_without(store, lead, li, automatic):
    for day in (10, 11):
        DayOff.objects.create(user=li, store=store, on=march(day), absence=True)
    assert [night(store, march(day)).lapsed for day in (10, 11, 12)] == [0, 0, 1]
    assert LeadEvent.objects.get(lead=lead, kind="owner").at == at("2026-03-12 00:00")


@pytest.mark.thorough
def test_a_late_night_dates_the_lapse_on_the_first_night_without_leave(store, lead, li, automatic):
    DayOff.objects.create(user=li, store=store, on=march(10), absence=True)
    DayOff.objects.create(user=li, store=store, on=march(13), absence=True)
    assert late_night(store, march(13)).lapsed == 1
    assert LeadEvent.objects.get(lead=lead, kind="owner").at == at("2026-03-11 00:00")


def test_a_day_off_holds_nothing(store, lead, li, automatic):
    DayOff.objects.create(user=li, store=store, on=march(10))
    assert night(store, march(10)).lapsed == 1


@pytest.mark.parametrize("hold", ["money", "appointment", "absence"])
@pytest.mark.thorough
def test_a_proposal_is_held_back_by_the_same(store, lead, li, hold):
    if hold == "money":
        deposit(lead)
    elif hold == "appointment":
        Appointment.objects.create(
            lead=lead, store=store, at=at("2026-03-20 10:00"), set_by=li, set_at=at("2026-03-05 10:00")
        )
    else:
        DayOff.objects.create(user=li, store=store, on=march(10), absence=True)
    assert night(store, march(10)).lapse_proposed == 0
    assert not LapseProposal.objects.exists()


@pytest.mark.thorough
def test_the_pool_lead_keeps_its_dated_task_unassigned(store, lead, automatic):
    before = lead.tasks.get(kind="cadence")
    night(store, march(10))
    after = lead.tasks.get(kind="cadence")
    assert (after.assignee, after.due_on, after.state) == (None, before.due_on, "open")
    assert Lead.objects.get(pk=lead.pk).next_due_on == before.due_on


def test_nothing_lapses_twice(store, lead, automatic):
    assert [night(store, march(day)).lapsed for day in (10, 11)] == [1, 0]
    assert LeadEvent.objects.filter(lead=lead, kind="owner").count() == 1


@pytest.mark.thorough
def test_a_proposal_left_over_from_the_other_mode_is_overtaken(store, lead, chen):
    night(store, march(10))
    set_setting(store, "lapse_mode", "automatic", by=chen, at=at("2026-03-10 10:00"))
    night(store, march(11))
    assert LapseProposal.objects.get().decision == "overtaken"
    assert owner_of(lead) is None
