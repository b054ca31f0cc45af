"""One row of a walk-in register, from the words of the sheet to values (SPEC A58, A73)."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from .columns import Columns, RowRejected
from .text import HAN, folded, one_line, person_name

# What the columns are called in registers: field -> names; compared without case, space and signs.
HEADERS = {
    "number": {"序号", "编号", "登记号", "No.", "number", "serial", "row"},
    "on": {
        "来店日期", "日期", "到店日期", "来访日期", "登记日期", "接待日期",
        "date", "visit date", "visited on",
    },
    "arrived": {
        "来店时间", "到店时间", "进店时间", "来访时间", "时间",
        "time", "arrived", "arrival", "arrival time", "time in", "arrived at",
    },
    "left": {"离店时间", "离开时间", "left", "left at", "time out", "departure", "leaving time"},
    "name": {
        "客户姓名", "姓名", "顾客姓名", "客户名称", "客户", "顾客",
        "name", "customer", "customer name", "full name",
    },
    "phone": {
        "联系电话", "电话", "手机", "手机号", "手机号码", "电话号码", "联系方式", "客户电话",
        "phone", "phone number", "mobile", "mobile phone", "telephone", "tel",
    },
    "persons": {
        "来店人数", "人数", "来访人数", "同行人数", "到店人数",
        "persons", "people", "party", "party size", "visitors",
    },
    "first": {"首次来店", "是否首次来店", "是否首次", "首次到店", "首次", "first visit", "first"},
    "channel": {
        "渠道", "来源", "客户来源", "来店渠道", "信息渠道", "信息来源", "来源渠道",
        "channel", "source", "lead source",
    },
    "area": {"区域", "地区", "所在区域", "居住区域", "area", "district", "region"},
    "model": {
        "意向车型", "车型", "拟购车型", "关注车型", "model", "model of interest", "car model",
    },
    "horizon": {
        "预计购车(天)", "预计购车", "预计购车时间", "购车时间", "拟购时间", "计划购车时间",
        "horizon", "horizon (days)", "buying in", "days to buy", "purchase horizon",
    },
    "drove": {"试驾", "是否试驾", "试乘试驾", "试车", "test drive", "drove", "drive"},
    "quoted": {"报价", "是否报价", "quote", "quoted", "price quoted"},
    "grade": {"级别", "意向级别", "客户级别", "等级", "grade", "level"},
    "consultant": {
        "接待顾问", "销售顾问", "顾问", "接待人", "接待人员", "接待销售", "业务员",
        "consultant", "sales consultant", "salesperson", "received by",
    },
    "remark": {"备注", "说明", "备考", "remark", "remarks", "note", "notes", "comment", "comments"},
}  # fmt: skip

GRADES = ("O", "H", "A+", "A", "B+", "B", "C")
NO_GRADE = {"", "无", "无级别", "没有", "未定", "未评", "NONE", "N/A", "-", "--", "/"}
YES = {"有", "对", "首次", "yes", "y", "true", "1", "√", "✓", "✔", "☑"}
YES_STARTS = ("是", "已")
NO = {"无", "再次", "二次", "no", "n", "false", "0", "×", "x", "✗", "-", "/"}
NO_STARTS = ("否", "未", "没", "不", "非")
COURTESY = "义务"

# What the columns of a visit hold.
LONGEST = dict.fromkeys(HEADERS, 80) | {"number": 20, "phone": 60, "remark": 300}
LABELS = {
    "number": _("Serial number"),
    "on": _("Day of the visit"),
    "arrived": pgettext_lazy("time", "Arrived"),
    "left": pgettext_lazy("time", "Left"),
    "name": _("Name"),
    "phone": _("Phone"),
    "persons": _("Persons"),
    "first": _("First visit"),
    "channel": _("Channel"),
    "area": _("Area"),
    "model": _("Model"),
    "horizon": _("Buys in"),
    "drove": _("Test drive"),
    "quoted": _("Quote"),
    "grade": _("Grade"),
    "consultant": _("Consultant"),
    "remark": _("Remark"),
}
COLUMNS = Columns(HEADERS, longest=LONGEST, labels=LABELS, required=("on",))
HEADER_WORDS = COLUMNS.header_words
LONGEST_HORIZON_DAYS = 730
# Years before this are a broken cell, not a visit.
FIRST_YEAR = 2000
SPREADSHEET_DAY_0 = dt.date(1899, 12, 30)

_WEEKDAY = r"(?:\s*\(?(?:周|星期)[一二三四五六日天]\)?)?"
_FULL_DATE = re.compile(
    rf"(\d{{4}})\s*[-/.年]\s*(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})\s*[日号]?{_WEEKDAY}(?:[T ].*)?"
)
_COMPACT_DATE = re.compile(r"(20\d\d)(\d\d)(\d\d)")
_DAY_OF_YEAR = re.compile(rf"(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})\s*[日号]?{_WEEKDAY}")
_SPREADSHEET_DAY = re.compile(r"([34567]\d{4})(?:\.\d+)?")
_TIME = re.compile(
    r"(?:.*[\sT])?(上午|下午|晚上)?\s*(\d{1,2})"
    r"(?:[:.](\d{2})(?::\d{2})?|[点时](?:(\d{1,2})分?|(半))?)\s*([ap]m)?",
    re.IGNORECASE,
)

_NUMERALS = {numeral: n for n, numeral in enumerate("一二三四五六七八九十", start=1)} | {"两": 2}
_COUNT = rf"\d+|[{''.join(_NUMERALS)}]"
_PERSONS = re.compile(rf"({_COUNT})\s*(?:个?人|位|个|persons?|people)?", re.IGNORECASE)
_PLAIN_DAYS = re.compile(r"(\d+)(?:\.0+)?")
_HORIZON = re.compile(
    rf"(?:约|大约|大概|within)?\s*(?:(?:{_COUNT})\s*(?:[-~至到]|to)\s*)?({_COUNT}|半)\s*"
    r"(天|日|周|个?星期|个?礼拜|个月|月(?=[之以]?内|左右)|年|days?|weeks?|months?|years?)\s*"
    r"(?:[之以]?内|左右)?",
    re.IGNORECASE,
)
_UNIT_DAYS = {
    "天": 1, "日": 1, "day": 1, "周": 7, "星期": 7, "礼拜": 7, "week": 7,
    "月": 30, "month": 30, "年": 365, "year": 365,
}  # fmt: skip
_HALF_DAYS = {"月": 15, "month": 15, "年": 180, "year": 180}

_NAME = rf"([{HAN}·]{{2,5}})"
_ENDS = r"(?:$|[\s,，。;；、])"
_SPOUSE = (
    re.compile(r"[与和跟同]\s*([^\s,，。;；]{2,30}?)\s*(?:互?为|是|系)?\s*(?:夫妻|夫妇|两口子)"),
    re.compile(
        rf"(?:^|[\s,，。;；、:：])(?:是|为|系)?{_NAME}的"
        rf"(?:太太|老婆|妻子|爱人|先生|老公|丈夫|夫人|配偶){_ENDS}"
    ),
    re.compile(rf"(?:配偶|爱人|夫妻)\s*[:：]\s*{_NAME}{_ENDS}"),
    re.compile(r"\b(?:wife of|husband of|married to|spouse:)\s*([^,.;:\d]{2,60})", re.IGNORECASE),
)
# Nobody's name: "his wife", "the customer's husband".
_NOBODY = {"他", "她", "我", "客户", "顾客", "自己", "本人", "朋友", "同事", "对方", "老板"}


@dataclass(frozen=True)
class RegisterRow:
    """What one row says. Texts are "" when blank; times are the store's wall clock.

    `unread` names the fields whose words were not understood, a leaving time before the
    arrival among them: their value is the blank one, and somebody should look.
    """

    number_text: str
    on: dt.date
    arrived: dt.time | None
    left: dt.time | None
    name: str
    phone_text: str
    persons: int
    first: bool | None
    channel: str
    area: str
    model: str
    horizon_text: str
    horizon_days: int | None
    drove: bool
    quoted: bool
    grade: str
    consultant: str
    remark: str
    courtesy: bool
    spouse_name: str
    unread: tuple[str, ...]

    @property
    def horizon_understood(self) -> bool:
        """False for a blank horizon and for words such as 年底: then the grade is C, flagged."""
        return self.horizon_days is not None


def parse_register_row(cells: Mapping[str, str], *, as_of: dt.date) -> RegisterRow:
    """The values of a row, its cells given by column name (SPEC A58, A73).

    `as_of` is the store's day of the import: dates without a year are the latest such day not
    after it, later dates are refused. Raises RowRejected.
    """
    text = COLUMNS.texts(cells)
    read = {
        "arrived": _time(text["arrived"] or _after_the_day(text["on"])),
        "left": _time(text["left"]),
        "persons": _persons(text["persons"]),
        "first": _yes_no(text["first"]),
        "drove": _yes_no(text["drove"]),
        "quoted": _yes_no(text["quoted"]),
        "horizon": horizon_days(text["horizon"]),
    }
    if read["arrived"] and read["left"] and read["left"] < read["arrived"]:
        read["left"] = None
    return RegisterRow(
        number_text=one_line(text["number"]),
        on=read_date(text["on"] or _day_before_the_time(text["arrived"]), as_of=as_of),
        arrived=read["arrived"],
        left=read["left"],
        name=read_name(text["name"]),
        phone_text=text["phone"],
        persons=read["persons"] or 1,
        first=read["first"],
        channel=one_line(text["channel"]),
        area=one_line(text["area"]),
        model=one_line(text["model"]),
        horizon_text=one_line(text["horizon"]),
        horizon_days=read["horizon"],
        drove=bool(read["drove"]),
        quoted=bool(read["quoted"]),
        grade=read_grade(text["grade"]),
        consultant=person_name(text["consultant"]),
        remark=text["remark"],
        courtesy=COURTESY in text["remark"],
        spouse_name=_spouse_name(text["remark"]),
        unread=tuple(field for field, value in read.items() if text[field] and value is None),
    )


def field_of(header: str) -> str | None:
    """The field a column name stands for, or None for a column that is not read."""
    return COLUMNS.field_of(header)


def read_date(text: str, *, as_of: dt.date) -> dt.date:
    """The day written in a cell, not after `as_of`; raises RowRejected."""
    day = folded(text)
    if not day:
        raise RowRejected(_("No date. Write it as 2026-03-02."), field="on")
    on = _with_year(day) or _without_year(day, as_of)
    if on is None or on.year < FIRST_YEAR:
        message = _("{text} is no date. Write it as 2026-03-02.")
        raise RowRejected(format_lazy(message, text=day[:40]), field="on")
    if on > as_of:
        message = _("{text} lies in the future, after {as_of}.")
        raise RowRejected(format_lazy(message, text=day[:40], as_of=as_of.isoformat()), field="on")
    return on


def horizon_days(text: str) -> int | None:
    """The written days until purchase, of a range the later end; None when not understood."""
    words = folded(text).casefold()
    if plain := _PLAIN_DAYS.fullmatch(words):
        days = _count(plain[1])
    elif match := _HORIZON.fullmatch(words):
        days = _days(match[1], match[2])
    else:
        return None
    return days if days is not None and days <= LONGEST_HORIZON_DAYS else None


def _with_year(day: str) -> dt.date | None:
    if match := _FULL_DATE.fullmatch(day) or _COMPACT_DATE.fullmatch(day):
        return _date(*match.groups())
    if match := _SPREADSHEET_DAY.fullmatch(day):
        return SPREADSHEET_DAY_0 + dt.timedelta(days=int(match[1]))
    return None


def _without_year(day: str, as_of: dt.date) -> dt.date | None:
    match = _DAY_OF_YEAR.fullmatch(day)
    if not match:
        return None
    # 29 February may lie up to eight years back.
    years = range(as_of.year, as_of.year - 9, -1)
    days = (_date(year, *match.groups()) for year in years if year >= FIRST_YEAR)
    return next((on for on in days if on and on <= as_of), None)


def _date(year, month, day) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _after_the_day(text: str) -> str:
    """18:26 of 2026-03-02 18:26; nothing of 5.30, which is a day."""
    return folded(text).replace("T", " ").partition(" ")[2]


def _day_before_the_time(text: str) -> str:
    """The cell when it holds a whole date; 9.30 in a time column is no day."""
    return text if _with_year(folded(text)) else ""


def _time(text: str) -> dt.time | None:
    match = _TIME.fullmatch(folded(text))
    if not match:
        return None
    part, hour, minute, minute_word, half, half_day = match.groups()
    hour = int(hour)
    afternoon = part in ("下午", "晚上") or (half_day or "").lower() == "pm"
    if afternoon and hour < 12:
        hour += 12
    elif (half_day or "").lower() == "am" and hour == 12:
        hour = 0
    try:
        return dt.time(hour, 30 if half else int(minute or minute_word or 0))
    except ValueError:
        return None


def _persons(text: str) -> int | None:
    match = _PERSONS.fullmatch(folded(text))
    count = _count(match[1]) if match else None
    return count if count and count < 100 else None


def _count(digits: str) -> int | None:
    """A numeral of up to four digits; longer ones are no count of anything here."""
    if digits in _NUMERALS:
        return _NUMERALS[digits]
    return int(digits) if len(digits) <= 4 else None


def _days(count: str, unit: str) -> int | None:
    unit = unit.removeprefix("个").removesuffix("s")
    if count == "半":
        return _HALF_DAYS.get(unit)
    number = _count(count)
    return number * _UNIT_DAYS[unit] if number is not None else None


def _yes_no(text: str) -> bool | None:
    word = folded(text).casefold()
    if word in YES or word.startswith(YES_STARTS):
        return True
    if word in NO or word.startswith(NO_STARTS):
        return False
    return None


def read_name(text: str) -> str:
    """A person's name; raises RowRejected where a number stands in its place."""
    name = person_name(text)
    if re.fullmatch(r"[\d+()\s.-]{7,}", folded(name)):
        message = _("A phone number stands in the name column. Put it in the phone column.")
        raise RowRejected(message, field="name")
    return name


def read_grade(text: str) -> str:
    """The letter of a written grade, "" for none; raises RowRejected for other words."""
    grade = folded(text).upper().removesuffix("级").strip()
    if grade in NO_GRADE:
        return ""
    if grade not in GRADES:
        message = _("Grades are {grades}. Empty takes the suggestion.")
        raise RowRejected(
            format_lazy(message, grades=pgettext("between names", ", ").join(GRADES)), field="grade"
        )
    return grade


def _spouse_name(remark: str) -> str:
    """The person a remark names as husband or wife, or ""."""
    for pattern in _SPOUSE:
        match = pattern.search(one_line(remark))
        if match and match[1] not in _NOBODY:
            return person_name(match[1])
    return ""
