"""Walk-in registers for tests: the real-shaped one, and small ones written on the spot."""

import csv
import datetime as dt
from contextlib import contextmanager
from pathlib import Path

from django.db import transaction

from leads.importing_run import run_import
from showroom.register_import import RegisterImport

from .conftest import at

DATA = Path(__file__).parent / "data"
FULL = DATA / "walkin_register_gb18030.csv"  # 1,200 rows of 2 March to 17 June 2026
WORKBOOK = DATA / "walkin_register.xlsx"  # its first 400 rows
AS_OF = dt.date(2026, 6, 18)
MORNING = at("2026-06-18 08:30")

HEADER = [
    "序号", "来店日期", "来店时间", "离店时间", "客户姓名", "联系电话", "来店人数", "首次来店",
    "渠道", "区域", "意向车型", "预计购车(天)", "试驾", "报价", "级别", "接待顾问", "备注",
]  # fmt: skip
BORING = {
    "序号": "1", "来店日期": "2026-06-10", "来店时间": "10:00", "离店时间": "11:00",
    "客户姓名": "张三", "联系电话": "13800000001", "来店人数": "1", "首次来店": "是",
    "渠道": "展厅", "区域": "浦东", "意向车型": "轩逸 1.6L", "预计购车(天)": "30",
    "试驾": "否", "报价": "否", "级别": "", "接待顾问": "李强", "备注": "",
}  # fmt: skip


def write_register(path: Path, *rows: dict, encoding="utf-8", delimiter=",") -> Path:
    """A register of valid, boring rows: each says what it is about."""
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, HEADER, delimiter=delimiter)
        writer.writeheader()
        writer.writerows({**BORING, **row} for row in rows)
    return path


def first_rows(path: Path, start: int, stop: int) -> Path:
    """Some rows of the full register, as a file of their own."""
    lines = FULL.read_text(encoding="gb18030").splitlines(keepends=True)
    path.write_text("".join([lines[0], *lines[1 + start : 1 + stop]]), encoding="gb18030")
    return path


def import_register(store, path, *, as_of=AS_OF, now=MORNING, dry_run=False) -> dict:
    return run_import(RegisterImport(store, as_of=as_of, now=now), path, dry_run=dry_run)


@contextmanager
def kept_for_the_module(blocker):
    """A transaction around all tests of a module, for what takes seconds to set up."""
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
