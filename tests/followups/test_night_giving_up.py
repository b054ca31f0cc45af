"""A chore that fails as a whole, or ends its process, costs three tries, not the night (RELIABILITY 18)."""

import datetime as dt
import re

import pytest
import time_machine
from django.db import OperationalError
from django.urls import reverse

from followups.models import Heartbeat, NightlyRun, Notice, Parked, Task
from followups.night import run_night
from followups.night.chunks import ATTEMPTS, Counts, Job
from followups.notice_words import text_of
from followups.sweep import sweep
from followups.watching import late_parts, watch
from tests.conftest import at
from tests.factories import make_person, make_store
from tests.followups.worked_leads import make_lead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_reminders")]
ON, NOW = dt.date(2026, 3, 10), at("2026-03-10 00:03")
LATER = dt.timedelta(minutes=6)  # the lease of whoever died is over
HERE = "tests.followups.test_night_giving_up"


def bad_chore(store, on, *, now):
    return 1 / 0


@pytest.fixture
def late(store, li):
    """Three tasks that the night of 10 March finds missed."""
    return [make_lead(store, li, visited="2026-03-08 10:00", due="2026-03-09") for _n in range(3)]


@pytest.fixture
def bad_first(settings):
    settings.NIGHTLY_CHORES = [f"{HERE}.bad_chore", *settings.NIGHTLY_CHORES]


@pytest.fixture
def given_up(store, late, bad_first):
    """The night of 10 March, which went on without its bad chore."""
    for tries in range(ATTEMPTS + 1):
        sweep(NOW + tries * LATER)
    return NightlyRun.objects.get(store=store)


def missed() -> int:
    return Task.objects.filter(missed_on=ON).count()


def dies_at(run, chore):
    """What a process leaves behind that was killed at a chore."""
    NightlyRun.objects.filter(pk=run.pk).update(state="running", chore=chore, lease_until=run.started_at)


def test_a_chore_that_fails_three_times_is_left_out_and_the_rest_is_done(store, late, bad_first):
    for tries in range(ATTEMPTS):
        assert "east" not in sweep(NOW + tries * LATER)
        assert (Parked.objects.get().attempts, missed()) == (tries + 1, 0)
    assert sweep(NOW + ATTEMPTS * LATER)["east"].missed == 3
    run, parked = NightlyRun.objects.get(), Parked.objects.get()
    assert (run.state, run.left_out, run.counts["missed"]) == ("done", ["bad_chore"], 3)
    assert (parked.job, parked.ref_kind, parked.ref_id, parked.store) == (
        "bad_chore", "store", store.pk, store,
    )  # fmt: skip
    assert parked.error.startswith("ZeroDivisionError: test_night_giving_up.py line")


def test_a_chore_at_which_three_processes_died_is_left_out_and_the_rest_is_done(store, late):
    run = NightlyRun.objects.create(
        store=store, on=ON, started_at=NOW, lease_until=NOW, chore="lapse_or_propose"
    )
    for deaths in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            stopped_night(store, NOW + deaths * LATER)
        assert Parked.objects.get().attempts == deaths
        dies_at(run, "lapse_or_propose")
    assert run_night(store, ON, now=NOW + 3 * LATER).missed == 3
    run.refresh_from_db()
    assert (run.state, run.chore, run.left_out) == ("done", "", ["lapse_or_propose"])
    assert (Parked.objects.get().attempts, Parked.objects.get().error) == (3, "died")


