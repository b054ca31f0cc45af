"""The up list as it stands: who is on it, who is free, who is next; one statement (SPEC RECP-06, RECP-09)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from django.db import connection

from accounts.days_off import Row as DayOff
from accounts.days_off import off_row, rows_of
from accounts.models import Store
from accounts.prepared import Statement

from .models import Line, RotaDay


class Code(StrEnum):
    """Why somebody is passed over, beside the four reasons to be away (`SignIn.Away`)."""

    VISIT = "visit"  # receives a customer
    DRIVE = "drive"  # on the road with one
    LEFT = "left"  # gone home
    ABSENT = "absent"  # leave or illness
    NOT_HERE = "not_here"  # did not sign in today
    # Free, and yet another received:
    ASKED_FOR = "asked_for"
    OVERRIDE = "override"
    CHOSEN = "chosen"


@dataclass(frozen=True)
class Standing:
    """One person on the list: places and turns by line, and what keeps him (`code`, empty = free)."""

    user_id: int
    name: str
    signed_at: dt.datetime
    places: dict[str, int]
    turns: dict[str, int]
    away: str = ""
    back_at: dt.datetime | None = None
    left_at: dt.datetime | None = None
    busy_since: dt.datetime | None = None
    visit_kind: str = ""
    drives: bool = False
    drive_at: dt.datetime | None = None  # the next booking of a demo car for him today
    absent: bool = False

    @property
    def code(self) -> str:
        if self.left_at:
            return Code.LEFT
        if self.absent:
            return Code.ABSENT
        if self.away:
            return self.away
        return Code.VISIT if self.busy_since else Code.DRIVE if self.drives else ""

    @property
    def is_free(self) -> bool:
        return not self.code


@dataclass(frozen=True)
class Board:
    """Everybody on the list of one day, in the order of the walk-in line; whether its order is confirmed."""

    people: tuple[Standing, ...] = ()
    by_id: dict[int, Standing] = field(default_factory=dict)
    day_id: int | None = None
    confirmed: bool = False
    duty_id: int | None = None  # who has the phone duty

    def line(self, line: str) -> list[Standing]:
        """Everybody who has not gone home, by place in a line."""
        return sorted((one for one in self.people if not one.left_at), key=lambda one: one.places[line])

    def head(self, line: str) -> Standing | None:
        """Who is next: the smallest place among those who are free (S04)."""
        return next((one for one in self.line(line) if one.is_free), None)

    def after(self, line: str) -> Standing | None:
        """Who is next but one, and stands by (SPEC RECP-08)."""
        free = [one for one in self.line(line) if one.is_free]
        return free[1] if len(free) > 1 else None

    def before(self, user_id: int | None, line: str) -> list[tuple[int, str]]:
        """Who stands before somebody in a line, each with what keeps him; everybody for who is not on it."""
        found = []
        for one in self.line(line):
            if one.user_id == user_id:
                break
            found.append((one.user_id, one.code))
        return found

    def code_of(self, user_id: int) -> str:
        """What keeps somebody from receiving; empty = free."""
        standing = self.by_id.get(user_id)
        return standing.code if standing else Code.NOT_HERE


# By the ORM, putting this statement together took ten times as long as the database takes to answer,
# and a turn holds the list's row meanwhile.
PEOPLE = """
    SELECT here.user_id, person.full_name, here.at, here.away, here.back_at, here.left_at,
           walk_in.place, phone.place, walk_in.turns, phone.turns,
           (SELECT visit.arrived_at FROM showroom_visit visit WHERE {open}
             ORDER BY visit.arrived_at LIMIT 1) AS busy_since,
           (SELECT visit.kind FROM showroom_visit visit WHERE {open} ORDER BY visit.arrived_at LIMIT 1),
           EXISTS (SELECT 1 FROM showroom_booking booking WHERE booking.store_id = here.store_id
                      AND booking.consultant_id = here.user_id AND booking.state = 'running') AS drives,
           (SELECT MIN(booking.starts_at) FROM showroom_booking booking
             WHERE booking.store_id = here.store_id AND booking.consultant_id = here.user_id
               AND booking.state = 'planned' AND booking.starts_at BETWEEN %(now)s AND %(end)s),
           day.id, day.confirmed_by_id, day.phone_duty_id
      FROM showroom_signin here JOIN accounts_user person ON person.id = here.user_id
      JOIN showroom_rotaday day ON day.store_id = here.store_id AND day."on" = here."on"
      JOIN showroom_rotaentry walk_in ON walk_in.day_id = day.id AND walk_in.user_id = here.user_id
       AND walk_in.line = 'walk_in'
      JOIN showroom_rotaentry phone ON phone.day_id = day.id AND phone.user_id = here.user_id
       AND phone.line = 'phone'
     WHERE here.store_id = %(store)s AND here."on" = %(on)s
     ORDER BY walk_in.place""".format(
    open="""visit.receiver_id = here.user_id AND visit."on" = here."on" AND visit.store_id = here.store_id
                      AND visit.left_at IS NULL AND visit.voided_at IS NULL"""
)


# Sent with the statement above, which then reads what the one before in the row has left. SQLite has
# one writer at a time as it is.
HOLD = """SELECT 1 FROM showroom_rotaday WHERE store_id = %(store)s AND "on" = %(on)s FOR NO KEY UPDATE"""

_people, _held_people = Statement(PEOPLE), Statement(HOLD, PEOPLE)


@lru_cache(maxsize=256)
def _has_list(store_id: int, stamp: str, on: dt.date) -> bool:
    return RotaDay.objects.filter(store=store_id, on=on).exists()


def read_board(store: Store, on: dt.date, *, now: dt.datetime, hold: bool = False) -> Board:
    """The list of a store's day; `now` (UTC) tells which booking of a demo car comes next.

    One statement, none where nobody signed in. `hold` keeps the day's row for this transaction.
    """
    if not _has_list(store.pk, store.rules_stamp, on):
        return Board()
    holds = hold and connection.vendor == "postgresql"
    asked = _held_people if holds else _people
    rows = asked(store=store.pk, on=on, now=now, end=store.end_of_day(on))
    days_off = rows_of(store)
    people = tuple(_standing(row, days_off, on) for row in rows)
    day_id, confirmed_by, duty_id = rows[0][-3:] if rows else (None, None, None)
    by_id = {one.user_id: one for one in people}
    return Board(people, by_id, day_id, confirmed_by is not None, duty_id)


def _standing(row: tuple, days_off: Iterable[DayOff], on: dt.date) -> Standing:
    user_id, name, at, away, back_at, left_at, *rest = row
    walk_in, phone, walk_in_turns, phone_turns, busy_since, kind, drives, drive_at, *_of_the_day = rest
    off = off_row(days_off, user_id, on)
    return Standing(
        user_id=user_id,
        name=name,
        signed_at=_moment(at),
        places={Line.WALK_IN: walk_in, Line.PHONE: phone},
        turns={Line.WALK_IN: walk_in_turns, Line.PHONE: phone_turns},
        away=away,
        back_at=_moment(back_at),
        left_at=_moment(left_at),
        busy_since=_moment(busy_since),
        visit_kind=kind or "",
        drives=bool(drives),
        drive_at=_moment(drive_at),
        absent=bool(off and off.absence),
    )


def _moment(value: dt.datetime | str | None) -> dt.datetime | None:
    """An instant as either database answers it."""
    read = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    return read.replace(tzinfo=dt.UTC) if read and read.tzinfo is None else read
