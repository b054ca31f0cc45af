"""Hostile and odd files at every door of the import: the commands and the screen (RELIABILITY 33-38)."""

import csv
import io
import os
import resource
import subprocess
import sys
import time
import uuid
import zipfile
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from leads.files import FileRefused
from leads.importing_run import run_import
from leads.models import Customer, Lead, Upload
from leads.sales_import import SalesImport
from leads.upload_files import folder
from showroom.models import Visit
from tests.conftest import at
from tests.followups.lists import HEADER as LIST_HEADER
from tests.followups.lists import import_list, write_list
from tests.registers import AS_OF, HEADER, import_register, write_register
from tests.sales import HEADER as SALES_HEADER
from tests.sales import NOON, sell, write_sales

pytestmark = [pytest.mark.once, pytest.mark.django_db]
NOW = at("2026-06-18 08:30")
LIST = reverse("imports:list")
MB = 1024  # of ru_maxrss, which counts kilobytes
RARE = ["𠮷田", "龚䶮", "㼆明", "王芳", "单田芳", "O'Brien", "司马梓涵"]
COMMON = ["王芳", "单田芳", "O'Brien", "司马梓涵"]
HEADERS = {"register": HEADER, "leads": LIST_HEADER, "sales": SALES_HEADER}
FORMULAS = ["=1+1", "+86 138 0000 0001x", "-2", "@SUM(A1)", "＝1", "＋1", "－1", "＠x", "\t=1", "\u00a0=1"]


@pytest.fixture(autouse=True)
def var_dir(settings, tmp_path):
    settings.VAR_DIR = tmp_path / "var"
    settings.DEALER_NOW = NOW.isoformat()
    return settings.VAR_DIR


@pytest.fixture
def store(store):
    store.language = "en"  # of the reasons
    store.save()
    return store


@pytest.fixture
def manager(client, chen):
    client.force_login(chen)
    return client


def send(client, kind, content: bytes, name="file.xlsx"):
    data = {"kind": kind, "file": SimpleUploadedFile(name, content), "token": uuid.uuid4()}
    return client.post(LIST, data)


# --- 33: encodings ---------------------------------------------------------------------


@pytest.mark.parametrize("rows", [70, pytest.param(1000, marks=pytest.mark.thorough)])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_names_of_a_list_are_equal_in_every_encoding(store, li, chen, tmp_path, encoding, rows):
    names = COMMON if encoding == "gbk" else RARE
    wanted = [names[n % len(names)] for n in range(rows)]
    path = write_list(tmp_path / "l.csv", *({"姓名": name} for name in wanted), encoding=encoding)
    assert import_list(store, path, by=chen)["created"] == rows
    assert list(Customer.objects.order_by("number").values_list("name", flat=True)) == wanted


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_names_of_sold_cars_are_equal_in_every_encoding(tmp_path, encoding):
    rows = [{"Customer Name": name, "Phone": f"82646{n:02}"} for n, name in enumerate(RARE)]
    assert sell(write_sales(tmp_path / "s.csv", *rows, encoding=encoding))["created"] == len(RARE)
    assert list(Customer.objects.order_by("number").values_list("name", flat=True)) == RARE


@pytest.mark.parametrize("kind", HEADERS)
def test_what_is_in_no_known_encoding_is_refused(manager, kind):
    noise = bytes(range(128, 256)) * 40
    assert send(manager, kind, noise, name="file.csv").status_code == 422
    assert not Upload.objects.exists()


# --- 35: cells that a spreadsheet would run ----------------------------------------------


@pytest.mark.parametrize("cell", FORMULAS)
@pytest.mark.parametrize("kind", HEADERS)
@pytest.mark.thorough
def test_a_cell_that_would_run_comes_back_as_text(store, li, chen, tmp_path, kind, cell):
    path = tmp_path / "f.csv"
    if kind == "leads":
        answer = import_list(store, write_list(path, {"电话": "1", "备注": cell}), by=chen)
    elif kind == "register":
        answer = import_register(store, write_register(path, {"来店日期": "?", "备注": cell}))
    else:
        answer = sell(write_sales(path, {"Phone": "1", "Engine": cell}, {}))
    with open(answer["errors_file"], encoding="utf-8-sig", newline="") as errors:
        cells = list(csv.reader(errors))[1]
    assert answer["rejected"] == 1
    assert any(found == "'" + cell for found in cells)
    assert not any(found[:1] in "=+-@＝＋－＠\t\r\n" for found in cells if found)


# --- 36, 37: workbooks ---------------------------------------------------------------------


def workbook(header) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(header)
    book.active.append(["x"] * len(header))
    book.save(out)
    return out.getvalue()


