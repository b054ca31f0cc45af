"""Files in every state they can be in, for the pages of the import."""

import uuid

from accounts.models import Store
from leads.models import Upload
from leads.upload_files import folder

COLUMNS = {
    "姓名": "name",
    "电话": "phone",
    "意向车型": "model",
    "级别": "grade",
    "负责顾问": "owner",
    "备注": "",
}
CELLS = {"name": "张三", "phone": "138****0001", "model": "轩逸 1.6L", "channel": "展厅", "grade": "A",
         "next_on": "2026-03-20", "owner": "李强"}  # fmt: skip
COUNTS = {"read": 1200, "created": 1064, "updated": 12, "skipped": 100, "rejected": 24,
          "customers": 809, "leads": 815, "staff_created": ["李强", "王芳"]}  # fmt: skip
REPORT = {
    "samples": {"姓名": "张三", "电话": "138****0001", "车型": "轩逸 1.6L", "备注": "太太周六能来看后排"},
    "counts": COUNTS,
    "good": [{"line": line, "outcome": "created", "cells": CELLS} for line in range(2, 22)],
    "bad": [
        [17, "2026-13-40 is no date. Write it as 2026-03-02."],
        [1204, "Grades are O, H, A+, A, B+, B, C. Empty takes the suggestion."],
    ],
}


def make_uploads(store: Store, by, *, at) -> dict[str, int]:
    """One file of each state, by that state; none is worked on."""
    return {
        "chosen": make_upload(store, by, at=at, state="chosen"),
        "checked": make_upload(store, by, at=at, state="checked"),
        "importing": make_upload(store, by, at=at, state="importing"),
        "cut_short": make_upload(
            store, by, at=at, state="failed", error="The file is gone. Choose it again."
        ),
        "done": make_upload(store, by, at=at, state="done", errors_file="east-leads-1.csv"),
    }


def make_upload(store: Store, by, *, at, **facts) -> int:
    upload = Upload.objects.create(
        store=store, kind="leads", file_name="来店客户名单 2026年3月.xlsx", stored=uuid.uuid4().hex, size=9,
        columns=list(COLUMNS), mapping=COLUMNS, report=REPORT, by=by, at=at, changed_at=at, **facts,
    )  # fmt: skip
    (folder() / upload.stored).write_bytes(b"")
    return upload.pk
