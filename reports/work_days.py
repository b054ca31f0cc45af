"""WorkDay from what people did: each day of a store that something changed on, worked out anew.

A page reads the sums of the days, and counts the days that changed since by their rows: it is never
late, and what it tells does not depend on when the sums were made (SPEC A40, REPT-04).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from django.db import connection, transaction
from django.db.models import Max, Min

from accounts.invariants import Check, check
from accounts.models import Store, User
from accounts.sql import wait_longer
from followups.models import Appointment
from leads.models import LeadEvent
from showroom.models import Call, Visit

from .facts import counted, counted_in
from .mark import Mark, day_of, mark_of
from .models import Gathered, WorkDay, WorkKnown, WorkTouched
from .scope import Scope
from .work_sql import known_between
from .work_triggers import missing

KEYS = ("visits", "calls", "contacts", "appointments_set", "appointments_showed", "losses")
DAYS = 400  # of stores, worked out at a stretch
SPANS = 20  # where more than these changed, all of it is counted by its rows
PATIENCE = 60  # seconds for a statement
DAY = dt.timedelta(days=1)
SUMS = f"""
    SELECT person, {", ".join(f"SUM({key})" for key in KEYS)} FROM reports_workday
     WHERE store_id IN ({{stores}}) AND person IN ({{people}}) AND "on" BETWEEN %s AND %s {{but}}
     GROUP BY person"""
SETTLED = """
    AND EXISTS (SELECT 1 FROM reports_workknown known WHERE known.store_id = reports_workday.store_id
                   AND known."on" = reports_workday."on" AND known.last <= %s)"""


# --- summing up ---------------------------------------------------------------------------------


@transaction.atomic
def gather_work() -> int:
    """Sum up the days that changed, at most DAYS of them; answers how many.

    What is taken out of WorkTouched was committed before, so the rows read after that tell it. Who is
    still writing touches the day again.
    """
    wait_longer(PATIENCE)
    mark = Gathered.objects.select_for_update().filter(pk=1).first()
    if mark is None:
        return 0
    stores = {store.pk: store for store in Store.objects.all()}
    days = _taken(stores)
    if not mark.work:
        days |= {(pk, on) for pk, ons in _ever(stores).items() for on in ons}
        mark.work = True
        mark.save(update_fields=["work"])
    now, later = sorted(days)[:DAYS], sorted(days)[DAYS:]
    WorkTouched.objects.bulk_create(WorkTouched(store_id=store, on=on) for store, on in later)
    people = tuple(User.objects.values_list("pk", flat=True))
    for store, on in now:
        _sum_up(Scope((stores[store],), on, on, people=people))
    return len(now)


def _sum_up(day: Scope) -> None:
    store, done = day.stores[0], counted(day, KEYS)
    WorkDay.objects.filter(store=store, on=day.first).delete()
    WorkDay.objects.bulk_create(
        WorkDay(store=store, on=day.first, person=person, **numbers) for person, numbers in done.items()
    )
    WorkKnown.objects.filter(store=store, on=day.first).delete()
    if known := _known(day, done):
        WorkKnown.objects.create(store=store, on=day.first, first=known[0], last=known[1])


def _known(day: Scope, done: dict) -> tuple[dt.datetime, dt.datetime | None] | None:
    """When what was done on a day became known; None for the last instant where it never was as it is now."""
    known = known_between(day)
    if known and counted(replace(day, known=known[1]), KEYS) != done:
        return known[0], None
    return known


def _taken(stores: dict[int, Store]) -> set[tuple[int, dt.date]]:
    with connection.cursor() as cursor:
        cursor.execute('DELETE FROM reports_worktouched RETURNING store_id, "on", at')
        return {(store, day_of(stores[store], on, at)) for store, on, at in cursor.fetchall()}


def _ever(stores: dict[int, Store]) -> dict[int, list[dt.date]]:
    """Every day of each store from the first to the last that anything was done on."""
    ends = defaultdict(list)
    for model, column in [
        (LeadEvent, "at"), (Visit, "arrived_at"), (Call, "at"), (Appointment, "at"), (Appointment, "set_at"),
    ]:  # fmt: skip
        for pk, *both in model.objects.order_by().values_list("store").annotate(Min(column), Max(column)):
            ends[pk] += [stores[pk].business_date(moment) for moment in both]
    return {
        pk: [min(days) + n * DAY for n in range((max(days) - min(days)).days + 1)]
        for pk, days in ends.items()
    }


# --- reading ------------------------------------------------------------------------------------


def work_of(scope: Scope, mark: Mark | None = None) -> dict[int, dict[str, int]]:
    """What `counted` answers of KEYS: of the sums, and of the rows where they do not stand."""
    mark = mark or mark_of(scope)
    changed = _scopes(scope, {(pk, on) for pk, on in mark.changed if scope.first <= on <= scope.last})
    if not mark.work or not scope.people or len(changed) > SPANS:
        return counted(scope, KEYS)
    found = defaultdict(dict, _sums(scope, changed))
    if changed:
        for person, numbers in counted_in(changed, KEYS).items():
            found[person] = {
                key: number for key in KEYS if (number := found[person].get(key, 0) + numbers.get(key, 0))
            }
    return found


def _scopes(scope: Scope, days: set[tuple[int, dt.date]]) -> list[Scope]:
    """Days of stores as scopes: days in a row are one, and stores of the same days."""
    by_store = defaultdict(list)
    for pk, on in sorted(days):
        runs = by_store[pk]
        if runs and runs[-1][1] == on - DAY:
            runs[-1] = (runs[-1][0], on)
        else:
            runs.append((on, on))
    stores = defaultdict(list)
    for store in scope.stores:
        for run in by_store.get(store.pk, ()):
            stores[run].append(store)
    return [replace(scope, stores=tuple(of), first=run[0], last=run[1]) for run, of in sorted(stores.items())]


def _sums(scope: Scope, changed: list[Scope]) -> dict[int, dict[str, int]]:
    adapt = connection.ops.adapt_datefield_value
    params, but = [adapt(scope.first), adapt(scope.last)], ""
    for part in changed:
        but += f' AND NOT (store_id IN ({_ids(part.store_ids)}) AND "on" BETWEEN %s AND %s)'
        params += [adapt(part.first), adapt(part.last)]
    if scope.known:
        but, params = but + SETTLED, [*params, connection.ops.adapt_datetimefield_value(scope.known)]
    text = SUMS.format(stores=_ids(scope.store_ids), people=_ids(scope.people), but=but)
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return {
            person: {key: int(number) for key, number in zip(KEYS, numbers, strict=True) if number}
            for person, *numbers in cursor.fetchall()
        }


def _ids(ids: Iterable[int]) -> str:
    return ", ".join(map(str, ids))


# --- the check of the night ---------------------------------------------------------------------


def work_days_follow_from_the_rows() -> Check:
    """What was summed up of a day is what its rows tell, wherever nothing changed since."""
    if not Gathered.objects.filter(pk=1, work=True).exists():
        return check("work_days_follow_from_the_rows", 0, missing())
    stores = {store.pk: store for store in Store.objects.all()}
    touched = WorkTouched.objects.values_list("store", "on", "at")
    unsaid = {(pk, day_of(stores[pk], on, at)) for pk, on, at in touched}
    kept = defaultdict(dict)
    for row in WorkDay.objects.values("store", "on", "person", *KEYS).iterator():
        kept[row["store"], row["on"]][row["person"]] = {key: row[key] for key in KEYS if row[key]}
    known = {
        (pk, on): both for pk, on, *both in WorkKnown.objects.values_list("store", "on", "first", "last")
    }
    days = {(pk, on) for pk, ons in _ever(stores).items() for on in ons} | set(kept) | set(known)
    people = tuple(User.objects.values_list("pk", flat=True))
    broken = [
        f"{stores[pk].code} {on}"
        for pk, on in sorted(days - unsaid)
        if _differs(Scope((stores[pk],), on, on, people=people), kept.get((pk, on), {}), known.get((pk, on)))
    ]
    return check("work_days_follow_from_the_rows", len(days), missing() + broken)


def _differs(day: Scope, kept: dict, known: list | None) -> bool:
    done = counted(day, KEYS)
    return kept != done or known != ([*found] if (found := _known(day, done)) else None)