def bomb(header) -> bytes:
    """A workbook whose one sheet unpacks to 105 MB."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(header))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            with new.open(part, "w") as written:
                written.write(old.read(part))
                for _megabyte in range(105 if "sheet1" in part else 0):
                    written.write(b" " * 2**20)
    return out.getvalue()


def with_entities(header, entities: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(header))) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            content = old.read(part)
            if part == "xl/worksheets/sheet1.xml":
                content = f"<?xml version='1.0'?><!DOCTYPE x [{entities}]><worksheet>&a;</worksheet>".encode()
            new.writestr(part, content)
    return out.getvalue()


CHAIN = zip("zyxwvutsr", "yxwvutsra", strict=True)
LAUGHS = "<!ENTITY z 'ha'>" + "".join(f"<!ENTITY {to} '{f'&{of};' * 10}'>" for of, to in CHAIN)
OUTSIDE = "<!ENTITY a SYSTEM 'file:///etc/passwd'>"


@pytest.mark.parametrize("kind", HEADERS)
@pytest.mark.thorough
def test_a_bomb_is_refused_by_its_directory_at_the_screen(manager, kind):
    content = bomb(HEADERS[kind])
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    assert send(manager, kind, content).status_code == 413
    assert time.monotonic() - started <= 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before <= 50 * MB
    assert list(folder().iterdir()) == []


@pytest.mark.parametrize("command", ["import_register", "import_sales"])
def test_a_bomb_is_refused_by_the_commands(store, tmp_path, command):
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(bomb(HEADER if command == "import_register" else SALES_HEADER))
    arguments = [str(path), *(["--store", "east"] if command == "import_register" else [])]
    started = time.monotonic()
    with pytest.raises(CommandError, match="unpacks to more than is safe"):
        call_command(command, *arguments)
    assert time.monotonic() - started <= 1


@pytest.mark.parametrize("entities", [LAUGHS, OUTSIDE], ids=["laughs", "outside"])
@pytest.mark.parametrize("kind", HEADERS)
def test_entities_are_refused_at_the_screen(manager, kind, entities):
    answer = send(manager, kind, with_entities(HEADERS[kind], entities))
    assert answer.status_code == 422
    assert "root:" not in answer.content.decode()
    assert not Upload.objects.exists()


@pytest.mark.parametrize("entities", [LAUGHS, OUTSIDE], ids=["laughs", "outside"])
def test_entities_are_refused_by_every_kind(store, chen, tmp_path, entities):
    for kind, read in (
        ("register", lambda path: import_register(store, path)),
        ("leads", lambda path: import_list(store, path, by=chen)),
        ("sales", sell),
    ):
        path = tmp_path / f"{kind}.xlsx"
        path.write_bytes(with_entities(HEADERS[kind], entities))
        with pytest.raises(FileRefused):
            read(path)
    assert (Lead.objects.count(), Visit.objects.count()) == (0, 0)


# --- 38: without measure -------------------------------------------------------------------

WITHOUT_MEASURE = {
    "a million rows": b"Car_id,Date,Phone,Dealer_Name\n" + b"1,2,3,4\n" * 1_000_000,
    "a cell of ten megabytes": b"Car_id,Date,Phone,Dealer_Name\n1,2,3," + b"x" * (10 * 2**20) + b"\n",
    "100,000 columns": b"Car_id,Date,Phone,Dealer_Name\n" + b"1," * 100_000 + b"\n",
    "more than 20 MB": b"Car_id,Date,Phone,Dealer_Name\n" + b"x" * (20 * 2**20),
}


@pytest.mark.parametrize("case", WITHOUT_MEASURE)
@pytest.mark.thorough
def test_a_file_without_measure_is_refused_at_the_screen(manager, case):
    started = time.monotonic()
    assert send(manager, "sales", WITHOUT_MEASURE[case], name="file.csv").status_code == 413
    assert time.monotonic() - started < 10
    assert list(folder().iterdir()) == []


LONGEST = "a million rows"  # most of it is read before it is refused; the screen refuses all four

# A command that says at its end how much memory it took; what its parent took before is not counted.
AND_ITS_MEMORY = """
import atexit, re, sys
from pathlib import Path
from django.core.management import execute_from_command_line
status = Path("/proc/self/status")
atexit.register(lambda: print(re.search(r"VmHWM:\\s+(\\d+) kB", status.read_text())[1]))
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=[] if case == LONGEST else pytest.mark.thorough) for case in WITHOUT_MEASURE],
)
@pytest.mark.thorough
def test_a_file_without_measure_is_refused_by_the_command_in_little_memory(tmp_path, case):
    path = tmp_path / "file.csv"
    path.write_bytes(WITHOUT_MEASURE[case])
    here = {"DJANGO_SETTINGS_MODULE": "dealer_crm.test_settings", "DATABASE_URL": "sqlite://:memory:"}
    done = subprocess.run(
        [sys.executable, "-c", AND_ITS_MEMORY, "import_sales", str(path)],
        cwd=django_settings.BASE_DIR,
        env=os.environ | here,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "Split it" in done.stderr or "too long" in done.stderr or "columns" in done.stderr
    assert int(done.stdout.split()[-1]) <= 300 * MB


def test_a_row_that_is_no_row_of_its_kind_is_listed_not_taken(store, tmp_path):
    path = write_sales(tmp_path / "s.csv", {"Phone": "13800000001", "Customer Name": "\0" * 3 + "x" * 90})
    path.write_bytes(path.read_bytes().replace(b"\0", b""))
    answer = run_import(SalesImport(store, as_of=AS_OF, now=NOON), path)
    assert (answer["created"], answer["rejected"], Path(answer["errors_file"]).exists()) == (0, 1, True)
