"""The day of the demo cars: which car is taken when, by whom, and what still lacks (SPEC TEST-01, A36)."""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import QuerySet

from accounts.models import Store, User
from accounts.prepared import Prepared
from accounts.roles import Role
from accounts.rules import opening
from leads.access import beside_among, visible_among

from .demo_cars import cars_on_the_road
from .models import LIVE_BOOKINGS, Booking, DemoCar

STATES = Booking.State
STEP = dt.timedelta(minutes=5)  # free times are offered on the full five minutes
OFFERED = 3


class Taken(NamedTuple):
    """One booking, straight from the database: the grid needs no models."""

    pk: int
    car_id: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    state: str
    reason: str
    lead_id: int | None  # none = the workshop has it
    lead_store_id: int | None
    owner_id: int | None
    setter_id: int | None
    customer_name: str | None
    consultant_name: str | None
    feedback_at: dt.datetime | None

    @property
    def lead_key(self) -> tuple:
        """For `visible_among`."""
        return self.lead_id, self.lead_store_id, self.owner_id, self.setter_id


TAKEN = (
    *Taken._fields[: Taken._fields.index("lead_store_id")],
    "lead__store_id", "lead__owner_id", "lead__setter_id", "lead__customer__name", "consultant__full_name",
    "drive__feedback_at",
)  # fmt: skip


@dataclass(frozen=True)
class Slot:
    """One booking on the grid; minutes count from the top of the day that is shown.

    `name` is empty where the reader does not see the customer. Tone: workshop, planned, out, late,
    lacking (feedback) or done.
    """

    booking: Taken
    name: str
    tone: str
    top: int
    minutes: int
    opens: bool


@dataclass(frozen=True)
class Lane:
    car: DemoCar
    slots: list[Slot]
    workshop_until: dt.datetime | None


@dataclass(frozen=True)
class Grid:
    """The cars side by side; `hours` are the full hours shown, as minutes from the top."""

    lanes: list[Lane]
    starts_at: dt.datetime
    ends_at: dt.datetime
    driven: int
    to_come: int

    @property
    def minutes(self) -> int:
        return _minutes(self.ends_at - self.starts_at)

    @property
    def hours(self) -> list[tuple[int, dt.datetime]]:
        hour = dt.timedelta(hours=1)
        count = (self.ends_at - self.starts_at) // hour
        return [(60 * n, self.starts_at + n * hour) for n in range(count + 1)]

    def now_line(self, now: dt.datetime) -> int | None:
        return _minutes(now - self.starts_at) if self.starts_at <= now <= self.ends_at else None


def _minutes(span: dt.timedelta) -> int:
    return int(span.total_seconds() // 60)


def day_grid(store: Store, on: dt.date, *, user: User, now: dt.datetime) -> Grid:
    """The cars of a store day, each with its bookings in order: four statements at most."""
    rows = taken_on(store, on)
    keys = [row.lead_key for row in rows if row.lead_id]
    return grid_of(store, on, rows, seen=visible_among(keys, user, store, now=now), user=user, now=now)


def taken_on(store: Store, on: dt.date) -> list[Taken]:
    """What is booked on a store day, by time; one statement."""
    rows = _taken(store=store.pk, start=store.start_of_day(on), end=store.end_of_day(on))
    return [Taken(*row) for row in rows]


@Prepared
def _taken(*, store: int, start: dt.datetime, end: dt.datetime) -> QuerySet:
    rows = Booking.objects.filter(store=store, state__in=LIVE_BOOKINGS, starts_at__lt=end, ends_at__gt=start)
    return rows.order_by("starts_at", "id").values_list(*TAKEN)


def grid_of(
    store: Store, on: dt.date, rows: list[Taken], *, seen: set[int], user: User, now: dt.datetime
) -> Grid:
    """The grid of these bookings; `seen` = the leads that the reader, `user`, sees. One statement at most.

    Drives open for whoever works on them; who receives the customer today finds theirs on the card.
    """
    starts_at, ends_at = _frame(store, on, rows)
    leads_here = user.roles_in(store) & {Role.SUPERVISOR, Role.MANAGER}
    own = {row.lead_id for row in rows if leads_here or user.pk == row.owner_id}
    own |= beside_among({row.lead_id for row in rows if row.lead_id in seen} - own, user, store, now=now)
    lanes = []
    for car in cars_on_the_road(store):
        mine = [row for row in rows if row.car_id == car.pk]
        slots = [_slot(row, starts_at, seen, own, now) for row in mine]
        lanes.append(Lane(car, slots, _workshop_until(mine, now)))
    customers = [row for row in rows if row.lead_id]
    return Grid(
        lanes=lanes,
        starts_at=starts_at,
        ends_at=ends_at,
        driven=sum(row.state == STATES.RETURNED for row in customers),
        to_come=sum(row.state in (STATES.PLANNED, STATES.RUNNING) for row in customers),
    )


def _frame(store: Store, on: dt.date, rows: list[Taken]) -> tuple[dt.datetime, dt.datetime]:
    """Opening hours, widened to full hours around what is booked outside them."""
    opens, closes = opening(store, on)
    first = min([opens, *(row.starts_at for row in rows if store.business_date(row.starts_at) == on)])
    last = max([closes, *(row.ends_at for row in rows if store.business_date(row.ends_at) == on)])
    hour = dt.timedelta(hours=1)
    floor = first.replace(minute=0, second=0, microsecond=0)
    ceiling = last.replace(minute=0, second=0, microsecond=0)
    return floor, ceiling if ceiling == last else ceiling + hour


def _slot(row: Taken, starts_at: dt.datetime, seen: set[int], own: set[int], now: dt.datetime) -> Slot:
    begins = max(row.starts_at, starts_at)
    return Slot(
        booking=row,
        name=(row.customer_name or "") if row.lead_id in seen else "",
        tone=_tone(row, now),
        top=_minutes(begins - starts_at),
        minutes=max(_minutes(row.ends_at - begins), 5),
        opens=row.lead_id is None or row.lead_id in seen & own,
    )


def _tone(row: Taken, now: dt.datetime) -> str:
    if row.lead_id is None:
        return "workshop"
    if row.state == STATES.RUNNING:
        return "late" if now > row.ends_at else "out"
    if row.state == STATES.RETURNED:
        return "done" if row.feedback_at else "lacking"
    return "planned"


def _workshop_until(rows: list[Taken], now: dt.datetime) -> dt.datetime | None:
    stays = [row.ends_at for row in rows if row.lead_id is None and row.starts_at <= now < row.ends_at]
    return max(stays, default=None)


def free_times(
    store: Store, car: DemoCar, on: dt.date, *, minutes: int, now: dt.datetime
) -> list[dt.datetime]:
    """The next three free starts of a car on a store day, in UTC, inside opening hours."""
    opens, closes = opening(store, on)
    taken = Booking.objects.filter(car=car, state__in=LIVE_BOOKINGS, ends_at__gt=opens, starts_at__lt=closes)
    length, found = dt.timedelta(minutes=minutes), []
    start = max(opens, _next_step(now))
    for begins, ends in [*taken.order_by("starts_at").values_list("starts_at", "ends_at"), (closes, closes)]:
        while start + length <= begins and len(found) < OFFERED:
            found.append(start)
            start += length
        start = max(start, _next_step(ends))
    return found


def _next_step(moment: dt.datetime) -> dt.datetime:
    past = (moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)) % STEP
    return moment + (STEP - past if past else dt.timedelta())
