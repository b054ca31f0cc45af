"""A06, CALL-09, T03, T34: who only called has seven days to come; then whoever receives him owns him."""

import datetime as dt

import pytest

from accounts.rules import set_setting
from followups.appointments import cancel_appointment, make_appointment
from followups.contacts import Said, log_contact
from followups.models import Task
from followups.night.phone_only import end_phone_only_protection
from leads.models import Evidence, Lead, LeadEvent
from leads.ownership import set_owner
from showroom.calls import Enquiry, log_call
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import LeadFactory
from tests.nights import late_night, night_in_a_row
from tests.sizes import MANY
from tests.statements import statements

pytestmark = pytest.mark.django_db


def march(day):
    return dt.date(2026, 3, day)


def night(store, day):
    return night_in_a_row(store, march(day))


@pytest.fixture
def lead(store, li):
    """Zhang calls Li on 2 March at 10:00, until 10:06."""
    enquiry = Enquiry(phone_text="13800000001", name="张三", ended_at=at("2026-03-02 10:06"))
    now = at("2026-03-02 10:06")
    call, _new = log_call(store, enquiry, receiver=li, by=li, at=at("2026-03-02 10:00"), now=now)
    return call.lead


def visit(store, receiver, moment):
    arrival = Arrival(phone_text="13800000001")
    return log_visit(store, arrival, receiver=receiver, by=receiver, at=at(moment), now=at(moment))[0]


def endings(lead):
    return LeadEvent.objects.filter(lead=lead, kind="call", from_value="phone_only")


def test_a_call_stands_at_reception_and_starts_seven_days(lead, li):
    lead.refresh_from_db()
    assert (lead.step, lead.owner, lead.grade) == (2, li, "none")
    assert (lead.phone_only_since, lead.lapses_on, lead.last_visit_at) == (march(2), None, None)
    moved = LeadEvent.objects.get(lead=lead, kind="step")
    assert (moved.from_value, moved.to_value, moved.data["evidence"]) == ("prospecting", "reception", "call")


def test_the_first_follow_up_is_24_hours_after_the_end_of_the_call(lead, li):
    task = Task.objects.get(lead=lead, kind="day_after")
    assert (task.kind, task.due_at, task.assignee) == ("day_after", at("2026-03-03 10:06"), li)


def test_a_visit_on_the_seventh_day_after_finds_li_still_the_owner(store, lead, li, wang):
    night(store, 9)
    came = visit(store, wang, "2026-03-09 17:00")
    lead.refresh_from_db()
    assert (lead.owner, came.kind, came.courtesy) == (li, "first_carded", True)
    assert (lead.phone_only_since, lead.phone_only_ended_on) == (None, None)
    assert lead.lapses_on == march(17)


def test_a_visit_on_the_eighth_day_belongs_to_whoever_receives(store, lead, wang):
    night(store, 10)
    came = visit(store, wang, "2026-03-10 09:00")
    lead.refresh_from_db()
    assert (lead.owner, came.kind, came.courtesy) == (wang, "first_carded", False)
    assert (lead.phone_only_since, lead.phone_only_ended_on) == (None, None)
    assert (lead.status, lead.lapses_on) == ("active", march(18))


def test_it_does_not_wait_for_a_night_that_is_late(store, lead, wang):
    visit(store, wang, "2026-03-10 09:00")
    lead.refresh_from_db()
    assert lead.owner == wang


def test_the_owner_himself_just_receives(store, lead, li):
    night(store, 10)
    came = visit(store, li, "2026-03-10 09:00")
    lead.refresh_from_db()
    assert (lead.owner, came.courtesy) == (li, False)
    assert not LeadEvent.objects.filter(lead=lead, kind="owner").exists()


def test_the_night_says_so_once_and_leaves_owner_and_tasks(store, lead, li):
    assert late_night(store, march(8)).changed == 4  # 24 hours missed, told up twice
    assert night(store, 9).changed == 0
    assert night(store, 10).changed == 2
    lead.refresh_from_db()
    assert (lead.owner, lead.status, lead.phone_only_ended_on) == (li, "active", march(10))
    assert Task.objects.get(lead=lead, kind="day_after").assignee == li
    assert endings(lead).get().at == at("2026-03-10 00:00")
    assert night(store, 11).changed == 0
    assert endings(lead).count() == 1


