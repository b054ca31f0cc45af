"""Backups: everything comes back as it was, and what is broken says so (RELIABILITY 71, 74, 75, 76)."""

import datetime as dt
import hashlib
import json
import shutil
import subprocess
import zipfile

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.backups import restore, take, verify
from accounts.backups.failing import Failed, words_of
from accounts.backups.keeping import is_stale, last_good, made_at, to_keep
from accounts.backups.kinds import kind
from accounts.models import Backup
from followups.models import Outbox, SendingPause
from followups.outbox.pausing import go_on
from followups.outbox.sending import send_due
from followups.tasks import sweep_all
from leads.models import Customer
from tests.conftest import at
from tests.factories import LeadFactory, PhoneFactory, make_person
from tests.followups.outbox import NOON, Clock, make_customer, queued

NOW = at("2026-11-22 10:00")
real = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.VAR_DIR = tmp_path / "var"
    settings.BACKUP_FOLDER = str(tmp_path / "backups")
    settings.BACKUP_KEY = ""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    (tmp_path / "backups").mkdir()
    (tmp_path / "var" / "uploads").mkdir(parents=True)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backups"


@pytest.fixture
def kept_promises(monkeypatch):
    """Rows of factories keep few promises; what the promises say is asked for by name elsewhere."""
    monkeypatch.setattr("accounts.backups.restoring._invariants", lambda *_: "ok")


@pytest.fixture
def a_store_at_work(store, li, tmp_path):
    """A store with customers, and two private files beside them."""
    for n in range(3):
        lead = LeadFactory(store=store, owner=li, customer__group=store.group)
        PhoneFactory(customer=lead.customer, value=f"+861380000000{n}")
    (tmp_path / "var" / "uploads" / "a1").write_bytes(b"\x00\xffpaper" * 1000)
    (tmp_path / "var" / "imports").mkdir()
    (tmp_path / "var" / "imports" / "errors.csv").write_text("行,原因\n")
    return store


def taken(folder, now=NOW) -> Backup:
    backup = take(folder, now=now)
    assert backup.error == ""
    return backup


def failure_of(act, *args, **named) -> str:
    with pytest.raises(Failed) as refused:
        act(*args, now=NOW, **named)
    return refused.value.code


def files_under(root) -> dict:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def rewrite(path, **parts):
    """Other bytes in a part of a backup; the zip itself stays sound."""
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (held | parts).items():
            archive.writestr(name, data)


