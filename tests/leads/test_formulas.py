"""A cell that a spreadsheet would run leaves as text and comes back as it was (RELIABILITY 35)."""

import io

import pytest
from openpyxl import Workbook, load_workbook

from leads.formulas import as_written, harmless

FORMULAS = [
    "=1+1",
    "+86 138",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\xa0=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
]
PLAIN = ["", "王芳", "138", "a=b", "'", "'quoted'", "it's", "3-5", "年底"]


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_formula_gets_a_mark_and_loses_it_again(cell):
    assert harmless(cell) == "'" + cell
    assert as_written(harmless(cell)) == cell


@pytest.mark.parametrize("cell", PLAIN)
def test_any_other_cell_stays_as_it_is(cell):
    assert harmless(cell) == cell
    assert as_written(cell) == cell


def test_no_spreadsheet_runs_a_harmless_cell():
    book = Workbook()
    book.active.append([harmless(cell) for cell in FORMULAS if cell.isprintable() or "\xa0" in cell])
    file = io.BytesIO()
    book.save(file)
    (row,) = load_workbook(file).active.iter_rows()
    assert {cell.data_type for cell in row} == {"s"}
