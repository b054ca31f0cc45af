"""A page of leads after the last one seen, never by OFFSET: by next date, by priority, or newest first."""

import datetime as dt
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Q, QuerySet

from .list_columns import ListedLead, read
from .models.leads import Status
from .models.terms import GRADE_RANK

Select = tuple[str, tuple]  # a part of a statement, and its values

PAGE = 25
MOST_AT_ONCE = 250  # rows of a page that is opened again after several times "more"


@dataclass(frozen=True)
class Cursor:
    """The last row somebody saw: its date (None = among those without one), its id, its grade."""

    on: dt.date | None
    pk: int
    grade: str = ""  # of a list by grade or priority
    first: bool = False  # flagged, of a list by priority

    def __str__(self):
        grade = f"~{self.grade}{'!' if self.first else ''}" if self.grade else ""
        return f"{self.on or ''}~{self.pk}{grade}"

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """A cursor out of an address; None when it is not one."""
        on, _tilde, rest = text.partition("~")
        pk, _tilde, grade = rest.partition("~")
        try:
            on = dt.date.fromisoformat(on) if on else None
            return cls(on, _bigint(pk), _grade(grade.removesuffix("!")), grade.endswith("!"))
        except ValueError:
            return None


def _bigint(digits: str) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        raise ValueError(digits)
    return int(digits)


def _grade(grade: str) -> str:
    if grade and grade not in GRADE_RANK:
        raise ValueError(grade)
    return grade


class Order(Enum):
    """By next date: active leads or a handful, in one go as their index has them; or many of any status.

    Of those two ranges of an index hold who has a date and who has none.
    """

    BY_DATE = "by_date"
    BY_DATE_ANY_STATUS = "by_date_any_status"
    PRIORITY = "priority"
    NEWEST = "newest"


class Place(NamedTuple):
    """Where a lead stands in the list."""

    pk: int
    on: dt.date | None


@dataclass(frozen=True)
class Page:
    leads: list[ListedLead]
    more: int  # how many the next page adds
    after: Cursor | None  # where it starts


def page_of(leads: QuerySet, after: Cursor | None, *, size: int = PAGE, order: Order = Order.BY_DATE) -> Page:
    """The leads after a cursor: by next date, then those without one; by priority; or the newest first.

    Three statements at most: one or two for the order, one for the columns of what is shown. One
    page more is looked at, so that the button can name the number it will add.
    """
    look = size + PAGE
    if order == Order.PRIORITY:
        return _page(by_priority(leads, after, look), size, graded=True)
    if order == Order.NEWEST:
        places = _places(_newest(leads, after), look)
    elif order == Order.BY_DATE and after is None:
        places = _places(leads.order_by(F("next_due_on").asc(nulls_last=True), "pk"), look)
    else:
        places = _by_date(leads, after, look)
    return _page([place.pk for place in places], size)


def _page(ids: list[int], size: int, *, graded: bool = False) -> Page:
    shown = read(ids[:size])
    more = len(ids) - len(shown)
    return Page(shown, more, cursor_of(shown[-1], graded=graded) if more > 0 else None)


def cursor_of(lead: ListedLead, *, graded: bool = False) -> Cursor:
    if not graded:
        return Cursor(lead.next_due_on, lead.pk)
    return Cursor(lead.next_due_on, lead.pk, lead.grade, bool(lead.priority))


def _places(leads: QuerySet, look: int) -> list[Place]:
    return [Place(*row) for row in leads.values_list("pk", "next_due_on")[:look]]


def _by_date(leads: QuerySet, after: Cursor | None, look: int) -> list[Place]:
    places = _places(_dated(leads, after), look) if after is None or after.on else []
    if len(places) < look:
        places += _places(_undated(leads, after), look - len(places))
    return places


def _dated(leads: QuerySet, after: Cursor | None) -> QuerySet:
    # Nulls apart from dates: one range of one index each, on the last page as on the first.
    # Only active leads have a next date; saying so lets the index of active leads serve.
    leads = leads.filter(status=Status.ACTIVE, next_due_on__isnull=False).order_by("next_due_on", "pk")
    if after is None:
        return leads
    return leads.filter(Q(next_due_on__gt=after.on) | Q(pk__gt=after.pk), next_due_on__gte=after.on)