@real
class TestThereAndBack:
    def test_every_table_and_every_file_comes_back_as_it_was(self, a_store_at_work, folder, tmp_path):
        backup = taken(folder)
        before, files = kind().tables(connection), files_under(tmp_path / "var")
        Customer.objects.update(name="somebody else")
        Backup.objects.all().delete()
        shutil.rmtree(tmp_path / "var")

        told = restore(folder / backup.file, now=NOW, force=True)

        after = kind().tables(connection)
        changed_since = {"accounts_backup", "followups_sendingpause"}
        assert after.keys() == before.keys()
        assert {name for name in after if after[name] != before[name]} <= changed_since
        assert before["leads_customer"][0] == 3
        assert files_under(tmp_path / "var") == files
        assert set(files) == {"uploads/a1", "imports/errors.csv"}
        assert (told.files, told.tables) == (2, len(before))

    def test_a_file_holds_no_half_of_what_is_being_written(self, a_store_at_work, folder):
        backup = taken(folder)
        assert [path.name for path in folder.iterdir()] == ["dealer-crm-20261122-020000Z.zip"]
        path = folder / backup.file
        assert backup.bytes == path.stat().st_size
        assert path.stat().st_mode & 0o077 == 0
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read("manifest.json"))
        assert manifest["tables"]["leads_lead"][0] == 3
        assert manifest["made_at"] == "2026-11-22T02:00:00+00:00"
        assert set(manifest["parts"]) == {"database", "files/uploads/a1", "files/imports/errors.csv"}

    def test_a_verified_backup_says_when_and_leaves_the_store_alone(
        self, a_store_at_work, folder, kept_promises
    ):
        backup = taken(folder)
        before = kind().tables(connection)

        told = verify(folder / backup.file, now=NOW)

        backup.refresh_from_db()
        assert (backup.verified_at, backup.error) == (NOW, "")
        assert told.invariants == "ok"
        after = kind().tables(connection)
        assert {name for name in after if after[name] != before[name]} == {"accounts_backup"}
        assert [path.name for path in folder.iterdir()] == ["dealer-crm-20261122-020000Z.zip"]

    def test_after_a_restore_nobody_is_signed_in_and_nothing_is_sent(
        self, a_store_at_work, folder, client, li
    ):
        client.force_login(li)
        backup = taken(folder)
        assert client.get("/").status_code == 200
        assert Session.objects.count() == 1

        restore(folder / backup.file, now=NOW, force=True)

        assert Session.objects.count() == 0
        assert client.get("/").status_code == 302
        pause = SendingPause.objects.get()
        assert (pause.reason, pause.since, pause.ended_at) == ("restored", NOW, None)

    def test_a_database_with_stores_is_only_replaced_by_force(self, a_store_at_work, folder):
        backup = taken(folder)
        assert failure_of(restore, folder / backup.file) == "not_empty"
        assert SendingPause.objects.count() == 0
        with pytest.raises(CommandError, match="already holds 1 stores"):
            call_command("restore", folder / backup.file)

    def test_a_restore_that_fails_leaves_everything_as_it_was(self, a_store_at_work, folder):
        backup = taken(folder)
        before = kind().tables(connection)
        path = folder / backup.file
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read("manifest.json"))
        cut = b"no dump at all"
        manifest["parts"]["database"] = {"bytes": len(cut), "sha256": hashlib.sha256(cut).hexdigest()}
        rewrite(path, database=cut, **{"manifest.json": json.dumps(manifest).encode()})

        assert failure_of(restore, path, force=True) == "tool_failed"
        assert kind().tables(connection) == before


@real
class TestWhatIsNoGood:
    @pytest.mark.parametrize(
        ("damage", "code"),
        [
            (lambda path: path.write_bytes(b""), "broken"),
            (lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]), "broken"),
            (lambda path: rewrite(path, database=b"x"), "broken"),
            (lambda path: rewrite(path, **{"manifest.json": b"{}"}), "broken"),
            (lambda path: path.unlink(), "no_file"),
        ],
        ids=["empty", "truncated", "other bytes", "no manifest", "gone"],
    )
    @pytest.mark.thorough
    def test_a_damaged_file_is_refused_and_is_no_good_one_any_more(
        self, a_store_at_work, folder, damage, code
    ):
        backup = taken(folder)
        assert last_good() == backup
        damage(folder / backup.file)

        assert failure_of(verify, folder / backup.file) == code
        assert failure_of(restore, folder / backup.file, force=True) == code
        assert last_good() is None
        assert Customer.objects.count() == 3

    def test_bytes_that_turned_on_the_disk_are_found(self, a_store_at_work, folder):
        path = folder / taken(folder).file
        data = bytearray(path.read_bytes())
        data[len(data) // 3] ^= 0x40
        path.write_bytes(data)
        assert failure_of(verify, path) == "broken"
        assert Backup.objects.get().error.startswith("broken: ")

    def test_rows_that_break_promises_are_no_good_backup(self, a_store_at_work, folder):
        path = folder / taken(folder).file
        with pytest.raises(Failed, match="lead_numbers_without_gaps"):
            verify(path, now=NOW)
        assert Backup.objects.get().error.startswith("invariants: ")

    def test_rows_that_do_not_come_back_are_named(self, a_store_at_work, folder):
        path = folder / taken(folder).file
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read("manifest.json"))
        manifest["tables"]["leads_customer"][0] += 1
        rewrite(path, **{"manifest.json": json.dumps(manifest).encode()})
        with pytest.raises(Failed, match="leads_customer"):
            verify(path, now=NOW)
        assert Backup.objects.get().error == "differs: leads_customer"

    def test_a_file_of_a_newer_version_or_another_database_is_refused(self, a_store_at_work, folder):
        path = folder / taken(folder).file
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read("manifest.json"))
        newer = manifest | {"migrations": ["leads.9999_of_tomorrow"], "version": "9.0"}
        rewrite(path, **{"manifest.json": json.dumps(newer).encode()})
        with pytest.raises(Failed, match=r"version 9\.0"):
            restore(path, now=NOW, force=True)
        rewrite(path, **{"manifest.json": json.dumps(manifest | {"database": "oracle"}).encode()})
        assert failure_of(restore, path, force=True) == "other_kind"


