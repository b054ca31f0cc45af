"""What the up list says: decisions and states in the reader's language, from their codes (UX law 5)."""

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import Store
from leads.timeline import sentences

from .models import Line, Pull, SignIn, Visit
from .rota_board import Board, Code, Standing

Passed = Sequence[tuple[int, str]]


def joined(names: Sequence[str]) -> str:
    """ "Li, Wang and Zhou"."""
    if len(names) < 2:
        return "".join(names)
    first = pgettext("between names", ", ").join(names[:-1])
    return pgettext("the last of some names", "%(names)s and %(last)s") % {"names": first, "last": names[-1]}


def kept_by(code: str, names: Sequence[str]) -> str:
    """ "Li and Wang are with customers": what keeps some people, as part of a sentence."""
    return _sentence(code, len(names)) % {"names": joined(names)}


def _sentence(code: str, n: int) -> str:
    match code:
        case Code.VISIT:
            return ngettext("%(names)s is with a customer", "%(names)s are with customers", n)
        case Code.DRIVE:
            return ngettext("%(names)s is on a test drive", "%(names)s are on test drives", n)
        case SignIn.Away.PHONE:
            return ngettext("%(names)s is on the phone", "%(names)s are on the phone", n)
        case SignIn.Away.OUT:
            return ngettext("%(names)s is out of the showroom", "%(names)s are out of the showroom", n)
        case SignIn.Away.BREAK:
            return ngettext("%(names)s is on a break", "%(names)s are on a break", n)
        case Code.LEFT:
            return ngettext("%(names)s has gone home", "%(names)s have gone home", n)
        case Code.ABSENT:
            return ngettext("%(names)s is absent", "%(names)s are absent", n)
        case Code.NOT_HERE:
            return ngettext("%(names)s has not signed in", "%(names)s have not signed in", n)
    return ngettext("%(names)s is not there", "%(names)s are not there", n)


def who_is_kept(passed: Passed, names: dict[int, str]) -> str:
    """All that keeps those who stand before: "Li and Wang are with customers, Zhou is on the phone"."""
    by_code: dict[str, list[str]] = {}
    for pk, code in passed:
        if code not in (Code.ASKED_FOR, Code.OVERRIDE, Code.CHOSEN):
            by_code.setdefault(code, []).append(names.get(pk, ""))
    return pgettext("between half-sentences", ", ").join(kept_by(code, who) for code, who in by_code.items())


def its_turn(head: Standing, ahead: Passed, board: Board) -> str:
    """Why a first visitor goes to somebody: "It is Li's turn. Wang is with a customer."."""
    said = _("It is %(name)s's turn.") % {"name": head.name}
    kept = who_is_kept(ahead, {one.user_id: one.name for one in board.people})
    return _and(said, kept)


def _and(sentence: str, kept: str) -> str:
    if not kept:
        return sentence
    return pgettext("two sentences", "%(first)s %(second)s.") % {"first": sentence, "second": kept}


def told(pull: Pull, names: dict[int, str]) -> str:
    """One decision of the log, in a sentence: who was kept, and so why this person."""
    kept = who_is_kept([tuple(one) for one in pull.passed_over], names)
    name, head = names.get(pull.user_id, ""), names.get(pull.head_id, "")
    match pull.why:
        case Pull.Why.OWNER:
            return _("%(name)s's own customer, no turn used.") % {"name": name}
        case Pull.Why.FAMILY:
            return _("Family of %(name)s's customer, no turn used.") % {"name": name}
        case Pull.Why.COURTESY:
            return _courtesy(pull, names, kept)
        case Pull.Why.DUTY:
            return _("%(name)s has the phone duty.") % {"name": name}
        case Pull.Why.ASKED_FOR:
            said = _("The customer asked for %(name)s.") % {"name": name}
        case Pull.Why.OVERRIDE:
            said = _("%(manager)s decided: %(reason)s.") % {
                "manager": pull.by.full_name,
                "reason": pull.reason,
            }
        case _:
            return _turn(pull, name, kept, names)
    stays = _("%(name)s stays next.") % {"name": head} if head and pull.head_id != pull.user_id else ""
    return sentences(said, stays)


