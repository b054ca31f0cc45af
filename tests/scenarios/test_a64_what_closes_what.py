"""A64: a contact closes what it satisfies, an attempt closes nothing and moves a due cadence task."""

import datetime as dt

import pytest

from followups.cadence import move_cadence
from followups.contacts import Said, log_contact
from followups.models import Task
from leads.models import Lead
from showroom.closing import Leaving, close_visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CarModelFactory
from tests.followups.worked_leads import thank

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(store, li):
    """A 24-hour task due 3 March 15:00, and a cadence task agreed for 3 March; thanked on the 2nd."""
    arrived, left = at("2026-03-02 14:20"), at("2026-03-02 15:00")
    arrival = Arrival(phone_text="138 0000 0001", name="张三", car_model=CarModelFactory(group=store.group))
    visit, _created = log_visit(store, arrival, receiver=li, by=li, at=arrived, now=arrived)
    leaving = Leaving(grade="A", horizon_days=30, next_on=dt.date(2026, 3, 3), agreed=True)
    close_visit(visit.pk, leaving, by=li, at=left, now=left)
    thank(visit.lead, li, "2026-03-02 15:03")
    return Lead.objects.get(pk=visit.lead_id)


def open_tasks(lead):
    return {t.kind: t for t in Task.objects.filter(lead=lead, state="open")}


def call(lead, outcome, wall_clock, by, **said):
    at_ = at(wall_clock)
    return log_contact(lead.pk, Said(outcome, **said), by=by, at=at_, now=at_)


def test_no_answer_moves_the_cadence_to_tomorrow_and_leaves_the_24_hours(lead, li):
    call(lead, "no_answer", "2026-03-03 10:02", li)
    tasks = open_tasks(lead)
    assert tasks["cadence"].due_on == dt.date(2026, 3, 4)
    assert tasks["day_after"].due_at == at("2026-03-03 15:00")
    assert not tasks["day_after"].is_overdue(at("2026-03-03 15:00:00"))
    assert tasks["day_after"].is_overdue(at("2026-03-03 15:00:01"))


def test_the_call_at_ten_past_closes_both_and_opens_the_next(lead, li):
    call(lead, "no_answer", "2026-03-03 10:02", li)
    contact = call(lead, "looking", "2026-03-03 15:10", li)
    assert Task.objects.filter(lead=lead, state="done", contact=contact).count() == 2
    assert {kind: task.due_on for kind, task in open_tasks(lead).items()} == {"cadence": dt.date(2026, 3, 6)}


def test_the_customers_own_call_closes_both_whoever_logs_it(lead, chen):
    call(lead, "price", "2026-03-03 11:00", chen, direction="in")
    assert list(open_tasks(lead)) == ["cadence"]


def test_a_call_before_the_date_closes_the_task_too(lead, li):
    move_cadence(Lead.objects.get(pk=lead.pk), dt.date(2026, 3, 5))
    call(lead, "looking", "2026-03-03 11:00", li)
    assert open_tasks(lead)["cadence"].due_on == dt.date(2026, 3, 6)


def test_a_task_for_one_person_is_closed_by_that_person_only(lead, li, wang, chen, store):
    Task.objects.create(
        store=store, lead=lead, kind="day_after", assignee=li, only_assignee=True, cause="callback:1",
        due_at=at("2026-03-03 10:30"), due_on=dt.date(2026, 3, 3),
    )  # fmt: skip
    call(lead, "looking", "2026-03-03 10:00", chen)
    assert Task.objects.get(cause="callback:1").state == "open"
    call(lead, "looking", "2026-03-03 10:20", li)
    assert Task.objects.get(cause="callback:1").state == "done"


def test_an_attempt_on_a_task_that_is_not_due_moves_nothing(lead, li):
    move_cadence(Lead.objects.get(pk=lead.pk), dt.date(2026, 3, 5))
    call(lead, "wrong_number", "2026-03-03 10:02", li)
    assert open_tasks(lead)["cadence"].due_on == dt.date(2026, 3, 5)
