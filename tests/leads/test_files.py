"""Rows come out of CSV and XLSX equal to what was put in, or the file is refused."""

import datetime as dt
import io
import random
import time
import tracemalloc
import zipfile
from pathlib import Path

import openpyxl
import pytest
from defusedxml import DefusedXmlException
from django.utils import translation

from leads import files
from leads.files import FileRefused, read_rows

pytestmark = pytest.mark.once

DATA = Path(__file__).parent.parent / "data"
WORDS = {"姓名", "电话", "车型", "name", "phone", "model", "Visit date"}
HEADER = ["姓名", "电话", "车型"]
# A workbook keeps wall-clock times without a zone.
MIDNIGHT = dt.datetime.fromisoformat("2026-03-02")
EVENING = dt.datetime.fromisoformat("2026-03-02 18:26")
RARE = ["𠮷田", "龚䶮", "㼆明", "王芳", "单田芳", "O'Brien", "司马梓涵", "Müller", "一"]


def read(source, filename="register.csv"):
    sheet = read_rows(source, filename=filename, header_words=WORDS)
    return sheet, list(sheet.rows)


def csv_of(rows, delimiter=","):
    return "\r\n".join(delimiter.join(row) for row in rows) + "\r\n"


def workbook(*sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for n, rows in enumerate(sheets):
        sheet = book.create_sheet(f"{n + 1}月")
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(data, name, content):
    """The same workbook with one part replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    return out.getvalue()


# --- encodings and delimiters ---------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "mark", "named"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8-sig", b"", "utf-8"),
        ("gb18030", b"", "gb18030"),
        ("gbk", b"", "gb18030"),
        ("utf-16", b"", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
    ],
)
def test_five_thousand_names_are_equal_in_every_encoding(encoding, mark, named):
    names = [name for name in RARE if encoding != "gbk" or name in ("王芳", "单田芳", "O'Brien", "司马梓涵")]
    rows = [[f"{names[i % len(names)]}", f"138{i:08}", "天籁 2.0T"] for i in range(5000)]

    sheet, found = read(mark + csv_of([HEADER, *rows]).encode(encoding))

    assert sheet.encoding == named
    assert sheet.header == HEADER
    assert [cells for _, cells in found] == rows


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_delimiter_is_found(delimiter):
    sheet, found = read(csv_of([HEADER, ["王芳", "13800000001", "骐达"]], delimiter).encode())

    assert sheet.header == HEADER
    assert found == [(2, ["王芳", "13800000001", "骐达"])]


def test_a_utf8_file_with_damaged_bytes_is_read_with_the_damage_shown():
    rows = [["王芳", f"138{i:08}", "骐达"] for i in range(100)]
    data = csv_of([HEADER, *rows]).encode().replace("王芳".encode(), b"\xe7\x8e\x8b\xe8\x8a", 3)

    sheet, found = read(data)

    assert sheet.encoding == "utf-8"
    assert [cells[0] for _, cells in found] == ["王\ufffd"] * 3 + ["王芳"] * 97


def test_western_letters_of_a_windows_file_are_equal():
    sheet, found = read("name,phone,model\r\nMüller,0171 1234567,Coupé\r\n".encode("cp1252"))

    assert sheet.encoding == "cp1252"
    assert found == [(2, ["Müller", "0171 1234567", "Coupé"])]


def test_a_space_that_was_encoded_twice_is_a_space():
    _, found = read("name,phone,model\nAnna,8264678,Double\u00c2\u00a0Camshaft\n".encode())

    assert found == [(2, ["Anna", "8264678", "Double Camshaft"])]


def test_the_register_in_gb18030_has_1200_rows():
    words = {"来店日期", "客户姓名", "联系电话"}
    path = DATA / "walkin_register_gb18030.csv"
    sheet = read_rows(path, filename=path.name, header_words=words)

    rows = list(sheet.rows)

    assert (sheet.encoding, sheet.kind, sheet.header_line, len(sheet.header)) == ("gb18030", "csv", 1, 17)
    assert len(rows) == 1200
    assert {len(cells) for _, cells in rows} == {17}
    assert (rows[0][0], rows[-1][0]) == (2, 1201)


def test_the_workbook_is_the_first_400_rows_of_the_register():
    words = {"来店日期", "客户姓名", "联系电话"}
    csv_sheet, xlsx_sheet = (
        read_rows(DATA / name, filename=name, header_words=words)
        for name in ("walkin_register_gb18030.csv", "walkin_register.xlsx")
    )

    assert (xlsx_sheet.kind, xlsx_sheet.encoding, xlsx_sheet.header_line) == ("xlsx", "", 2)
    assert xlsx_sheet.header == csv_sheet.header
    of_csv = [cells for _, cells in csv_sheet.rows][:400]
    of_xlsx = [cells for _, cells in xlsx_sheet.rows]
    # A remark that is a formula in the workbook has no value there.
    formulas = [row for row, cells in enumerate(of_csv) if cells[16].startswith("=")]
    assert len(formulas) == 6
    assert {of_xlsx[row][16] for row in formulas} == {""}
    assert [cells[:16] for cells in of_xlsx] == [cells[:16] for cells in of_csv]


# --- header, lines, blank rows --------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_title_rows_above_the_header_are_skipped(kind):
    rows = [["东城店 来店登记表", "", ""], ["", "", ""], ["姓名", "2026", ""], HEADER, ["王芳", "1", "骐达"]]
    data = csv_of(rows).encode() if kind == "csv" else workbook(rows)

    sheet, found = read(data)

    assert (sheet.header, sheet.header_line) == (HEADER, 4)
    assert found == [(5, ["王芳", "1", "骐达"])]


def test_a_header_is_known_by_its_words_whatever_their_case_and_signs():
    sheet, _ = read(b"NAME *, Phone:,visit-DATE,other\n")

    assert sheet.header == ["NAME *", "Phone:", "visit-DATE", "other"]


def test_a_column_name_that_comes_again_is_numbered():
    sheet, _ = read("姓名,电话,车型,备注,备注,,,备注\n".encode())

    assert sheet.header == ["姓名", "电话", "车型", "备注", "备注 2", "", "", "备注 3"]


def test_blank_rows_and_a_repeated_header_are_left_out_but_counted_as_lines():
    rows = [HEADER, ["", " ", ""], ["王芳", "1", "骐达"], HEADER, ["李强"], [], ["陈刚", "3", "N7", "more"]]

    _, found = read(csv_of(rows).encode())

    assert found == [
        (3, ["王芳", "1", "骐达"]),
        (5, ["李强", "", ""]),
        (7, ["陈刚", "3", "N7", "more"]),
    ]


def test_a_cell_of_several_lines_counts_from_its_first_line():
    _, found = read('姓名,电话,车型\n王芳,"1\n2",骐达\n李强,3,N7\n'.encode())

    assert found == [(2, ["王芳", "1\n2", "骐达"]), (4, ["李强", "3", "N7"])]


def test_a_cell_that_starts_a_formula_stays_as_it_is():
    cells = ["=1+1", "+86138", "-2", "@x", '=HYPERLINK("http://127.0.0.1/")']
    data = "姓名,电话,车型,a,b\n" + ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)

    _, found = read(data.encode())

    assert found == [(2, cells)]


def test_numbers_and_dates_of_a_workbook_become_plain_text():
    row = [
        13800000001.0, 13800000001, 2151188198, 3.5, 1e300 * 1e10, True,
        MIDNIGHT, EVENING, dt.time(9, 5), dt.time(9, 5, 7),
        dt.timedelta(hours=26, minutes=5), None, " text ",
    ]  # fmt: skip

    assert [files._cell_text(value) for value in row] == [
        "13800000001", "13800000001", "2151188198", "3.5", "inf", "True",
        "2026-03-02", "2026-03-02 18:26", "09:05", "09:05:07", "26:05", "", " text ",
    ]  # fmt: skip
    _, found = read(workbook([HEADER, [13800000001.0, MIDNIGHT, dt.time(18, 26)]]))
    assert found == [(2, ["13800000001", "2026-03-02", "18:26"])]


def test_hidden_and_other_sheets_are_passed_over():
    book = openpyxl.Workbook()
    book.active.append(["统计", "2026"])
    for title, state in (("登记", "visible"), ("旧", "hidden")):
        sheet = book.create_sheet(title)
        sheet.sheet_state = state
        sheet.append(HEADER)
        sheet.append([title, "1", "骐达"])
    out = io.BytesIO()
    book.save(out)

    _, found = read(out.getvalue())

    assert found == [(2, ["登记", "1", "骐达"])]


# --- refusals ---------------------------------------------------------------------------


def refusal(source, filename="register.xlsx"):
    with pytest.raises(FileRefused) as refused:
        read(source, filename)
    return str(refused.value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"", "register.xlsx is empty."),
        (b"\n\n", "register.xlsx is empty."),
        (
            b"\xd0\xcf\x11\xe0" + b"\0" * 600,
            "register.xlsx is neither .xlsx nor CSV. Open it in Excel, save it as .xlsx, send that.",
        ),
        (
            b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"),
            "register.xlsx is locked with a password. Save it without one and send it again.",
        ),
        (
            b"<html><table><tr><td>\xe5\xa7\x93\xe5\x90\x8d</td></tr></table></html>",
            "register.xlsx is neither .xlsx nor CSV. Open it in Excel, save it as .xlsx, send that.",
        ),
        (b"PK\x03\x04 no zip", "register.xlsx is damaged. Open it in Excel, save it again and send that."),
        (
            b"a,b,c\n1,2,3\n",
            "register.xlsx has no row with column names in its first 30 lines. Add one.",
        ),
        (
            bytes(range(256)) * 20,
            "register.xlsx is no readable text. Save it as .xlsx or as CSV UTF-8 and send that.",
        ),
        (
            "姓名,电话,车型\n王\0芳,1,2\n".encode(),
            "register.xlsx is no readable text. Save it as .xlsx or as CSV UTF-8 and send that.",
        ),
        (
            "姓名,电话,车型\n王\0芳,1,2\n".encode("utf-16"),
            "register.xlsx is no readable text. Save it as .xlsx or as CSV UTF-8 and send that.",
        ),
    ],
)
def test_what_is_no_table_is_refused_with_the_cure(source, message):
    assert refusal(source) == message


def test_a_file_is_refused_by_its_size_alone(monkeypatch, tmp_path):
    big = tmp_path / "register.csv"
    with big.open("wb") as out:
        out.truncate(2 * 1024**3)
    monkeypatch.setattr(Path, "read_bytes", None)

    assert refusal(big) == "register.xlsx is larger than 20 MB. Split it and send the parts."


def test_the_name_of_a_file_is_only_shown():
    assert refusal(b"", "../../etc/\u202epasswd{x}%s.csv") == "passwd{x}%s.csv is empty."


def test_a_refusal_is_said_in_the_language_of_the_reader():
    with pytest.raises(FileRefused) as refused:
        read(b"")
    with translation.override("xx"):
        assert str(refused.value.message) == "register.csv is empty."


@pytest.mark.parametrize(
    ("limit", "value", "message"),
    [
        ("MAX_ROWS", 3, "register.xlsx has more than 3 rows. Split it and send the parts."),
        ("MAX_COLUMNS", 3, "Line 3 of register.xlsx has more than 3 columns. Keep the needed ones."),
        ("MAX_CELL", 20, "A cell in line 3 of register.xlsx is too long. A quotation mark may be missing."),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_limit_is_named_with_its_line(monkeypatch, kind, limit, value, message):
    monkeypatch.setattr(files, limit, value)
    rows = [HEADER, ["王芳", "1", "2"], ["李强", "1", "2" * 21, "4"], ["陈刚", "1", "2"]]
    if limit == "MAX_CELL":
        rows[2].pop()

    assert refusal(csv_of(rows).encode() if kind == "csv" else workbook(rows)) == message


def test_the_limits_are_those_of_the_handbook():
    assert (files.MAX_FILE_BYTES, files.MAX_UNZIPPED_BYTES) == (20 * 1024**2, 100 * 1024**2)
    assert (files.MAX_ROWS, files.MAX_COLUMNS, files.MAX_CELL) == (200_000, 200, 10_000)


@pytest.mark.parametrize(
    "data",
    [
        "姓名,电话,车型\n" + "x" * 10_001,
        "姓名,电话,车型\n" + "x" * 10_000_000,
        '姓名,电话,车型\n"' + "王芳,1,2\n" * 100_000,
        "姓名,电话,车型\n" + "," * 100_000 + "x",
        pytest.param("姓名,电话,车型\n" + "a\n" * 200_001, marks=pytest.mark.thorough),
        ("x," * 100_000 + "\n") * 20,
    ],
    ids=["long cell", "10 MB cell", "open quote", "100,000 columns", "200,001 rows", "wide from the start"],
)
def test_a_csv_without_measure_is_refused_in_little_memory(data):
    content = data.encode()
    tracemalloc.start()
    try:
        with pytest.raises(FileRefused):
            for _ in read_rows(content, filename="a.csv", header_words=WORDS).rows:
                pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 100 * 1024 * 1024


def test_a_workbook_bomb_is_refused_by_its_directory():
    bomb = with_part(workbook([HEADER]), "xl/worksheets/sheet1.xml", b" " * (105 * 1024 * 1024))
    tracemalloc.start()
    started = time.perf_counter()

    message = refusal(bomb)

    seconds = time.perf_counter() - started
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert message == "register.xlsx unpacks to more than is safe. Save the sheet as CSV and send that."
    assert seconds < 1
    assert peak < 50 * 1024 * 1024


@pytest.mark.parametrize(
    ("part", "limit"),
    [("xl/styles.xml", "MAX_SMALL_PART_BYTES"), ("xl/sharedStrings.xml", "MAX_STRINGS_BYTES")],
)
def test_a_part_that_is_held_in_memory_has_a_limit_of_its_own(monkeypatch, part, limit):
    assert (files.MAX_SMALL_PART_BYTES, files.MAX_STRINGS_BYTES) == (4 * 1024**2, 32 * 1024**2)
    monkeypatch.setattr(files, limit, 100_000)
    data = with_part(with_shared_strings(workbook([HEADER])), part, b"<x/>" * 25_001)

    assert "unpacks to more than is safe" in refusal(data)


def test_a_small_file_that_grows_too_much_is_a_bomb():
    data = with_part(workbook([HEADER]), "xl/worksheets/sheet1.xml", b" " * (20 * 1024 * 1024))

    assert "unpacks to more than is safe" in refusal(data)


def test_a_part_that_lies_about_its_size_is_damaged():
    data = workbook([HEADER, ["王芳", "1", "2" * 5000]])
    true_size = zipfile.ZipFile(io.BytesIO(data)).getinfo("xl/worksheets/sheet1.xml").file_size
    lying = data.replace(true_size.to_bytes(4, "little"), (true_size - 400).to_bytes(4, "little"))

    assert "is damaged" in refusal(lying)


ENTITIES = {
    "laughs": '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
    "file": '<!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
    "socket": '<!DOCTYPE x [<!ENTITY b SYSTEM "http://127.0.0.1:9/x">]>',
}


def causes(error):
    while error := error.__cause__ or error.__context__:
        yield error


def with_shared_strings(data):
    """The workbook as Excel writes it: its strings in a part of their own."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        types = archive.read("[Content_Types].xml").decode()
    types = types.replace(
        "</Types>", f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    )
    out = io.BytesIO(with_part(data, "[Content_Types].xml", types))
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{space}"><si><t>王芳</t></si></sst>')
    return out.getvalue()


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"])
@pytest.mark.parametrize("kind", ENTITIES)
def test_entities_in_a_workbook_are_refused(part, kind):
    data = with_shared_strings(workbook([HEADER, ["王芳", "1", "2"]]))
    assert read(data)[1] == [(2, ["王芳", "1", "2"])]
    xml = zipfile.ZipFile(io.BytesIO(data)).read(part).decode()
    start = xml.index("?>") + 2 if xml.startswith("<?xml") else 0
    hostile = xml[:start] + ENTITIES[kind] + xml[start:].replace(">", ">&b;", 1)

    with pytest.raises(FileRefused) as refused:
        read(with_part(data, part, hostile))
    assert DefusedXmlException in {type(error).__base__ for error in causes(refused.value)}


@pytest.mark.parametrize("row", ["99999999999999", "1048577"])
@pytest.mark.thorough
def test_a_row_beyond_the_end_of_a_sheet_is_refused(row):
    data = workbook([HEADER, ["王芳", "1", "2"]])
    xml = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml").decode()
    hostile = xml.replace('r="2"', f'r="{row}"').replace('A2"', f'A{row}"')

    assert "is damaged" in refusal(with_part(data, "xl/worksheets/sheet1.xml", hostile))


def test_several_tables_in_a_workbook_are_named_not_dropped():
    data = workbook([HEADER, ["王芳", "1", "2"]], [HEADER, ["李强", "1", "2"]])

    assert refusal(data) == (
        "register.xlsx has several tables: 1月, 2月. Save each sheet as a file of its own."
    )


def test_a_locked_zip_is_refused():
    data = bytearray(workbook([HEADER]))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1  # the "encrypted" bit of a directory entry

    assert "locked with a password" in refusal(bytes(data))


def test_another_kind_of_zip_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")

    assert "is neither .xlsx nor CSV" in refusal(out.getvalue())


def test_broken_files_fail_only_by_refusal():
    chance = random.Random(41)
    whole = [
        workbook([HEADER, *([f"王芳{i}", i, 3.5] for i in range(20))]),
        csv_of([HEADER, ["王芳", "1", "2"]] * 20).encode("gb18030"),
        csv_of([HEADER, ["王芳", "1", "2"]] * 20).encode("utf-16"),
    ]
    for _ in range(600):
        data = bytearray(chance.choice(whole))
        for _ in range(chance.randint(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.2:
            del data[chance.randrange(len(data)) :]
        try:
            for _line, cells in read_rows(bytes(data), filename="a", header_words=WORDS).rows:
                assert all(isinstance(cell, str) for cell in cells)
        except FileRefused:
            pass