def crossed_out(pull: Pull, names: dict[int, str]) -> str:
    """What became of a decision whose visit or call was crossed out."""
    if pull.used_turn and pull.place is not None:
        return _("Crossed out: %(name)s has the turn back.") % {"name": names.get(pull.user_id, "")}
    return _("Crossed out.")


def _turn(pull: Pull, name: str, kept: str, names: dict[int, str]) -> str:
    skipped = [names.get(pk, "") for pk, code in pull.passed_over if code == Code.CHOSEN]
    if skipped:
        return _("%(name)s was chosen, %(others)s stood before.") % {"name": name, "others": joined(skipped)}
    said = _("it was %(name)s's turn") % {"name": name}
    if kept:
        return pgettext("why, and so", "%(kept)s: %(said)s.") % {"kept": kept, "said": said}
    return _("It was %(name)s's turn.") % {"name": name}


def _courtesy(pull: Pull, names: dict[int, str], kept: str) -> str:
    owner = names.get(pull.passed_over[0][0], "") if pull.passed_over else ""
    said = _("received for %(owner)s, no turn used") % {"owner": owner}
    if kept:
        return pgettext("why, and so", "%(kept)s: %(said)s.") % {"kept": kept, "said": said}
    return _("Received for %(owner)s, no turn used.") % {"owner": owner}


def next_line(head: Standing | None, board: Board, line: str) -> str:
    """Beside the receiver: "Next: Tang Wei. Wang and Li are with customers."; empty without a list."""
    if not board.people:
        return ""
    names = {one.user_id: one.name for one in board.people}
    if head is None:
        return _and(_("Nobody is free."), who_is_kept(board.before(None, line), names))
    said = _("Next: %(name)s.") % {"name": head.name}
    return _and(said, who_is_kept(board.before(head.user_id, line), names))


# --- the state of one person -------------------------------------------------------------------

AWAY_ICONS = {SignIn.Away.PHONE: "phone", SignIn.Away.OUT: "door-exit", SignIn.Away.BREAK: "clock"}


def minutes_since(since: dt.datetime, now: dt.datetime) -> str:
    n = max(0, int((now - since).total_seconds() // 60))
    return ngettext("%(n)s min", "%(n)s min", n) % {"n": n}


def state_of(one: Standing, store: Store, now: dt.datetime) -> str:
    """Under the name: "free, test drive 15:30", "with a customer 52 min · return visit, turn kept"."""
    if one.left_at:
        return _("gone home %(time)s") % {"time": clock(one.left_at, store)}
    if one.absent:
        return _("absent")
    if one.away:
        return _away(one, store)
    if one.busy_since:
        return _with_a_customer(one, now)
    if one.drives:
        return _("on a test drive, keeps the place")
    if one.drive_at:
        return _("free, test drive %(time)s") % {"time": clock(one.drive_at, store)}
    return _("free")


def _away(one: Standing, store: Store) -> str:
    label = str(SignIn.Away(one.away).label)
    if one.back_at:
        back = _("back %(time)s") % {"time": clock(one.back_at, store)}
        return pgettext("state and more", "%(state)s, %(more)s") % {"state": label, "more": back}
    return pgettext("state and more", "%(state)s, %(more)s") % {"state": label, "more": _("keeps the place")}


def _with_a_customer(one: Standing, now: dt.datetime) -> str:
    said = _("with a customer %(minutes)s") % {"minutes": minutes_since(one.busy_since, now)}
    known = one.visit_kind in (Visit.Kind.RETURN, Visit.Kind.FIRST_CARDED)
    return f"{said} · {_('return visit, turn kept')}" if known else said


def clock(at: dt.datetime, store: Store) -> str:
    """ "15:30", store time."""
    return f"{at.astimezone(store.zone):%H:%M}"


def lines_led(user_id: int, heads: dict[str, Standing | None]) -> str:
    """The lines in which somebody is next, in words; empty for who is not."""
    led = [line for line, head in heads.items() if head and head.user_id == user_id]
    if len(led) == len(Line):
        return _("next for walk-ins and calls")
    words = {Line.WALK_IN: _("next for walk-ins"), Line.PHONE: _("next for calls")}
    return words[led[0]] if led else ""