def stopped_night(store, now):
    """A night that somebody stops as soon as it has begun."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("followups.night.run._nights", interrupt)
        run_night(store, ON, now=now)


def interrupt(*_args):
    raise KeyboardInterrupt


def test_who_is_stopped_or_loses_the_database_is_not_blamed(store, late, settings):
    settings.NIGHTLY_CHORES = [f"{HERE}.lost_connection"]
    for tries in range(5):
        assert sweep(NOW + tries * LATER) == {}
    with pytest.raises(KeyboardInterrupt):
        stopped_night(store, NOW + 6 * LATER)
    assert not Parked.objects.exists()


def lost_connection(store, on, *, now):
    raise OperationalError("server closed the connection unexpectedly")


def test_whose_lease_ran_out_meanwhile_leaves_the_night_to_who_has_it(store, late, settings):
    settings.NIGHTLY_CHORES = [f"{HERE}.overtaken"]
    assert sweep(NOW) == {}
    run = NightlyRun.objects.get()
    assert (run.started_at, run.lease_until) == (NOW + LATER, NOW + 2 * LATER)
    assert not Parked.objects.exists()


def overtaken(store, on, *, now):
    """Too slow: somebody else has taken the night meanwhile."""
    NightlyRun.objects.update(started_at=now + LATER, lease_until=now + 2 * LATER)
    return 1 / 0


def test_who_got_further_than_the_try_before_starts_to_count_anew(store, late, settings):
    settings.NIGHTLY_CHORES = [f"{HERE}.one_row_and_no_further"]
    for tries in range(3):  # each of them writes a row
        assert sweep(NOW + tries * LATER) == {}
        assert (Parked.objects.get().attempts, missed()) == (1, tries + 1)
    for tries in range(3, 3 + ATTEMPTS - 1):
        assert sweep(NOW + tries * LATER) == {}
        assert Parked.objects.get().attempts == tries - 1
    assert sweep(NOW + 5 * LATER)["east"].state == "done"


def one_row_and_no_further(store, on, *, now):
    job = Job("one_row_and_no_further", Task, store, now=now)
    rows = list(Task.objects.filter(missed_on=None, state="open").values_list("pk", flat=True))

    def miss(ids):
        return Counts(changed=Task.objects.filter(pk__in=ids, missed_on=None).update(missed_on=ON))

    job.do(rows[:1], miss)
    return 1 / 0


def test_a_chore_that_succeeds_is_forgiven(store, late, settings):
    chores, settings.NIGHTLY_CHORES = settings.NIGHTLY_CHORES, [f"{HERE}.bad_chore"]
    sweep(NOW)
    Parked.objects.update(job="mark_missed")
    settings.NIGHTLY_CHORES = chores
    assert sweep(NOW + LATER)["east"].missed == 3
    assert not Parked.objects.exists()
    assert NightlyRun.objects.get().left_out == []


def test_the_nights_after_it_do_not_try_it(store, given_up):
    tomorrow = run_night(store, ON + dt.timedelta(days=1), now=NOW + dt.timedelta(days=1))
    assert tomorrow.state == "done"
    assert NightlyRun.objects.latest("on").left_out == ["bad_chore"]
    assert Parked.objects.get().attempts == ATTEMPTS


def test_another_store_loses_nothing(store, late, settings):
    west = make_store("west", group=store.group)
    settings.NIGHTLY_CHORES = [f"{HERE}.bad_in_the_east", *settings.NIGHTLY_CHORES]
    assert list(sweep(NOW)) == ["west"]
    assert NightlyRun.objects.get(store=west).left_out == []


def bad_in_the_east(store, on, *, now):
    return Counts(changed=1 / 0 if store.code == "east" else 0)


class TestPage:
    @pytest.fixture(autouse=True)
    def at_nine(self, settings, tmp_path):
        settings.QUEUE_DIR = tmp_path
        with time_machine.travel(at("2026-03-10 09:00"), tick=False):
            yield

    @pytest.fixture
    def client(self, client, chen, given_up):
        Heartbeat.objects.update(at=at("2026-03-10 08:58"))
        client.force_login(chen)
        return client

    def told(self, client) -> str:
        return " ".join(re.sub(r"<[^>]+>", " ", client.get("/night/").content.decode()).split())

    def test_it_is_red_and_says_what_was_left_out(self, client):
        text = self.told(client)
        assert "Last night left out: bad_chore." in text
        assert "Incomplete without: bad_chore" in text
        assert "bad_chore all of them ZeroDivisionError" in text
        assert "strip-danger" in client.get("/night/").content.decode()

    def test_a_chore_has_a_name_and_a_death_a_word(self, client):
        Parked.objects.update(job="wake_dormant", error="died")
        assert "Waking all of them Its process ended without a word 3" in self.told(client)

    def test_tried_again_it_is_taken_with_the_next_sweep_and_its_figures_add_up(
        self, client, store, settings
    ):
        before = NightlyRun.objects.get().counts
        client.post(reverse("followups:night_retry", args=[Parked.objects.get().pk]))
        assert "with the next sweep" in self.told(client)
        settings.NIGHTLY_CHORES = [
            f"{HERE}.mended_chore" if chore.endswith("bad_chore") else chore
            for chore in settings.NIGHTLY_CHORES
        ]
        Parked.objects.update(job="mended_chore")
        NightlyRun.objects.update(counts=before | {"left_out": ["mended_chore"]})
        assert sweep(at("2026-03-10 09:03"))["east"].changed == 7
        run = NightlyRun.objects.get()
        assert (run.state, run.left_out) == ("done", [])
        assert run.counts["changed"] == before["changed"] + 7
        assert not Parked.objects.exists()
        assert "strip-danger" not in client.get("/night/").content.decode()

    def test_until_somebody_wants_it_again_no_sweep_takes_it(self, client):
        assert sweep(at("2026-03-10 09:03"))["east"].state == "already"

    def test_the_watchdog_calls_the_night_late(self, client):
        assert late_parts(at("2026-03-10 08:58"), at("2026-03-10 09:00")) == ["night"]

    def test_administrators_are_told_once_a_day(self, client, store):
        boss = make_person(store, "admin", "管理员", "admin")
        assert watch(at("2026-03-10 09:00")) == 1
        assert watch(at("2026-03-10 15:00")) == 0
        notice = Notice.objects.get()
        assert (notice.user, notice.kind) == (boss, "night_cut")
        assert text_of(notice.kind, notice.args) == "Last night left something out"


def mended_chore(store, on, *, now):
    return Counts(changed=7 if on == ON else 0)
