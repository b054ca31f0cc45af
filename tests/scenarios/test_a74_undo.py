"""A74: one's own act is taken back until the store day ends; what remains dates the lead anew."""

import datetime as dt

import pytest

from accounts.errors import NotAllowed, Refused
from followups.appointments import make_appointment
from followups.contacts import Said, log_contact
from followups.messages import mark_sent
from followups.models import Appointment, Contact, Task
from followups.undoing import undo_contact
from leads.losing import Loss, confirm_loss, lose
from leads.models import Consent, LapseProposal, Lead, LeadEvent, LostRecord, Term
from leads.statuses import sleep
from leads.undoing import undo_loss
from showroom.calls import Enquiry, log_call
from showroom.closing import Leaving, close_visit
from showroom.correcting import void
from showroom.models import Visit
from showroom.undoing import undo_closing
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CarModelFactory
from tests.followups.worked_leads import thank
from tests.test_invariants import broken

pytestmark = pytest.mark.django_db


def day(text):
    return dt.date.fromisoformat(text)


def arrive(store, li, wall_clock="2026-03-01 10:00"):
    arrival = Arrival(phone_text="138 0000 0001", name="张三", car_model=CarModelFactory(group=store.group))
    when = at(wall_clock)
    return log_visit(store, arrival, receiver=li, by=li, at=when, now=when)[0]


@pytest.fixture
def lead(store, li):
    """An A lead, visited on 1 March and spoken to on 2 March: due on 5 March."""
    visit = arrive(store, li)
    left = at("2026-03-01 11:00")
    close_visit(visit.pk, Leaving(grade="A", horizon_days=30), by=li, at=left, now=left)
    thank(visit.lead, li, "2026-03-01 11:04")
    call(visit.lead_id, li, "2026-03-02 15:00")
    return Lead.objects.get(pk=visit.lead_id)


def call(lead_id, by, wall_clock, outcome="comparing", **said):
    when = at(wall_clock)
    return log_contact(lead_id, Said(outcome, **said), by=by, at=when, now=when)


def open_tasks(lead):
    tasks = Task.objects.filter(lead=lead, state="open").order_by("due_at")
    return [(task.kind, task.due_on.isoformat()) for task in tasks]


def dates(lead):
    lead = Lead.objects.get(pk=lead.pk)
    return [value and value.isoformat() for value in (lead.next_due_on, lead.agreed_on, lead.lapses_on)]


# --- a contact --------------------------------------------------------------------------------


def test_the_second_contact_undone_leaves_one_task_of_the_first(lead, li):
    second = call(lead.pk, li, "2026-03-05 10:00")
    assert open_tasks(lead) == [("cadence", "2026-03-08")]
    undo_contact(second.pk, by=li, at=at("2026-03-05 10:05"))
    assert open_tasks(lead) == [("cadence", "2026-03-05")]
    lead.refresh_from_db()
    assert lead.last_contact_at == at("2026-03-02 15:00")
    assert dates(lead) == ["2026-03-05", None, "2026-03-13"]
    undoing = LeadEvent.objects.get(lead=lead, kind="undo")
    logged = LeadEvent.objects.get(kind="contact", data__contact=second.pk)
    assert (undoing.undoes_id, undoing.by, undoing.data) == (logged.pk, li, {"contact": second.pk})
    closed = Task.objects.get(lead=lead, contact=second)
    assert Task.objects.get(lead=lead, state="open").cause == f"undo:{undoing.pk}:{closed.pk}"
    assert (closed.state, closed.closed_at) == ("done", at("2026-03-05 10:00"))
    assert broken() == {}


def test_a_date_that_has_passed_comes_back_as_it_was(lead, li):
    late = call(lead.pk, li, "2026-03-20 10:00")
    undo_contact(late.pk, by=li, at=at("2026-03-20 10:05"))
    assert dates(lead) == ["2026-03-05", None, "2026-03-13"]
    assert broken() == {}


def test_a_day_later_it_stands(lead, li):
    second = call(lead.pk, li, "2026-03-05 10:00")
    with pytest.raises(Refused, match="The day is over"):
        undo_contact(second.pk, by=li, at=at("2026-03-06 00:00"))
    assert open_tasks(lead) == [("cadence", "2026-03-08")]
    undo_contact(second.pk, by=li, at=at("2026-03-05 23:59:59"))
    assert open_tasks(lead) == [("cadence", "2026-03-05")]


