"""The import screens: a file is chosen, its columns named, checked and read in; nobody else sees it."""

import fcntl
import io
import json
import os
import re
import stat
import uuid
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.errors import Refused
from accounts.models import AccessEvent
from accounts.roles import RUNNING, Role
from followups.models import Task
from leads import uploads
from leads.files import MAX_FILE_BYTES
from leads.models import Customer, Import, Lead, Upload
from leads.upload_files import folder, forget_files, keep_progress, path_of, progress_of
from leads.upload_work import run_waiting
from showroom.models import Visit
from tests.conftest import at, person
from tests.factories import make_store
from tests.followups.lists import write_list
from tests.numbers import full_numbers
from tests.registers import write_register
from tests.sales import write_sales
from tests.sizes import MANY
from tests.statements import statements
from tests.test_invariants import broken

pytestmark = pytest.mark.django_db
NOW = at("2026-06-18 08:30")
LIST = reverse("imports:list")


@pytest.fixture(autouse=True)
def var_dir(settings, tmp_path):
    settings.VAR_DIR = tmp_path / "var"
    settings.DEALER_NOW = NOW.isoformat()
    return settings.VAR_DIR


@pytest.fixture
def manager(client, chen):
    """The sales manager's browser."""
    client.force_login(chen)
    return client


@pytest.fixture
def send(manager, tmp_path):
    """Sends rows of a kind: `send("leads", {}, {"级别": "Z"})`; answers the upload."""
    writers = {"leads": write_list, "register": write_register, "sales": write_sales}

    def do(kind, *rows, name="list.csv"):
        path = writers[kind](tmp_path / name, *rows)
        answer = post(manager, kind, path.read_bytes(), name=name)
        assert answer.status_code == 302
        return Upload.objects.latest("pk")

    return do


def post(client, kind, content: bytes, *, name="list.csv", token=None):
    file = SimpleUploadedFile(name, content)
    return client.post(LIST, {"kind": kind, "file": file, "token": token or uuid.uuid4()})


def page(upload, name="upload"):
    return reverse(f"imports:{name}", args=[upload.pk])


def columns(upload, **fields) -> dict:
    """The form of the columns as it is proposed, with other choices by column name."""
    named = upload.mapping | fields
    return {f"column{place}": named[column] for place, column in enumerate(upload.columns)}


def state(upload) -> str:
    upload.refresh_from_db()
    return upload.state


def counts(upload) -> tuple:
    keys = ("read", "created", "updated", "skipped", "rejected", "customers", "leads")
    return tuple(upload.report["counts"][key] for key in keys)


# --- the four steps ----------------------------------------------------------------------


def test_a_list_goes_through_all_four_steps(manager, send, li, chen, store):
    upload = send("leads", {}, {"级别": "Z"}, {"电话": "13800000001", "姓名": "李四"})
    assert (upload.state, upload.by, upload.file_name) == ("chosen", chen, "list.csv")
    assert manager.get(page(upload)).status_code == 200

    assert manager.post(page(upload, "check"), columns(upload)).url == page(upload)
    assert state(upload) == "checking"
    assert run_waiting(NOW) == 1
    assert (state(upload), counts(upload)) == ("checked", (3, 1, 1, 0, 1, 1, 1))
    assert (Lead.objects.count(), Customer.objects.count(), Import.objects.count()) == (0, 0, 0)

    text = manager.get(page(upload)).content.decode()
    assert "Line 3" in text
    assert "Grades are O, H, A+, A, B+, B, C. Empty takes the suggestion." in text
    assert "138****0001" in text
    assert full_numbers(text) == []

    assert manager.post(page(upload, "commit")).url == page(upload)
    assert run_waiting(NOW) == 1
    assert (state(upload), counts(upload)) == ("done", (3, 1, 1, 0, 1, 1, 1))
    assert (upload.run.by, upload.run.file_name, upload.run.kind) == (chen, "list.csv", "leads")
    lead = Lead.objects.get()
    assert (lead.owner, lead.step, Task.objects.get().catch_up) == (li, 1, True)
    assert "The file has been read in" in manager.get(page(upload)).content.decode()
    assert broken() == {}


