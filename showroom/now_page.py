"""Showroom now: who is in the house, who is next and why, who is expected, the demo cars of the day."""

import datetime as dt
from dataclasses import dataclass
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Store, User
from accounts.rules import setting
from followups import agenda
from followups.models import Appointment
from leads.access import visible_among

from .day_grid import Grid, Lane, grid_of, taken_on
from .day_register import sees_whole
from .models import Line
from .now_pulse import Pulse
from .now_rows import coming, guest, on_grid
from .open_visits import in_the_house
from .register_rows import Row
from .rota_board import Board, Code, Standing, read_board
from .rota_page import heads_of
from .rota_turns import is_live
from .rota_words import joined, state_of, who_is_kept

KINDS = Appointment.Kind


@dataclass(frozen=True)
class Kept:
    """People who are passed over for one reason, or one who is free; `place` = how the row ends."""

    names: str
    state: str
    place: str
    is_free: bool


@dataclass(frozen=True)
class Turns:
    """The up list on this page: who is next and who is not, with the reason."""

    head: Standing | None
    state: str
    kept: str  # who stands before the next, and why not
    rows: list[Kept]
    live: bool


@dataclass(frozen=True)
class Now:
    """The whole page; guests and appointments are rows for `{% lines %}`."""

    pulse: Pulse
    guests: list[Row]
    turns: Turns
    expected: list[Row]
    deliveries: list[Row]
    grid: Grid
    now_line: int | None
    lanes: list[tuple[Lane, list[Row]]]


def build(store: Store, user: User, pulse: Pulse, *, csrf: str, now: dt.datetime) -> Now:
    """The showroom at an instant (UTC) as a person may see it (SPEC A71, A72); six statements at most.

    `csrf` is what the forms of the rows send along.
    """
    on = store.business_date(now)
    visits, taken, dates = in_the_house(store, on), taken_on(store, on), agenda.coming_on(store, on)
    keys = {one.lead_key for one in (*visits, *taken, *dates) if one.lead_id}
    seen = visible_among(keys, user, store, now=now)
    grid = grid_of(store, on, taken, seen=seen, user=user, now=now)
    whole = sees_whole(user, store)
    dates = agenda.shown_to(user, store, dates, seen=seen)
    in_words = partial(_in_words, store, seen, csrf, now)
    return Now(
        pulse=pulse,
        guests=[guest(visit, user, seen=seen, csrf=csrf, now=now) for visit in visits],
        turns=_turns(store, read_board(store, on, now=now), now=now),
        expected=[in_words(one) for one in dates if _is_expected(one)],
        deliveries=[in_words(one) for one in dates if one.kind == KINDS.DELIVERY],
        grid=grid,
        now_line=grid.now_line(now),
        lanes=[(lane, [on_grid(slot, store, whole=whole) for slot in lane.slots]) for lane in grid.lanes],
    )


# --- whose turn -----------------------------------------------------------------------------


def _turns(store: Store, board: Board, *, now: dt.datetime) -> Turns:
    live = is_live(store, board)
    head = heads_of(store, board)[Line.WALK_IN] if live else None
    names = {one.user_id: one.name for one in board.people}
    return Turns(
        head=head,
        state=state_of(head, store, now) if head else "",
        kept=who_is_kept(board.before(head.user_id, Line.WALK_IN), names) if head else "",
        rows=_rows(store, board, head, now=now),
        live=live,
    )


def _rows(store: Store, board: Board, head: Standing | None, *, now: dt.datetime) -> list[Kept]:
    """The free by their place, then those on a drive or away one by one, then all who receive as one."""
    people = [one for one in board.line(Line.WALK_IN) if one is not head]
    first = 2 if head else 1
    free = [one for one in people if one.is_free]
    rows = [
        Kept(one.name, state_of(one, store, now), _("no. %(n)s") % {"n": n}, is_free=True)
        for n, one in enumerate(free, start=first)
    ]
    passed = pgettext("on the up list", "skipped")
    busy = [one.name for one in people if one.code == Code.VISIT]
    if busy:
        rows.append(Kept(joined(busy), pgettext("some people", "with customers"), passed, is_free=False))
    kept = [one for one in people if not one.is_free and one.code != Code.VISIT]
    return rows + [Kept(one.name, state_of(one, store, now), passed, is_free=False) for one in kept]


# --- what comes -----------------------------------------------------------------------------


def _in_words(store: Store, seen: set[int], csrf: str, now: dt.datetime, one: agenda.Coming) -> Row:
    asks_after = dt.timedelta(minutes=setting(store, "appointment_asks_after_minutes"))
    late = one.is_late(now, asks_after=asks_after)
    return coming(one, store, opens=one.lead_id in seen, late=late, csrf=csrf)


def _is_expected(one: agenda.Coming) -> bool:
    return one.kind != KINDS.DELIVERY and one.state == Appointment.State.PLANNED