def test_a_contact_of_yesterday_written_down_today_can_be_undone_today(lead, li):
    contact = log_contact(
        lead.pk, Said("comparing"), by=li, at=at("2026-03-04 18:00"), now=at("2026-03-05 09:00")
    )
    undo_contact(contact.pk, by=li, at=at("2026-03-05 09:01"))
    assert open_tasks(lead) == [("cadence", "2026-03-05")]


def test_nobody_undoes_the_act_of_another(lead, li, chen):
    second = call(lead.pk, li, "2026-03-05 10:00")
    with pytest.raises(NotAllowed):
        undo_contact(second.pk, by=chen, at=at("2026-03-05 10:05"))
    assert LeadEvent.objects.filter(kind="undo").count() == 0


def test_twice_writes_once(lead, li):
    second = call(lead.pk, li, "2026-03-05 10:00")
    for minute in ("10:05", "10:06"):
        undo_contact(second.pk, by=li, at=at(f"2026-03-05 {minute}"))
    assert LeadEvent.objects.filter(kind="undo").count() == 1
    assert Task.objects.filter(lead=lead, cause__startswith="undo:").count() == 1
    assert Contact.objects.get(pk=second.pk).undone_at == at("2026-03-05 10:05")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_contacts_undone_in_either_order_leave_the_first_date(lead, li, order):
    two = [
        call(lead.pk, li, "2026-03-05 10:00"),
        call(lead.pk, li, "2026-03-05 11:00", next_on=day("2026-03-06")),
    ]
    undo_contact(two[order[0]].pk, by=li, at=at("2026-03-05 12:00"))
    assert open_tasks(lead) == [("cadence", ["2026-03-06", "2026-03-08"][order[0]])]
    undo_contact(two[order[1]].pk, by=li, at=at("2026-03-05 12:01"))
    assert open_tasks(lead) == [("cadence", "2026-03-05")]
    assert dates(lead) == ["2026-03-05", None, "2026-03-13"]
    assert broken() == {}


def test_the_24_hours_that_a_contact_closed_run_again(store, li):
    visit = arrive(store, li)
    left = at("2026-03-01 11:00")
    close_visit(visit.pk, Leaving(grade="A", horizon_days=30), by=li, at=left, now=left)
    first = call(visit.lead_id, li, "2026-03-01 20:00")
    undo_contact(first.pk, by=li, at=at("2026-03-01 20:01"))
    tasks = Task.objects.filter(lead=visit.lead, state="open").order_by("due_at")
    assert [(t.kind, t.due_at) for t in tasks] == [
        ("thank_you", at("2026-03-01 11:05")),
        ("day_after", at("2026-03-02 11:00")),
        ("cadence", at("2026-03-04 23:59:59")),
    ]
    lead = Lead.objects.get(pk=visit.lead_id)
    assert (lead.last_contact_at, lead.first_attempt_at, lead.lapses_on) == (None, None, day("2026-03-09"))
    assert broken() == {}


def test_an_agreed_date_goes_with_the_contact_and_the_one_before_returns(lead, li):
    call(lead.pk, li, "2026-03-05 09:00", next_on=day("2026-03-25"), agreed=True)
    assert dates(lead)[:2] == ["2026-03-25", "2026-03-25"]
    later = call(lead.pk, li, "2026-03-05 10:00")
    assert dates(lead)[:2] == ["2026-03-08", None]
    undo_contact(later.pk, by=li, at=at("2026-03-05 10:05"))
    assert dates(lead)[:2] == ["2026-03-25", "2026-03-25"]
    assert broken() == {}


def test_the_appointment_that_came_with_it_is_called_off_and_the_old_one_stands(lead, li):
    old = make_appointment(lead.pk, at("2026-03-09 10:00"), by=li, now=at("2026-03-03 10:00"))
    contact = call(lead.pk, li, "2026-03-05 10:00", "coming", coming_at=at("2026-03-07 14:00"))
    old.refresh_from_db()
    assert (old.state, dates(lead)[0]) == ("moved", "2026-03-07")
    undo_contact(contact.pk, by=li, at=at("2026-03-05 10:05"))
    old.refresh_from_db()
    assert (old.state, old.moved_to) == ("planned", None)
    assert Appointment.objects.exclude(pk=old.pk).get().state == "cancelled"
    assert dates(lead)[:2] == ["2026-03-09", "2026-03-09"]
    assert broken() == {}


