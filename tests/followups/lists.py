"""Lists of leads for tests, written on the spot."""

import csv
from pathlib import Path

from followups.lead_list_import import LeadListImport
from leads.importing_run import run_import
from tests.registers import AS_OF, MORNING

HEADER = ["姓名", "电话", "意向车型", "渠道", "级别", "最后联系", "下次跟进", "负责顾问", "备注"]
BORING = {"姓名": "张三", "电话": "13800000001", "意向车型": "轩逸", "渠道": "展会", "负责顾问": "李强"}


def write_list(path: Path, *rows: dict, encoding="utf-8") -> Path:
    """Valid, boring leads with a number of their own each: the rows say what they are about."""
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, HEADER)
        writer.writeheader()
        for n, row in enumerate(rows, start=1):
            writer.writerow({**BORING, "电话": f"1380000{n:04}", **row})
    return path


def import_list(store, path, *, by, as_of=AS_OF, now=MORNING, dry_run=False) -> dict:
    return run_import(LeadListImport(store, as_of=as_of, now=now, by=by), path, dry_run=dry_run)
