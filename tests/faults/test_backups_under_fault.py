"""Backups on a full disk, under SIGKILL, and at size (RELIABILITY 71, 75)."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.backups import restore, take
from accounts.backups.keeping import last_good
from accounts.backups.kinds import kind
from accounts.models import Backup
from bench.night import build
from followups.models import NightlyRun
from followups.watching import late_parts
from tests.conftest import at

BASE = Path(__file__).resolve().parent.parent.parent
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = at("2026-11-22 10:00")
LEADS, PEOPLE = 60_000, 20
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.VAR_DIR, settings.BACKUP_KEY = tmp_path / "var", ""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


@pytest.fixture
def small_disk(tmp_path, settings):
    """A disk of two megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip("this user may not mount a disk")
    settings.BACKUP_FOLDER = str(disk)
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("key", ["", "correct-horse-battery-staple-0123456789"], ids=["plain", "encrypted"])
def test_a_full_disk_is_red_and_holds_no_half_file(small_disk, settings, store, key):
    settings.BACKUP_KEY = key
    good = take(small_disk, now=NOW)
    assert good.error == ""
    kept = sorted(small_disk.iterdir())
    (settings.VAR_DIR / "uploads").mkdir(parents=True)
    (settings.VAR_DIR / "uploads" / "big").write_bytes(os.urandom(3_000_000))

    failed = take(small_disk, now=NOW + 26 * HOUR)
    assert failed.error == f"disk_full: {small_disk}"
    assert sorted(small_disk.iterdir()) == kept
    assert last_good() == good
    assert "backup" not in late_parts(None, NOW + 26 * HOUR)
    assert "backup" in late_parts(None, NOW + 27 * HOUR)
    with pytest.raises(CommandError, match="is full"):
        call_command("backup")

    (settings.VAR_DIR / "uploads" / "big").unlink()
    assert take(small_disk, now=NOW + 28 * HOUR).error == ""
    assert late_parts(None, NOW + 28 * HOUR) == ["sweep", "night"]


def backup_process(folder: Path) -> subprocess.Popen:
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    return subprocess.Popen(
        [sys.executable, "manage.py", "backup", "--to", str(folder)],
        cwd=BASE,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "dealer_crm.settings",
            "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
            "BACKUP_KEY": "",
        },
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_a_store_of_60_000_leads_is_backed_up_killed_at_it_and_restored(tmp_path, settings):
    build(LEADS, PEOPLE)
    for n in range(5):
        killed = backup_process(tmp_path)
        unfinished = until(
            lambda: [p for p in tmp_path.glob(".dealer-crm-unfinished-*/*") if p.stat().st_size]
        )
        time.sleep(n / 20)
        os.killpg(killed.pid, signal.SIGKILL)
        killed.wait()
        assert list(tmp_path.glob("dealer-crm-*")) == []
        assert Backup.objects.count() == 0
        assert unfinished

    backup = take(tmp_path, now=NOW)
    assert backup.error == ""
    before = kind().tables(connection)
    assert before["leads_lead"][0] == LEADS
    NightlyRun.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE leads_customer SET name = 'somebody else'")
    connection.close()

    told = restore(Path(backup.file), now=NOW, force=True)

    after = kind().tables(connection)
    since = {"accounts_backup", "followups_sendingpause"}
    assert {name for name in before if before[name] != after[name]} <= since
    print(
        f"\n{told.rows} rows, {backup.bytes / 1e6:.1f} MB:"
        f" backup {backup.seconds:.1f} s, restore and comparison {told.seconds:.1f} s"
    )


def until(question, seconds: float = 60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := question():
            return found
        time.sleep(0.005)
    raise AssertionError("it never came true")
