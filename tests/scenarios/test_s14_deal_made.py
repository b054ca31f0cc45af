"""S14, FUP-06, FUP-01: a deal starts no undealt timer; its contract and its delivery have their own."""

import datetime as dt

import pytest
from django.db import transaction

from accounts.rules import set_setting
from followups.contacts import Said, log_contact
from followups.models import Task
from leads.moves import advance, lock_lead, record_evidence
from showroom.closing import Leaving, close_visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CarModelFactory

pytestmark = pytest.mark.django_db

DAY = "2026-03-06"


@pytest.fixture
def visit(store, li):
    when = at(f"{DAY} 14:00")
    arrival = Arrival(phone_text="138 0000 0001", name="孙丽", car_model=CarModelFactory(group=store.group))
    return log_visit(store, arrival, receiver=li, by=li, at=when, now=when)[0]


def prove(lead, kind, li, when):
    with transaction.atomic():
        record_evidence(
            lock_lead(lead.pk), kind, ref_kind="test", ref_id=1, by=li, at=at(when), recorded_at=at(when)
        )


def sign(lead, li):
    prove(lead, "deposit", li, f"{DAY} 15:30")
    prove(lead, "contract", li, f"{DAY} 15:40")


def open_tasks(kind):
    return Task.objects.filter(kind=kind, state="open")


def test_a_visit_that_ends_with_the_contract_starts_no_undealt_timer(visit, li):
    sign(visit.lead, li)
    left = at(f"{DAY} 16:00")
    close_visit(visit.pk, Leaving(grade="A", horizon_days=30), by=li, at=left, now=left)
    assert not Task.objects.filter(kind="day_after").exists()
    (thanks,) = Task.objects.filter(kind="thank_you")
    assert (thanks.why, thanks.due_at) == ("contract", at(f"{DAY} 23:59:59"))


def test_the_contract_is_thanked_for_the_same_day(visit, li):
    sign(visit.lead, li)
    thanks = Task.objects.get(kind="thank_you")
    assert (thanks.assignee, thanks.due_on) == (li, dt.date(2026, 3, 6))
    assert not thanks.is_overdue(at(f"{DAY} 23:59:59"))
    assert thanks.is_overdue(at("2026-03-07 00:00:00"))


def deliver(lead, li, when):
    sign(lead, li)
    prove(lead, "delivery_date", li, f"{DAY} 15:50")
    advance(lead.pk, to=8, by=li, at=at(f"{DAY} 15:55"))
    prove(lead, "handed_over", li, when)


def test_a_week_after_delivery_somebody_calls(visit, li):
    deliver(visit.lead, li, "2026-03-20 11:00")
    call = open_tasks("week_call").get()
    assert (call.due_on, call.due_at) == (dt.date(2026, 3, 27), at("2026-03-27 23:59:59"))
    assert (call.assignee, call.lead.step) == (li, 9)
    called = at("2026-03-26 10:00")
    log_contact(visit.lead_id, Said("looking"), by=li, at=called, now=called)
    assert Task.objects.get(kind="week_call").state == "done"


def test_the_store_decides_after_how_many_days(store, visit, li, chen):
    set_setting(store, "week_call_days", 3, by=chen, at=at(f"{DAY} 09:00"))
    deliver(visit.lead, li, "2026-03-20 11:00")
    assert open_tasks("week_call").get().due_on == dt.date(2026, 3, 23)
