"""S21: the night turns at midnight of the store, and twice is once."""

import datetime as dt

import pytest

from accounts.rules import set_setting
from followups.models import NightlyRun, Task
from followups.night import run_night
from followups.sweep import sweep
from leads.models import LeadEvent
from showroom.closing import Leaving, close_visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CarModelFactory

pytestmark = pytest.mark.django_db
ONE_SECOND_TO = dt.datetime(2026, 3, 9, 15, 59, 59, tzinfo=dt.UTC)
MIDNIGHT = dt.datetime(2026, 3, 9, 16, 0, 0, tzinfo=dt.UTC)


@pytest.fixture
def lead(store, li, chen):
    """The lead of S07: a visit on 2 March, no contact, lapses go by themselves."""
    set_setting(store, "lapse_mode", "automatic", by=chen, at=at("2026-03-01 10:00"))
    arrival = Arrival(phone_text="13800000001", name="张三", car_model=CarModelFactory(group=store.group))
    came, left = at("2026-03-02 14:20"), at("2026-03-02 15:00")
    visit, _ = log_visit(store, arrival, receiver=li, by=li, at=came, now=came)
    close_visit(visit.pk, Leaving(grade="B", horizon_days=60), by=li, at=left, now=left)
    return visit.lead


def test_the_lead_lapses_only_in_the_run_after_midnight(lead, li):
    assert sweep(ONE_SECOND_TO)["east"].lapsed == 0
    lead.refresh_from_db()
    assert lead.owner == li
    assert sweep(MIDNIGHT)["east"].lapsed == 1
    lead.refresh_from_db()
    assert lead.owner is None


def test_each_of_the_two_runs_is_a_night_of_its_own(lead):
    sweep(ONE_SECOND_TO)
    sweep(MIDNIGHT)
    nights = NightlyRun.objects.order_by("on").values_list("on", "state")
    assert list(nights) == [(dt.date(2026, 3, 9), "done"), (dt.date(2026, 3, 10), "done")]


def test_twice_on_one_day_makes_no_second_task_or_event(store, lead):
    first = run_night(store, dt.date(2026, 3, 10), now=MIDNIGHT)
    tasks, events = Task.objects.count(), LeadEvent.objects.count()
    second = run_night(store, dt.date(2026, 3, 10), now=MIDNIGHT + dt.timedelta(hours=5))
    assert (first.state, second.state, second.changed) == ("done", "already", 0)
    assert (Task.objects.count(), LeadEvent.objects.count()) == (tasks, events)


def test_even_without_its_record_the_night_finds_nothing_left_to_do(store, lead):
    assert run_night(store, dt.date(2026, 3, 10), now=MIDNIGHT).changed > 0
    NightlyRun.objects.all().delete()
    again = run_night(store, dt.date(2026, 3, 10), now=MIDNIGHT)
    assert (again.state, again.changed) == ("done", 0)


def test_an_older_date_changes_nothing_and_says_so(store, lead):
    run_night(store, dt.date(2026, 3, 9), now=MIDNIGHT)
    older = run_night(store, dt.date(2026, 3, 8), now=MIDNIGHT)
    assert (older.state, older.changed) == ("older", 0)
    assert not NightlyRun.objects.filter(on=dt.date(2026, 3, 8)).exists()
