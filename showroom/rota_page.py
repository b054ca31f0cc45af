"""What the page of the up list shows: rows, sign-ins to come, decisions, fairness; six statements."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.days_off import off_row, rows_of
from accounts.models import Store, User
from accounts.prepared import Prepared, Statement
from accounts.roles import Role
from accounts.rules import setting
from leads.timeline import sentences

from .models import Line, Pull, RotaDay
from .receivers import receivers
from .rota import turns_used
from .rota_board import Board, Standing, read_board
from .rota_turns import is_live, next_for
from .rota_words import crossed_out, lines_led, state_of, told, who_is_kept

SHOWN = 3  # decisions beside the list; all of them on a page of their own
MOST = 200
CROSSED_OUT = ("visit__voided_at", "call__voided_at")

# What may change the page without a hand on the list: turns, visits, drives.
STAMP = Statement("""
    SELECT day.version,
           (SELECT COALESCE(MAX(pull.id), 0) FROM showroom_pull pull WHERE pull.day_id = day.id),
           (SELECT COALESCE(SUM(visit.id), 0) FROM showroom_visit visit
             WHERE visit.store_id = day.store_id AND visit."on" = day."on" AND visit.left_at IS NULL
               AND visit.voided_at IS NULL),
           (SELECT COALESCE(SUM(booking.id), 0) FROM showroom_booking booking
             WHERE booking.store_id = day.store_id AND booking.state = 'running')
      FROM showroom_rotaday day WHERE day.store_id = %(store)s AND day."on" = %(on)s""")


def stamp(store: Store, *, now: dt.datetime) -> str:
    """Says which state of the list a tablet shows; another one comes with each change and each minute."""
    row = next(iter(STAMP(store=store.pk, on=store.business_date(now))), ())
    return "-".join([*map(str, row), store.rules_stamp[:8], f"{now:%H%M}"])


@dataclass(frozen=True)
class Row:
    """One person on the page; `number` = place among the free, or the one they come back to."""

    one: Standing
    state: str
    number: int
    next_for: str  # "next for calls"
    is_me: bool
    up: str = ""  # the order with this person one place higher, before it is confirmed

    @property
    def turns(self) -> tuple[int, int]:
        return self.one.turns[Line.WALK_IN], self.one.turns[Line.PHONE]


@dataclass(frozen=True)
class Missing:
    """Somebody who receives here and has not signed in; `off` says why not."""

    person: User
    off: str


@dataclass(frozen=True)
class Bar:
    """Turns of one person this month, for the chart and the table behind it."""

    name: str
    today: tuple[int, int]
    month: tuple[int, int]
    x: int
    height: float
    is_next: bool


@dataclass(frozen=True)
class Fairness:
    """Walk-in turns of today and of the month: the largest difference, the average, who has how many."""

    difference: int
    average: float
    bars: tuple[Bar, ...]
    width: int
    line: float  # of the average, from the top


@dataclass(frozen=True)
class Said:
    """One decision: when, to whom and why, in words."""

    at: dt.datetime
    text: str


@dataclass(frozen=True)
class RotaPage:
    """The whole page; `live` = the list has a say, `binds` = nobody may be picked."""

    day: RotaDay | None
    board: Board
    live: bool
    binds: bool
    head: Row | None
    kept: str  # who stands before the head, and why not
    rows: tuple[Row, ...]
    mine: Standing | None
    missing: tuple[Missing, ...]
    late: tuple[Row, ...]
    log: tuple[Said, ...]
    fairness: Fairness
    order: str


def build(store: Store, user: User, *, now: dt.datetime, order: Sequence[int] = ()) -> RotaPage:
    """The list of today as a person sees it; `order` is one that the manager is still trying out."""
    on = store.business_date(now)
    day = _day.first(store=store.pk, on=on)
    board = read_board(store, on, now=now)
    live = is_live(store, board)
    heads = heads_of(store, board) if live else {}
    rows = _rows(store, user, board, heads, now=now, order=() if day and day.confirmed_at else order)
    staff = receivers(store)
    head = heads.get(Line.WALK_IN)
    names = {one.user_id: one.name for one in board.people}
    return RotaPage(
        day=day,
        board=board,
        live=live,
        binds=live and setting(store, "rota_rule") == "binding",
        head=next((row for row in rows if head and row.one is head), None),
        kept=who_is_kept(board.before(head.user_id, Line.WALK_IN), names) if head else "",
        rows=tuple(row for row in rows if not (head and row.one is head)),
        mine=board.by_id.get(user.pk),
        missing=tuple(_missing(store, staff, board, on)),
        late=tuple(row for row in rows if day and day.confirmed_at and row.one.signed_at > day.confirmed_at),
        log=tuple(_in_words(_newest(day=day.pk))) if day else (),
        fairness=fairness(store, board, staff, on, head=head),
        order=",".join(str(row.one.user_id) for row in rows),
    )


@Prepared
def _day(*, store: int, on: dt.date) -> QuerySet:
    return RotaDay.objects.filter(store=store, on=on).select_related("confirmed_by", "phone_duty")


def heads_of(store: Store, board: Board) -> dict[str, Standing | None]:
    """Who is next in each line."""
    return {line: next_for(store, board, line) for line in Line.values}


def _rows(store, user, board, heads, *, now, order) -> list[Row]:
    """The free by their place, then those who are kept; before the order is confirmed as they stand."""
    people = board.line(Line.WALK_IN)
    if order or not heads:
        ranks = {pk: rank for rank, pk in enumerate(order)}
        people.sort(key=lambda one: (ranks.get(one.user_id, len(ranks)), one.places[Line.WALK_IN]))
        ids = [one.user_id for one in people]
        return [
            _row(one, number, store, user, heads, now=now, up=_one_up(ids, number - 1))
            for number, one in enumerate(people, start=1)
        ]
    free = [one for one in people if one.is_free]
    rows = [_row(one, n, store, user, heads, now=now) for n, one in enumerate(free, start=1)]
    for one in (one for one in people if not one.is_free):
        number = 1 + sum(other.places[Line.WALK_IN] < one.places[Line.WALK_IN] for other in free)
        rows.append(_row(one, number, store, user, heads, now=now))
    return rows


def _row(one: Standing, number: int, store: Store, user: User, heads, *, now, up: str = "") -> Row:
    return Row(
        one=one,
        state=state_of(one, store, now),
        number=number,
        next_for=lines_led(one.user_id, heads),
        is_me=one.user_id == user.pk,
        up=up,
    )


def _one_up(ids: list[int], place: int) -> str:
    if place == 0:
        return ""
    moved = [*ids[: place - 1], ids[place], ids[place - 1], *ids[place + 1 :]]
    return ",".join(map(str, moved))


def _missing(store: Store, staff: list[User], board: Board, on: dt.date) -> Iterable[Missing]:
    """Consultants and supervisors who are not on the list, those who are expected first."""
    days_off = rows_of(store)
    found = []
    for person in staff:
        standing = board.by_id.get(person.pk)
        if (standing and not standing.left_at) or person.roles_in(store) == {Role.MANAGER}:
            continue
        off = off_row(days_off, person.pk, on)
        reason = (_("absent") if off.absence else _("day off")) if off else ""
        found.append(Missing(person, _("gone home") if standing else reason))
    return sorted(found, key=lambda one: bool(one.off))


# --- decisions -----------------------------------------------------------------------------


def decisions(pulls: QuerySet) -> list[Said]:
    """Decisions in words; two statements, whatever their number."""
    return _in_words(_to_tell(pulls))


def _to_tell(pulls: QuerySet) -> QuerySet:
    return pulls.select_related("by").annotate(crossed_out_at=Coalesce(*CROSSED_OUT))


@Prepared
def _newest(*, day: int) -> QuerySet:
    return _to_tell(Pull.objects.filter(day=day).order_by("-at", "-pk")[:SHOWN])


def _in_words(pulls: Iterable[Pull]) -> list[Said]:
    rows = list(pulls)
    ids = {pk for pull in rows for pk in (pull.user_id, pull.head_id, *_passed(pull)) if pk}
    names = dict(User.objects.filter(pk__in=ids).values_list("pk", "full_name")) if rows else {}
    return [Said(pull.at, sentences(*_parts(pull, names))) for pull in rows]


def _parts(pull: Pull, names: dict[int, str]) -> list[str]:
    parts = [_given(pull, names), told(pull, names)]
    return [*parts, crossed_out(pull, names)] if pull.crossed_out_at else parts


def _given(pull: Pull, names: dict[int, str]) -> str:
    said = _("Call to %(name)s.") if pull.call_id else _("Given to %(name)s.")
    return said % {"name": names.get(pull.user_id, "")}


def _passed(pull: Pull) -> list[int]:
    return [pk for pk, _code in pull.passed_over]


# --- fairness --------------------------------------------------------------------------------

BAR, GAP, TALL = 24, 12, 44  # units of the chart


def fairness(
    store: Store, board: Board, staff: list[User], on: dt.date, *, head: Standing | None
) -> Fairness:
    """Turns used today and this month by everybody who is on the list or had one; one statement."""
    month = _month(store, on)
    names = {person.pk: person.full_name for person in staff}
    names |= {one.user_id: one.name for one in board.people}
    ids = [pk for pk in names if pk in board.by_id or pk in month]
    walk_ins = {pk: month.get(pk, {}).get(Line.WALK_IN, 0) for pk in ids}
    average = sum(walk_ins.values()) / len(ids) if ids else 0.0
    most = max([*walk_ins.values(), 1])
    bars = tuple(
        Bar(
            name=names[pk],
            today=_today(board, pk),
            month=(walk_ins[pk], month.get(pk, {}).get(Line.PHONE, 0)),
            x=place * (BAR + GAP),
            height=round(TALL * walk_ins[pk] / most, 1),
            is_next=bool(head and head.user_id == pk),
        )
        for place, pk in enumerate(ids)
    )
    today = [one.turns[Line.WALK_IN] for one in board.line(Line.WALK_IN)]
    return Fairness(
        difference=max(today) - min(today) if today else 0,
        average=average,
        bars=bars,
        width=max(1, len(ids) * (BAR + GAP) - GAP),
        line=round(TALL * (1 - average / most), 1),
    )


def _today(board: Board, pk: int) -> tuple[int, int]:
    one = board.by_id.get(pk)
    return (one.turns[Line.WALK_IN], one.turns[Line.PHONE]) if one else (0, 0)


def _month(store: Store, on: dt.date) -> dict[int, dict[str, int]]:
    """Turns used since the first of the month, by person and line."""
    found: dict[int, dict[str, int]] = {}
    for pk, line, count in _used(store=store.pk, since=on.replace(day=1), until=on):
        found.setdefault(pk, {})[line] = count
    return found


@Prepared
def _used(*, store: int, since: dt.date, until: dt.date) -> QuerySet:
    used = turns_used().filter(day__store=store, day__on__gte=since, day__on__lte=until)
    return used.values_list("user_id", "line").annotate(Count("pk"))
