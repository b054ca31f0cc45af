"""Who runs a night, when, and what becomes of one that broke off (DESIGN section 5)."""

import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from followups import tasks
from followups.models import Heartbeat, NightlyRun, Task
from followups.night import run_night
from followups.night.chunks import Counts
from followups.sweep import sweep
from tests.conftest import at
from tests.factories import make_store
from tests.followups.worked_leads import make_lead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_reminders")]
ON = dt.date(2026, 3, 10)
NOW = at("2026-03-10 00:03")


@pytest.fixture
def late(store, li):
    """One task that the night of 10 March finds missed."""
    return Task.objects.get(lead=make_lead(store, li, visited="2026-03-08 10:00", due="2026-03-09"))


def left_behind(store, *, lease_until, on=ON):
    return NightlyRun.objects.create(store=store, on=on, started_at=NOW, lease_until=lease_until)


def test_a_finished_night_says_what_it_did(store, late):
    result = run_night(store, ON, now=NOW)
    run = NightlyRun.objects.get()
    assert (run.store, run.on, run.state, run.started_at) == (store, ON, "done", NOW)
    assert run.finished_at == NOW + dt.timedelta(seconds=result.seconds)
    figures = {"changed": 1, "lapse_proposed": 0, "lapsed": 0, "missed": 1, "escalated": 0, "parked": 0}
    assert run.counts == {**figures, "seconds": result.seconds}


def test_while_somebody_is_at_it_another_changes_nothing(store, late):
    left_behind(store, lease_until=NOW + dt.timedelta(seconds=1))
    assert run_night(store, ON, now=NOW).state == "already"
    late.refresh_from_db()
    assert late.missed_on is None


def test_the_night_of_the_day_before_is_waited_for(store, late):
    left_behind(store, lease_until=NOW + dt.timedelta(seconds=1), on=ON - dt.timedelta(days=1))
    assert run_night(store, ON, now=NOW).state == "already"
    assert not NightlyRun.objects.filter(on=ON).exists()


def test_a_night_that_broke_off_is_taken_again_when_its_lease_is_over(store, late):
    left_behind(store, lease_until=NOW)
    result = run_night(store, ON, now=NOW)
    assert (result.state, result.missed) == ("done", 1)
    assert NightlyRun.objects.get().state == "done"


def test_a_chore_that_fails_gives_the_lease_back(store, late, settings):
    broken = "tests.followups.test_night_run.broken_chore"
    chores, settings.NIGHTLY_CHORES = settings.NIGHTLY_CHORES, [broken]
    with pytest.raises(ZeroDivisionError):
        run_night(store, ON, now=NOW)
    assert NightlyRun.objects.get().state == "running"
    settings.NIGHTLY_CHORES = chores
    assert run_night(store, ON, now=NOW).missed == 1


def broken_chore(store, on, *, now):
    return 1 / 0


def test_another_store_has_its_own_nights(store, late):
    west = make_store("west")
    run_night(west, ON, now=NOW)
    late.refresh_from_db()
    assert late.missed_on is None
    assert run_night(store, ON, now=NOW).missed == 1


class TestSweep:
    def test_it_says_that_it_sweeps(self, db):
        sweep(NOW)
        sweep(NOW + dt.timedelta(minutes=5))
        assert Heartbeat.objects.get(name="sweep").at == at("2026-03-10 00:08")
        took = Heartbeat.objects.get(name="swept").at - at("2026-03-10 00:08")
        assert dt.timedelta(0) < took < dt.timedelta(minutes=1)
        assert Heartbeat.objects.count() == 2

    def test_each_store_has_the_night_of_its_own_date(self, store, late):
        make_store("berlin", zone="Europe/Berlin", country="DE")
        sweep(NOW)
        nights = NightlyRun.objects.order_by("store__code").values_list("store__code", "on")
        assert list(nights) == [("berlin", dt.date(2026, 3, 9)), ("east", ON)]

    def test_after_an_outage_of_a_week_one_sweep_is_enough(self, store, late):
        sweep(NOW)
        results = sweep(NOW + dt.timedelta(days=7))
        assert results["east"].state == "done"
        assert Task.objects.filter(lead=late.lead, state="open").count() == 1

    def test_a_store_that_fails_does_not_stop_the_next(self, store, late, settings, caplog):
        west = make_store("west")
        settings.NIGHTLY_CHORES = ["tests.followups.test_night_run.fails_in_the_east"]
        assert list(sweep(NOW)) == ["west"]
        assert NightlyRun.objects.get(store=west).state == "done"
        assert "night east 2026-03-10 failed: ZeroDivisionError" in caplog.text

    def test_the_queue_asks_for_it_by_name(self, store, late, settings):
        settings.DEALER_NOW = NOW.isoformat()
        assert tasks.sweep.name == "followups.tasks.sweep"
        tasks.sweep()
        assert list(NightlyRun.objects.values_list("on", "state")) == [(ON, "done")]


def fails_in_the_east(store, on, *, now):
    return Counts(changed=1 / 0 if store.code == "east" else 0)


class TestCommand:
    def run(self, *arguments):
        out, err = StringIO(), StringIO()
        call_command("nightly", *arguments, stdout=out, stderr=err)
        return out.getvalue(), err.getvalue()

    def test_json_is_one_document_with_every_store(self, store, late):
        make_store("west")
        out, err = self.run("--date", "2026-03-10", "--json")
        runs = json.loads(out)["runs"]
        assert [run["store"] for run in runs] == ["east", "west"]
        assert list(runs[0]) == [
            "store",
            "on",
            "state",
            "changed",
            "lapse_proposed",
            "lapsed",
            "missed",
            "escalated",
            "parked",
            "seconds",
        ]
        assert (runs[0]["on"], runs[0]["state"], runs[0]["missed"]) == ("2026-03-10", "done", 1)
        assert "east: night of 2026-03-10" in err

    def test_again_and_an_older_date_say_so(self, store, late):
        self.run("--date", "2026-03-10")
        for date, state in (("2026-03-10", "already"), ("2026-03-09", "older")):
            out, _ = self.run("--store", "east", "--date", date, "--json")
            assert [(run["state"], run["changed"]) for run in json.loads(out)["runs"]] == [(state, 0)]

    def test_without_a_date_it_is_the_stores_today(self, store, late, settings):
        settings.DEALER_NOW = "2026-03-09T16:00:00+00:00"
        out, _ = self.run("--store", "east")
        assert out.startswith("east 2026-03-10 done: changed 1, lapse_proposed 0, lapsed 0, missed 1")

    @pytest.mark.parametrize(
        "arguments", [["--store", "nowhere"], ["--date", "10.3.2026"], ["--date", "2026-02-30"]]
    )
    def test_what_it_does_not_understand_it_refuses(self, store, late, arguments):
        with pytest.raises(CommandError):
            self.run(*arguments)
        assert not NightlyRun.objects.exists()