def test_a_late_night_dates_it_on_the_day_it_fell_due(store, lead):
    late_night(store, march(13))
    ended = endings(lead).get()
    assert (ended.at, ended.recorded_at) == (at("2026-03-10 00:00"), at("2026-03-13 00:00"))


@pytest.mark.thorough
def test_under_void_it_is_an_invalid_lead_that_comes_back_by_the_rota(store, lead, wang, chen):
    set_setting(store, "phone_only_lapse", "void", by=chen, at=at("2026-03-01 10:00"))
    night(store, 12)
    lead.refresh_from_db()
    assert (lead.status, lead.void_reason, lead.step) == ("void", "phone_only", 2)
    changed = LeadEvent.objects.get(lead=lead, kind="status")
    assert (changed.at, changed.to_value, changed.source) == (at("2026-03-10 00:00"), "void", "night")
    task = Task.objects.get(lead=lead, kind="day_after")
    assert (task.state, task.closed_at) == ("void", at("2026-03-10 00:00"))
    assert night(store, 13).changed == 0
    visit(store, wang, "2026-03-13 09:00")
    lead.refresh_from_db()
    assert (lead.status, lead.owner, lead.step) == ("active", wang, 2)


def test_an_agreed_day_counts_from_there_until_it_is_called_off(store, lead, li, wang):
    appointment = make_appointment(lead.pk, at("2026-03-12 10:00"), by=li, now=at("2026-03-03 10:00"))
    night(store, 11)
    assert endings(lead).count() == 0
    cancel_appointment(appointment.pk, by=li, now=at("2026-03-11 10:00"))
    night(store, 12)
    assert endings(lead).count() == 1


def test_who_comes_as_agreed_is_still_the_owners(store, lead, li, wang):
    make_appointment(lead.pk, at("2026-03-12 10:00"), by=li, now=at("2026-03-03 10:00"))
    night(store, 12)
    visit(store, wang, "2026-03-12 10:00")
    lead.refresh_from_db()
    assert lead.owner == li


@pytest.mark.thorough
def test_a_new_owner_has_his_own_seven_days(store, lead, wang, zhao, chen):
    given = at("2026-03-09 12:00")
    set_owner(lead, wang, by=chen, at=given, recorded_at=given)
    night(store, 16)
    visit(store, zhao, "2026-03-16 10:00")
    lead.refresh_from_db()
    assert lead.owner == wang
    night(store, 17)
    assert endings(lead).count() == 0  # he came


def test_money_holds_it(store, lead, wang):
    Evidence.objects.create(
        lead=lead, kind="deposit", at=at("2026-03-05 10:00"), ref_kind="receipt", ref_id=1
    )
    night(store, 10)
    visit(store, wang, "2026-03-10 10:00")
    lead.refresh_from_db()
    assert (endings(lead).count(), lead.owner_id) == (0, lead.owner_id)
    assert lead.owner.username == "li"


def test_talking_on_the_phone_is_no_visit(store, lead, li):
    called = at("2026-03-06 10:00")
    log_contact(lead.pk, Said("looking"), by=li, at=called, now=called)
    night(store, 10)
    assert endings(lead).count() == 1


def test_what_is_over_is_over_for_an_active_lead_only(store, lead, chen):
    Lead.objects.filter(pk=lead.pk).update(owner=None)
    night(store, 10)
    assert endings(lead).count() == 0


@pytest.mark.parametrize("mode", ["protect_ends", "void"])
def test_statements_do_not_grow_with_the_leads(store, li, chen, mode):
    set_setting(store, "phone_only_lapse", mode, by=chen, at=at("2026-03-01 10:00"))
    callers(store, li, "2026-03-01", 10)
    with statements() as few:
        assert end_phone_only_protection(store, march(9), now=store.start_of_day(march(9))).changed == 20
    callers(store, li, "2026-03-02", MANY)
    with statements() as many:
        assert (
            end_phone_only_protection(store, march(10), now=store.start_of_day(march(10))).changed == 2 * MANY
        )
    assert len(many) <= len(few)


def callers(store, li, day, count):
    """Leads of Li that called on a day."""
    for _ in range(count):
        LeadFactory(store=store, owner=li, phone_only_since=day)
