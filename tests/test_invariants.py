"""check_invariants finds what constraints alone cannot, and says so with exit code 1."""

import datetime as dt
import json

import pytest
from django.core.management import call_command

from accounts.invariants import run_all
from accounts.models import Counter
from followups.contacts import Said, log_contact
from followups.models import Task
from leads.models import Lead
from showroom.closing import Leaving, close_visit
from showroom.models import Visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CarModelFactory

pytestmark = pytest.mark.django_db
ARRIVED, LEFT = at("2026-03-02 14:00"), at("2026-03-02 15:00")


@pytest.fixture
def lead(store, li):
    arrival = Arrival(phone_text="13800000001", name="张三", car_model=CarModelFactory(group=store.group))
    visit, _ = log_visit(store, arrival, receiver=li, by=li, at=ARRIVED, now=ARRIVED)
    close_visit(visit.pk, Leaving(grade="A"), by=li, at=LEFT, now=LEFT)
    called = at("2026-03-03 10:00")
    log_contact(visit.lead_id, Said("comparing"), by=li, at=called, now=called)
    return Lead.objects.get(pk=visit.lead_id)


def broken():
    return {
        check.name: check.sample for check in run_all() if check.bad and check.name != "triggers_installed"
    }


def test_the_loop_leaves_every_promise_kept(lead):
    assert broken() == {}
    counts = {check.name: check.count for check in run_all()}
    assert counts["cadence_one_open_task"] == 1
    assert counts["serials_without_gaps"] == 1


def test_a_cadence_without_its_task_is_found(lead):
    Task.objects.filter(lead=lead, state="open").update(state="void", closed_at=LEFT)
    assert broken() == {"cadence_one_open_task": [lead.number]}


def test_two_dates_for_one_task_are_found(lead):
    Task.objects.filter(lead=lead, state="open").update(due_on=dt.date(2026, 4, 1))
    assert broken() == {"next_date_is_the_tasks_date": [lead.number]}


def test_a_step_that_the_log_does_not_tell_is_found(lead):
    Lead.objects.filter(pk=lead.pk).update(step=5)
    assert broken() == {"machine_agrees_with_log": [lead.number]}


def test_a_task_of_somebody_else_is_found(lead, wang):
    task = Task.objects.get(kind="cadence", lead=lead, state="open")
    Task.objects.filter(pk=task.pk).update(assignee=wang)
    assert broken() == {"tasks_follow_the_owner": [task.pk]}


def test_a_serial_that_nobody_bears_is_found(lead, store):
    Counter.objects.filter(scope=f"walkin:{store.pk}").update(last=2)
    assert broken() == {"serials_without_gaps": [f"{store.pk}:2026-03-02"]}


def test_a_stretched_protection_is_found(lead):
    Lead.objects.filter(pk=lead.pk).update(lapses_on=dt.date(2027, 1, 1))
    assert broken() == {"protection_follows_from_facts": [lead.number]}


def test_the_command_answers_json_and_exit_code_1_when_something_is_wrong(lead, capsys):
    Visit.objects.update(flow_serial=7)
    with pytest.raises(SystemExit) as ended:
        call_command("check_invariants", "--json")
    assert ended.value.code == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is False
    found = {check["name"]: check["bad"] for check in answer["checks"]}
    assert found["serials_without_gaps"] == 1