def test_asked_to_stop_by_mistake_is_no_longer_on_record(lead, li):
    contact = call(lead.pk, li, "2026-03-05 10:00", "stop")
    assert Consent.objects.filter(customer=lead.customer, given=False).count() == 1
    undo_contact(contact.pk, by=li, at=at("2026-03-05 10:05"))
    assert Consent.objects.filter(customer=lead.customer).count() == 0


def test_a_lapse_proposal_that_the_contact_overtook_is_open_again(lead, li, store):
    proposal = LapseProposal.objects.create(lead=lead, store=store, owner=li, lapses_on=day("2026-03-13"))
    contact = call(lead.pk, li, "2026-03-13 10:00")
    proposal.refresh_from_db()
    assert proposal.decision == "overtaken"
    undo_contact(contact.pk, by=li, at=at("2026-03-13 10:05"))
    proposal.refresh_from_db()
    assert (proposal.decision, proposal.decided_at) == ("", None)


# --- a try ------------------------------------------------------------------------------------


def test_a_talk_that_woke_a_lead_undone_lets_it_rest_until_its_day(lead, li):
    rest(lead, li)
    talk = call(lead.pk, li, "2026-03-04 15:00", "price", coming_at=at("2026-03-07 10:00"))
    lead.refresh_from_db()
    assert (lead.status, lead.wake_on, open_tasks(lead)) == ("active", None, [("cadence", "2026-03-07")])
    undo_contact(talk.pk, by=li, at=at("2026-03-04 15:05"))
    lead.refresh_from_db()
    assert (lead.status, lead.wake_on) == ("dormant", day("2026-06-01"))
    assert (open_tasks(lead), dates(lead)) == ([], [None, None, None])
    assert Appointment.objects.get().state == "cancelled"
    undone = LeadEvent.objects.filter(lead=lead, kind="undo").values_list("from_value", "to_value")
    assert set(undone) == {("", "contact"), ("active", "status")}
    assert broken() == {}


def test_it_wakes_again_as_if_nothing_had_been(lead, li):
    rest(lead, li)
    undo_contact(call(lead.pk, li, "2026-03-04 15:00").pk, by=li, at=at("2026-03-04 15:05"))
    call(lead.pk, li, "2026-03-04 16:00")
    lead.refresh_from_db()
    assert (lead.status, open_tasks(lead)) == ("active", [("cadence", "2026-03-07")])
    assert broken() == {}


def test_a_second_talk_keeps_it_awake(lead, li):
    rest(lead, li)
    first = call(lead.pk, li, "2026-03-04 15:00")
    call(lead.pk, li, "2026-03-04 16:00")
    undo_contact(first.pk, by=li, at=at("2026-03-04 16:05"))
    lead.refresh_from_db()
    assert (lead.status, open_tasks(lead)) == ("active", [("cadence", "2026-03-07")])


def rest(lead, li):
    sleep(lead.pk, wake_on=day("2026-06-01"), reason="later", by=li, at=at("2026-03-03 10:00"))


def test_an_attempt_undone_puts_the_task_back(lead, li):
    attempt = call(lead.pk, li, "2026-03-05 10:00", "no_answer")
    assert open_tasks(lead) == [("cadence", "2026-03-06")]
    undo_contact(attempt.pk, by=li, at=at("2026-03-05 10:05"))
    assert open_tasks(lead) == [("cadence", "2026-03-05")]
    assert Task.objects.filter(lead=lead, kind="cadence", state="open").get().due_at == at(
        "2026-03-05 23:59:59"
    )
    assert broken() == {}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_attempts_the_one_that_remains_still_moves(lead, li, order):
    two = [call(lead.pk, li, f"2026-03-05 1{hour}:00", "no_answer") for hour in (0, 1)]
    undo_contact(two[order[0]].pk, by=li, at=at("2026-03-05 12:00"))
    assert open_tasks(lead) == [("cadence", "2026-03-06")]
    undo_contact(two[order[1]].pk, by=li, at=at("2026-03-05 12:01"))
    assert open_tasks(lead) == [("cadence", "2026-03-05")]