def test_the_preview_has_its_columns_in_the_order_of_the_kind_not_of_the_store_of_the_report(manager, send):
    upload = send("leads", {})
    manager.post(page(upload, "check"), columns(upload))
    run_waiting(NOW)
    upload.refresh_from_db()
    cells = upload.report["good"][0]["cells"]
    upload.report["good"][0]["cells"] = dict(sorted(cells.items(), key=lambda cell: len(cell[0])))
    upload.save()
    text = manager.get(page(upload)).content.decode()
    heads = re.findall(r'<th scope="col">([^<]*)</th>', text)
    assert heads[:4] == ["Line", "Name", "Phone", "Model"]
    name, phone = re.findall(r"<td>([^<]*)</td>", text)[:2]
    assert (name, phone) == (cells["name"], cells["phone"])


@pytest.mark.parametrize(
    ("kind", "row", "model"),
    [
        ("leads", {}, Lead),
        ("register", {}, Visit),
        ("sales", {"Dealer_Name": "Store east", "Phone": "13800000001", "Date": "2025-03-02"}, Lead),
    ],
)
def test_every_kind_comes_in_and_the_same_file_again_creates_nothing(manager, send, li, kind, row, model):
    for expected in ((1, 1, 0, 0), (1, 0, 0, 1)):
        upload = send(kind, row)
        manager.post(page(upload, "check"), columns(upload))
        run_waiting(NOW)
        manager.post(page(upload, "commit"))
        run_waiting(NOW)
        assert (state(upload), counts(upload)[:4]) == ("done", expected)
    assert model.objects.count() == 1


def test_columns_are_guessed_by_their_names_and_remembered_when_changed(manager, send, li):
    upload = send("leads", {"备注": "x"})
    assert upload.mapping == {
        "姓名": "name", "电话": "phone", "意向车型": "model", "渠道": "channel", "级别": "grade",
        "最后联系": "contacted", "下次跟进": "next_on", "负责顾问": "owner", "备注": "remark",
    }  # fmt: skip
    manager.post(page(upload, "check"), columns(upload, 备注="", 渠道=""))
    again = send("leads", {})
    assert (again.mapping["备注"], again.mapping["渠道"], again.mapping["姓名"]) == ("", "", "name")
    assert send("register", {}).mapping["备注"] == "remark"  # another kind has its own


def test_a_column_is_what_somebody_says_it_is(manager, li, store):
    content = "客人,号码,看什么\n张三,13800000001,轩逸\n".encode("gb18030")
    post(manager, "leads", content)
    upload = Upload.objects.get()
    assert (upload.columns, set(upload.mapping.values())) == (["客人", "号码", "看什么"], {""})
    manager.post(page(upload, "check"), columns(upload, 客人="name", 号码="phone"))
    run_waiting(NOW)
    manager.post(page(upload, "commit"))
    run_waiting(NOW)
    lead = Lead.objects.select_related("customer").get()
    assert (lead.customer.name, lead.interests.count()) == ("张三", 0)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"电话": ""}, "No column is called Phone. Choose the one that is."),
        ({"备注": "name"}, "Two columns are called Name. Keep one."),
    ],
)
def test_columns_that_cannot_be_are_refused_and_what_was_chosen_stays(manager, send, fields, words):
    upload = send("leads", {})
    answer = manager.post(page(upload, "check"), columns(upload, 渠道="", **fields))
    assert (answer.status_code, state(upload)) == (422, "chosen")
    assert words in answer.content.decode()
    place = upload.columns.index("渠道")
    assert answer.context["form"][f"column{place}"].value() == ""


def test_a_choice_nobody_offered_is_refused(manager, send):
    upload = send("leads", {})
    assert manager.post(page(upload, "check"), columns(upload, 姓名="password")).status_code == 422
    assert state(upload) == "chosen"