@real
class TestUnderAKey:
    @pytest.fixture(autouse=True)
    def key(self, settings):
        if not shutil.which("gpg"):
            pytest.skip("GnuPG is not installed")
        settings.BACKUP_KEY = "correct-horse-battery-staple-0123456789"

    def test_it_comes_back_with_the_key_and_nothing_can_be_read_without(
        self, a_store_at_work, folder, settings, kept_promises
    ):
        backup = taken(folder)
        path = folder / backup.file
        data = path.read_bytes()
        assert path.name == "dealer-crm-20261122-020000Z.zip.gpg"
        assert not any(secret in data for secret in (b"PK\x03\x04", b"manifest", b"13800000001", b"paper"))
        assert settings.BACKUP_KEY.encode() not in data
        assert verify(path, now=NOW).invariants == "ok"
        assert restore(path, now=NOW, force=True).files == 2

    def test_another_key_or_none_is_refused_in_words(self, a_store_at_work, folder, settings):
        path = folder / taken(folder).file
        settings.BACKUP_KEY = "another-key-of-somebody-else-0123456789"
        assert failure_of(verify, path) == "wrong_key"
        assert failure_of(restore, path, force=True) == "wrong_key"
        settings.BACKUP_KEY = ""
        assert failure_of(verify, path) == "no_key"
        assert last_good() is not None  # the file itself is sound

    def test_a_truncated_one_is_broken(self, a_store_at_work, folder):
        path = folder / taken(folder).file
        path.write_bytes(path.read_bytes()[:-1000])
        assert failure_of(verify, path) == "broken"

    def test_the_key_is_in_no_backup(self, a_store_at_work, folder, settings, tmp_path):
        path = folder / taken(folder).file
        key, home = settings.BACKUP_KEY, tmp_path / "home"
        home.mkdir(mode=0o700)
        opened = subprocess.run(
            [
                "gpg",
                "--homedir",
                home,
                "--batch",
                "--pinentry-mode",
                "loopback",
                "--passphrase",
                key,
                "-d",
                path,
            ],
            capture_output=True,
        )
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"])
        assert opened.stdout.startswith(b"PK")
        assert key.encode() not in opened.stdout
        assert settings.SECRET_KEY.encode() not in opened.stdout


@real
@pytest.mark.thorough
def test_yesterdays_backup_sends_nothing_old_again_until_an_administrator_says_go(
    store, li, folder, settings, tmp_path
):
    settings.SMS_BACKEND = "followups.outbox.backends.file.FileBackend"
    settings.SMS_FOLDER = tmp_path / "sent"
    for n in range(3):
        queued(make_customer(store, li, number=f"+861380000010{n}", address=""))
    backup = taken(folder, now=NOON - dt.timedelta(days=1))
    assert send_due(Clock()) == {"sent": 3}

    restore(folder / backup.file, now=NOON, force=True)
    assert set(Outbox.objects.values_list("state", flat=True)) == {"queued"}  # as it knew it yesterday
    sweep_all(NOON)
    assert send_due(Clock()) == {}
    assert len(list((tmp_path / "sent").iterdir())) == 3

    admin = make_person(store, "admin", "管理员", "admin")
    assert go_on(by=admin, now=NOON, call_off_waiting=True) == 3
    assert send_due(Clock()) == {}
    assert len(list((tmp_path / "sent").iterdir())) == 3


