"""Cells that a spreadsheet would run: harmless on the way out, as written on the way in (RELIABILITY 35)."""

import re

MARK = "'"  # what spreadsheets themselves put before a cell that is text
_RUNS = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")


def harmless(cell: str) -> str:
    """The cell with a mark before it when a spreadsheet could take it for a formula."""
    return MARK + cell if _RUNS.match(cell) else cell


def as_written(cell: str) -> str:
    """The cell without the mark that `harmless` gave it."""
    plain = cell.removeprefix(MARK)
    return plain if harmless(plain) == cell else cell
