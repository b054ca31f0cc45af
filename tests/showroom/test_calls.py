"""The call register's verb: one row per call, one customer per number, the owner stays (SPEC 3, RECP-10)."""

import datetime as dt

import pytest

from accounts.errors import NotAllowed, Refused
from followups.models import Appointment, Contact, Task
from leads.models import ContactPoint, Customer, Lead, LeadEvent
from leads.ownership import set_owner
from leads.reveal import reachable
from showroom.calls import Enquiry, log_call
from showroom.invariants import checks
from showroom.models import Call
from showroom.visits import Arrival, log_visit
from tests.conftest import at, person
from tests.factories import CarModelFactory, make_store
from tests.followups.worked_leads import make_lead
from tests.showroom.known import know
from tests.test_invariants import broken

pytestmark = pytest.mark.django_db

NOW = "2026-03-12 14:06"


def call(store, receiver, moment=NOW, *, by=None, now=None, **enquiry):
    when = at(moment)
    return log_call(
        store, Enquiry(**enquiry), receiver=receiver, by=by or receiver, at=when, now=at(now or moment)
    )


def test_name_and_exact_phone_open_the_card(store, li):
    row, created = call(store, li, phone_text="138 0000 0001", name="张三", read_back=True)
    customer = row.lead.customer
    assert (created, row.serial, row.customer) == (True, 1, customer)
    assert (customer.name, customer.card_opened_at) == ("张三", at(NOW))
    point = customer.contact_points.get()
    assert (point.value, point.verified_at, row.read_back_at) == ("+8613800000001", at(NOW), at(NOW))


def test_a_number_that_was_not_read_back_is_not_verified(store, li):
    row, _new = call(store, li, phone_text="13800000001", name="张三")
    assert (row.read_back_at, row.customer.contact_points.get().verified_at) == (None, None)


def test_a_known_number_is_verified_when_it_is_read_back(store, li):
    know(store, li, "13800000001")
    call(store, li, phone_text="13800000001", read_back=True)
    assert ContactPoint.objects.get().verified_at == at(NOW)


def test_without_a_name_the_card_stays_shut(store, li):
    row, _new = call(store, li, phone_text="13800000001")
    assert (row.customer.name, row.customer.card_opened_at, row.lead.owner) == ("", None, li)


def test_without_a_number_only_the_register_row_stands(store, li):
    row, _new = call(store, li, phone_text="1380000", name="张三", declined=True)
    assert (row.lead, row.customer, row.phone_text, row.outcome) == (None, None, "1380000", "declined")
    assert Lead.objects.count() == 0


def test_the_new_customer_was_reached(store, li):
    car = CarModelFactory(group=store.group)
    row, _new = call(store, li, phone_text="13800000001", name="张三", car_model=car, outcome="price")
    contact = Contact.objects.get(lead=row.lead)
    assert (contact.kind, contact.direction, contact.outcome) == ("contact", "in", "price")
    assert (row.lead.last_contact_at, row.lead.first_attempt_at) == (at(NOW), at(NOW))
    assert row.lead.interests.get().car_model == car


def test_serials_run_without_gaps_day_by_day(store, li, wang):
    call(store, li, "2026-03-11 17:00", phone_text="13800000001")
    for number in (2, 3):
        call(store, wang, phone_text=f"1380000000{number}")
    call(store, li, "2026-03-12 15:00", declined=True)
    assert list(Call.objects.order_by("at").values_list("on", "serial")) == [
        (dt.date(2026, 3, 11), 1),
        (dt.date(2026, 3, 12), 1),
        (dt.date(2026, 3, 12), 2),
        (dt.date(2026, 3, 12), 3),
    ]
    assert {check.name: check.bad for check in checks()}["call_serials_without_gaps"] == 0


def test_a_lost_row_and_a_foreign_customer_are_found_by_the_invariants(store, li):
    call(store, li, phone_text="13800000001")
    call(store, li, phone_text="13800000002")
    Call.objects.filter(serial=1).update(customer=Customer.objects.last())
    assert {check.name: check.bad for check in checks()}["calls_belong_to_their_customer"] == 1
    Call.objects.filter(serial=1).delete()
    assert {check.name: check.bad for check in checks()}["call_serials_without_gaps"] == 1


