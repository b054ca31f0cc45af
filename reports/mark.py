"""How far what was gathered reaches, and which days' work changed since: asked for once by a page."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from accounts.models import Store

from .scope import Scope
from .work_sql import read_instant

# A row at least where anything was ever gathered.
MARK = """
    SELECT mark.upto, mark.months, mark.work, touched.store_id, touched.day
      FROM reports_gathered mark LEFT JOIN ({changed}) touched ON 1 = 1"""
CHANGED = """
    SELECT store_id, COALESCE("on", {day}) AS day FROM reports_worktouched WHERE store_id IN ({stores})"""


@dataclass(frozen=True)
class Mark:
    """`upto`: the newest event in FunnelDay; `months`, `work`: whether these sums were made; `changed`:
    (store, day) whose work they do not tell."""

    upto: int = 0
    months: bool = False
    work: bool = False
    changed: frozenset = frozenset()


def mark_of(scope: Scope) -> Mark:
    """Of the stores of a scope; of a past day's knowledge nothing was gathered."""
    if scope.known or scope.known_by:
        return Mark()
    parts, params = [], []
    for store, ids in scope.by_zone():
        day, zone = connection.ops.datetime_cast_date_sql("at", (), store.time_zone)
        parts.append(CHANGED.format(day=day, stores=", ".join(map(str, ids))))
        params += zone
    with connection.cursor() as cursor:
        cursor.execute(MARK.format(changed=" UNION ".join(parts)), params)
        rows = cursor.fetchall()
    changed = frozenset((store, day_of(None, on, None)) for *_mark, store, on in rows if store)
    return Mark(rows[0][0], bool(rows[0][1]), bool(rows[0][2]), changed) if rows else Mark()


def day_of(store: Store | None, on, at) -> dt.date:
    """The day of a row that says it or its instant; SQLite answers text."""
    if on is None:
        return store.business_date(read_instant(at))
    return dt.date.fromisoformat(on) if isinstance(on, str) else on
