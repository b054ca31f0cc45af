"""The verbs that change opening hours and closing days (SPEC A61)."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from .errors import Refused
from .models import Store, StoreClosure, StoreHours, User
from .rules import record_change

Week = dict[int, tuple[dt.time, dt.time]]  # weekday (0 = Monday) -> opens, closes


@transaction.atomic
def set_hours(store: Store, week: Week, *, by: User, at: dt.datetime) -> int:
    """Give the store its opening hours; a weekday that is not in `week` is closed. Answers the changes.

    Due dates stay as they are (SPEC A61). One history row per weekday that changed. Refused: a week
    without an open day, on which nothing could ever be due.
    """
    if not week:
        raise Refused(_("Write the hours of one day at least."))
    before = {row.weekday: row for row in StoreHours.objects.filter(store=store)}
    changed = [day for day in range(7) if _pair(before.get(day)) != week.get(day)]
    for day in changed:
        _set_day(store, day, before.get(day), week.get(day))
        old, new = _pair(before.get(day)), week.get(day)
        record_change(store, f"hours:{day}", _text(old), _text(new), by=by, at=at)
    return len(changed)


def _pair(row: StoreHours | None) -> tuple[dt.time, dt.time] | None:
    return (row.opens, row.closes) if row else None


def _text(pair) -> str:
    return f"{pair[0]:%H:%M}-{pair[1]:%H:%M}" if pair else ""


def _set_day(store: Store, day: int, row: StoreHours | None, pair) -> None:
    if pair is None:
        StoreHours(pk=row.pk, store=store, weekday=day).delete()
        return
    hours = StoreHours(pk=row.pk if row else None, store=store, weekday=day)
    hours.opens, hours.closes = pair
    hours.save()


@transaction.atomic
def close_on(store: Store, start: dt.date, end: dt.date, *, by: User, at: dt.datetime) -> int:
    """Add closing days from a store day to a store day; answers how many were new."""
    days = [start + dt.timedelta(days=n) for n in range((end - start).days + 1)]
    known = set(StoreClosure.objects.filter(store=store, on__in=days).values_list("on", flat=True))
    new = [StoreClosure(store=store, on=day) for day in days if day not in known]
    if new:
        StoreClosure.objects.bulk_create(new)
        new[0].renew_stamp()
        store.refresh_from_db(fields=["rules_stamp"])
        record_change(store, "closure", None, [str(row.on) for row in new], by=by, at=at)
    return len(new)


@transaction.atomic
def open_again(closure: StoreClosure, *, by: User, at: dt.datetime) -> None:
    """Take a closing day back."""
    record_change(closure.store, "closure", [str(closure.on)], None, by=by, at=at)
    closure.delete()
