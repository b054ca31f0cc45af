"""Days off as a page shows them: the weekly pattern in words, and the days to come in runs."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import pgettext

from .date_words import WEEKDAYS
from .days_off import Kind, kind_of
from .models import DayOff, Store, User

DAY = dt.timedelta(days=1)


@dataclass
class Run:
    """Days in a row of one kind with one deputy; `first` is the row that takes it back from its start."""

    kind: Kind
    start: dt.date
    end: dt.date
    deputy: User | None
    pks: list[int]


@dataclass(frozen=True)
class DaysOff:
    weekly: str  # "Sat, Sun", empty for none
    weekdays: list[int]
    deputy: User | None  # of the weekly days
    runs: list[Run]


def days_off_of(person: User, store: Store, *, today: dt.date) -> DaysOff:
    """The pattern and what comes from today on; one statement."""
    rows = list(
        DayOff.objects.filter(user=person, store=store).select_related("deputy").order_by("weekday", "on")
    )
    weekly = [row for row in rows if row.weekday is not None and row.off]
    return DaysOff(
        weekly=pgettext("between names", ", ").join(str(WEEKDAYS[row.weekday]) for row in weekly),
        weekdays=[row.weekday for row in weekly],
        deputy=next((row.deputy for row in weekly if row.deputy), None),
        runs=_runs([row for row in rows if row.on and row.on >= today]),
    )


def _runs(rows: list[DayOff]) -> list[Run]:
    runs: list[Run] = []
    for row in rows:
        kind, last = kind_of(row), runs[-1] if runs else None
        if last and (last.kind, last.deputy, last.end + DAY) == (kind, row.deputy, row.on):
            last.end = row.on
            last.pks.append(row.pk)
        else:
            runs.append(Run(kind, row.on, row.on, row.deputy, [row.pk]))
    return runs
