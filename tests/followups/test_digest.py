"""What the day brings, told once at the opening to everybody at work (A08, A43)."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from accounts.models import DayOff, StoreClosure
from accounts.rules import set_setting
from followups.appointments import make_appointment
from followups.digest import tell_of_the_day
from followups.models import NightlyRun, Notice, Outbox, StaffChannel
from followups.notice_words import text_of
from followups.telling import tell_what_is_due
from leads.models import LapseProposal, Lead
from tests.conftest import at
from tests.factories import make_person, make_store
from tests.followups.telling import make_supervisor, told
from tests.followups.test_night_concurrency import in_threads
from tests.followups.worked_leads import make_lead
from tests.statements import statements

pytestmark = pytest.mark.django_db

OPENING = at("2026-03-12 09:00")  # a Thursday, open 09:00-18:00


def due(store, owner, day, grade="B", **marks):
    lead = make_lead(store, owner, grade, due=day, visited="2026-03-01 10:00")
    lead.tasks.update(**marks)
    return lead


@pytest.fixture
def work(store, li, wang):
    """Li: two overdue, one today, one of the share, one who comes; Wang: one today, escalated."""
    due(store, li, "2026-03-10")
    due(store, li, "2026-03-11", told_up=1)
    lead = due(store, li, "2026-03-12")
    due(store, li, "2026-03-12", catch_up=True)
    due(store, li, "2026-03-13")
    make_appointment(lead.pk, at("2026-03-12 15:00"), by=li, now=at("2026-03-11 10:00"))
    due(store, wang, "2026-03-08", told_up=2, escalated=True)


def of(person):
    return [facts for _kind, facts in told(person, "digest")]


def test_each_is_told_what_is_theirs(store, work, li, wang, zhao, chen):
    assert tell_of_the_day(store, now=OPENING) == 3
    assert of(li) == [{"overdue": 2, "today": 1, "share": 1, "appointments": 1}]
    assert of(wang) == [{"overdue": 1}]
    assert of(zhao) == []  # nothing to tell
    assert of(chen) == [{"escalated": 1}]


def test_the_words_are_counts(store, work, li):
    tell_of_the_day(store, now=OPENING)
    notice = Notice.objects.get(user=li)
    said = "Appointments 1 · Overdue 2 · Today 1 · Today's share 1"
    assert plain(text_of(notice.kind, notice.args)) == said


def plain(text: str) -> str:
    """A number stays in one line with its word."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_supervisor_hears_what_came_up_of_others_in_the_team(store, li, wang):
    sun = make_supervisor(store, li)
    due(store, li, "2026-03-10", told_up=1)
    due(store, wang, "2026-03-10", told_up=1)
    due(store, sun, "2026-03-10", told_up=1)
    tell_of_the_day(store, now=OPENING)
    assert of(sun) == [{"overdue": 1, "escalated": 1}]


def test_the_owner_hears_whose_protection_ends_within_two_days(store, li):
    for day in ("2026-03-11", "2026-03-12", "2026-03-14", "2026-03-15"):
        lead = due(store, li, "2026-03-20")
        Lead.objects.filter(pk=lead.pk).update(lapses_on=day)
    tell_of_the_day(store, now=OPENING)
    assert of(li) == [{"lapsing": 2}]


def test_the_manager_hears_what_waits_for_a_word(store, li, chen):
    lead = due(store, li, "2026-03-20")
    LapseProposal.objects.create(lead=lead, store=store, owner=li, lapses_on="2026-03-12")
    tell_of_the_day(store, now=OPENING)
    assert (of(chen), of(li)) == ([{"proposals": 1}], [])


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize(
    ("clock", "count"), [("08:59:59", 0), ("09:00:00", 1), ("17:59:59", 1), ("18:00:00", 0)]
)
def test_from_opening_to_closing_to_the_second(zone, clock, count):
    here = ZoneInfo(zone)
    store = make_store("far", zone=zone)
    due(store, make_person(store, "seller", "Seller", "consultant"), "2026-03-29")
    tell_of_the_day(store, now=at(f"2026-03-29 {clock}", here))  # the day on which Berlin's clocks change
    assert Notice.objects.count() == count


