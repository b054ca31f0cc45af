"""Undo, merge and edit by many hands at once, on PostgreSQL: each is done once, and nothing is lost."""

import threading

import pytest

from accounts.errors import Refused
from followups.contacts import Said, log_contact
from followups.models import Contact, Task
from followups.undoing import undo_contact
from leads.editing import ChangedMeanwhile, Seen, edit_card
from leads.merging import merge, unmerge
from leads.models import Customer, FieldChange, Lead, LeadEvent, Merge
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CarModelFactory
from tests.test_concurrency import in_threads
from tests.test_invariants import broken

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = at("2026-03-02 10:00")
HANDS = 10


def met(store, who, phone, model):
    arrival = Arrival(phone_text=phone, name="张三", car_model=model)
    return log_visit(store, arrival, receiver=who, by=who, at=NOW, now=NOW)[0].lead


def at_once(work, count=HANDS):
    """What each hand got: its answer, or the refusal."""
    start = threading.Barrier(count)

    def one(number):
        start.wait()
        try:
            return work(number)
        except Refused as refusal:
            return refusal

    return in_threads(count, one, range(count))


def test_one_contact_is_undone_once(store, li):
    lead = met(store, li, "13800000001", CarModelFactory(group=store.group))
    contact = log_contact(lead.pk, Said("comparing"), by=li, at=NOW, now=NOW)
    at_once(lambda _number: undo_contact(contact.pk, by=li, at=NOW))
    assert LeadEvent.objects.filter(kind="undo").count() == 1
    assert Contact.objects.standing().count() == 0
    assert broken() == {}


def test_two_cards_are_merged_once_and_taken_apart_once(store, li, wang, chen):
    model = CarModelFactory(group=store.group)
    one, other = met(store, wang, "13800000001", model), met(store, li, "13800000002", model)

    def fold(number):
        pair = (one, other) if number % 2 else (other, one)
        return merge(pair[0].customer_id, pair[1].customer_id, by=chen, at=NOW)

    answers = at_once(fold)
    assert sum(isinstance(answer, Merge) for answer in answers) == 1
    assert Lead.objects.filter(status="void", void_reason="merged").count() == 1
    assert broken() == {}
    at_once(lambda _number: unmerge(Merge.objects.get().pk, by=chen, at=NOW))
    assert Lead.objects.filter(status="active", merged_into=None).count() == 2
    assert LeadEvent.objects.filter(kind="undo").count() == 2
    assert broken() == {}


def test_calls_while_two_cards_are_merged_leave_one_task_on_the_one_that_stays(store, li, wang, chen):
    model = CarModelFactory(group=store.group)
    kept, folded = met(store, wang, "13800000001", model), met(store, li, "13800000002", model)
    Lead.objects.filter(pk__in=(kept.pk, folded.pk)).update(grade="A")

    def act(number):
        if number == 0:
            return merge(kept.customer_id, folded.customer_id, by=chen, at=NOW)
        lead, who = (kept, wang) if number % 2 else (folded, li)
        return log_contact(lead.pk, Said("comparing"), by=who, at=NOW, now=NOW)

    at_once(act)
    assert Merge.objects.count() == 1
    assert Task.objects.filter(lead=kept, kind="cadence", state="open").count() == 1
    assert Task.objects.filter(lead=folded, state="open").count() == 0


def test_ten_editors_of_one_card_save_once_and_nine_are_told(store, li):
    lead = met(store, li, "13800000001", CarModelFactory(group=store.group))
    customer = Customer.objects.get()
    seen = Seen(customer.version, Lead.objects.get().version)
    answers = at_once(
        lambda number: edit_card(lead.pk, {"hobbies": f"钓鱼{number}"}, seen=seen, by=li, at=NOW)
    )
    assert sum(isinstance(answer, ChangedMeanwhile) for answer in answers) == HANDS - 1
    assert (FieldChange.objects.count(), LeadEvent.objects.filter(kind="edit").count()) == (1, 1)
