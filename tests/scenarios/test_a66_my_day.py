"""A66: one row per customer with all its reasons; a row that was tried sinks, or is done today."""

import datetime as dt

import pytest
from django.utils.html import strip_tags

from followups.contacts import Said, log_contact
from followups.my_day import Group, build
from showroom.closing import Leaving, close_visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CarModelFactory
from tests.followups.worked_leads import thank

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(store, li):
    """Zhang, in the house on 2 March until 15:00 and thanked, grade A."""
    arrived, left = at("2026-03-02 14:20"), at("2026-03-02 15:00")
    arrival = Arrival(phone_text="138 0000 0001", name="张三", car_model=CarModelFactory(group=store.group))
    visit, _created = log_visit(store, arrival, receiver=li, by=li, at=arrived, now=arrived)
    close_visit(visit.pk, Leaving(grade="A", horizon_days=30), by=li, at=left, now=left)
    thank(visit.lead, li, "2026-03-02 15:03")
    return visit.lead


def day_of(li, store, wall_clock):
    """Group by group: the reasons of each row."""
    day = build(li, store, now=at(wall_clock))
    says = {
        group: [[strip_tags(r.text) for r in row.reasons] for row in rows] for group, rows in day.rows.items()
    }
    return {str(group): rows for group, rows in says.items() if rows}


def test_the_row_of_a02_reads_both_reasons(store, li, lead):
    assert day_of(li, store, "2026-03-03 09:00") == {"today": [["24 hours, by 15:00", "A, by 5 Mar"]]}


def test_it_is_not_there_on_the_evening_of_the_visit(store, li, lead):
    assert day_of(li, store, "2026-03-02 18:00") == {}


def test_a_second_after_its_time_the_24_hour_task_is_overdue(store, li, lead):
    assert "today" in day_of(li, store, "2026-03-03 15:00:00")
    assert day_of(li, store, "2026-03-03 15:00:01") == {
        "overdue": [["24 hours, late since 15:00", "A, by 5 Mar"]]
    }


def test_an_attempt_leaves_the_row_tried(store, li, lead):
    tried = at("2026-03-03 10:02")
    log_contact(lead.pk, Said("no_answer"), by=li, at=tried, now=tried)
    assert day_of(li, store, "2026-03-03 10:03") == {
        "today": [["24 hours, by 15:00", "A, by 5 Mar", "tried 10:02"]]
    }


def test_a_call_moves_the_row_to_done_today_and_the_next_day_it_is_gone(store, li, lead):
    called = at("2026-03-03 10:00")
    log_contact(lead.pk, Said("comparing"), by=li, at=called, now=called)
    assert day_of(li, store, "2026-03-03 10:01") == {"done": [["A, by 6 Mar", "spoke 10:00"]]}
    assert day_of(li, store, "2026-03-04 09:00") == {}
    day = build(li, store, now=at("2026-03-06 09:00"))
    assert [row.tasks[0].due_on for row in day.rows[Group.TODAY]] == [dt.date(2026, 3, 6)]


def test_the_page_reads_the_same(client, settings, store, li, lead):
    settings.DEALER_NOW = at("2026-03-03 09:00").isoformat()
    client.force_login(li, backend="accounts.backends.StaffBackend")
    html = strip_tags(client.get("/").content.decode())
    assert "24 hours, by 15:00 · A, by 5 Mar" in html
    assert html.count("张三") == 1