def test_columns_may_be_changed_after_the_check(manager, send, li):
    upload = send("leads", {})
    manager.post(page(upload, "check"), columns(upload))
    run_waiting(NOW)
    assert "What is in the columns?" in manager.get(page(upload) + "?columns=1").content.decode()
    manager.post(page(upload, "check"), columns(upload, 级别=""))
    assert state(upload) == "checking"


def test_values_of_the_columns_are_shown_masked(manager, send):
    text = manager.get(page(send("leads", {}))).content.decode()
    assert "138****0001" in text
    assert "张三" in text
    assert full_numbers(text) == []


# --- what is refused ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 422, "The file is empty."),
        (b"\xd0\xcf\x11\xe0 old", 422, "list.csv is neither .xlsx nor CSV."),
        (b"<html>", 422, "list.csv is neither .xlsx nor CSV."),
        (b"only\nwords\n", 422, "list.csv has no row with column names in its first 30 lines. Add one."),
        (b"a,b,c\n" + b"x" * 10_001 + b",1,2\n", 413, "A cell in line 2 of list.csv is too long."),
        (b"a,b,c\n" + b"1," * 300 + b"\n", 413, "Line 2 of list.csv has more than 200 columns."),
        (b"a,b,c\n" + b"1,2,3\n" * 200_001, 413, "list.csv has more than 200000 rows."),
    ],
)
@pytest.mark.thorough
def test_a_file_that_cannot_be_read_is_refused_with_the_cure(manager, content, status, words):
    answer = post(manager, "leads", content)
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert not Upload.objects.exists()
    assert list(folder().iterdir()) == []


def test_a_form_without_kind_or_file_is_shown_again(manager):
    answer = manager.post(LIST, {"token": uuid.uuid4()})
    assert answer.status_code == 422
    assert ("Tap what is in the file." in answer.content.decode(), Upload.objects.count()) == (True, 0)


def test_a_body_is_refused_by_its_stated_length_before_a_byte_of_it_is_read(manager):
    class Untouched(io.BytesIO):
        def read(self, *_args):
            raise AssertionError("the body was read")

    answer = manager.generic("POST", LIST, CONTENT_LENGTH=str(2 * 2**30), **{"wsgi.input": Untouched()})
    assert answer.status_code == 413
    assert "A file may have 20 MB" in answer.content.decode()


def test_of_a_body_that_states_less_than_it_sends_no_more_is_read(manager):
    body = b'--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\nleads\r\n--x--\r\n' + b"y" * 10**6
    answer = manager.generic(
        "POST", LIST, body, content_type="multipart/form-data; boundary=x", CONTENT_LENGTH="70"
    )
    assert answer.status_code in (400, 422)
    assert not Upload.objects.exists()


def test_a_file_beyond_the_limit_is_refused(manager, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_FILE_BYTES", 10)
    answer = post(manager, "leads", b"a,b,c\n1,2,3\n")
    assert (answer.status_code, MAX_FILE_BYTES) == (413, 20 * 2**20)


def test_the_same_form_sent_twice_is_one_file(manager):
    token, content = uuid.uuid4(), "姓名,电话,车型\n张三,13800000001,轩逸\n".encode()
    first, second = (post(manager, "leads", content, token=token) for _time in range(2))
    assert (first.url, Upload.objects.count()) == (second.url, 1)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.csv", "a.php", "<script>.csv", "图.svg", "x" * 300 + ".csv"]
)
def test_a_file_lies_under_a_random_name_in_a_private_folder(manager, name, var_dir):
    post(manager, "leads", "姓名,电话,车型\n张三,13800000001,轩逸\n".encode(), name=name)
    upload = Upload.objects.get()
    assert path_of(upload).parent == var_dir / "uploads"
    assert uuid.UUID(upload.stored).hex == upload.stored
    assert stat.S_IMODE(os.stat(path_of(upload)).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(folder()).st_mode) == 0o700
    answer = manager.get(page(upload))
    assert (answer.status_code, b"<script>." in answer.content) == (200, False)


