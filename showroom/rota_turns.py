"""Whose turn it is: one decision a visit or call, under a lock, with its why (SPEC RECP-03 to 09)."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.models import Store, User
from accounts.prepared import Prepared, Write
from accounts.rules import setting
from accounts.sql import insert
from leads import acts

from .models import Call, Line, Pull, RotaEntry, SignIn, Visit
from .rota import leads_the_list, lock_day, turns_used
from .rota_board import Board, Code, Standing, read_board
from .rota_words import its_turn

OUT_OF_TURN = (Pull.Why.ASKED_FOR, Pull.Why.OVERRIDE)


class NotTheirTurn(Refused):
    """Somebody else is next; the sheet asks whether a manager decides otherwise."""


@dataclass(frozen=True)
class OutOfTurn:
    """Why a first visitor does not go to whoever is next, and who of those in charge says so."""

    why: str  # of OUT_OF_TURN
    by: User
    reason: str = ""


@dataclass(frozen=True)
class Known:
    """Whose customer it is: no turn is used. `family` = counts as one with a customer of his (OWN-03)."""

    owner_id: int
    family: bool = False


@dataclass(frozen=True)
class Turn:
    """A decision that has been made and is not yet kept; `user_id` receives."""

    day_id: int
    line: str
    user_id: int
    by: User
    at: dt.datetime
    why: str
    used_turn: bool
    place: int | None = None
    head: Standing | None = None
    order: tuple[int, ...] = ()
    passed_over: tuple[tuple[int, str], ...] = ()
    reason: str = ""

    def keep(self, *, visit: Visit | None = None, call: Call | None = None) -> Pull:
        """Write the decision beside the row it was made for (in the same transaction, or act)."""
        row = visit or call
        pull = Pull(
            day_id=self.day_id,
            line=self.line,
            user_id=self.user_id,
            at=self.at,
            by=self.by,
            why=self.why,
            used_turn=self.used_turn,
            place=self.place,
            head_id=self.head.user_id if self.head else None,
            order=list(self.order),
            passed_over=[list(one) for one in self.passed_over],
            reason=self.reason,
            visit=visit,
            call=call,
        )
        if row and row.lead:
            acts.insert(row.lead, pull)
        else:
            insert(pull)
        return pull


def is_live(store: Store, board: Board) -> bool:
    """Whether the list of a day has a say: confirmed, or a suggestion as soon as somebody signed in."""
    rule = setting(store, "rota_rule")
    return bool(board.people) and (rule == "suggestion" or (rule == "binding" and board.confirmed))


def call_line(store: Store) -> str:
    """The line that calls are given out by (SPEC CALL-05)."""
    return Line.WALK_IN if setting(store, "phone_mode") == "shared" else Line.PHONE


@transaction.atomic(savepoint=False)  # a part of the caller's act: fails with it as a whole
def take_turn(
    store: Store,
    line: str,
    *,
    receiver: User | None,
    by: User,
    at: dt.datetime,
    known: Known | None = None,
    said: OutOfTurn | None = None,
    strict: bool = True,
) -> Turn | None:
    """Decide who receives; `receiver` None = whoever is next. None: no list has a say today.

    The row of the day is held until the transaction ends: lock customer and lead before it, the day's
    numbers after it. `keep()` the answer with the visit or call. Not `strict` (a call that was
    taken has to be on record): nobody is refused for the order. Refused: a first visitor for somebody
    who is not next while the list binds (RECP-07), nobody free when nobody is named, out of turn
    without a reason. NotAllowed: out of turn without a manager or supervisor.
    """
    if setting(store, "rota_rule") == "off":
        return None
    board = read_board(store, store.business_date(at), now=at, hold=True)
    if not is_live(store, board):
        return None
    if said and strict:
        _check_said(said, store)
    turn = _decide(store, board, line, receiver=receiver, by=by, at=at, known=known, said=said)
    if strict and setting(store, "rota_rule") == "binding":
        _check_order(board, turn)
    if turn.used_turn:
        _use(board, turn)
    return turn


def _use(board: Board, turn: Turn) -> None:
    """Who took a turn stands last in that line."""
    last = max(one.places[turn.line] for one in board.people)
    mine = board.by_id.get(turn.user_id)
    if mine:
        turns = mine.turns[turn.line] + 1
        _stand_at.count(last + 1, turns, turn.day_id, turn.line, turn.user_id)


_stand_at = Write(
    "UPDATE showroom_rotaentry SET place = %s, turns = %s WHERE day_id = %s AND line = %s AND user_id = %s"
)


def give_back(row: Visit | Call) -> None:
    """The turn of a row that was crossed out: whose it was stands where he stood (SPEC RECP-03 to 09).

    Who has used another turn since stands behind that one, and who signed in again where he signed in.
    The decision stays. Last in its transaction, as it holds the row of the day.
    """
    pull = _turn_used_by.first(row._meta.model_name, row=row.pk)
    if pull is None:
        return  # no turn used, or by somebody who was not on the list
    day = lock_day(pull.day.store, pull.day.on)
    entry = RotaEntry.objects.filter(day=day, line=pull.line, user=pull.user_id)
    entry.update(turns=F("turns") - 1)
    if SignIn.objects.filter(store=day.store, on=day.on, user=pull.user_id, at__gt=pull.at).exists():
        return
    pull.refresh_from_db(fields=["place"])
    later = turns_used().filter(day=day, line=pull.line, user=pull.user_id, pk__gt=pull.pk)
    if following := later.order_by("pk").first():
        Pull.objects.filter(pk=following.pk).update(place=pull.place)
    else:
        entry.update(place=pull.place)


@Prepared
def _turn_used_by(register: str, *, row: int) -> QuerySet:
    pulls = Pull.objects.filter(used_turn=True, **{register: row}).exclude(place=None)
    return pulls.select_related("day__store").order_by("pk")[:1]


# --- what the registers ask -----------------------------------------------------------------


def turn_of_visit(
    store: Store, *, receiver: User, by: User, at: dt.datetime, known: Known | None, said: OutOfTurn | None
) -> Turn | None:
    """Whose turn a visit is, `known` telling whose customer came; kept with the visit. See `take_turn`."""
    return take_turn(store, Line.WALK_IN, receiver=receiver, by=by, at=at, known=known, said=said)


def keep_call(call: Call, *, by: User, known: Known | None) -> None:
    """Keep why a call went to whoever took it (SPEC CALL-01, CALL-04), where a list has a say."""
    asked = OutOfTurn(Pull.Why.ASKED_FOR, by) if call.designated_id else None
    turn = take_turn(
        call.store, call_line(call.store), receiver=call.receiver, by=by, at=call.at, known=known, said=asked,
        strict=False,
    )  # fmt: skip
    if turn:
        turn.keep(call=call)


# --- the decision --------------------------------------------------------------------------


def _decide(store, board, line, *, receiver, by, at, known, said) -> Turn:
    head = next_for(store, board, line)
    chosen = receiver.pk if receiver else _whoever_is_next(board, head, known)
    why, used, passed = _reason(store, board, line, chosen, head, known=known, said=said)
    return Turn(
        day_id=board.day_id,
        line=line,
        user_id=chosen,
        by=said.by if said and why in OUT_OF_TURN else by,
        at=at,
        why=why,
        used_turn=used,
        place=board.by_id[chosen].places[line] if used and chosen in board.by_id else None,
        head=head,
        order=tuple(one.user_id for one in board.line(line)),
        passed_over=tuple(passed),
        reason=said.reason if said and why in OUT_OF_TURN else "",
    )


def next_for(store: Store, board: Board, line: str) -> Standing | None:
    """Who is next in a line; for calls the phone duty, where the store works so and he is free."""
    if line == Line.PHONE and setting(store, "phone_mode") == "duty":
        duty = board.by_id.get(board.duty_id)
        if duty and duty.is_free:
            return duty
    return board.head(line)


def _whoever_is_next(board: Board, head: Standing | None, known: Known | None) -> int:
    """The owner when he is there and free, else the head of the line (SPEC RECP-04, RECP-05)."""
    if known and not board.code_of(known.owner_id):
        return known.owner_id
    if head is None:
        raise Refused(_("Nobody on the list is free. Choose who receives."), field="receiver")
    return head.user_id


def _reason(store, board, line, chosen, head, *, known, said) -> tuple[str, bool, list]:
    """Why this person, whether it uses his turn, and who was passed over with what kept them."""
    if known:
        return _of_known(board, chosen, known)
    if said and (head is None or chosen != head.user_id):
        code = Code.ASKED_FOR if said.why == Pull.Why.ASKED_FOR else Code.OVERRIDE
        passed = [(pk, kept or code) for pk, kept in board.before(chosen, line)]
        return said.why, said.why == Pull.Why.OVERRIDE, passed
    if line == Line.PHONE and chosen == board.duty_id and setting(store, "phone_mode") == "duty":
        return Pull.Why.DUTY, False, []
    passed = [(pk, code or Code.CHOSEN) for pk, code in board.before(chosen, line)]
    return Pull.Why.TURN, True, passed


def _of_known(board: Board, chosen: int, known: Known) -> tuple[str, bool, list]:
    """A known customer uses no turn, whoever receives him (SPEC RECP-04, RECP-05, A14)."""
    if chosen == known.owner_id:
        return (Pull.Why.FAMILY if known.family else Pull.Why.OWNER), False, []
    return Pull.Why.COURTESY, False, [(known.owner_id, board.code_of(known.owner_id) or Code.CHOSEN)]


def _check_said(said: OutOfTurn, store: Store) -> None:
    if said.why not in OUT_OF_TURN:
        raise Refused(_("Tap why the order does not hold."), field="turn_why")
    if not leads_the_list(said.by, store):
        raise NotAllowed(_("Only a manager or supervisor decides on the order."))
    if said.why == Pull.Why.OVERRIDE and not said.reason:
        raise Refused(_("Write why the order does not hold: it is kept."), field="turn_reason")


def _check_order(board: Board, turn: Turn) -> None:
    """No picking: a first visitor goes to whoever is next (SPEC RECP-07).

    Nobody breaks off with a customer while somebody is free (RECP-09); when nobody is free, anybody
    may receive.
    """
    head = turn.head
    if turn.why == Pull.Why.TURN and head and turn.user_id != head.user_id:
        raise NotTheirTurn(its_turn(head, board.before(head.user_id, turn.line), board), field="receiver")
