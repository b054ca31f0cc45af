"""A rule of a big store: the request hands its leads to the worker, which goes on after a kill (GRD-13)."""

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.rules import set_setting, setting
from followups import rework, rework_run
from followups.models import Rework, Task
from followups.profiles import switch_profile
from followups.rework_run import CHUNK, run_reworks
from leads.models import Lead, LeadEvent
from tests.conftest import at
from tests.factories import CustomerFactory

NOW = at("2026-03-12 10:00")
GRADES = "/settings/grades/"
LETTERS = ("H", "A", "B", "C")


@pytest.fixture(autouse=True)
def nobody_is_woken(monkeypatch, settings):
    settings.DEALER_NOW = NOW.isoformat()
    monkeypatch.setattr(rework, "wake_worker", lambda: None)


def open_leads(store, owner, count: int) -> None:
    """Open leads of one owner, a quarter of each letter, each with its event and cadence task."""
    customers = type(CustomerFactory.build(group=store.group)).objects.bulk_create(
        CustomerFactory.build(group=store.group, number=n) for n in range(1, count + 1)
    )
    leads = Lead.objects.bulk_create(
        Lead(
            number=f"L-260301-{n}",
            customer=customer,
            store=store,
            owner=owner,
            step=2,
            grade=LETTERS[n % 4],
            has_cadence=True,
            next_due_on=at("2026-03-20 10:00").date(),
            created_at=NOW,
            arrived_at=NOW,
            step_entered_at=NOW,
            last_contact_at=at("2026-03-11 10:00"),
            last_visit_at=at("2026-03-11 10:00"),
        )
        for n, customer in enumerate(customers, start=1)
    )
    Task.objects.bulk_create(
        Task(
            store=store,
            lead=lead,
            kind="cadence",
            assignee=owner,
            due_at=store.end_of_day(lead.next_due_on),
            due_on=lead.next_due_on,
            cause=f"cadence:test:{lead.pk}",
            why="cadence",
        )
        for lead in leads
    )


def letters(store) -> set[str]:
    return set(Lead.objects.filter(store=store).values_list("grade", flat=True))


