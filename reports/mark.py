"""How far what was gathered reaches, and which days' work changed since: asked for once by a page."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from accounts.models import Store

from .scope import Scope
from .work_sql import read_instant

# A row at least where anything was ever gathered.
MARK = """
    SELECT mark.upto, mark.sums, mark.work, touched.store_id, touched.day
      FROM reports_gathered mark LEFT JOIN ({changed}) touched ON 1 = 1"""
CHANGED = """
    SELECT store_id, COALESCE("on", {day}) AS day FROM reports_worktouched WHERE store_id IN ({stores})"""
# Days of which more, or less, became known after an instant.
UNSETTLED = """
    SELECT store_id, "on" AS day FROM reports_workknown
     WHERE store_id IN ({stores}) AND "on" BETWEEN %s AND %s
       AND first <= %s AND (last IS NULL OR last > %s)"""


@dataclass(frozen=True)
class Mark:
    """`upto`: the newest event in FunnelDay; `sums`, `work`: whether these sums were made; `changed`:
    (store, day) whose work they do not tell, or did not at the instant the book is read as of."""

    upto: int = 0
    sums: bool = False
    work: bool = False
    changed: frozenset = frozenset()


def mark_of(scope: Scope) -> Mark:
    """Of the stores of a scope; of the work as each report knew it nothing was summed up."""
    parts, params = [], []
    for store, ids in scope.by_zone():
        day, zone = connection.ops.datetime_cast_date_sql("at", (), store.time_zone)
        parts.append(CHANGED.format(day=day, stores=", ".join(map(str, ids))))
        params += zone
    if scope.known:
        parts.append(UNSETTLED.format(stores=", ".join(map(str, scope.store_ids))))
        on, known = (
            connection.ops.adapt_datefield_value,
            connection.ops.adapt_datetimefield_value(scope.known),
        )
        params += [on(scope.first), on(scope.last), known, known]
    with connection.cursor() as cursor:
        cursor.execute(MARK.format(changed=" UNION ".join(parts)), params)
        rows = cursor.fetchall()
    changed = frozenset((store, day_of(None, on, None)) for *_mark, store, on in rows if store)
    if not rows:
        return Mark()
    upto, sums, work, *_touched = rows[0]
    return Mark(upto, bool(sums), bool(work) and not scope.known_by, changed)


def day_of(store: Store | None, on, at) -> dt.date:
    """The day of a row that says it or its instant; SQLite answers text."""
    if on is None:
        return store.business_date(read_instant(at))
    return dt.date.fromisoformat(on) if isinstance(on, str) else on