def test_an_attempt_before_a_talk_changes_no_date_when_undone(lead, li):
    attempt = call(lead.pk, li, "2026-03-05 10:00", "no_answer")
    call(lead.pk, li, "2026-03-05 11:00")
    undo_contact(attempt.pk, by=li, at=at("2026-03-05 12:00"))
    assert open_tasks(lead) == [("cadence", "2026-03-08")]


# --- a closed visit ---------------------------------------------------------------------------


def test_a_closing_undone_is_as_if_they_had_not_left(store, li):
    visit = arrive(store, li)
    left = at("2026-03-01 11:00")
    leaving = Leaving(grade="A", horizon_days=30, manager_met=True, coming_at=at("2026-03-03 10:00"))
    close_visit(visit.pk, leaving, by=li, at=left, now=left)
    undo_closing(visit.pk, by=li, at=at("2026-03-01 11:10"))
    visit = Visit.objects.get(pk=visit.pk)
    assert (visit.left_at, visit.closed_at, visit.completed, visit.manager_met_at) == (
        None,
        None,
        False,
        None,
    )
    lead = Lead.objects.get(pk=visit.lead_id)
    assert (lead.grade, lead.expected_on, lead.has_cadence) == ("none", None, False)
    assert dates(lead) == [None, None, "2026-03-09"]
    assert (open_tasks(lead), Appointment.objects.get().state) == ([], "cancelled")
    told = list(LeadEvent.objects.filter(kind="undo").order_by("id").values_list("to_value", flat=True))
    assert told == ["leaving", "grade"]
    assert broken() == {}


def test_a_visit_is_closed_again_after_an_undo(store, li):
    visit = arrive(store, li)
    left, again = at("2026-03-01 11:00"), at("2026-03-01 11:30")
    close_visit(visit.pk, Leaving(grade="A", horizon_days=30), by=li, at=left, now=left)
    undo_closing(visit.pk, by=li, at=at("2026-03-01 11:10"))
    close_visit(visit.pk, Leaving(grade="B", horizon_days=60), by=li, at=again, now=again)
    assert open_tasks(visit.lead) == [
        ("thank_you", "2026-03-01"),
        ("day_after", "2026-03-02"),
        ("cadence", "2026-03-16"),
    ]
    undo_closing(visit.pk, by=li, at=at("2026-03-01 11:40"))
    assert open_tasks(visit.lead) == []
    assert broken() == {}


def test_the_closing_of_a_visit_that_was_crossed_out_stays(store, li, chen):
    visit = arrive(store, li)
    left = at("2026-03-01 11:00")
    close_visit(visit.pk, Leaving(grade="A", horizon_days=30), by=li, at=left, now=left)
    void(visit, reason="写错人", by=chen, at=at("2026-03-01 11:05"))
    with pytest.raises(Refused) as refused:
        undo_closing(visit.pk, by=li, at=at("2026-03-01 11:10"))
    assert str(refused.value.message) == "This row is crossed out. Write a new one."
    assert open_tasks(visit.lead) == []
    assert broken() == {}


def test_the_second_visits_closing_undone_brings_back_the_first_grade_and_date(lead, store, li):
    visit = arrive(store, li, "2026-03-05 10:00")
    assert dates(lead)[0] == "2026-03-08"
    left = at("2026-03-05 11:00")
    close_visit(visit.pk, Leaving(grade="H", horizon_days=5, outcome="price"), by=li, at=left, now=left)
    assert dates(lead)[0] == "2026-03-07"
    undo_closing(visit.pk, by=li, at=at("2026-03-05 11:10"))
    lead.refresh_from_db()
    assert (lead.grade, lead.expected_on, lead.next_due_on) == ("A", day("2026-03-31"), day("2026-03-08"))
    assert broken() == {}


