"""Two files of one store sent on at the same moment, on PostgreSQL: one goes, the other is told."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from accounts.errors import Refused
from leads import uploads
from leads.models import Lead, Upload
from leads.upload_work import run_waiting
from tests.conftest import at

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = at("2026-06-18 08:30")


@pytest.fixture(autouse=True)
def private_folder(settings, tmp_path, monkeypatch):
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(uploads, "wake_worker", lambda: None)


def side_by_side(work, *, times):
    """Run the work in threads of its own; answers what each of them answered."""

    def alone(number):
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(alone, range(times)))


def test_of_two_files_at_once_one_is_checked_and_the_other_refused(store, chen):
    rows = "姓名,电话,车型\n张三,13800000001,轩逸\n".encode()
    files = [SimpleUploadedFile(f"{n}.csv", rows) for n in range(2)]
    sent = [uploads.take_in(store, "leads", file, by=chen, now=NOW) for file in files]

    def work(number):
        try:
            uploads.check(sent[number].pk, sent[number].mapping, by=chen, now=NOW)
            return "checking"
        except Refused as refusal:
            return str(refusal.message)

    first, second = sorted(side_by_side(work, times=2), key=len)
    assert first == "checking"
    assert "is just being read for this store" in second
    assert sorted(Upload.objects.values_list("state", flat=True)) == ["checking", "chosen"]


@pytest.mark.thorough
def test_of_two_workers_at_once_one_reads_the_file_in(store, chen):
    rows = "姓名,电话,车型\n" + "".join(f"张三,138{n:08},轩逸\n" for n in range(600))
    file = SimpleUploadedFile("list.csv", rows.encode())
    upload = uploads.take_in(store, "leads", file, by=chen, now=NOW)
    uploads.check(upload.pk, upload.mapping, by=chen, now=NOW)
    run_waiting(NOW)
    uploads.commit(upload.pk, by=chen, now=NOW)
    assert sorted(side_by_side(lambda _number: run_waiting(NOW), times=2)) == [0, 1]
    upload.refresh_from_db()
    assert (upload.state, upload.attempts, Lead.objects.count()) == ("done", 1, 600)
