"""Weekly days off, swaps and absences, each with a deputy (SPEC A08)."""

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from .errors import Refused
from .models import DayOff, Membership, Store, User
from .roles import RECEIVING
from .rules import record_change

MOST_DAYS = 90


class Row(NamedTuple):
    """A day off as kept in memory: whose, who covers, and the weekday or the day."""

    user_id: int
    deputy_id: int | None
    weekday: int | None
    on: dt.date | None
    off: bool
    absence: bool


@lru_cache(maxsize=256)
def _rows(store_id: int, stamp: str) -> tuple[Row, ...]:
    rows = DayOff.objects.filter(store=store_id).order_by("pk").values_list(*Row._fields)
    return tuple(Row(*row) for row in rows)


def rows_of(store: Store) -> tuple[Row, ...]:
    """Every day off of a store's people, in memory until one of its rules changes."""
    return _rows(store.pk, store.rules_stamp)


def off_row(rows: Iterable[Row], user_id: int, on: dt.date) -> Row | None:
    """The row that makes a day free for a person; a dated one outweighs the weekly one."""
    own = [row for row in rows if row.user_id == user_id]
    dated = next((row for row in own if row.on == on), None)
    if dated:
        return dated if dated.off else None
    return next((row for row in own if row.weekday == on.weekday() and row.off), None)


class Kind(StrEnum):
    """What a dated row says of the day."""

    OFF = "off"  # off in exchange for another day
    WORKS = "works"  # works although the weekly pattern says off
    ABSENT = "absent"  # leave or illness: holds a lapse back (SPEC A69)


def kind_of(row: DayOff) -> Kind:
    if row.absence:
        return Kind.ABSENT
    return Kind.OFF if row.off else Kind.WORKS


def deputies(person: User, store: Store) -> list[User]:
    """Who may cover for a person: colleagues who receive customers, by name."""
    here = Membership.objects.filter(store=store, role__in=RECEIVING, ends_on=None)
    people = User.objects.filter(is_active=True, pk__in=here.values("user_id")).exclude(pk=person.pk)
    return list(people.order_by("full_name", "pk"))


@transaction.atomic
def set_week(
    person: User, store: Store, weekdays: set[int], *, deputy: User | None, by: User, at: dt.datetime
) -> None:
    """The weekdays (0 = Monday) a person is off every week, and who covers then. Refused: all seven."""
    if len(weekdays) == 7:
        raise Refused(_("Leave at least one day of the week to work."), field="weekdays")
    _check_deputy(person, store, deputy)
    DayOff.objects.filter(user=person, store=store).exclude(weekday=None).delete()
    DayOff.objects.bulk_create(
        DayOff(user=person, store=store, weekday=day, deputy=deputy) for day in sorted(weekdays)
    )
    _changed(person, store, {"weekdays": sorted(weekdays)}, deputy, by=by, at=at)


@transaction.atomic
def set_days(
    person: User,
    store: Store,
    start: dt.date,
    end: dt.date,
    kind: Kind,
    *,
    deputy: User | None,
    by: User,
    at: dt.datetime,
) -> int:
    """Write what is so on each day from `start` to `end`, over what stood there; answers the days.

    Refused: days that have passed, an end before its start, more than 90 days, a deputy who is away then.
    """
    if start < store.business_date(at):
        raise Refused(_("This day has passed. Pick today or later."), field="start")
    if end < start:
        raise Refused(_("The last day comes before the first."), field="end")
    days = [start + dt.timedelta(days=n) for n in range((end - start).days + 1)]
    if len(days) > MOST_DAYS:
        raise Refused(_("At most 90 days at once."), field="end")
    deputy = None if kind == Kind.WORKS else deputy
    _check_deputy(person, store, deputy, days)
    DayOff.objects.filter(user=person, store=store, on__in=days).delete()
    DayOff.objects.bulk_create(
        DayOff(
            user=person,
            store=store,
            on=day,
            off=kind != Kind.WORKS,
            absence=kind == Kind.ABSENT,
            deputy=deputy,
        )
        for day in days
    )
    _changed(person, store, {"kind": kind, "from": str(start), "until": str(end)}, deputy, by=by, at=at)
    return len(days)


@transaction.atomic
def take_back(row: DayOff, *, by: User, at: dt.datetime) -> None:
    """The day is as the weekly pattern says again. Refused for a day that has passed."""
    if row.on < row.store.business_date(at):
        raise Refused(_("This day has passed."))
    row.delete()
    _changed(row.user, row.store, {"taken_back": str(row.on)}, None, by=by, at=at)


def _check_deputy(person: User, store: Store, deputy: User | None, days: list[dt.date] | None = None) -> None:
    if deputy is None:
        return
    if deputy not in deputies(person, store):
        raise Refused(_("Choose a deputy who receives customers in this store."), field="deputy")
    away = DayOff.objects.filter(user=deputy, store=store, on__in=days or [], off=True)
    if away.exists():
        raise Refused(
            _("%(name)s is away then too. Choose somebody else.") % {"name": deputy}, field="deputy"
        )


def _changed(
    person: User, store: Store, facts: dict, deputy: User | None, *, by: User, at: dt.datetime
) -> None:
    """Keep who changed it, and let processes read the days off anew."""
    DayOff(user=person, store=store).renew_stamp()
    new = facts | ({"deputy": deputy.pk} if deputy else {})
    record_change(store, f"days_off:{person.pk}", None, new, by=by, at=at)
