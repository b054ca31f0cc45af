"""A19: the call ladder for leads nobody has reached: 15 minutes, 2 hours, next day, day 3, day 7."""

import datetime as dt

import pytest

from accounts.duty import after_duty_minutes
from accounts.models import StoreClosure, StoreHours
from followups.contacts import Said, log_contact
from followups.enquiries import Enquiry, take_in
from followups.models import Task
from followups.undoing import undo_contact
from tests.conftest import at
from tests.factories import CarModelFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _open_nine_to_seven(store):
    StoreHours.objects.filter(store=store).delete()
    for weekday in range(7):
        StoreHours.objects.create(store=store, weekday=weekday, opens=dt.time(9), closes=dt.time(19))
    store.refresh_from_db()


def ask(store, li, when="2026-03-02 10:00", phone="13905186627"):
    return take_in(store, Enquiry(phone, "张伟"), owner=li, by=li, at=at(when))


def open_call(lead) -> Task:
    return lead.tasks.get(kind="ladder", state="open")


def try_to_call(lead, li, when):
    return log_contact(lead.pk, Said(outcome="no_answer"), by=li, at=at(when), now=at(when))


@pytest.mark.parametrize(
    ("begins", "minutes", "ends"),
    [
        ("2026-03-02 18:50", 30, "2026-03-03 09:20"),
        ("2026-03-02 10:00", 30, "2026-03-02 10:30"),
        ("2026-03-02 18:30", 30, "2026-03-02 19:00"),
        ("2026-03-02 21:00", 15, "2026-03-03 09:15"),
        ("2026-03-02 03:00", 15, "2026-03-02 09:15"),
    ],
)
def test_minutes_count_in_opening_hours_only(store, begins, minutes, ends):
    assert after_duty_minutes(store, at(begins), minutes) == at(ends)


def test_a_closing_day_does_not_count(store):
    StoreClosure.objects.create(store=store, on="2026-03-03")
    store.refresh_from_db()
    assert after_duty_minutes(store, at("2026-03-02 18:50"), 30) == at("2026-03-04 09:20")


def test_in_a_store_that_never_opens_the_clock_simply_runs(store):
    StoreHours.objects.filter(store=store).delete()
    store.refresh_from_db()
    assert after_duty_minutes(store, at("2026-03-02 18:50"), 30) == at("2026-03-02 19:20")


def test_the_first_call_is_due_after_fifteen_minutes(store, li):
    lead, came = ask(store, li)
    task = open_call(lead)
    assert (came, lead.step, lead.owner, task.assignee, task.due_at) == (
        "new",
        1,
        li,
        li,
        at("2026-03-02 10:15"),
    )


def test_each_try_opens_the_next_call_until_the_last(store, li):
    lead, _came = ask(store, li)
    due = []
    for when in ("02 10:10", "02 12:05", "03 18:00", "05 10:00"):
        try_to_call(lead, li, f"2026-03-{when}")
        due.append(open_call(lead).due_at)
    assert due == [
        at("2026-03-02 12:00"),
        at("2026-03-03 19:00"),  # asked in the morning: the afternoon of the next day
        at("2026-03-05 19:00"),
        at("2026-03-09 19:00"),
    ]
    try_to_call(lead, li, "2026-03-09 18:59")
    assert not lead.tasks.filter(state="open").exists()
    assert lead.tasks.filter(kind="ladder", state="done").count() == 5


def test_who_asked_in_the_afternoon_is_called_the_next_morning(store, li):
    lead, _came = ask(store, li, "2026-03-02 16:00")
    try_to_call(lead, li, "2026-03-02 16:10")
    try_to_call(lead, li, "2026-03-02 18:00")
    assert open_call(lead).due_at == at("2026-03-03 14:00")


def test_a_late_try_leaves_out_what_lies_behind(store, li):
    lead, _came = ask(store, li)
    try_to_call(lead, li, "2026-03-04 10:00")
    assert (open_call(lead).why_args["rung"], open_call(lead).due_at) == (4, at("2026-03-05 19:00"))


def test_a_talk_ends_the_ladder(store, li):
    lead, _came = ask(store, li)
    log_contact(
        lead.pk, Said(outcome="looking"), by=li, at=at("2026-03-02 10:05"), now=at("2026-03-02 10:05")
    )
    assert not lead.tasks.filter(kind="ladder", state="open").exists()


def test_an_undone_try_puts_its_call_back(store, li):
    lead, _came = ask(store, li)
    tried = try_to_call(lead, li, "2026-03-02 10:10")
    undo_contact(tried.pk, by=li, at=at("2026-03-02 10:12"))
    task = open_call(lead)
    assert (task.why_args["rung"], task.due_at) == (1, at("2026-03-02 10:15"))


class TestAKnownNumber:
    def test_it_asks_again_and_its_owner_is_told(self, store, li, wang):
        lead, _came = ask(store, li)
        again, came = take_in(store, Enquiry("139 0518 6627"), owner=wang, by=wang, at=at("2026-03-12 10:00"))
        assert (again.pk, came, again.owner) == (lead.pk, "again", li)
        assert lead.events.filter(reason="asked_again").count() == 1
        assert lead.tasks.filter(kind="ladder", state="open").count() == 1  # still on the first one

    def test_who_was_reached_before_has_a_new_call(self, store, li):
        lead, _came = ask(store, li)
        spoke = at("2026-03-02 10:05")
        log_contact(lead.pk, Said(outcome="looking"), by=li, at=spoke, now=spoke)
        take_in(store, Enquiry("13905186627"), owner=li, by=li, at=at("2026-03-12 10:00"))
        task = open_call(lead)
        assert (task.why, task.assignee, task.due_at) == ("asked_again", li, at("2026-03-12 10:15"))

    def test_a_lost_one_comes_back_to_the_new_owner(self, store, li, wang):
        lead, _came = ask(store, li)
        lead.tasks.update(state="void", closed_at=at("2026-03-02 12:00"))
        type(lead).objects.filter(pk=lead.pk).update(status="lost")
        again, came = take_in(store, Enquiry("13905186627"), owner=wang, by=wang, at=at("2026-03-12 10:00"))
        assert (came, again.status, again.owner, again.revived) == ("again", "active", wang, 1)

    def test_its_model_is_added_to_what_the_customer_wants(self, store, li):
        lead, _came = ask(store, li)
        car = CarModelFactory(group=store.group)
        enquiry = Enquiry("13905186627", car_model=car)
        take_in(store, enquiry, owner=li, by=li, at=at("2026-03-12 10:00"))
        assert [row.car_model for row in lead.interests.all()] == [car]
