"""The day's backup: once, after the night, and nothing old is sent after a restore (RELIABILITY 74, 75)."""

import datetime as dt

import pytest

from accounts.models import Backup
from followups.backing_up import back_up_when_due, is_due
from followups.models import NightlyRun
from tests.conftest import at

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def taken(settings, tmp_path, monkeypatch):
    """What was taken; the dump itself is tried in test_backups."""
    settings.BACKUP_FOLDER = str(tmp_path)
    moments = []

    def take(folder, *, now):
        moments.append(now)
        return Backup.objects.create(at=now, file=folder / f"{len(moments)}.zip", bytes=1)

    monkeypatch.setattr("followups.backing_up.take", take)
    return moments


def night_done(store, on, state="done"):
    NightlyRun.objects.create(
        store=store, on=on, state=state, started_at=at(f"{on} 00:01"), lease_until=at(f"{on} 00:06")
    )


def test_the_backup_comes_after_the_night_and_once_a_day(store, taken):
    assert back_up_when_due(at("2026-03-12 00:01")) is None
    night_done(store, "2026-03-12")
    assert back_up_when_due(at("2026-03-12 00:06")).at == at("2026-03-12 00:06")
    for hour in range(1, 24):
        assert back_up_when_due(at(f"2026-03-12 {hour:02}:06")) is None
    night_done(store, "2026-03-13")
    back_up_when_due(at("2026-03-13 00:06"))
    assert taken == [at("2026-03-12 00:06"), at("2026-03-13 00:06")]


def test_a_night_that_never_ends_does_not_cost_the_backup(store):
    night_done(store, "2026-03-12", state="running")
    assert not is_due(at("2026-03-12 06:00"))
    assert is_due(at("2026-03-12 06:01"))


def test_two_beats_take_one(store, taken, monkeypatch):
    night_done(store, "2026-03-12")
    monkeypatch.setattr("followups.backing_up.is_due", lambda now: True)  # both have just asked
    now = at("2026-03-12 00:06")
    assert [back_up_when_due(now) is None, back_up_when_due(now) is None] == [False, True]
    assert taken == [now]


def test_a_failed_one_is_tried_again_every_hour(store, taken, monkeypatch):
    night_done(store, "2026-03-12")
    first = at("2026-03-12 00:06")
    back_up_when_due(first)
    Backup.objects.update(error="disk_full: /mnt")
    assert back_up_when_due(first + HOUR - dt.timedelta(seconds=1)) is None
    assert back_up_when_due(first + HOUR) is not None
    assert back_up_when_due(first + 2 * HOUR) is None
    assert taken == [first, first + HOUR]


def test_a_backup_on_a_stick_does_not_stand_for_the_stores_own(store, taken):
    night_done(store, "2026-03-12")
    Backup.objects.create(at=at("2026-03-12 00:02"), file="/media/stick/a.zip", bytes=1)
    assert is_due(at("2026-03-12 00:06"))


def test_without_a_folder_or_a_store_nothing_is_taken(db, settings, taken):
    assert back_up_when_due(at("2026-03-12 12:00")) is None
    settings.BACKUP_FOLDER = ""
    assert back_up_when_due(at("2026-03-12 12:00")) is None
    assert taken == []
