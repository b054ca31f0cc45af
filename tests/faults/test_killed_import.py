"""An import under SIGKILL, in real processes: nothing half done, and it can be run again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from leads import uploads
from leads.models import Customer, Lead, Upload
from leads.upload_files import drop_progress, path_of, progress_of
from leads.upload_work import run_waiting
from tests.conftest import at
from tests.followups.lists import write_list

BASE = Path(__file__).resolve().parent.parent.parent
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = at("2026-06-18 08:30")
ROWS = 5_000
WORKER = "import django; django.setup(); from leads.tasks import run_uploads; run_uploads()"


def worker() -> subprocess.Popen:
    """The worker's task as a process of its own on the database of this test."""
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    return subprocess.Popen(
        [sys.executable, "-c", WORKER],
        cwd=BASE,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "dealer_crm.test_settings",
            "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_once_it_wrote(process: subprocess.Popen, upload: Upload) -> bool:
    """SIGKILL when some rows are in its transaction; false when it was done before."""
    while process.poll() is None:
        if progress_of(upload)[0]:
            process.kill()
            process.wait()
            return True
    return False


def checked(store, chen, path: Path) -> Upload:
    file = SimpleUploadedFile("list.csv", path.read_bytes())
    upload = uploads.take_in(store, "leads", file, by=chen, now=NOW)
    uploads.check(upload.pk, upload.mapping, by=chen, now=NOW)
    run_waiting(NOW)
    upload.refresh_from_db()
    return upload


def test_two_kills_leave_nothing_and_the_third_attempt_reads_all_in(store, li, chen, tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "wake_worker", lambda: None)
    path = write_list(tmp_path / "list.csv", *[{}] * ROWS)
    upload = checked(store, chen, path)
    uploads.commit(upload.pk, by=chen, now=NOW)

    for attempt in (1, 2):
        upload.refresh_from_db()
        assert kill_once_it_wrote(worker(), upload)
        upload.refresh_from_db()
        assert (upload.state, upload.attempts) == ("importing", attempt)
        assert uploads.was_interrupted(upload)
        assert (Lead.objects.count(), Customer.objects.count()) == (0, 0)
        drop_progress(upload)

    assert worker().wait() == 0
    upload.refresh_from_db()
    assert (upload.state, upload.report["counts"]["created"], Lead.objects.count()) == ("done", ROWS, ROWS)

    again = checked(store, chen, path)
    assert (again.report["counts"]["created"], again.report["counts"]["skipped"]) == (0, ROWS)
    for one in (upload, again):
        path_of(one).unlink()
