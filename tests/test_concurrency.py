"""Many hands at once, on PostgreSQL: one customer a number, one move a lead, no gap in a serial."""

import datetime as dt
import random
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from accounts.counters import take
from accounts.errors import Refused
from accounts.models import FormToken
from accounts.once import once
from followups.contacts import Said, log_contact
from followups.invariants import cadence_one_open_task
from followups.models import Task
from leads.giving import take as take_lead
from leads.models import ContactPoint, Customer, Lead, LeadEvent
from leads.moves import advance
from showroom.calls import Enquiry, log_call
from showroom.models import Call, Visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CarModelFactory, LeadFactory, make_person
from tests.test_invariants import broken

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = at("2026-03-02 10:00")


def in_threads(count, work, arguments):
    """Run `work` for every argument on `count` threads; each closes its own connection at the end."""

    def one(argument):
        try:
            return work(argument)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, arguments))


@pytest.mark.parametrize("numbers", [10, pytest.param(100, marks=pytest.mark.thorough)])
def test_each_of_many_numbers_by_twenty_hands_is_one_customer(numbers, store, li):
    phones = [f"138{number:08d}" for number in range(numbers)] * 20
    random.Random(7).shuffle(phones)
    model = CarModelFactory(group=store.group)

    def arrive(phone):
        def create():
            arrival = Arrival(phone_text=phone, name="张三", car_model=model)
            visit, _ = log_visit(store, arrival, receiver=li, by=li, at=NOW, now=NOW)
            return f"/leads/{visit.lead.number}/"

        return once(uuid.uuid4(), user=li, now=NOW, create=create)

    urls = {url for url, _ in in_threads(20, arrive, phones)}
    assert len(urls) == numbers
    tables = (Customer, Lead, ContactPoint)
    assert [table.objects.count() for table in tables] == [numbers] * 3
    assert Visit.objects.count() == numbers  # the other nineteen: already in the house
    assert LeadEvent.objects.filter(kind="created").count() == numbers
    assert broken() == {}


def test_one_number_at_the_same_moment_is_one_customer(store, li):
    start = threading.Barrier(20)

    def arrive(_):
        start.wait()
        return log_visit(store, Arrival(phone_text="13800000001"), receiver=li, by=li, at=NOW, now=NOW)

    answers = in_threads(20, arrive, range(20))
    assert sum(created for _, created in answers) == 1
    assert {visit.pk for visit, _ in answers} == set(Visit.objects.values_list("pk", flat=True))
    assert Customer.objects.count() == 1


def test_one_number_walking_in_and_calling_at_once_is_one_customer(store, li):
    start = threading.Barrier(20)

    def reach(number):
        start.wait()
        if number % 2:
            return log_visit(store, Arrival(phone_text="13800000001"), receiver=li, by=li, at=NOW, now=NOW)
        enquiry, rang = Enquiry(phone_text="13800000001"), NOW - dt.timedelta(seconds=number)
        return log_call(store, enquiry, receiver=li, by=li, at=rang, now=NOW)

    in_threads(20, reach, range(20))
    assert (Customer.objects.count(), Lead.objects.count()) == (1, 1)
    assert (Call.objects.count(), Visit.objects.count()) == (10, 1)
    assert broken() == {}


def test_fifty_hands_move_one_lead_once(store, li):
    lead = LeadFactory(store=store, owner=li, step=4)
    start = threading.Barrier(50)

    def push(_):
        start.wait()
        return advance(lead.pk, to=6, by=li, at=NOW, reason="no wish to drive").moved

    assert sorted(in_threads(50, push, range(50))) == [False] * 49 + [True]
    assert LeadEvent.objects.filter(lead=lead, kind="step").count() == 1
    lead.refresh_from_db()
    assert (lead.step, lead.version) == (6, 2)


def test_the_same_form_sent_twice_at_once_counts_once(store, li):
    token, start = uuid.uuid4(), threading.Barrier(2)

    def send(_):
        start.wait()

        def create():
            visit, _ = log_visit(store, Arrival(name="某先生"), receiver=li, by=li, at=NOW, now=NOW)
            return f"/visits/{visit.pk}/"

        return once(token, user=li, now=NOW, create=create)

    answers = in_threads(2, send, range(2))
    assert sorted(created for _, created in answers) == [False, True]
    assert len({url for url, _ in answers}) == 1
    assert (Visit.objects.count(), FormToken.objects.count()) == (1, 1)


@pytest.mark.parametrize("taken", [200, pytest.param(1000, marks=pytest.mark.thorough)])
def test_many_serials_with_rollbacks_have_no_gap(taken):
    class Changed(Exception):
        pass

    chance = random.Random(11)
    gives_up = [chance.random() < 0.3 for _ in range(taken)]

    def number(give_up):
        try:
            with transaction.atomic():
                (serial,) = take(("walkin:1", "2026-03-02", 1))
                if give_up:
                    raise Changed
                return serial
        except Changed:
            return None

    kept = [serial for serial in in_threads(20, number, gives_up) if serial]
    assert sorted(kept) == list(range(1, taken + 1 - sum(gives_up)))


def test_a_move_and_a_contact_at_once_lose_nothing(store, li):
    lead = LeadFactory(store=store, owner=li, step=4, grade="A", last_visit_at=NOW)
    start = threading.Barrier(20)

    def act(number):
        start.wait()
        if number % 2:
            return log_contact(lead.pk, Said("comparing"), by=li, at=NOW, now=NOW)
        return advance(lead.pk, to=6, by=li, at=NOW, reason="no wish to drive")

    in_threads(20, act, range(20))
    assert Task.objects.filter(lead=lead, kind="cadence", state="open").count() == 1
    assert Task.objects.filter(lead=lead, kind="cadence", state="done").count() == 9
    assert LeadEvent.objects.filter(lead=lead, kind="contact").count() == 10
    assert cadence_one_open_task().bad == 0


def test_twenty_hands_take_one_lead_from_the_pool(store):
    hands = [make_person(store, f"hand{number}", f"手{number}", "consultant") for number in range(20)]
    lead = LeadFactory(store=store, owner=None)
    start = threading.Barrier(20)

    def grab(person):
        start.wait()
        try:
            return take_lead(lead.pk, by=person, at=NOW).owner
        except Refused as refusal:
            return refusal.message

    answers = in_threads(20, grab, hands)
    (winner,) = [answer for answer in answers if answer in hands]
    assert Lead.objects.get().owner == winner
    assert answers.count(f"{winner} was faster. Take another one.") == 19
    assert LeadEvent.objects.filter(kind="owner").count() == 1
