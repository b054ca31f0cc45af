"""One row of a list of leads, as the maker, a platform or a leaver hands it over (SPEC A01)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from .columns import Columns
from .register_rows import read_date, read_grade, read_name
from .text import one_line, person_name

HEADERS = {
    "name": {"姓名", "客户姓名", "客户", "顾客", "name", "customer", "customer name", "full name"},
    "phone": {
        "电话", "联系电话", "手机", "手机号", "手机号码", "联系方式", "客户电话",
        "phone", "phone number", "mobile", "mobile phone", "telephone", "tel",
    },
    "model": {"意向车型", "车型", "关注车型", "意向车系", "model", "car model", "model of interest"},
    "channel": {"渠道", "来源", "客户来源", "线索来源", "信息来源", "channel", "source", "lead source"},
    "grade": {"级别", "意向级别", "客户级别", "等级", "grade", "level"},
    "contacted": {
        "最后联系", "最近联系", "最后跟进", "最近跟进", "最后跟进日期", "上次跟进", "最近联系日期",
        "跟进日期",
        "last contact", "last contacted", "last follow-up", "last call",
    },
    "next_on": {
        "下次跟进", "下次联系", "下次跟进日期", "下次联系日期", "计划跟进",
        "next date", "next contact", "next follow-up", "follow-up date",
    },
    "owner": {
        "负责顾问", "销售顾问", "顾问", "归属", "归属顾问", "跟进人",
        "owner", "consultant", "sales consultant", "salesperson",
    },
    "remark": {"备注", "说明", "跟进内容", "remark", "remarks", "note", "notes", "comment", "comments"},
}  # fmt: skip
LONGEST = dict.fromkeys(HEADERS, 80) | {"phone": 60, "remark": 300}
LABELS = {
    "name": _("Name"),
    "phone": _("Phone"),
    "model": _("Model"),
    "channel": _("Channel"),
    "grade": _("Grade"),
    "contacted": _("Last contact"),
    "next_on": _("Next date"),
    "owner": _("Owner"),
    "remark": _("Remark"),
}
COLUMNS = Columns(HEADERS, longest=LONGEST, labels=LABELS, required=("phone",))
FURTHEST = dt.timedelta(days=366)  # of a next date


@dataclass(frozen=True, slots=True)
class ListRow:
    """What one row says. Texts are "" when blank; days are the store's."""

    name: str
    phone_text: str
    model: str
    channel: str
    grade: str
    contacted_on: dt.date | None
    next_on: dt.date | None
    owner: str
    remark: str


def parse_list_row(cells: Mapping[str, str], *, as_of: dt.date) -> ListRow:
    """The values of a row, its cells given by column name; raises RowRejected.

    A last contact lies on the import day or before, a next date at most a year after it.
    """
    text = COLUMNS.texts(cells)
    contacted, next_on = text["contacted"], text["next_on"]
    return ListRow(
        name=read_name(text["name"]),
        phone_text=text["phone"],
        model=one_line(text["model"]),
        channel=one_line(text["channel"]),
        grade=read_grade(text["grade"]),
        contacted_on=read_date(contacted, as_of=as_of) if contacted else None,
        next_on=read_date(next_on, as_of=as_of + FURTHEST) if next_on else None,
        owner=person_name(text["owner"]),
        remark=one_line(text["remark"]),
    )