@pytest.mark.django_db
class TestWhatCannotBeWritten:
    @pytest.mark.thorough
    def test_a_folder_that_is_not_there_is_named(self, tmp_path, store):
        backup = take(tmp_path / "nowhere", now=NOW)
        assert backup.error == f"no_folder: {tmp_path / 'nowhere'}"
        assert "Create the folder" in words_of(backup.error)

    @pytest.mark.postgres
    def test_without_pg_dump_it_says_so(self, folder, store, monkeypatch):
        monkeypatch.setenv("PATH", "/nowhere")
        backup = take(folder, now=NOW)
        assert backup.error == "no_tool: pg_dump"
        assert words_of(backup.error) == "pg_dump is not installed on this machine."
        assert list(folder.iterdir()) == []

    def test_the_command_ends_with_the_reason(self, tmp_path, store, settings):
        with pytest.raises(CommandError, match="Create the folder"):
            call_command("backup", to=str(tmp_path / "nowhere"))
        settings.BACKUP_FOLDER = ""
        with pytest.raises(CommandError, match="--to FOLDER"):
            call_command("backup")
        with pytest.raises(CommandError, match="There is no backup yet"):
            call_command("backup", verify="")


DAYS = [
    at(f"2026-{month}-{day:02} 10:00") for month, last in ((10, 31), (11, 22)) for day in range(1, last + 1)
]


class TestKeeping:
    def test_seven_days_and_four_weeks_stay(self):
        kept = sorted(to_keep(DAYS, daily=7, weekly=4))
        assert [f"{moment:%m-%d}" for moment in kept] == [
            "11-01", "11-08", "11-15", "11-16", "11-17", "11-18", "11-19", "11-20", "11-21", "11-22",
        ]  # fmt: skip

    def test_of_a_day_the_last_one_stays(self):
        morning, evening = at("2026-11-22 08:30"), at("2026-11-22 20:00")
        assert to_keep([evening, morning], daily=7, weekly=4) == {evening}

    def test_a_pause_of_months_deletes_nothing(self):
        old = [at("2026-01-05 10:00"), at("2026-02-02 10:00")]
        assert to_keep([*old, NOW], daily=7, weekly=4) == {*old, NOW}

    def test_only_names_of_ours_count(self, tmp_path):
        assert made_at(tmp_path / "dealer-crm-20261122-020000Z.zip.gpg") == NOW
        assert made_at(tmp_path / "dealer-crm-20261122-020000Z.zip.old") is None
        assert made_at(tmp_path / "holiday.zip") is None

    @real
    def test_taking_one_forgets_the_old_of_the_own_folder_only(self, store, folder, tmp_path, settings):
        settings.BACKUP_DAILY, settings.BACKUP_WEEKLY = 2, 0
        (folder / "holiday.zip").write_text("mine")
        for moment in DAYS[-3:]:
            taken(folder, now=moment)
        names = ["dealer-crm-20261121-020000Z.zip", "dealer-crm-20261122-020000Z.zip", "holiday.zip"]
        assert sorted(path.name for path in folder.iterdir()) == names
        assert [backup.at for backup in Backup.objects.order_by("at")] == DAYS[-2:]
        elsewhere = tmp_path / "stick"
        elsewhere.mkdir()
        for moment in DAYS[-3:]:
            taken(elsewhere, now=moment)
        assert len(list(elsewhere.iterdir())) == 3

    @pytest.mark.parametrize(("hours", "stale"), [(26, False), (26.01, True)])
    def test_after_twenty_six_hours_it_is_stale(self, hours, stale):
        assert is_stale(Backup(at=NOW - dt.timedelta(hours=hours)), NOW) is stale
        assert is_stale(None, NOW)