@pytest.mark.parametrize(("minutes", "clock"), [(-30, "08:30:00"), (15, "09:15:00")])
def test_the_store_says_how_long_before_or_after(store, work, chen, minutes, clock):
    set_setting(store, "digest_minutes", minutes, by=chen, at=OPENING)
    moment = at(f"2026-03-12 {clock}")
    assert tell_of_the_day(store, now=moment - dt.timedelta(seconds=1)) == 0
    assert tell_of_the_day(store, now=moment) == 3


def test_once_a_day_and_again_the_next(store, work):
    told = [
        tell_of_the_day(store, now=at(f"2026-03-{moment}")) for moment in ("12 09:00", "12 09:05", "13 09:00")
    ]
    assert told == [2, 0, 2]


def test_a_sweep_that_finds_it_told_asks_little(store, work):
    tell_of_the_day(store, now=OPENING)
    with statements() as asked:
        tell_of_the_day(store, now=OPENING + dt.timedelta(minutes=5))
    assert len(asked) == 1


def test_ten_people_cost_as_many_statements_as_three(store, work):
    tell_of_the_day(store, now=OPENING)
    asked = []
    for day in ("13", "14"):
        for n in range(7 if asked else 0):
            due(store, make_person(store, f"new{n}", f"新{n}", "consultant"), "2026-03-14")
        with statements() as part:
            assert tell_of_the_day(store, now=at(f"2026-03-{day} 09:00"))
        asked.append(len(part))
    assert asked[0] == asked[1] <= 12


def test_it_waits_for_a_night_that_somebody_is_just_doing(store, work, chen):
    lease = {"state": "running", "started_at": OPENING, "lease_until": OPENING + dt.timedelta(minutes=5)}
    night = NightlyRun.objects.create(store=store, on="2026-03-12", **lease)
    tell_what_is_due(OPENING)
    assert of(chen) == []
    NightlyRun.objects.filter(pk=night.pk).update(state="done")
    tell_what_is_due(OPENING)
    assert of(chen) == [{"escalated": 1}]


def test_none_on_a_closing_day_and_none_to_who_is_off(store, work, li, wang, zhao):
    DayOff.objects.create(user=li, store=store, on="2026-03-12", deputy=zhao)
    StoreClosure.objects.create(store=store, on="2026-03-13")
    store.refresh_from_db()
    tell_of_the_day(store, now=OPENING)
    assert (of(li), of(wang)) == ([], [{"overdue": 1}])
    assert tell_of_the_day(store, now=at("2026-03-13 09:00")) == 0


def test_the_deputy_hears_what_is_covered_h_o_or_agreed(store, li, zhao):
    DayOff.objects.create(user=li, store=store, on="2026-03-12", deputy=zhao)
    store.refresh_from_db()
    due(store, li, "2026-03-12", "H")
    due(store, li, "2026-03-12", "B")
    tell_of_the_day(store, now=OPENING)
    assert of(zhao) == [{"covering": 1}]


class TestAddresses:
    def add(self, store, user, by, **facts):
        channel = StaffChannel.objects.create(
            store=store, user=user, name="x", url="wecombot://secret", added_by=by, added_at=OPENING, **facts
        )
        store.hours.first().renew_stamp()
        store.refresh_from_db()
        return channel

    def test_it_also_goes_to_ones_own_address_and_the_stores_group(self, store, work, li, chen):
        own, group = self.add(store, li, li), self.add(store, None, chen)
        li.language = "zh-hans"
        li.save()
        self.add(store, chen, chen, urgent_only=True)
        tell_of_the_day(store, now=OPENING)
        tell_of_the_day(store, now=OPENING + dt.timedelta(minutes=5))
        sent = Outbox.objects.values_list("staff_channel_id", "text")
        assert {channel: plain(text) for channel, text in sent} == {
            own.pk: "邀约 1 · 逾期 2 · 今天 1 · 今日补跟进 1",
            group.pk: "邀约 1 · 逾期 3 · 今天 1 · 今日补跟进 1 · 已上报 1",
        }


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sweeps", [2, 5])
def test_sweeps_at_once_tell_it_once(store, work, chen, sweeps):
    StaffChannel.objects.create(
        store=store, name="x", url="wecombot://secret", added_by=chen, added_at=OPENING
    )
    in_threads(*[lambda: tell_of_the_day(store, now=OPENING)] * sweeps)
    assert (Notice.objects.filter(kind="digest").count(), Outbox.objects.count()) == (3, 1)