def test_a_talk_after_the_closing_keeps_its_date(store, li):
    visit = arrive(store, li)
    left = at("2026-03-01 11:00")
    close_visit(visit.pk, Leaving(grade="A", horizon_days=30), by=li, at=left, now=left)
    call(visit.lead_id, li, "2026-03-01 20:00")
    undo_closing(visit.pk, by=li, at=at("2026-03-01 20:10"))
    lead = Lead.objects.get(pk=visit.lead_id)
    assert (lead.grade, open_tasks(lead)) == ("none", [])
    assert broken() == {}


def test_who_did_not_close_it_may_not_undo_it_nor_anybody_a_day_later(lead, li, chen):
    visit = Visit.objects.get()
    with pytest.raises(NotAllowed):
        undo_closing(visit.pk, by=chen, at=at("2026-03-01 12:00"))
    with pytest.raises(Refused, match="The day is over"):
        undo_closing(visit.pk, by=li, at=at("2026-03-02 09:00"))


def test_a_closing_of_a_visitor_without_a_number_is_undone_too(store, li):
    when, left = at("2026-03-01 10:00"), at("2026-03-01 10:30")
    visit, _new = log_visit(store, Arrival(name="某先生"), receiver=li, by=li, at=when, now=when)
    close_visit(visit.pk, Leaving(), by=li, at=left, now=left)
    undo_closing(visit.pk, by=li, at=at("2026-03-01 10:31"))
    undo_closing(visit.pk, by=li, at=at("2026-03-01 10:32"))
    visit.refresh_from_db()
    assert (visit.left_at, visit.completed, visit.reopened) == (None, False, 1)


# --- a loss -----------------------------------------------------------------------------------


def lost(lead, li, wall_clock="2026-03-03 10:00"):
    reason = Term.objects.filter(store=lead.store, list="lost_reason").exclude(code="other_brand").first()
    return lose(lead.pk, Loss(reason=reason), by=li, at=at(wall_clock), now=at(wall_clock))


def test_a_loss_undone_leaves_the_lead_as_it_was(lead, li):
    before = dates(lead)
    loss = lost(lead, li)
    assert open_tasks(lead) == []
    undo_loss(loss.pk, by=li, at=at("2026-03-03 10:05"))
    undo_loss(loss.pk, by=li, at=at("2026-03-03 10:06"))
    lead.refresh_from_db()
    assert (lead.status, dates(lead), open_tasks(lead)) == ("active", before, [("cadence", "2026-03-05")])
    assert LostRecord.objects.get().decision == "undone"
    assert LeadEvent.objects.filter(kind="undo").count() == 1
    assert broken() == {}


def test_a_loss_that_the_manager_settled_stays(lead, li, chen):
    loss = lost(lead, li)
    confirm_loss(loss.pk, by=chen, at=at("2026-03-03 11:00"))
    with pytest.raises(Refused, match="The manager has settled this loss"):
        undo_loss(loss.pk, by=li, at=at("2026-03-03 11:05"))


def test_a_loss_is_not_undone_a_day_later_nor_by_another(lead, li, chen):
    loss = lost(lead, li)
    with pytest.raises(NotAllowed):
        undo_loss(loss.pk, by=chen, at=at("2026-03-03 11:00"))
    with pytest.raises(Refused, match="The day is over"):
        undo_loss(loss.pk, by=li, at=at("2026-03-04 00:00"))
    assert LeadEvent.objects.filter(kind="undo").count() == 0


def test_a_message_undone_moves_no_date(lead, li):
    sent = mark_sent(lead.pk, "新款到店", by=li, now=at("2026-03-05 10:00"))
    undo_contact(sent.pk, by=li, at=at("2026-03-05 10:01"))
    assert open_tasks(lead) == [("cadence", "2026-03-05")]
    assert (Contact.objects.get(pk=sent.pk).undone_by, LeadEvent.objects.filter(kind="undo").count()) == (
        li,
        1,
    )


def test_the_call_that_brought_somebody_in_is_not_undone_here(store, li):
    rang = at("2026-03-05 10:00")
    enquiry = Enquiry(phone_text="13900000009", name="李四", outcome="price")
    call, _new = log_call(store, enquiry, receiver=li, by=li, at=rang, now=rang)
    with pytest.raises(Refused, match="call register"):
        undo_contact(Contact.objects.get(lead=call.lead).pk, by=li, at=at("2026-03-05 10:01"))
