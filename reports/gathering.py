"""FunnelDay from the log: every few minutes the leads that something happened to (SPEC FLOW-11).

What happened since stands in the log alone, and the page works it out there: it is never late.
"""

import datetime as dt
from collections import Counter

from django.db import connection, transaction
from django.db.models import Max

from accounts.invariants import Check, check
from accounts.models import Store
from accounts.sql import wait_longer
from leads.models import Lead, LeadEvent

from .funnel_sql import TOUCHED, shares
from .models import FunnelDay, FunnelMonth, Gathered
from .stays import BUCKET, bucket_of
from .work_days import work_days_follow_from_the_rows

MARGIN = dt.timedelta(minutes=3)  # longer than anything writes at a stretch
CHUNK = 2_000  # leads
PATIENCE = 60  # seconds for a chunk
COLUMNS = "lead_id, store_id, day, figure, place, owner, seconds, before"
KEPT = 'lead_id, store_id, "on", figure, place, owner, seconds, before'
INSERT = f"""
    INSERT INTO reports_funnelday ({KEPT})
    WITH chosen AS ({{chosen}}), {{ctes}} SELECT {COLUMNS} FROM share"""
# The sums of a month, out of FunnelDay.
OF_A_MONTH = 'store_id = %(store)s AND "on" >= %(month)s AND "on" < %(end)s'
MONTH = f"""
    INSERT INTO reports_funnelmonth (store_id, month, figure, place, owner, bucket, number)
    SELECT store_id, %(month)s, figure, place, owner, 0, COUNT(*)
      FROM reports_funnelday WHERE {OF_A_MONTH} AND figure <> 'left' AND before IS NULL
     GROUP BY store_id, figure, place, owner
     UNION ALL
    SELECT store_id, %(month)s, figure, place, 0, {BUCKET} AS bucket, COUNT(*)
      FROM reports_funnelday WHERE {OF_A_MONTH} AND figure = 'left'
     GROUP BY store_id, figure, place, {BUCKET}"""
# Leads whose kept shares are not those that the log tells.
DIFFERENT = f"""
    WITH chosen AS ({{chosen}}), {{ctes}},
         kept AS (SELECT {KEPT} FROM reports_funnelday WHERE lead_id IN (SELECT lead_id FROM chosen))
    SELECT lead_id FROM (SELECT {COLUMNS} FROM share EXCEPT SELECT * FROM kept) missing
     UNION
    SELECT lead_id FROM (SELECT * FROM kept EXCEPT SELECT {COLUMNS} FROM share) surplus"""


@transaction.atomic
def gather(now: dt.datetime) -> int:
    """Work out anew what the leads add that something happened to; answers how many, `now` in UTC.

    Nothing is done within MARGIN of the last time: by then whatever was being written is committed,
    and the events seen then are the ones that count as gathered.
    """
    wait_longer(PATIENCE)
    Gathered.objects.get_or_create(pk=1, defaults={"at": now, "seen": _newest()})
    mark = Gathered.objects.select_for_update().get(pk=1)
    if now < mark.at + MARGIN:
        return 0
    newest, touched, days = _newest(), _touched(mark.upto), set()
    for zone, ids in touched.items():
        for start in range(0, len(ids), CHUNK):
            days |= _work_out(zone, ids[start : start + CHUNK])
    sum_months(days if mark.months else set(FunnelDay.objects.values_list("store", "on").distinct()))
    mark.upto, mark.seen, mark.at, mark.months = mark.seen, newest, now, True
    mark.save()
    return sum(map(len, touched.values()))


def _newest() -> int:
    return LeadEvent.objects.aggregate(newest=Max("pk"))["newest"] or 0


