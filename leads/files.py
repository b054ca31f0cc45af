"""Rows out of a CSV or XLSX file of unknown make, refused early when it could do harm.

Nothing here knows what the columns mean: the caller brings the words a header row is known by.
"""

import codecs
import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from accounts.errors import Refused

from .text import header_key, one_line

MB = 1024 * 1024
MAX_FILE_BYTES = 20 * MB
MAX_UNZIPPED_BYTES = 100 * MB
# Workbooks shrink 5 to 40 times; a file that grows more is a bomb, unless it stays small.
MAX_GROWTH = 150
HARMLESS_BYTES = 10 * MB
MAX_PARTS = 2_000
# What is held in memory whole, at six to forty times its size: the strings and the small parts.
MAX_STRINGS_BYTES = 32 * MB
MAX_SMALL_PART_BYTES = 4 * MB
MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_CELL = 10_000
MAX_SHEET_LINES = 1_048_576
HEADER_WITHIN = 30
HEADER_WORDS_NEEDED = 3
FILLED_CELLS_NEEDED = 2  # of a header nobody knows yet
DELIMITERS = (",", "\t", ";")

# The share of letters that may be damaged before an encoding is taken for the wrong one.
UTF8_DAMAGE = 0.2
GB18030_DAMAGE = 0.02
CHUNK = 256 * 1024

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_STRINGS_PART = "xl/sharedStrings.xml"
_SMALL_PART = re.compile(
    r"\[Content_Types\]\.xml|(?:docProps|_rels|xl/_rels|xl/theme)/.*|xl/(?!calcChain)[^/]+\.xml"
)
_WORKBOOK_PART = re.compile(r"xl/workbook\w*\.xml")
# A no-break space that was encoded twice.
_TWICE_ENCODED_SPACE = "\u00c2\u00a0"

Row = tuple[int, list[str]]


class FileRefused(Refused):
    """A file that is not read; the message says why and what to do."""


class FileTooLarge(FileRefused):
    """More bytes, rows, columns or letters in a cell than is read: HTTP 413."""


@dataclass(frozen=True)
class Sheet:
    """One table of a file: its header and, to be read once, its rows as (line, cells).

    `encoding` is "" for a workbook. Blank rows and a header written again are left out. A row
    has as many cells as the header; more of them mean a stray delimiter in it. Reading the
    rows raises FileRefused where a limit is passed or the file is damaged.
    """

    header: list[str]
    header_line: int
    rows: Iterator[Row]
    encoding: str
    kind: str


def read_rows(source: Path | str | bytes, *, filename: str, header_words: Collection[str]) -> Sheet:
    """The table of a CSV or XLSX file, whatever stands above its header row.

    The header is the first row with three of `header_words`, or without any words the first row
    with two filled cells. The content decides what the file is; `filename` only names it in a
    refusal. Raises FileRefused.
    """
    filename = one_line(Path(filename).name)[-80:]
    data = _content(source, filename)
    known = {header_key(word) for word in header_words} - {""}
    if data.startswith(b"PK"):
        return _workbook_sheet(data, filename, known)
    return _csv_sheet(data, filename, known)


