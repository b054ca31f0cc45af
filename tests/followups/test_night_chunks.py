"""A chore goes on around the row that fails, and its statements grow with chunks (RELIABILITY 17)."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.rules import set_setting
from followups.models import NightlyRun, Parked, Task
from followups.night import chunks, run_night
from followups.night.chunks import ATTEMPTS, retry_parked
from leads.models import Lead, LeadEvent
from tests.conftest import at
from tests.factories import CarModelFactory, LeadFactory
from tests.followups.worked_leads import make_lead

pytestmark = pytest.mark.django_db


def march(day):
    return dt.date(2026, 3, day)


def night(store, day):
    return run_night(store, march(day), now=store.start_of_day(march(day)))


@pytest.fixture
def sleepers(store, li):
    """Five dormant leads; a stray old task takes the place of the third one's waking task."""
    leads = [
        LeadFactory(
            store=store,
            owner=li,
            grade="B",
            status="dormant",
            wake_on=march(8),
            created_at=at("2026-03-07 10:00"),
        )
        for _ in range(5)
    ]
    Task.objects.create(
        store=store,
        lead=leads[2],
        kind="cadence",
        due_at=at("2026-03-01 23:59:59"),
        due_on=march(1),
        cause=f"cadence:wake:{leads[2].pk}:2026-03-08",
        state="void",
        closed_at=at("2026-03-01 10:00"),
    )
    return leads


def asleep():
    return list(Lead.objects.filter(status="dormant").values_list("pk", flat=True))


def test_the_bad_row_is_parked_and_the_others_are_done(store, sleepers):
    result = night(store, 8)
    assert result.parked == 1
    assert asleep() == [sleepers[2].pk]
    assert LeadEvent.objects.filter(kind="status").count() == 4
    parked = Parked.objects.get()
    assert (parked.job, parked.ref_kind, parked.ref_id, parked.store) == (
        "wake_dormant",
        "lead",
        sleepers[2].pk,
        store,
    )
    assert (parked.attempts, parked.at) == (1, at("2026-03-08 00:00"))


def test_what_is_kept_of_the_error_names_no_person(store, sleepers):
    Lead.objects.filter(pk=sleepers[2].pk).update(number="L-张三-01")
    night(store, 8)
    error = Parked.objects.get().error
    assert error.startswith("IntegrityError: ")
    assert "张三" not in error


@pytest.mark.thorough
def test_after_three_tries_it_is_left_alone(store, sleepers):
    assert [night(store, day).parked for day in (8, 9, 10, 11)] == [1, 1, 1, 0]
    assert Parked.objects.get().attempts == ATTEMPTS


@pytest.mark.thorough
def test_tried_again_on_demand_it_comes_back_until_it_is_mended(store, sleepers):
    for day in (8, 9, 10):
        night(store, day)
    retry_parked(Parked.objects.get().pk)
    assert night(store, 11).parked == 1
    Task.objects.filter(state="void").delete()
    assert night(store, 12).parked == 0
    assert asleep() == []
    assert not Parked.objects.exists()
    woken = Task.objects.get(lead=sleepers[2], kind="cadence")
    assert (woken.due_on, woken.missed_on) == (march(8), march(9))


@pytest.mark.thorough
def test_a_row_that_refuses_an_update_is_found_by_halving(store, li):
    leads = [make_lead(store, li, visited="2026-03-01 10:00", due="2026-03-04") for _ in range(9)]
    refused = Task.objects.get(lead=leads[6])
    refuse_updates(refused)
    result = night(store, 5)
    assert (result.missed, result.parked) == (8, 1)
    assert list(Task.objects.filter(missed_on=None)) == [refused]
    assert Parked.objects.get().ref_id == refused.pk


def refuse_updates(task):
    """A trigger stands in for whatever a database may have against one row."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'not this one: 张三'; END $$"
            )
            cursor.execute(
                "CREATE TRIGGER refuse BEFORE UPDATE ON followups_task FOR EACH ROW"
                f" WHEN (OLD.id = {task.pk}) EXECUTE FUNCTION refuse()"
            )
        else:
            cursor.execute(
                f"CREATE TRIGGER refuse BEFORE UPDATE ON followups_task WHEN OLD.id = {task.pk}"
                " BEGIN SELECT RAISE(ABORT, 'not this one: 张三'); END"
            )


@pytest.mark.thorough
def test_pages_meet_every_row_once_also_among_equal_dates(store, li, monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK", 3)
    for day in ("03", "04", "04", "04", "04", "04", "03", "05"):
        make_lead(store, li, visited="2026-03-01 10:00", due=f"2026-03-{day}")
    assert night(store, 6).missed == 8
    assert not Task.objects.filter(missed_on=None).exists()


FIVE_KINDS = 5  # leads made by work_for_every_chore for each of its count


@pytest.mark.parametrize(
    ("mode", "leads"),
    [
        ("propose", 50),
        ("automatic", 50),
        pytest.param("propose", 250, marks=pytest.mark.thorough),
        pytest.param("automatic", 250, marks=pytest.mark.thorough),
        # SQLite takes some hundred values in one INSERT, PostgreSQL a chunk at once.
        pytest.param("automatic", 1_000, marks=[pytest.mark.postgres, pytest.mark.thorough]),
    ],
)
@pytest.mark.thorough
def test_statements_do_not_grow_with_leads(store, li, chen, mode, leads):
    set_setting(store, "lapse_mode", mode, by=chen, at=at("2026-03-01 10:00"))
    model = CarModelFactory(group=store.group)
    statements = []
    for count in (2, 2, leads // FIVE_KINDS):  # the first fills the store's rules in memory
        work_for_every_chore(store, li, model, count)
        with CaptureQueriesContext(connection) as captured:
            assert night(store, 12).changed > FIVE_KINDS * count
        statements.append(len(captured))
        NightlyRun.objects.all().delete()
    assert statements[1] == statements[2]


def work_for_every_chore(store, li, model, count):
    facts = {"visited": "2026-03-03 10:00", "created_at": at("2026-03-11 10:00")}
    for _ in range(count):
        make_lead(store, li, "H", due="2026-03-05", expected_on=march(29), **facts).interests.create(
            car_model=model
        )
        LeadFactory(
            store=store,
            owner=li,
            grade="B",
            status="dormant",
            wake_on=march(12),
            created_at=facts["created_at"],
        )
        late = Task.objects.get(
            lead=make_lead(store, li, due="2026-03-10", protected_from=march(12), **facts)
        )
        Task.objects.filter(pk=late.pk).update(catch_up=True)
        broken = make_lead(store, li, due="2026-03-15", protected_from=march(12), **facts)
        Task.objects.filter(lead=broken).update(state="void", closed_at=at("2026-03-11 10:00"))
        seen = make_lead(store, li, protected_from=march(12), **facts)
        seen.appointments.create(
            store=store, at=at("2026-03-11 10:00"), set_by=li, set_at=at("2026-03-04 10:00")
        )