def test_ones_own_customer_calling_is_a_contact_that_closes_and_opens_tasks(store, li):
    lead = make_lead(store, li, "A", visited="2026-03-09 10:00")
    row, _new = call(store, li, lead_id=lead.pk, outcome="family")
    lead.refresh_from_db()
    assert (row.lead, lead.last_contact_at, lead.next_due_on) == (lead, at(NOW), dt.date(2026, 3, 15))
    said = Contact.objects.get(lead=lead)
    assert (said.direction, said.outcome, said.by) == ("in", "family", li)
    states = sorted(Task.objects.filter(lead=lead).values_list("kind", "state"))
    assert states == [("cadence", "done"), ("cadence", "open"), ("day_after", "open")]
    assert LeadEvent.objects.get(lead=lead, kind="call").data == {"call": row.pk}


def test_a_colleagues_customer_stays_his_and_he_calls_back_within_24_hours(store, li, wang):
    lead = make_lead(store, wang, "A", visited="2026-03-09 10:00")
    call(store, li, lead_id=lead.pk)
    lead.refresh_from_db()
    assert (lead.owner, lead.last_contact_at) == (wang, None)
    assert not Contact.objects.filter(lead=lead).exists()
    task = Task.objects.get(lead=lead, kind="day_after")
    assert (task.assignee, task.due_at) == (wang, at("2026-03-13 14:06"))


def test_a_caller_of_the_pool_belongs_to_who_took_the_call(store, li):
    lead = know(store, None, "13800000001", grade="B")
    call(store, li, phone_text="13800000001")
    lead.refresh_from_db()
    assert lead.owner == li


def test_but_not_to_the_one_it_lapsed_from(store, li):
    lead = know(store, li, "13800000001", grade="B")
    lapsed = at("2026-03-10 00:00")
    set_owner(lead, None, by=None, at=lapsed, recorded_at=lapsed, reason="lapsed")
    call(store, li, phone_text="13800000001")
    lead.refresh_from_db()
    assert lead.owner is None


@pytest.mark.parametrize("status", ["dormant", "lost"])
def test_a_call_brings_a_closed_lead_back(store, li, wang, status):
    lead = know(store, wang, "13800000001", status=status, grade="B", has_cadence=False)
    call(store, li, phone_text="13800000001")
    lead.refresh_from_db()
    assert (lead.status, lead.owner) == ("active", wang if status == "dormant" else li)


def test_a_lead_that_came_before_is_not_phone_only(store, li):
    lead = know(store, li, "13800000001")
    call(store, li, phone_text="13800000001")
    lead.refresh_from_db()
    assert lead.phone_only_since is None


def test_a_lead_nobody_met_is_at_reception_after_its_first_call(store, li):
    lead = know(store, li, "13800000001", step=1)
    Lead.objects.filter(pk=lead.pk).update(last_visit_at=None)
    call(store, li, phone_text="13800000001")
    call(store, li, "2026-03-13 10:00", phone_text="13800000001")
    lead.refresh_from_db()
    assert (lead.step, lead.phone_only_since) == (2, dt.date(2026, 3, 12))


def test_the_customer_of_another_store_of_the_group_gets_a_lead_here(store, li):
    west = make_store("west", group=store.group)
    known = know(west, None, "13800000001")
    row, _new = call(store, li, phone_text="13800000001")
    assert (row.customer, row.lead == known, row.lead.store) == (known.customer, False, store)


def test_the_same_call_of_a_lead_is_written_once(store, li):
    lead = know(store, li, "13800000001")
    row, _new = call(store, li, lead_id=lead.pk)
    assert call(store, li, lead_id=lead.pk) == (row, False)


def test_a_call_after_a_visit_finds_the_same_lead(store, li):
    visit, _new = log_visit(
        store, Arrival(phone_text="13800000001"), receiver=li, by=li, at=at(NOW), now=at(NOW)
    )
    row, _new = call(store, li, "2026-03-13 10:00", phone_text="13800000001", name="张三")
    assert (row.lead, row.customer.name) == (visit.lead, "张三")


def test_reception_logs_for_a_consultant(store, li, qian):
    row, _new = call(store, li, by=qian, phone_text="13800000001")
    assert (row.receiver, row.lead.owner) == (li, li)


def test_refusals_write_nothing(store, li, qian):
    sun = person(store, "sun", "孙丽", "finance")
    with pytest.raises(NotAllowed):
        call(store, li, by=sun, phone_text="13800000001")
    refused = [
        ({"receiver": qian}, {}, "receiver"),
        ({"receiver": None, "by": li}, {}, "receiver"),
        ({"receiver": li, "now": "2026-03-12 14:05"}, {}, "called_at"),
        ({"receiver": li}, {"ended_at": at("2026-03-12 14:05")}, "called_at"),
        ({"receiver": li}, {"outcome": ""}, "outcome"),
    ]
    for who, facts, field in refused:
        with pytest.raises(Refused) as refusal:
            call(store, phone_text="13800000001", **{"by": li, **who}, **facts)
        assert refusal.value.field == field
    assert (Call.objects.count(), Lead.objects.count()) == (0, 0)