def _touched(upto: int) -> dict[str, list[int]]:
    """Leads with an event after that one, by the time zone of their store."""
    zones = dict(Store.objects.values_list("pk", "time_zone"))
    found: dict[str, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT lead_id, store_id FROM ({TOUCHED}) touched", {"upto": upto})
        for lead, store in cursor.fetchall():
            found.setdefault(zones[store], []).append(lead)
    return found


def _work_out(zone: str, ids: list[int]) -> set[tuple[int, dt.date]]:
    """Answers (store, day) of what these leads added before and what they add now."""
    kept = FunnelDay.objects.filter(lead__in=ids)
    days = set(kept.values_list("store", "on"))
    kept.delete()
    params: dict = {}
    ctes = shares(zone, params)
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format(chosen=_among(ids), ctes=ctes), params)
    return days | set(kept.values_list("store", "on"))


def sum_months(days: set[tuple[int, dt.date]]) -> None:
    """Sum up anew the months of these (store, day)."""
    adapt = connection.ops.adapt_datefield_value
    for store, month in sorted({(store, on.replace(day=1)) for store, on in days}):
        FunnelMonth.objects.filter(store=store, month=month).delete()
        end = (month + dt.timedelta(days=31)).replace(day=1)
        with connection.cursor() as cursor:
            cursor.execute(MONTH, {"store": store, "month": adapt(month), "end": adapt(end)})


def _among(ids: list[int]) -> str:
    return f"SELECT id AS lead_id FROM leads_lead WHERE id IN ({', '.join(map(str, ids))})"


def checks() -> list[Check]:
    return [
        funnel_days_follow_from_the_log(),
        funnel_months_are_the_sums_of_days(),
        work_days_follow_from_the_rows(),
    ]


def funnel_months_are_the_sums_of_days() -> Check:
    """Every month's sums are those of its days."""
    if not Gathered.objects.filter(pk=1, months=True).exists():
        return check("funnel_months_are_the_sums_of_days", 0, [])
    told: Counter = Counter()
    days = FunnelDay.objects.values_list("store", "on", "figure", "place", "owner", "seconds", "before")
    for store, on, figure, place, owner, seconds, before in days.iterator():
        if figure == FunnelDay.Figure.LEFT:
            told[store, on.replace(day=1), figure, place, 0, bucket_of(seconds)] += 1
        elif before is None:
            told[store, on.replace(day=1), figure, place, owner, 0] += 1
    sums = FunnelMonth.objects.values_list("store", "month", "figure", "place", "owner", "bucket", "number")
    kept = {tuple(key): number for *key, number in sums.iterator()}
    broken = {f"{key[0]} {key[1]}" for key, _number in set(told.items()) ^ set(kept.items())}
    return check("funnel_months_are_the_sums_of_days", len(told), sorted(broken))


def funnel_days_follow_from_the_log() -> Check:
    """What was gathered of a lead is what its log tells, wherever nothing happened since."""
    mark = Gathered.objects.filter(pk=1).first()
    if mark is None:
        return check("funnel_days_follow_from_the_log", 0, [])
    since = {lead for ids in _touched(mark.upto).values() for lead in ids}
    leads = Lead.objects.order_by("pk").values_list("pk", "store__time_zone")
    by_zone: dict[str, list[int]] = {}
    for pk, zone in leads.iterator():
        if pk not in since:
            by_zone.setdefault(zone, []).append(pk)
    broken = [pk for zone, ids in by_zone.items() for pk in _different(zone, ids)]
    numbers = Lead.objects.filter(pk__in=broken).values_list("number", flat=True)
    return check("funnel_days_follow_from_the_log", sum(map(len, by_zone.values())), sorted(numbers))


def _different(zone: str, ids: list[int]) -> list[int]:
    found = []
    for start in range(0, len(ids), CHUNK):
        params: dict = {}
        ctes = shares(zone, params)
        text = DIFFERENT.format(chosen=_among(ids[start : start + CHUNK]), ctes=ctes)
        with connection.cursor() as cursor:
            cursor.execute(text, params)
            found += [pk for (pk,) in cursor.fetchall()]
    return found
