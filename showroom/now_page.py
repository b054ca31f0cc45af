"""Showroom now: who is in the house, who is next and why, who is expected, the demo cars of the day."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Store, User
from accounts.rules import setting
from accounts.templatetags.look import ticks
from followups import agenda
from followups.models import Appointment
from leads.masking import short_name, surname_of
from leads.models import Lead

from .day_grid import Grid, Lane, Slot, day_grid
from .day_register import sees_whole
from .in_house import may_tend
from .models import Line, Visit
from .now_pulse import Pulse
from .reminding import is_due, with_what_is_logged
from .rota import leads_the_list
from .rota_board import Board, Code, Standing, read_board
from .rota_page import heads_of
from .rota_turns import is_live
from .rota_words import joined, state_of, who_is_kept
from .signals import is_hot

KINDS = Appointment.Kind


@dataclass(frozen=True)
class Guest:
    """One group in the house as its reader may see it; `due` = look freely no longer, go up (RECP-15)."""

    visit: Visit
    name: str
    car: str
    ticks: str
    minutes: int
    due: bool
    hot: bool
    card: str  # the lead's number when the reader opens its card
    may_tend: bool
    may_close: bool


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
class Coming:
    """An appointment of today under a short name."""

    line: agenda.Line
    name: str


@dataclass(frozen=True)
class Now:
    """The whole page; six statements."""

    pulse: Pulse
    guests: list[Guest]
    turns: Turns
    expected: list[Coming]
    deliveries: list[Coming]
    grid: Grid
    now_line: int | None
    lanes: list[tuple[Lane, list[tuple[Slot, str]]]]  # each booking with the name on it

    @property
    def due(self) -> int:
        return sum(guest.due for guest in self.guests)


def build(store: Store, user: User, pulse: Pulse, *, now: dt.datetime) -> Now:
    """The showroom at an instant (UTC) as a person may see it (SPEC A71, A72)."""
    on = store.business_date(now)
    grid = day_grid(store, on, user=user, now=now)
    whole = sees_whole(user, store)
    coming = _coming(store, user, on, now=now)
    return Now(
        pulse=pulse,
        guests=guests(store, user, now=now),
        turns=_turns(store, read_board(store, on, now=now), now=now),
        expected=[one for one in coming if _is_expected(one.line.appointment)],
        deliveries=[one for one in coming if one.line.appointment.kind == KINDS.DELIVERY],
        grid=grid,
        now_line=grid.now_line(now),
        lanes=[(lane, [(slot, _on_grid(slot, whole)) for slot in lane.slots]) for lane in grid.lanes],
    )


# --- in the house ---------------------------------------------------------------------------


def guests(store: Store, user: User, *, now: dt.datetime) -> list[Guest]:
    """Everybody in the house, who came first on top; one statement."""
    seen = Lead.objects.visible_to(user, now=now).filter(pk=OuterRef("lead_id"))
    rows = Visit.objects.filter(
        store=store, on=store.business_date(now), left_at=None, voided_at=None, completed=False
    )
    rows = with_what_is_logged(rows).annotate(is_seen=Exists(seen)).order_by("arrived_at", "id")
    rows = rows.select_related("store", "receiver", "customer", "lead", "car_model")
    return [_guest(visit, user, now) for visit in rows]


def _guest(visit: Visit, user: User, now: dt.datetime) -> Guest:
    tends = may_tend(visit, by=user)
    serves = user.pk in (visit.receiver_id, visit.assistant_id, visit.third_id)
    seen = visit.is_seen or serves or sees_whole(user, visit.store)
    lead = visit.lead if seen else None
    known = (visit.customer.name if visit.customer else "") or visit.name_text
    return Guest(
        visit=visit,
        name=(short_name(known) if seen else "") or visit.get_kind_display(),
        car=str(visit.car_model or "") if seen else "",
        ticks=ticks(lead.step, lead.skipped, "inline") if lead else "",
        minutes=max(0, int((now - visit.arrived_at).total_seconds() // 60)),
        due=is_due(visit, now=now),
        hot=is_hot(visit.hot_signals) and (serves or leads_the_list(user, visit.store)),
        card=visit.lead.number if visit.is_seen and visit.lead else "",
        may_tend=tends,
        may_close=tends and (visit.lead is None or visit.is_seen),
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


def _coming(store: Store, user: User, on: dt.date, *, now: dt.datetime) -> list[Coming]:
    asks_after = dt.timedelta(minutes=setting(store, "appointment_asks_after_minutes"))
    day = agenda.build(user, store, on, on, asks_after=asks_after, now=now)
    return [Coming(line, short_name(line.name) or _("No name yet")) for line in day.days[0][1]]


def _is_expected(appointment: Appointment) -> bool:
    return appointment.kind != KINDS.DELIVERY and appointment.state == Appointment.State.PLANNED


def _on_grid(slot: Slot, whole: bool) -> str:
    """Who drives, by surname, where the reader may know."""
    lead = slot.booking.lead
    return surname_of(lead.customer.name) if lead and (whole or slot.name) else ""