def _undated(leads: QuerySet, after: Cursor | None) -> QuerySet:
    leads = leads.filter(next_due_on=None).order_by("pk")
    return leads.filter(pk__gt=after.pk) if after and after.on is None else leads


def _newest(leads: QuerySet, after: Cursor | None) -> QuerySet:
    leads = leads.order_by("-pk")
    return leads.filter(pk__lt=after.pk) if after else leads


# --- by grade, then next date; by priority, flagged ones first inside a grade (SPEC DEV-03, T18) --

GRADED = "rank, next_due_on ASC NULLS LAST, id"
FLAGGED_FIRST = "rank, priority DESC, next_due_on ASC NULLS LAST, id"


def by_grade(leads: QuerySet, after: Cursor | None, look: int) -> list[int]:
    """Ids of active leads after a cursor: the hottest grade first, inside it by next date."""
    parts, values = _after(after)
    return _first(leads, parts, values, look, GRADED)


def by_priority(leads: QuerySet, after: Cursor | None, look: int) -> list[int]:
    """Ids of active leads after a cursor: the hottest grade first, inside it flagged ones, then by next date.

    Two streams, each read out of its index: the flagged ones are few, and have one of their own.
    """
    parts, values = _after(after)
    if after is None:
        parts = ["priority", "NOT priority"]
    elif after.first:
        parts = [*(f"priority AND {part}" for part in parts), f"NOT priority AND rank >= {_rank(after):d}"]
    else:
        parts = [*(f"NOT priority AND {part}" for part in parts), f"priority AND rank > {_rank(after):d}"]
    return _first(leads, parts, values, look, FLAGGED_FIRST)


def _rank(after: Cursor) -> int:
    return GRADE_RANK[after.grade or next(iter(GRADE_RANK))]


def _after(after: Cursor | None) -> tuple[list[str], list]:
    """What comes after a cursor, as ranges of one index: the rest of its grade, then the other grades."""
    if after is None:
        return ["rank >= 0"], []
    same, others = f"rank = {_rank(after):d}", f"rank > {_rank(after):d}"
    if after.on is None:
        return [f"{same} AND next_due_on IS NULL AND id > %s", others], [after.pk]
    dated = f"{same} AND next_due_on >= %s AND (next_due_on > %s OR id > %s)"
    return [dated, f"{same} AND next_due_on IS NULL", others], [after.on, after.on, after.pk]


def _first(leads: QuerySet, parts: list[str], values: list, look: int, order: str) -> list[int]:
    table = table_of(leads)
    if table is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"{table[0]} {_parts(parts, look)} ORDER BY {order} LIMIT {look:d}", [*table[1], *values]
        )
        return [row[0] for row in cursor.fetchall()]


def _parts(parts: list[str], look: int) -> str:
    """The first leads of each part, conditions on the common table."""
    selects = [
        f"SELECT * FROM (SELECT * FROM leads WHERE {part} ORDER BY {GRADED} LIMIT {look:d}) of_{place:d}"
        for place, part in enumerate(parts)
    ]
    return f"SELECT * FROM ({' UNION ALL '.join(selects)}) found"


# Several lists out of one are parts of one common table, compiled once: by the ORM, the parts took
# longer to compile than the database took to answer.

COLUMNS = ("id", "step", "grade", "next_due_on", "priority")
RANK = " ".join(f"WHEN grade = '{grade}' THEN {rank}" for grade, rank in GRADE_RANK.items())
TABLE = f"""WITH leads AS {{kept}} (
    SELECT id, step, CASE {RANK} ELSE NULL END AS rank, next_due_on, priority FROM ({{sql}}) lead)"""


def table_of(leads: QuerySet, *, few: bool = False) -> Select | None:
    """Active leads as a common table `leads` with their rank by grade; None when it cannot hold anybody.

    The few leads of one person are gathered first; of a whole store each part is read out of its index.
    """
    asked = select_of(leads.filter(status=Status.ACTIVE).values_list(*COLUMNS))
    if asked is None:
        return None
    sql, values = asked
    return TABLE.format(kept="MATERIALIZED" if few else "NOT MATERIALIZED", sql=sql), values


def select_of(rows: QuerySet) -> Select | None:
    """The SELECT of a queryset and its values; None when it cannot find anything."""
    try:
        return rows.query.sql_with_params()
    except EmptyResultSet:
        return None
