"""A63: the order of the night, and nights that were missed: the next one makes up for all of them."""

import datetime as dt

import pytest
from django.apps import apps
from django.conf import settings
from django.db import transaction

from accounts.models import DayOff, StoreClosure
from accounts.rules import set_setting
from followups.appointments import make_appointment
from followups.catch_up import start_catch_up
from followups.invariants import checks
from followups.models import Heartbeat, NightlyRun, Parked, Task
from followups.night import run_night
from leads.models import Lead, LeadEvent
from leads.protection import lapses_on
from showroom.calls import Enquiry, log_call
from showroom.models import Visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CarModelFactory, LeadFactory
from tests.followups.worked_leads import make_lead

pytestmark = pytest.mark.django_db
RUN_ROWS = (NightlyRun, Heartbeat, Parked)
OF_THE_RUN = {"id", "recorded_at"}


def march(day):
    return dt.date(2026, 3, day)


def night(store, day, **more):
    return run_night(store, march(day), now=store.start_of_day(march(day)) + dt.timedelta(**more))


def tables():
    """Every business row of the database, without its number and the moment we knew."""
    rows = {}
    for app in ("accounts", "leads", "followups", "showroom"):
        for model in apps.get_app_config(app).get_models():
            if model not in RUN_ROWS:
                rows[model.__name__] = sorted(repr(_plain(row)) for row in model.objects.values())
    return rows


def _plain(row):
    return {name: value for name, value in row.items() if name not in OF_THE_RUN}


@pytest.fixture
def world(store, li, wang, chen):
    """The evening of 6 March: something for every chore in the four nights to come."""
    night(store, 6)
    for day in (5, 6, 7):
        StoreClosure(store=store, on=march(day)).save()  # opens again on the 8th
    store.refresh_from_db()
    forgotten_visits(store, li)
    rang = at("2026-02-28 10:00")  # his seven days end in the nights to come
    log_call(store, Enquiry(phone_text="13900000001"), receiver=li, by=li, at=rang, now=rang)
    appointments(store, li)
    LeadFactory(store=store, owner=wang, grade="B", status="dormant", wake_on=march(8))
    DayOff.objects.create(user=wang, store=store, on=march(8), absence=True)
    for owner, visited in ((li, 1), (wang, 0), (wang, 2)):
        make_lead(store, owner, "C", visited=f"2026-02-2{8 if visited < 1 else 6} 10:00", due="2026-03-09")
    for day in range(3, 10):  # late, due on closing days, due in the missed nights
        make_lead(store, li, "A", visited="2026-03-02 10:00", due=f"2026-03-{day:02}")
    make_lead(store, None, "A", due="2026-03-06")
    becoming_hotter(store, li)
    old = [make_lead(store, wang, visited="2026-01-05 10:00") for _ in range(20)]
    start_catch_up(store, [lead.pk for lead in old], on=march(6))
    return store


def forgotten_visits(store, li):
    for number, came in enumerate(["2026-03-04 15:00", "2026-03-06 16:00", "2026-03-06 19:30"]):
        arrival = Arrival(phone_text=f"1380000000{number}", name="张三")
        log_visit(store, arrival, receiver=li, by=li, at=at(came), now=at(came))
    nobody = Arrival(name="路人")
    log_visit(store, nobody, receiver=li, by=li, at=at("2026-03-06 11:00"), now=at("2026-03-06 11:00"))


def appointments(store, li):
    made = at("2026-03-06 17:00")
    for days in ((7,), (8,), (7, 9), (8, 14), (12,)):
        lead = make_lead(store, li, visited="2026-03-01 10:00")
        for day in days:
            make_appointment(lead.pk, at(f"2026-03-{day:02} 10:00"), by=li, now=made)


def becoming_hotter(store, li):
    model = CarModelFactory(group=store.group)
    for days in (7, 8, 9, 31, 33, 40, -1):
        lead = make_lead(
            store, li, "B", visited="2026-03-05 10:00", expected_on=march(8) + dt.timedelta(days=days)
        )
        lead.interests.create(car_model=model)


def outcome_of(store, days):
    """What the tables hold after the nights of these days; nothing of it stays."""
    with transaction.atomic():
        results = [night(store, day) for day in days]
        rows = tables()
        transaction.set_rollback(True)
    return results, rows


@pytest.mark.parametrize("mode", ["propose", pytest.param("automatic", marks=pytest.mark.thorough)])
def test_one_night_after_three_missed_ones_leaves_the_tables_of_four(world, chen, mode):
    set_setting(world, "lapse_mode", mode, by=chen, at=at("2026-03-06 08:00"))
    before = tables()
    nightly, four = outcome_of(world, [7, 8, 9, 10])
    late, one = outcome_of(world, [10])
    assert one == four
    assert one != before
    counted = "lapsed" if mode == "automatic" else "lapse_proposed"
    assert sum(getattr(result, counted) for result in nightly) == getattr(late[0], counted) > 0


@pytest.mark.thorough
def test_again_changes_nothing_even_without_its_record(world):
    assert night(world, 10).changed > 0
    assert night(world, 10, hours=3).changed == 0
    NightlyRun.objects.filter(on=march(10)).delete()
    before = tables()
    again = night(world, 10, hours=4)
    assert (again.state, again.changed) == ("done", 0)
    assert tables() == before


@pytest.mark.thorough
def test_the_world_has_work_for_every_chore(world):
    night(world, 10)
    assert Visit.objects.filter(completed=False, closed_at__isnull=False).count() == 4
    assert LeadEvent.objects.filter(kind="appointment", to_value="no_show").count() == 5
    assert LeadEvent.objects.filter(kind="status", to_value="active").count() == 1
    assert Lead.objects.exclude(suggested_grade="").count() > 0
    joined = Task.objects.filter(catch_up=True, assignee__username="li", state="open")
    assert joined.count() == 3  # due on the three closing days


@pytest.mark.parametrize("mode", [pytest.param("propose", marks=pytest.mark.thorough), "automatic"])
@pytest.mark.thorough
def test_the_promises_of_tasks_and_dates_hold_after_it(world, chen, mode):
    set_setting(world, "lapse_mode", mode, by=chen, at=at("2026-03-06 08:00"))
    night(world, 10)
    assert [check.name for check in checks() if check.bad] == []
    assert [lead for lead in Lead.objects.select_related("store") if lead.lapses_on != lapses_on(lead)] == []


def test_the_chores_run_in_the_order_of_the_rule():
    assert [name.rpartition(".")[2] for name in settings.NIGHTLY_CHORES] == [
        "close_open_visits",
        "mark_no_shows",
        "settle_past_bookings",  # drives, of which A63 does not speak
        "wake_dormant",
        "end_phone_only_protection",
        "lapse_or_propose",
        "mark_missed",
        "escalate",
        "suggest_grades",
        "date_catch_up",
        "end_the_day",  # CAD-05, CARD-11
        "open_missing_tasks",
        "remind_of_organisations",  # TYPE-06
        "ask_for_next_steps",  # FLOW-09
        "remind_of_stuck",  # FLOW-04
        "refresh_cards",  # CARD-08
        "try_the_lost_again",  # LOST-08
        "greet_on_birthdays",  # CARD-11
        "find_suspicions",
        "forget_old",
        "forget_read",  # of the bell
        "forget_old_papers",
    ]