def test_reading_in_needs_a_check_first(manager, send):
    upload = send("leads", {})
    answer = manager.post(page(upload, "commit"))
    assert (answer.status_code, state(upload)) == (409, "chosen")
    assert "Check the file first." in answer.content.decode()


# --- one at a time -----------------------------------------------------------------------


def test_a_second_file_of_the_store_waits_until_the_first_is_done(manager, send, li):
    first, second = send("leads", {}, name="first.csv"), send("leads", {}, name="second.csv")
    manager.post(page(first, "check"), columns(first))
    answer = manager.post(page(second, "check"), columns(second))
    assert (answer.status_code, state(second)) == (422, "chosen")
    assert "first.csv is just being read for this store. Wait until it is done." in answer.content.decode()
    run_waiting(NOW)
    assert manager.post(page(second, "check"), columns(second)).status_code == 302


def test_the_database_holds_one_at_work_per_store(send):
    first, second = send("leads", {}, name="first.csv"), send("leads", {}, name="second.csv")
    Upload.objects.filter(pk=first.pk).update(state="checking")
    with pytest.raises(IntegrityError), transaction.atomic():
        Upload.objects.filter(pk=second.pk).update(state="importing")


def test_a_second_tap_on_read_in_changes_nothing(manager, send, li):
    upload = send("leads", {})
    manager.post(page(upload, "check"), columns(upload))
    run_waiting(NOW)
    assert [manager.post(page(upload, "commit")).status_code for _tap in range(2)] == [302, 302]
    assert [run_waiting(NOW), run_waiting(NOW)] == [1, 0]
    assert manager.post(page(upload, "commit")).status_code == 302
    assert (state(upload), Lead.objects.count()) == ("done", 1)


# --- the worker --------------------------------------------------------------------------


