"""The lost desk: what waits for the manager, and why customers were lost (SPEC LOST-03..06, S35)."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.models import Store, User

from .models import Lead, LeadEvent, LostRecord
from .models.leads import Status
from .models.log import EventKind
from .models.terms import in_reader_language

DAY = dt.timedelta(days=1)


class Period(TextChoices):
    WEEK = "week", _("This week")
    LAST_WEEK = "last-week", _("Last week")
    MONTH = "month", _("This month")
    LAST_MONTH = "last-month", _("Last month")


def days_of(period: Period, today: dt.date) -> tuple[dt.date, dt.date]:
    """First and last store day of a period; weeks begin on Monday."""
    if period in (Period.WEEK, Period.LAST_WEEK):
        monday = today - today.weekday() * DAY - (7 * DAY if period == Period.LAST_WEEK else dt.timedelta())
        return monday, monday + 6 * DAY
    first = today.replace(day=1)
    if period == Period.LAST_MONTH:
        return (first - DAY).replace(day=1), first - DAY
    return first, (first + 31 * DAY).replace(day=1) - DAY


def visible_losses(user: User, store: Store, *, now: dt.datetime) -> QuerySet:
    """The losses of a store that a person may see: those of the leads one sees."""
    leads = Lead.objects.visible_to(user, now=now).filter(store=store)
    return LostRecord.objects.filter(store=store, lead__in=leads.values("pk"))


def to_confirm(user: User, store: Store, *, now: dt.datetime) -> QuerySet:
    """What nobody decided yet, the oldest first."""
    undecided = visible_losses(user, store, now=now).filter(decision="")
    return undecided.order_by("recorded_at", "id")


def overdue_before(store: Store, *, now: dt.datetime) -> dt.datetime:
    """Recorded before this moment and undecided = overdue: the end of the next day is over (SPEC LOST-04)."""
    return store.start_of_day(store.business_date(now) - DAY)


def marked_invalid(user: User, store: Store, days: tuple[dt.date, dt.date], *, now: dt.datetime) -> QuerySet:
    """Who marked which lead as invalid on the days of a period, the newest first (SPEC A07: sampled)."""
    leads = Lead.objects.visible_to(user, now=now).filter(store=store, merged_into=None)
    start, end = store.start_of_day(days[0]), store.start_of_day(days[1] + DAY)
    marks = LeadEvent.objects.filter(
        store=store, kind=EventKind.STATUS, to_value=Status.VOID, at__gte=start, at__lt=end
    )
    return marks.filter(lead__in=leads.values("pk")).order_by("-at", "-id")


@dataclass(frozen=True)
class Lost:
    """One confirmed loss; `car` is what they bought instead, empty when nobody told."""

    pk: int
    reason: str  # code
    reason_name: str
    rank: int
    car: str
    alone: bool = False  # confirmed by who recorded it, as nobody else may


def confirmed(user: User, store: Store, days: tuple[dt.date, dt.date], *, now: dt.datetime) -> list[Lost]:
    """The confirmed losses found out on the days of a period, the newest first."""
    start, end = store.start_of_day(days[0]), store.start_of_day(days[1] + DAY)
    found = visible_losses(user, store, now=now).filter(
        decision=LostRecord.Decision.CONFIRMED, found_at__gte=start, found_at__lt=end
    )
    columns = (
        "pk",
        "reason__code",
        "reason__name_en",
        "reason__name_zh",
        "reason__rank",
        "brand",
        "model",
        "alone",
    )
    return [
        Lost(pk, code, in_reader_language(en, zh), rank, f"{brand} {model}".strip(), alone)
        for pk, code, en, zh, rank, brand, model, alone in found.order_by("-found_at", "-id").values_list(
            *columns
        )
    ]


def narrowed(
    losses: Iterable[Lost], *, reason: str | None, car: str | None, alone: bool = False
) -> list[Lost]:
    """Those of a reason and of a car bought instead; None = of any. "" is "nobody told".

    `alone`: only those confirmed by who recorded them.
    """
    return [
        lost
        for lost in losses
        if reason in (None, lost.reason)
        and (car is None or car.casefold() == lost.car.casefold())
        and (lost.alone or not alone)
    ]


@dataclass(frozen=True)
class Line:
    """A car bought instead, with its losses by reason; `counts` in the order of the columns."""

    car: str
    counts: list[tuple[str, int]]  # code of the reason, losses
    total: int


@dataclass(frozen=True)
class Table:
    """Reasons across, cars down, the most frequent first; every number has its list."""

    reasons: list[tuple[str, str, int]]  # code, name, losses
    lines: list[Line]
    total: int


def table_of(losses: list[Lost]) -> Table:
    """Reasons x cars bought instead, without empty columns and lines (SPEC LOST-05)."""
    reasons = {lost.reason: (lost.rank, lost.reason_name) for lost in losses}
    order = sorted(reasons, key=reasons.get)
    names: dict[str, str] = {}
    cells: Counter = Counter()
    for lost in losses:
        names.setdefault(lost.car.casefold(), lost.car)
        cells[lost.car.casefold(), lost.reason] += 1
        cells[lost.car.casefold(), None] += 1
        cells[None, lost.reason] += 1
    # Cars that somebody named come first, the most frequent on top.
    cars = sorted(names, key=lambda car: (car == "", -cells[car, None], car))
    lines = [Line(names[car], [(code, cells[car, code]) for code in order], cells[car, None]) for car in cars]
    return Table([(code, reasons[code][1], cells[None, code]) for code in order], lines, len(losses))
