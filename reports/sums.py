"""FunnelSum from FunnelDay: running sums, so that any period is the difference of two of them (FLOW-11).

A row sums up the days from `start` to `end`: for each day of a month those of the month until then, and
for each month all days there ever were until its end.
"""

import datetime as dt
import json
from collections import Counter, defaultdict

from django.db import connection

from accounts.invariants import Check, check
from accounts.models import Store

from .models import FunnelDay, FunnelSum, Gathered
from .stays import BUCKET

EVER = dt.date.min
DAY = dt.timedelta(days=1)
# What the days of a month add; `part` is the owner, of stays how long they lasted.
ADDED = f"""
    SELECT "on", figure, place, CASE WHEN figure = 'left' THEN {BUCKET} ELSE owner END AS part, COUNT(*)
      FROM reports_funnelday
     WHERE store_id = %s AND "on" BETWEEN %s AND %s AND until IS NULL AND before IS NULL
     GROUP BY "on", figure, place, part"""
# One of them by store; no row where there is none.
SUM = """(
    SELECT sums FROM reports_funnelsum kept
     WHERE kept.store_id = store.id AND kept.start = {start} AND kept."end" <= {end}
     ORDER BY kept."end" DESC LIMIT 1)"""
# By (figure, place): how many by owner, of stays by how long they lasted.
Sums = dict[tuple[str, str], Counter]


# --- summing up ---------------------------------------------------------------------------------


def sum_up(days: set[tuple[int, dt.date]]) -> None:
    """Sum up anew the months of these (store, day)."""
    months = defaultdict(set)
    for store, on in days:
        months[store].add(on.replace(day=1))
    for store, touched in months.items():
        for month in touched:
            FunnelSum.objects.filter(store=store, start=month).delete()
            FunnelSum.objects.bulk_create(_of_month(store, month))
        first = min(touched)
        FunnelSum.objects.filter(store=store, start=EVER, end__gte=first).delete()
        FunnelSum.objects.bulk_create(_of_ever(store, first))


def _of_month(store: int, month: dt.date) -> list[FunnelSum]:
    """A row for each day of the month, if anything happened in it."""
    added = _added(store, month, _end(month))
    found, rows = _nothing(), []
    for number in range(_end(month).day if added else 0):
        on = month + number * DAY
        _add(found, added.get(on, {}))
        rows.append(FunnelSum(store_id=store, start=month, end=on, sums=_written(found)))
    return rows


def _added(store: int, first: dt.date, last: dt.date) -> dict[dt.date, Sums]:
    found = defaultdict(_nothing)
    adapt = connection.ops.adapt_datefield_value
    with connection.cursor() as cursor:
        cursor.execute(ADDED, [store, adapt(first), adapt(last)])
        for on, figure, place, part, number in cursor.fetchall():
            on = dt.date.fromisoformat(on) if isinstance(on, str) else on
            found[on][figure, place][part] = number
    return found


def _of_ever(store: int, first: dt.date) -> list[FunnelSum]:
    """A row for each month from that one on, up to the last in which anything happened."""
    rows = FunnelSum.objects.filter(store=store)
    before = rows.filter(start=EVER, end__lt=first).order_by("end").values_list("sums", flat=True).last()
    found = _read(before or "{}")
    ends = {month: _end(month) for month in rows.filter(start__gte=first).values_list("start", flat=True)}
    totals = rows.filter(start__in=ends, end__in=ends.values()).order_by("start").values_list("end", "sums")
    made = []
    for end, sums in totals:
        _add(found, _read(sums))
        made.append(FunnelSum(store_id=store, start=EVER, end=end, sums=_written(found)))
    return made


def _end(month: dt.date) -> dt.date:
    return (month + 31 * DAY).replace(day=1) - DAY


def _nothing() -> Sums:
    return defaultdict(Counter)


def _add(found: Sums, more: Sums, sign: int = 1) -> None:
    for key, numbers in more.items():
        counts = found[key]
        for part, number in numbers.items():
            counts[part] += sign * number


def _written(found: Sums) -> str:
    return json.dumps([[*key, sorted(numbers.items())] for key, numbers in sorted(found.items())])


def _read(text: str) -> Sums:
    found = _nothing()
    found.update({(figure, place): Counter(dict(numbers)) for figure, place, numbers in json.loads(text)})
    return found


# --- reading ------------------------------------------------------------------------------------


def parts_of(first: dt.date, last: dt.date, params: dict) -> list[tuple[int, str]]:
    """Which sums make up a period: their sign, and the SQL of their text by `store`; adds to `params`."""
    month, month_before = last.replace(day=1), (first - DAY).replace(day=1)
    wanted = [(1, month, last), (-1, month_before, first - DAY)]
    if month != month_before:
        wanted += [(1, EVER, month - DAY), (-1, EVER, month_before - DAY)]
    adapt, found = connection.ops.adapt_datefield_value, []
    for place, (sign, start, end) in enumerate(wanted):
        params[f"start{place}"], params[f"end{place}"] = adapt(start), adapt(end)
        found.append((sign, SUM.format(start=f"%(start{place})s", end=f"%(end{place})s")))
    return found


def added_up(texts: list[tuple[int, str]]) -> Sums:
    """The texts of `parts_of` as one."""
    found = _nothing()
    for sign, text in texts:
        _add(found, _read(text), sign)
    return found


# --- the check of the night ---------------------------------------------------------------------


def funnel_sums_follow_from_the_days() -> Check:
    """Every running sum is that of its days."""
    if not Gathered.objects.filter(pk=1, sums=True).exists():
        return check("funnel_sums_follow_from_the_days", 0, [])
    broken, number = [], 0
    for store in Store.objects.order_by("pk"):
        kept = {(start, end): sums for start, end, sums in _kept(store)}
        told = {}
        days = FunnelDay.objects.filter(store=store, until=None).values_list("on", flat=True)
        for month in sorted({on.replace(day=1) for on in days.distinct()}):
            told |= {(row.start, row.end): row.sums for row in _of_month(store.pk, month)}
        found = _nothing()
        for (start, end), sums in list(told.items()):
            if end == _end(start):
                _add(found, _read(sums))
                told[EVER, end] = _written(found)
        number += len(told)
        broken += [f"{store.code} {end}" for _start, end in sorted(dict(kept.items() ^ told.items()))]
    return check("funnel_sums_follow_from_the_days", number, broken)


def _kept(store: Store):
    return FunnelSum.objects.filter(store=store).values_list("start", "end", "sums").iterator()
