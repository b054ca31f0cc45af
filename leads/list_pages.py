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
from .models.terms import GRADE_ORDER, GRADE_RANK

PAGE = 25
MOST_AT_ONCE = 250  # rows of a page that is opened again after several times "more"


@dataclass(frozen=True)
class Cursor:
    """The last row somebody saw: its date (None = among those without one), its id, its grade."""

    on: dt.date | None
    pk: int
    grade: str = ""  # of a list by priority

    def __str__(self):
        return f"{self.on or ''}~{self.pk}" + (f"~{self.grade}" if self.grade else "")

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """A cursor out of an address; None when it is not one."""
        on, _tilde, rest = text.partition("~")
        pk, _tilde, grade = rest.partition("~")
        try:
            return cls(dt.date.fromisoformat(on) if on else None, _bigint(pk), _grade(grade))
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
    """By next date: of many leads (two ranges of an index) or of a handful (one statement, sorted)."""

    BY_DATE = "by_date"
    BY_DATE_FEW = "by_date_few"
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
    elif order == Order.BY_DATE_FEW and after is None:
        places = _places(leads.order_by(F("next_due_on").asc(nulls_last=True), "pk"), look)
    else:
        places = _by_date(leads, after, look)
    return _page([place.pk for place in places], size)


def _page(ids: list[int], size: int, *, graded: bool = False) -> Page:
    shown = read(ids[:size])
    more = len(ids) - len(shown)
    return Page(shown, more, cursor_of(shown[-1], graded=graded) if more > 0 else None)


def cursor_of(lead: ListedLead, *, graded: bool = False) -> Cursor:
    return Cursor(lead.next_due_on, lead.pk, lead.grade if graded else "")


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


# --- by priority: grade, then next date (SPEC DEV-03) -----------------------------------------


def by_priority(leads: QuerySet, after: Cursor | None, look: int) -> list[int]:
    """Ids of active leads after a cursor: the hottest grade first, inside it by next date."""
    return [pk for _place, pk in first_of(_pieces(leads, after), look)][:look]


def _pieces(leads: QuerySet, after: Cursor | None) -> dict[int, QuerySet]:
    """What comes after a cursor, as ranges of one index: the rest of its grade, then the other grades."""
    leads = leads.filter(status=Status.ACTIVE).annotate(rank=GRADE_ORDER)
    if after is None:
        return {0: leads}
    rank = GRADE_RANK[after.grade or next(iter(GRADE_RANK))]
    same = leads.filter(rank=rank)
    rest = {1: _undated(same, after), 2: leads.filter(rank__gt=rank)}
    return rest if after.on is None else {0: _dated(same, after), **rest}


def first_of(pieces: dict[int, QuerySet], look: int) -> list[tuple[int, int]]:
    """The first leads of each piece by priority, as (piece, id), in one statement.

    Each piece is active leads of one store, so that each is read out of an index.
    """
    parts, values = [], []
    for place, leads in pieces.items():
        ordered = leads.annotate(rank=GRADE_ORDER).order_by(
            "rank", F("next_due_on").asc(nulls_last=True), "id"
        )
        asked = select_of(ordered.values_list("id", "rank", "next_due_on")[:look])
        if asked is None:
            continue
        sql, params = asked
        parts.append(f"SELECT {int(place)} AS piece, id, rank, next_due_on FROM ({sql}) AS of_{int(place)}")
        values += params
    if not parts:
        return []
    with connection.cursor() as cursor:
        union = " UNION ALL ".join(parts)
        order = "piece, rank, next_due_on IS NULL, next_due_on, id"
        cursor.execute(f"SELECT piece, id FROM ({union}) AS found ORDER BY {order}", values)
        return cursor.fetchall()


def select_of(rows: QuerySet) -> tuple[str, tuple] | None:
    """The SELECT of a queryset and its values; None when it cannot find anything."""
    try:
        return rows.query.sql_with_params()
    except EmptyResultSet:
        return None