def chunks(count: int) -> int:
    return -(-count // rework_run.CHUNK)


@pytest.fixture
def few_at_once(monkeypatch):
    monkeypatch.setattr(rework, "AT_ONCE", 10)
    monkeypatch.setattr(rework_run, "CHUNK", 20)


@pytest.mark.django_db
def test_a_small_store_is_switched_in_the_request(store, li, chen):
    open_leads(store, li, 20)
    assert switch_profile(store, "classic", by=chen, at=NOW) == 5
    assert (letters(store) & {"H"}, Rework.objects.count()) == (set(), 0)


@pytest.mark.django_db
def test_a_big_store_leaves_the_same_as_a_small_one(client, store, li, chen, few_at_once):
    open_leads(store, li, 45)
    client.force_login(chen)
    answer = client.post(GRADES, {"act": "switch", "profile": "classic", "in_force": "default"}, follow=True)
    text = answer.content.decode()
    assert "The leads follow one after the other" in text
    assert "The leads are being brought in line" in text
    assert "0 of 45 leads" in text
    store.refresh_from_db()
    assert (setting(store, "grade_profile"), letters(store)) == ("classic", set(LETTERS))

    assert run_reworks(NOW) == chunks(45)
    assert "H" not in letters(store)
    events = LeadEvent.objects.filter(kind="grade", reason="profile")
    assert set(events.values_list("by", "from_value")) == {(chen.pk, "H")}
    assert "being brought in line" not in client.get(GRADES).content.decode()
    due = set(Lead.objects.filter(grade="A").values_list("next_due_on", flat=True))
    assert due == {at("2026-03-18 10:00").date()}
    assert run_reworks(NOW) == 0


@pytest.mark.django_db
def test_a_killed_worker_is_followed_by_one_that_goes_on_there(store, li, chen, few_at_once, monkeypatch):
    open_leads(store, li, 45)
    switch_profile(store, "classic", by=chen, at=NOW)
    remap = rework_run.remap

    def killed(ids, *args, **facts):
        if Rework.objects.get().behind:
            raise KeyboardInterrupt
        return remap(ids, *args, **facts)

    with monkeypatch.context() as patch:
        patch.setattr(rework_run, "remap", killed)
        with pytest.raises(KeyboardInterrupt):
            run_reworks(NOW)
    work = Rework.objects.get()
    assert (work.done, work.finished_at, Lead.objects.filter(grade="H").count()) == (20, None, 11 - 5)
    assert run_reworks(NOW) == chunks(45) - 1
    assert Lead.objects.filter(grade="H").count() == 0
    assert LeadEvent.objects.filter(kind="grade", reason="profile").count() == 11


@pytest.mark.django_db
def test_a_lead_that_fails_is_left_as_it_is_and_the_others_are_done(
    store, li, chen, few_at_once, monkeypatch
):
    open_leads(store, li, 20)
    bad = Lead.objects.filter(grade="H").first()
    switch_profile(store, "classic", by=chen, at=NOW)
    remap = rework_run.remap

    def fail(ids, *args, **facts):
        if bad.pk in ids:
            raise ValueError("odd")
        return remap(ids, *args, **facts)

    monkeypatch.setattr(rework_run, "remap", fail)
    run_reworks(NOW)
    assert list(Lead.objects.filter(grade="H")) == [bad]
    assert Rework.objects.get().finished_at == NOW


@pytest.mark.django_db
def test_another_rule_that_dates_count_on_is_handed_over_too(store, li, chen, few_at_once):
    open_leads(store, li, 20)
    set_setting(store, "protection_days", 9, by=chen, at=NOW)
    assert Rework.objects.get().profile == ""
    before = set(Lead.objects.values_list("lapses_on", flat=True))
    run_reworks(NOW)
    assert set(Lead.objects.values_list("lapses_on", flat=True)) != before


@pytest.mark.django_db
def test_who_switches_second_sees_that_somebody_was_faster(client, store, li, chen):
    client.force_login(chen)
    switch_profile(store, "classic", by=li, at=NOW)
    answer = client.post(GRADES, {"act": "switch", "profile": "detailed", "in_force": "default"})
    assert answer.status_code == 409
    assert "Somebody switched the profile meanwhile." in answer.content.decode()
    store.refresh_from_db()
    assert setting(store, "grade_profile") == "classic"


@pytest.mark.thorough
@pytest.mark.postgres
@pytest.mark.django_db
def test_twenty_thousand_leads_do_not_keep_the_request_waiting(client, store, li, chen):
    open_leads(store, li, 20_000)
    client.force_login(chen)
    client.get("/settings/")
    with CaptureQueriesContext(
        connection,
    ) as captured:
        began = time.monotonic()
        answer = client.post(GRADES, {"act": "switch", "profile": "classic", "in_force": "default"})
        seconds = time.monotonic() - began
    assert answer.status_code == 302
    assert seconds < 1
    assert len(captured) <= 30

    with CaptureQueriesContext(connection) as small:
        rework_run._chunk(Rework.objects.get().pk, NOW)
    changed = LeadEvent.objects.filter(kind="grade").count()
    assert changed == CHUNK / 4
    assert len(small) <= 20 + 12 * changed
    assert Rework.objects.get().done == CHUNK


@pytest.mark.django_db
def test_the_statements_of_a_chunk_grow_with_the_letters_that_change_only(store, li, chen, few_at_once):
    open_leads(store, li, 60)
    set_setting(store, "protection_days", 9, by=chen, at=NOW)
    counted = []
    for _turn in range(3):
        with CaptureQueriesContext(connection) as captured:
            rework_run._chunk(Rework.objects.get().pk, NOW)
        counted.append(len(captured))
    assert counted[1] == counted[2] <= 15