def test_progress_is_told_while_it_runs_and_leads_on_when_it_is_done(manager, send, li):
    upload = send("leads", {})
    manager.post(page(upload, "check"), columns(upload))
    keep_progress(upload, 50, 120)
    answer = manager.get(page(upload, "progress"), headers={"HX-Request": "true"})
    assert "50 of 120 rows" in answer.content.decode()
    assert 'value="41"' in answer.content.decode()
    run_waiting(NOW)
    assert progress_of(upload) == (0, 0)
    answer = manager.get(page(upload, "progress"), headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == page(upload)
    assert manager.get(page(upload, "progress")).url == page(upload)


def test_nobody_takes_a_file_that_a_worker_holds(manager, send, li):
    upload = send("leads", {})
    manager.post(page(upload, "check"), columns(upload))
    with path_of(upload).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert run_waiting(NOW) == 0
    assert run_waiting(NOW) == 1


def test_a_worker_that_died_is_seen_and_the_file_is_read_on(manager, send, li):
    upload = send("leads", {})
    manager.post(page(upload, "check"), columns(upload))
    run_waiting(NOW)
    manager.post(page(upload, "commit"))
    Upload.objects.update(attempts=1)  # taken, and let go of by a killed process
    text = manager.get(page(upload)).content.decode()
    assert "The work was cut short" in text
    assert "Every row that came in stays." in text
    assert manager.post(page(upload, "commit")).status_code == 302
    run_waiting(NOW)
    assert (state(upload), Lead.objects.count()) == ("done", 1)


def test_after_three_attempts_it_stops_and_may_be_sent_on_again(manager, send, li):
    upload = send("leads", {})
    manager.post(page(upload, "check"), columns(upload))
    run_waiting(NOW)
    manager.post(page(upload, "commit"))
    Upload.objects.update(attempts=3)
    run_waiting(NOW)
    assert (state(upload), upload.error) == (
        "failed",
        "It stopped three times on its way. What came in stays. Read in again, and it goes on there.",
    )
    assert "Read in again" in manager.get(page(upload)).content.decode()
    manager.post(page(upload, "commit"))
    run_waiting(NOW)
    assert (state(upload), upload.error, Lead.objects.count()) == ("done", "", 1)


def test_what_breaks_on_the_way_goes_on_there_and_says_so_without_names(
    manager, send, li, monkeypatch, caplog
):
    upload = send("leads", {})
    manager.post(page(upload, "check"), columns(upload))
    run_waiting(NOW)
    manager.post(page(upload, "commit"))

    def crash(*_args, **_facts):
        raise RuntimeError("张三 13800000001")

    with monkeypatch.context() as patch:
        patch.setattr("followups.lead_list_import.start_catch_up", crash)
        run_waiting(NOW)
    assert (state(upload), Lead.objects.count(), upload.run.finished_at) == ("failed", 1, None)
    assert upload.error == (
        "Something broke on our side. What came in stays. Read in again, and it goes on there."
    )
    assert "张三" not in caplog.text
    manager.post(page(upload, "commit"))
    run_waiting(NOW)
    assert (state(upload), counts(upload)) == ("done", (1, 1, 0, 0, 0, 1, 1))
    assert (Lead.objects.count(), Import.objects.count(), Task.objects.get().catch_up) == (1, 1, True)


def test_a_file_that_is_gone_is_told(manager, send):
    upload = send("leads", {})
    manager.post(page(upload, "check"), columns(upload))
    path_of(upload).unlink()
    run_waiting(NOW)
    assert (state(upload), upload.error) == ("failed", "The file is gone. Choose it again.")
    assert manager.get(page(upload)).status_code == 200


def test_a_table_the_check_cannot_finish_is_refused_with_its_reason(manager, li, monkeypatch):
    monkeypatch.setattr("leads.files.MAX_ROWS", 3)
    book = openpyxl.Workbook()
    for row in (["姓名", "电话", "车型"], *[["张三", f"1380000000{n}", "轩逸"] for n in range(5)]):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    monkeypatch.setattr("leads.uploads.SAMPLED", 2)
    post(manager, "leads", out.getvalue(), name="list.xlsx")
    upload = Upload.objects.get()
    manager.post(page(upload, "check"), columns(upload))
    run_waiting(NOW)
    assert (state(upload), upload.error) == (
        "failed",
        "list.xlsx has more than 3 rows. Split it and send the parts.",
    )


# --- the rejected rows -------------------------------------------------------------------


@pytest.fixture
def with_errors(manager, send, li):
    upload = send("leads", {}, {"级别": "Z", "备注": "=1+1"}, {"级别": "Z", "备注": "＠x"})
    for step, data in (("check", columns(upload)), ("commit", {})):
        manager.post(page(upload, step), data)
        run_waiting(NOW)
    upload.refresh_from_db()
    return upload


def test_rejected_rows_come_back_harmless_and_can_be_sent_again(manager, with_errors):
    answer = manager.post(page(with_errors, "errors"))
    content = b"".join(answer.streaming_content)
    assert answer["Content-Disposition"] == 'attachment; filename="list-errors.csv"'
    assert (answer["X-Content-Type-Options"], answer["Content-Type"]) == (
        "nosniff",
        "text/csv; charset=utf-8",
    )
    assert "'=1+1" in content.decode("utf-8-sig")
    assert "'＠x" in content.decode("utf-8-sig")
    seen = AccessEvent.objects.get()
    assert (seen.kind, seen.target_kind, seen.target_id) == ("export", "upload", with_errors.pk)

    post(manager, "leads", content.replace(b",Z,", b",B,"), name="corrected.csv")
    upload = Upload.objects.latest("pk")
    for step, data in (("check", columns(upload)), ("commit", {})):
        manager.post(page(upload, step), data)
        run_waiting(NOW)
    assert (state(upload), counts(upload)[:5]) == ("done", (2, 2, 0, 0, 0))
    assert set(Lead.objects.values_list("remark", flat=True)) == {"", "=1+1", "＠x"}


def test_without_rejected_rows_there_is_no_file(manager, send):
    assert manager.post(page(send("leads", {}), "errors")).status_code == 404


def test_files_are_deleted_after_thirty_days_and_what_they_became_stays(manager, with_errors, store, var_dir):
    path, errors = path_of(with_errors), var_dir / "imports" / with_errors.errors_file
    assert forget_files(store, on=at("2026-07-18 12:00").date()) == 0
    assert (path.exists(), errors.exists()) == (True, True)
    assert forget_files(store, on=at("2026-07-19 12:00").date()) == 1
    assert (path.exists(), errors.exists()) == (False, False)
    with_errors.refresh_from_db()
    assert (set(with_errors.report), with_errors.stored, with_errors.errors_file) == ({"counts"}, "", "")
    assert (Lead.objects.count(), manager.get(page(with_errors)).status_code) == (1, 200)
    assert forget_files(store, on=at("2026-07-20 12:00").date()) == 0


def test_what_a_check_keeps_holds_no_full_number(manager, send, li):
    upload = send("leads", *[{}] * 25)
    manager.post(page(upload, "check"), columns(upload))
    run_waiting(NOW)
    upload.refresh_from_db()
    assert (len(upload.report["good"]), full_numbers(json.dumps(upload.report))) == (20, [])


# --- who may, and what it costs -------------------------------------------------------------


def test_another_store_and_another_role_see_nothing_of_it(client, with_errors, store, wang):
    client.force_login(person(make_store("west", group=store.group), "west", "唐薇", "manager"))
    for name in ("upload", "progress"):
        assert client.get(page(with_errors, name)).status_code == 404
    for name in ("check", "commit", "errors"):
        assert client.post(page(with_errors, name)).status_code == 404
    assert "list.csv" not in client.get(LIST).content.decode()
    client.force_login(wang)
    assert (client.get(LIST).status_code, client.get(page(with_errors)).status_code) == (403, 403)


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.thorough
def test_only_who_runs_the_store_takes_the_rejected_rows(client, with_errors, store, role):
    client.force_login(person(store, "somebody", "某人", role))
    expected = 200 if role in RUNNING else 403
    answer = client.post(page(with_errors, "errors"))
    assert answer.status_code == expected


def test_a_verb_refuses_what_the_page_would_not_offer(with_errors, chen):
    with pytest.raises(Refused, match="read in already"):
        uploads.check(with_errors.pk, with_errors.mapping, by=chen, now=NOW)


def test_the_list_and_a_file_cost_few_statements(manager, with_errors, chen, store):
    fields = {"store": store, "kind": "leads", "size": 1, "by": chen, "at": NOW, "changed_at": NOW}
    for total in (10, MANY):
        missing = total - Upload.objects.count()
        Upload.objects.bulk_create(
            Upload(file_name=f"{n}.csv", state="done", **fields) for n in range(missing)
        )
        with statements() as asked:
            manager.get(LIST)
        assert len(asked) <= 6
        with statements() as asked:
            manager.get(page(with_errors))
        assert len(asked) <= 6


def test_saves_cost_few_statements(manager, send, li):
    upload = send("leads", {})
    with statements() as asked:
        manager.post(page(upload, "check"), columns(upload))
    assert len(asked) <= 15
    run_waiting(NOW)
    with statements() as asked:
        manager.post(page(upload, "commit"))
    assert len(asked) <= 15


@pytest.mark.thorough
def test_the_whole_register_goes_through_the_screen(manager, li, store):
    content = (Path(__file__).parent.parent / "data" / "walkin_register_gb18030.csv").read_bytes()
    head = b"".join(content.splitlines(keepends=True)[:101])
    post(manager, "register", head, name="来店登记.csv")
    upload = Upload.objects.get()
    for step, data in (("check", columns(upload)), ("commit", {})):
        manager.post(page(upload, step), data)
        run_waiting(NOW)
    assert (state(upload), counts(upload)[:5], Visit.objects.count()) == ("done", (100, 100, 0, 0, 0), 100)
    assert broken() == {}
