"""The night closes what nobody closed: not completed, left at closing time (SPEC A14, A63, A65)."""

import datetime as dt

import pytest

from accounts.models import StoreHours
from followups.contacts import Said, log_contact
from followups.models import Task
from followups.night import run_night
from leads.models import Lead
from showroom.closing import Leaving, close_visit
from showroom.models import Visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CarModelFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_reminders")]


def march(day):
    return dt.date(2026, 3, day)


def night(store, day):
    return run_night(store, march(day), now=store.start_of_day(march(day)))


def arrive(store, li, came="2026-03-02 15:00", **arrival):
    arrival = Arrival(**{"phone_text": "13800000001", "name": "张三"} | arrival)
    visit, _ = log_visit(store, arrival, receiver=li, by=li, at=at(came), now=at(came))
    return visit


def test_left_at_closing_time_and_not_completed(store, li):
    visit = arrive(store, li)
    night(store, 3)
    visit.refresh_from_db()
    assert (visit.left_at, visit.closed_at, visit.completed) == (
        at("2026-03-02 18:00"),
        at("2026-03-03 00:00"),
        False,
    )


def test_closing_time_is_that_of_its_own_weekday(store, li):
    monday = StoreHours.objects.get(store=store, weekday=0)
    monday.closes = dt.time(20, 30)
    monday.save()
    store.refresh_from_db()
    visit = arrive(store, li)
    night(store, 5)
    visit.refresh_from_db()
    assert visit.left_at == at("2026-03-02 20:30")


def test_who_came_after_closing_time_left_as_he_came(store, li):
    visit = arrive(store, li, "2026-03-02 18:40")
    night(store, 3)
    visit.refresh_from_db()
    assert visit.left_at == at("2026-03-02 18:40")


def test_the_customer_is_to_be_called_within_24_hours_of_closing_time(store, li):
    visit = arrive(store, li)
    night(store, 3)
    task = Task.objects.get(kind="day_after")
    assert (task.lead, task.assignee, task.cause) == (visit.lead, li, f"day_after:visit:{visit.pk}")
    assert (task.due_at, task.due_on, task.why) == (at("2026-03-03 18:00"), march(3), "day_after")


def test_the_visit_of_today_stays_open(store, li):
    visit = arrive(store, li)
    night(store, 2)
    visit.refresh_from_db()
    assert visit.left_at is None


def test_a_closed_visit_keeps_its_leaving_time(store, li):
    visit = arrive(store, li, car_model=CarModelFactory(group=store.group))
    left = at("2026-03-02 15:40")
    close_visit(visit.pk, Leaving(grade="A", horizon_days=20), by=li, at=left, now=left)
    night(store, 3)
    visit.refresh_from_db()
    assert (visit.left_at, visit.completed) == (left, True)
    assert Task.objects.filter(kind="day_after").count() == 1


@pytest.mark.parametrize("arrival", [{"other": "paperwork"}, {"phone_text": "", "name": "路人"}])
def test_other_business_and_nameless_visitors_ask_for_no_call(store, li, arrival):
    arrive(store, li, **arrival)
    night(store, 3)
    assert Visit.objects.get().left_at == at("2026-03-02 18:00")
    assert not Task.objects.exists()


def test_a_deal_asks_for_no_call(store, li):
    visit = arrive(store, li)
    Lead.objects.filter(pk=visit.lead_id).update(step=7)
    night(store, 3)
    assert not Task.objects.filter(kind="day_after").exists()


def test_a_late_night_does_not_ask_for_a_call_that_was_made(store, li):
    visit = arrive(store, li)
    called = at("2026-03-03 10:00")
    log_contact(visit.lead_id, Said("comparing"), by=li, at=called, now=called)
    night(store, 5)
    assert not Task.objects.filter(kind="day_after").exists()


def test_found_three_nights_later_the_call_is_missed_since_its_day(store, li):
    arrive(store, li)
    night(store, 6)
    task = Task.objects.get(kind="day_after")
    assert (task.due_on, task.missed_on, task.escalated) == (march(3), march(4), True)


def test_what_was_not_completed_stands_first_on_its_receivers_day(store, li, client, settings):
    arrive(store, li)
    night(store, 3)
    arrive(store, li, "2026-03-03 09:10", phone_text="13800000002", name="李四")
    settings.DEALER_NOW = at("2026-03-03 10:00").isoformat()
    client.force_login(li)
    page = client.get("/").content.decode()
    page = page[page.index('id="open-visits"') :]
    assert page.index("张三") < page.index("not completed") < page.index("李四")