def test_the_card_says_until_when_the_caller_is_ones_own(client, store, li, settings):
    row, _new = call(store, li, phone_text="13800000001", name="张三", remark="问贷款")
    client.force_login(li)
    for moment, words in (
        ("2026-03-12 15:00", "2026-03-20"),
        ("2026-03-20 09:00", "Called, never came: whoever receives owns"),
    ):
        settings.DEALER_NOW = at(moment).isoformat()
        assert words in client.get(f"/leads/{row.lead.number}/").content.decode()


def test_a_colleagues_call_stands_in_the_timeline_and_ones_own_once(client, store, li, wang):
    lead = make_lead(store, wang, "A", visited="2026-03-09 10:00")
    call(store, li, lead_id=lead.pk, remark="问贷款")
    call(store, wang, "2026-03-12 15:00", lead_id=lead.pk)
    client.force_login(wang)
    page = client.get(f"/leads/{lead.number}/").content.decode()
    assert (page.count("Enquiry call"), "Taken by 李强." in page, "问贷款" in page) == (1, True, True)


def test_reception_may_dial_who_called_today(store, li, qian):
    row, _new = call(store, li, phone_text="13800000001")
    assert reachable(qian, row.lead.number, now=at(NOW)) == row.lead
    assert reachable(qian, row.lead.number, now=at("2026-03-13 09:00")) is None


def test_a_picked_lead_of_another_store_is_not_found(store, li):
    elsewhere = know(make_store("west", group=store.group), None, "13800000001")
    with pytest.raises(Lead.DoesNotExist):
        call(store, li, lead_id=elsewhere.pk)


# --- when they buy, and when we meet next ------------------------------------------------


def test_a_first_call_may_say_when_they_buy_and_when_they_come(store, li):
    car = CarModelFactory(group=store.group)
    row, _new = call(
        store, li, phone_text="13800000001", name="张三", car_model=car, grade="A",
        outcome="coming", coming_at=at("2026-03-14 10:00"),
    )  # fmt: skip
    lead = Lead.objects.get()
    assert (lead.grade, lead.expected_on) == ("A", dt.date(2026, 4, 11))
    assert (lead.agreed_on, lead.next_due_on) == (dt.date(2026, 3, 14), dt.date(2026, 3, 14))
    appointment = Appointment.objects.get()
    assert (appointment.lead, appointment.at, appointment.set_by) == (row.lead, at("2026-03-14 10:00"), li)
    open_now = Task.objects.filter(state="open").order_by("due_at").values_list("kind", "due_on")
    assert list(open_now) == [
        ("thank_you", dt.date(2026, 3, 12)),
        ("day_after", dt.date(2026, 3, 13)),
        ("cadence", dt.date(2026, 3, 14)),
    ]
    assert broken() == {}


def test_the_next_date_of_a_known_caller_follows_the_new_grade(store, li):
    lead = make_lead(store, li, "B", visited="2026-03-09 10:00")
    type(lead.customer).objects.filter(pk=lead.customer_id).update(name="张三")
    lead.interests.create(car_model=CarModelFactory(group=store.group))
    call(store, li, lead_id=lead.pk, grade="H")
    lead.refresh_from_db()
    assert (lead.grade, lead.next_due_on) == ("H", dt.date(2026, 3, 14))
    assert Task.objects.get(lead=lead, kind="cadence", state="open").due_on == dt.date(2026, 3, 14)


def test_a_day_past_the_cadence_asks_for_the_customers_word(store, li):
    lead = make_lead(store, li, "A", visited="2026-03-09 10:00")
    later = dt.date(2026, 3, 20)
    with pytest.raises(Refused) as refusal:
        call(store, li, lead_id=lead.pk, next_on=later)
    assert (refusal.value.field, Call.objects.count()) == ("next_on", 0)
    call(store, li, lead_id=lead.pk, next_on=later, agreed=True)
    lead.refresh_from_db()
    assert (lead.next_due_on, lead.agreed_on) == (later, later)


def test_nobody_plans_for_a_colleagues_customer_and_no_message_counts_as_a_talk(store, li, wang):
    lead = make_lead(store, wang, "A", visited="2026-03-09 10:00")
    with pytest.raises(Refused, match="the owner's"):
        call(store, li, lead_id=lead.pk, grade="H")
    with pytest.raises(Refused) as refusal:
        call(store, wang, lead_id=lead.pk, outcome="sent")
    assert (refusal.value.field, Call.objects.count()) == ("outcome", 0)
