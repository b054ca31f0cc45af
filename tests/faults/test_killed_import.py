"""An import under SIGKILL, in real processes: whole chunks stay, and the next attempt goes on behind them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from followups.lead_list_import import LeadListImport
from followups.models import Task
from leads import uploads
from leads.models import Customer, Import, Lead, Upload
from leads.upload_files import drop_progress, path_of, progress_of
from leads.upload_work import run_waiting
from tests.conftest import at
from tests.followups.lists import write_list
from tests.test_invariants import broken

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
    """SIGKILL when it wrote some rows more; false when it was done before."""
    behind = Lead.objects.count()
    while process.poll() is None:
        if progress_of(upload)[0] > behind:
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


def test_after_two_kills_the_third_attempt_goes_on_where_they_stopped(store, li, chen, tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "wake_worker", lambda: None)
    path = write_list(tmp_path / "list.csv", *[{}] * ROWS)
    upload = checked(store, chen, path)
    uploads.commit(upload.pk, by=chen, now=NOW)

    there = 0
    for attempt in (1, 2):
        upload.refresh_from_db()
        assert kill_once_it_wrote(worker(), upload)
        upload.refresh_from_db()
        assert (upload.state, upload.attempts) == ("importing", attempt)
        assert uploads.was_interrupted(upload)
        assert there < Lead.objects.count() < ROWS
        there = Lead.objects.count()
        assert (there % LeadListImport.chunk, Customer.objects.count()) == (0, there)
        assert set(Task.objects.values_list("catch_up", flat=True)) == {True}
        assert broken() == {}
        drop_progress(upload)

    assert worker().wait() == 0
    upload.refresh_from_db()
    assert (upload.state, upload.report["counts"]["created"], Lead.objects.count()) == ("done", ROWS, ROWS)
    assert (upload.report["counts"]["skipped"], Import.objects.count(), broken()) == (0, 1, {})

    again = checked(store, chen, path)
    assert (again.report["counts"]["created"], again.report["counts"]["skipped"]) == (0, ROWS)
    for one in (upload, again):
        path_of(one).unlink()
