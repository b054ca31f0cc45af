"""FunnelDay from the log: every few minutes the leads that something happened to (SPEC FLOW-11).

What happened since stands in the log alone, and the page works it out there: it is never late.
"""

import datetime as dt
from collections.abc import Iterator

from django.db import connection, transaction
from django.db.models import Max

from accounts.invariants import Check, check
from accounts.models import Store
from accounts.sql import wait_longer
from leads.models import Lead, LeadEvent

from .funnel_sql import TOUCHED, spans
from .models import FunnelDay, FunnelStand, Gathered
from .sums import funnel_sums_follow_from_the_days, sum_up
from .work_days import work_days_follow_from_the_rows

MARGIN = dt.timedelta(minutes=3)  # longer than anything writes at a stretch
CHUNK = 2_000  # leads
PATIENCE = 60  # seconds for a chunk
# By table: its columns, and those of the CTE that tells its rows.
KEPT = {
    "reports_funnelday": (
        'lead_id, store_id, "on", figure, place, owner, seconds, before, since, until, late',
        "lead_id, store_id, day, figure, place, owner, seconds, before, since, until, late FROM share",
    ),
    "reports_funnelstand": (
        "lead_id, store_id, place, owner, since, until",
        "lead_id, store_id, place, owner, since, until FROM standing",
    ),
}
INSERT = "INSERT INTO {table} ({columns}) WITH chosen AS ({chosen}), {ctes} SELECT {told}"
# Leads whose kept rows are not those that the log tells.
DIFFERENT = """
    WITH chosen AS ({chosen}), {ctes},
         told AS (SELECT {told}),
         kept AS (SELECT {columns} FROM {table} WHERE lead_id IN (SELECT lead_id FROM chosen))
    SELECT lead_id FROM (SELECT * FROM told EXCEPT SELECT * FROM kept) missing
     UNION
    SELECT lead_id FROM (SELECT * FROM kept EXCEPT SELECT * FROM told) surplus"""


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
    sum_up(days if mark.sums else set(FunnelDay.objects.values_list("store", "on").distinct()))
    mark.upto, mark.seen, mark.at, mark.sums = mark.seen, newest, now, True
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
    FunnelStand.objects.filter(lead__in=ids).delete()
    for text, params in _statements(INSERT, zone, ids):
        with connection.cursor() as cursor:
            cursor.execute(text, params)
    return days | set(kept.values_list("store", "on"))


def _statements(text: str, zone: str, ids: list[int]) -> Iterator[tuple[str, dict]]:
    """One about each table of what leads add, with its parameters."""
    params: dict = {}
    ctes = spans(zone, params)
    for table, (columns, told) in KEPT.items():
        yield text.format(table=table, columns=columns, chosen=_among(ids), ctes=ctes, told=told), params


def _among(ids: list[int]) -> str:
    return f"SELECT id AS lead_id FROM leads_lead WHERE id IN ({', '.join(map(str, ids))})"


def checks() -> list[Check]:
    return [
        funnel_days_follow_from_the_log(),
        funnel_sums_follow_from_the_days(),
        work_days_follow_from_the_rows(),
    ]


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


def _different(zone: str, ids: list[int]) -> set[int]:
    found = set()
    for start in range(0, len(ids), CHUNK):
        for text, params in _statements(DIFFERENT, zone, ids[start : start + CHUNK]):
            with connection.cursor() as cursor:
                cursor.execute(text, params)
                found |= {pk for (pk,) in cursor.fetchall()}
    return found
