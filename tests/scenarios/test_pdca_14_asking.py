"""PDCA-14: at 17:00 supervisors ask each member, at 17:30 the manager asks the teams."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from accounts.models import StoreClosure
from accounts.rules import set_setting
from followups.asking import ask_for_the_day
from followups.contacts import Said, log_contact
from followups.models import Notice
from followups.notice_words import text_of
from tests.conftest import at
from tests.factories import make_person, make_store
from tests.followups.telling import make_supervisor, told
from tests.followups.test_night_concurrency import in_threads
from tests.followups.worked_leads import make_lead

pytestmark = pytest.mark.django_db

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def sun(store, li, wang):
    """Sun leads Li and Wang. Li has called one of two, Wang none of one."""
    called = make_lead(store, li, "B", due="2026-03-12", visited="2026-03-01 10:00")
    make_lead(store, li, "B", due="2026-03-11", visited="2026-03-01 10:00")
    make_lead(store, wang, "B", due="2026-03-12", visited="2026-03-01 10:00")
    moment = at("2026-03-12 10:00")
    log_contact(called.pk, Said("comparing"), by=li, at=moment, now=moment)
    return make_supervisor(store, li, wang)


def ask(store, clock, day="2026-03-12"):
    return ask_for_the_day(store, now=at(f"{day} {clock}"))


def test_each_of_them_once_at_the_hour(store, sun, chen):
    told = [ask(store, clock) for clock in ("16:59:59", "17:00:00", "17:05", "17:29:59", "17:30:00", "18:00")]
    assert told == [0, 1, 0, 0, 1, 0]
    assert list(Notice.objects.order_by("at").values_list("user", "kind")) == [
        (sun.pk, "ask_members"),
        (chen.pk, "ask_teams"),
    ]


def test_the_figures_are_todays(store, sun, chen, zhao):
    ask(store, "17:30")
    assert told(sun) == [("ask_members", {"lines": [["李强", 1, 1], ["王芳", 0, 1]]})]
    assert told(chen) == [("ask_teams", {"lines": [["sun", 1, 2]]})]
    facts = Notice.objects.get(user=sun)
    words = "How was the day? 李强: done 1, open 1 · 王芳: done 0, open 1"
    assert text_of(facts.kind, facts.args) == words


def test_a_store_without_teams_is_asked_by_person(store, li, chen):
    make_lead(store, li, "B", due="2026-03-12", visited="2026-03-01 10:00")
    ask(store, "17:30")
    assert told(chen) == [("ask_teams", {"lines": [["李强", 0, 1]]})]


def test_again_the_next_day_and_not_on_a_closing_day(store, sun, chen):
    StoreClosure.objects.create(store=store, on="2026-03-13")
    store.refresh_from_db()
    assert [ask(store, "18:00", f"2026-03-{day}") for day in (12, 13, 14)] == [2, 0, 2]


def test_the_store_says_when(store, sun, chen):
    set_setting(store, "members_asked_at", "16:30", by=chen, at=at("2026-03-12 08:00"))
    assert [ask(store, clock) for clock in ("16:29:59", "16:30:00")] == [0, 1]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize("day", ["2026-03-29", "2026-11-01"])  # clocks change in Berlin, in New York
def test_by_the_clock_on_the_stores_wall(zone, day):
    here = ZoneInfo(zone)
    store = make_store("far", zone=zone)
    make_supervisor(store, make_person(store, "seller", "Seller", "consultant"))
    moment = at(f"{day} 17:00", here)
    assert [ask_for_the_day(store, now=now) for now in (moment - SECOND, moment)] == [0, 1]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sweeps", [2, 5])
def test_sweeps_at_once_ask_once(store, sun, chen, sweeps):
    in_threads(*[lambda: ask(store, "18:00")] * sweeps)
    assert Notice.objects.count() == 2