def _content(source: Path | str | bytes, filename: str) -> bytes:
    size = len(source) if isinstance(source, bytes) else Path(source).stat().st_size
    if size > MAX_FILE_BYTES:
        message = _("{file} is larger than {limit} MB. Split it and send the parts.")
        raise FileTooLarge(format_lazy(message, file=filename, limit=MAX_FILE_BYTES // MB))
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    if not data.strip():
        raise FileRefused(format_lazy(_("{file} is empty."), file=filename))
    if data.startswith(_OLD_OFFICE):
        raise _locked(filename) if _ENCRYPTED in data else _not_xlsx(filename)
    return data


# --- rows of any make -------------------------------------------------------------


def _table(rows: Iterator[Row], filename: str, *, encoding: str, kind: str, known: set[str]):
    """The Sheet in these rows, or None when no header row is among the first ones."""
    rows = _limited(rows, filename)
    found = _find_header(rows, known)
    if found is None:
        return None
    line, cells = found
    return Sheet(_header(cells), line, _body(rows, cells), encoding, kind)


def _limited(rows: Iterator[Row], filename: str) -> Iterator[Row]:
    """The rows that hold something, as far as they keep the limits."""
    count = 0
    for line, cells in rows:
        while cells and not cells[-1].strip():
            cells.pop()
        if not cells:
            continue
        count += 1
        _check_row(count, line, cells, filename)
        yield line, cells


def _check_row(count: int, line: int, cells: list[str], filename: str) -> None:
    if count > MAX_ROWS:
        message = _("{file} has more than {limit} rows. Split it and send the parts.")
        raise FileTooLarge(format_lazy(message, file=filename, limit=MAX_ROWS))
    if len(cells) > MAX_COLUMNS:
        message = _("Line {line} of {file} has more than {limit} columns. Keep the needed ones.")
        raise FileTooLarge(format_lazy(message, file=filename, line=line, limit=MAX_COLUMNS))
    if max(map(len, cells)) > MAX_CELL:
        raise _cell_too_long(filename, line)
    if any("\0" in cell for cell in cells):
        raise _unreadable(filename)


def _find_header(rows: Iterator[Row], known: set[str]) -> Row | None:
    for line, cells in rows:
        if line > HEADER_WITHIN:
            break
        if _known_words(cells, known) >= min(HEADER_WORDS_NEEDED, len(known) or FILLED_CELLS_NEEDED):
            return line, cells
    return None


def _known_words(cells: list[str], known: set[str]) -> int:
    words = {header_key(cell) for cell in cells[:MAX_COLUMNS]} - {""}
    return len(words & known if known else words)


def _header(cells: list[str]) -> list[str]:
    """The column names on one line each; a name that comes again is numbered."""
    names = [one_line(cell) for cell in cells]
    header = []
    for i, name in enumerate(names):
        before = names[:i].count(name)
        header.append(f"{name} {before + 1}" if name and before else name)
    return header


def _body(rows: Iterator[Row], header: list[str]) -> Iterator[Row]:
    for line, cells in rows:
        if cells != header:
            yield line, cells + [""] * (len(header) - len(cells))


# --- CSV ----------------------------------------------------------------------------


def _csv_sheet(data: bytes, filename: str, known: set[str]) -> Sheet:
    if data.lstrip().startswith(b"<"):
        raise _not_xlsx(filename)
    encoding, start = _encoding(data, filename)
    content = data[start:]

    def words_with(delimiter: str) -> int:
        found = _find_header(_csv_rows(content, filename, encoding, delimiter), known)
        return _known_words(found[1], known) if found else 0

    delimiter = max(DELIMITERS, key=words_with)
    rows = _csv_rows(content, filename, encoding, delimiter)
    sheet = _table(rows, filename, encoding=encoding, kind="csv", known=known)
    if sheet is None:
        raise _no_header(filename)
    return sheet


def _csv_rows(data: bytes, filename: str, encoding: str, delimiter: str) -> Iterator[Row]:
    """Cells with the line their row begins on; damaged characters become U+FFFD."""
    text = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, errors="replace", newline="")
    reader = csv.reader(text, delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            yield line, [cell.replace(_TWICE_ENCODED_SPACE, " ") for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:  # a cell beyond the module's own limit
        raise _cell_too_long(filename, line) from error


def _encoding(data: bytes, filename: str) -> tuple[str, int]:
    """The encoding and where the text begins, after a byte order mark."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding, len(mark)
    if b"\0" in data:
        return _utf16_order(data, filename), 0
    if _damage(data, "utf-8") <= UTF8_DAMAGE:
        return "utf-8", 0
    if _has_lone_letters(data):
        return "cp1252", 0
    if _damage(data, "gb18030") <= GB18030_DAMAGE:
        return "gb18030", 0
    raise _unreadable(filename)


def _utf16_order(data: bytes, filename: str) -> str:
    """UTF-16 without a mark: the zero halves of commas and digits stand on one side."""
    first, second = data[0::2].count(0), data[1::2].count(0)
    if max(first, second) < max(4, len(data) // 50) or min(first, second) * 4 > max(first, second):
        raise _unreadable(filename)
    return "utf-16-le" if second > first else "utf-16-be"


def _damage(data: bytes, encoding: str) -> float:
    """The share of characters beyond ASCII that cannot be decoded."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    damaged = beyond_ascii = 0
    for start in range(0, len(data), CHUNK):
        text = decoder.decode(data[start : start + CHUNK], start + CHUNK >= len(data))
        damaged += text.count("\ufffd")
        beyond_ascii += len(text) - len(text.encode("ascii", "ignore"))
    return damaged / beyond_ascii if beyond_ascii else 0.0


def _has_lone_letters(data: bytes) -> bool:
    """Whether the bytes beyond ASCII mostly stand alone, as in Müller; Chinese ones come in pairs."""
    lone = runs = 0
    for run in _HIGH_RUN.finditer(data):
        runs += 1
        lone += run.end() - run.start() == 1
    return lone > runs / 2


# --- XLSX ---------------------------------------------------------------------------


def _workbook_sheet(data: bytes, filename: str, known: set[str]) -> Sheet:
    _check_zip(data, filename)
    found = {}
    for sheet in _worksheets(data, filename):
        rows = _sheet_rows(sheet, filename)
        if table := _table(rows, filename, encoding="", kind="xlsx", known=known):
            found[sheet.title] = table
    if not found:
        raise _no_header(filename)
    if len(found) > 1:
        message = _("{file} has several tables: {sheets}. Save each sheet as a file of its own.")
        raise FileRefused(
            format_lazy(message, file=filename, sheets=pgettext("between names", ", ").join(found))
        )
    return next(iter(found.values()))


def _check_zip(data: bytes, filename: str) -> None:
    """Refuse a bomb, a locked file or another kind of file by the zip directory alone."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except Exception as error:  # a broken directory fails in many ways
        raise _damaged(filename) from error
    if _is_bomb(parts, len(data)):
        message = _("{file} unpacks to more than is safe. Save the sheet as CSV and send that.")
        raise FileTooLarge(format_lazy(message, file=filename))
    if any(part.flag_bits & 1 for part in parts):
        raise _locked(filename)
    if not any(_WORKBOOK_PART.fullmatch(part.filename) for part in parts):
        raise _not_xlsx(filename)


def _is_bomb(parts: list[zipfile.ZipInfo], zipped: int) -> bool:
    unzipped = sum(part.file_size for part in parts)
    grown = unzipped > HARMLESS_BYTES and unzipped > MAX_GROWTH * zipped
    too_big = any(part.file_size > _part_limit(part.filename) for part in parts)
    return unzipped > MAX_UNZIPPED_BYTES or grown or too_big or len(parts) > MAX_PARTS


def _part_limit(name: str) -> int:
    if name == _STRINGS_PART:
        return MAX_STRINGS_BYTES
    return MAX_SMALL_PART_BYTES if _SMALL_PART.fullmatch(name) else MAX_UNZIPPED_BYTES


def _worksheets(data: bytes, filename: str) -> list:
    # Loaded here: only an import needs it.
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # hostile and broken workbooks fail in many ways
        raise _damaged(filename) from error
    return [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]


def _sheet_rows(sheet, filename: str) -> Iterator[Row]:
    """All lines of a sheet as text; the size it states is not believed."""
    sheet.reset_dimensions()
    try:
        rows = sheet.iter_rows(max_col=MAX_COLUMNS + 1, values_only=True)
        for line, values in enumerate(rows, start=1):
            if line > MAX_SHEET_LINES:
                raise _damaged(filename)
            if values.count(None) == len(values):
                continue
            yield line, [_cell_text(value) for value in values]
    except FileRefused:
        raise
    except Exception as error:  # as above, while the rows are read
        raise _damaged(filename) from error


def _cell_text(value) -> str:
    """A cell as text: whole numbers without a point, dates and times as ISO."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    if isinstance(value, dt.datetime):
        return _moment_text(value)
    if isinstance(value, dt.time):
        return value.isoformat("minutes" if not value.second else "seconds")
    if isinstance(value, dt.timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    return str(value)


def _moment_text(value: dt.datetime) -> str:
    if value.time() == dt.time():
        return value.date().isoformat()
    return value.isoformat(" ", "minutes" if not value.second else "seconds")


# --- refusals -----------------------------------------------------------------------


def _no_header(filename: str) -> FileRefused:
    message = _("{file} has no row with column names in its first {count} lines. Add one.")
    return FileRefused(format_lazy(message, file=filename, count=HEADER_WITHIN))


def _locked(filename: str) -> FileRefused:
    message = _("{file} is locked with a password. Save it without one and send it again.")
    return FileRefused(format_lazy(message, file=filename))


def _not_xlsx(filename: str) -> FileRefused:
    message = _("{file} is neither .xlsx nor CSV. Open it in Excel, save it as .xlsx, send that.")
    return FileRefused(format_lazy(message, file=filename))


def _damaged(filename: str) -> FileRefused:
    message = _("{file} is damaged. Open it in Excel, save it again and send that.")
    return FileRefused(format_lazy(message, file=filename))


def _unreadable(filename: str) -> FileRefused:
    message = _("{file} is no readable text. Save it as .xlsx or as CSV UTF-8 and send that.")
    return FileRefused(format_lazy(message, file=filename))


def _cell_too_long(filename: str, line: int) -> FileRefused:
    message = _("A cell in line {line} of {file} is too long. A quotation mark may be missing.")
    return FileTooLarge(format_lazy(message, file=filename, line=line))
