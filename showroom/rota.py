"""The up list's verbs: sign in, confirm, away and back, gone home, phone duty (SPEC RECP-06, K09)."""

import datetime as dt
from collections.abc import Callable, Sequence

from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.utils.translation import gettext as _

from accounts.days_off import off_row, rows_of
from accounts.errors import NotAllowed, Refused
from accounts.models import DayOff, Store, User
from accounts.roles import RECEIVING, Role

from .models import Line, Pull, RotaDay, RotaEntry, SignIn

LEADS_THE_LIST = (Role.MANAGER, Role.SUPERVISOR)
KEEPS_THE_LIST = (*LEADS_THE_LIST, Role.RECEPTIONIST)


def keeps_the_list(user: User, store: Store) -> bool:
    """Whether a person may sign others in and say that they are away, back or gone."""
    return bool(user.roles_in(store) & set(KEEPS_THE_LIST))


def leads_the_list(user: User, store: Store) -> bool:
    """Whether a person may confirm the order, name the phone duty and decide out of turn."""
    return bool(user.roles_in(store) & set(LEADS_THE_LIST))


def _must_keep(by: User, user: User, store: Store) -> None:
    if by.pk != user.pk and not keeps_the_list(by, store):
        raise NotAllowed(_("Everybody signs in for himself; reception and managers may do it for others."))


def _must_lead(by: User, store: Store) -> None:
    if not leads_the_list(by, store):
        raise NotAllowed(_("Only a manager or supervisor decides on the order."))


def lock_day(store: Store, on: dt.date) -> RotaDay:
    """The day's list with its row held and its version raised; made when there is none yet."""
    _day, new = RotaDay.objects.get_or_create(store=store, on=on)
    if new:
        DayOff(store=store).renew_stamp()  # every process looks for the list from now on
    day = RotaDay.objects.select_for_update(of=("self",), no_key=True).get(store=store, on=on)
    RotaDay.objects.filter(pk=day.pk).update(version=F("version") + 1)
    return day


def turns_used() -> QuerySet:
    """Decisions that used a turn, without those whose visit or call was crossed out."""
    return Pull.objects.filter(used_turn=True, visit__voided_at=None, call__voided_at=None)


# --- the book of the day -----------------------------------------------------------------


@transaction.atomic
def sign_in(store: Store, user: User, *, by: User, at: dt.datetime) -> SignIn:
    """Write somebody into the book of the day; a list that is not confirmed goes by the time of signing.

    Later ones, and who went home and came back, stand last in both lines (SPEC RECP-06). `at` UTC.
    Signing twice writes nothing. Refused: who does not receive customers, or is absent today.
    NotAllowed: a colleague, unless reception or a manager writes it.
    """
    _must_keep(by, user, store)
    on = store.business_date(at)
    _check_may_stand(store, user, on)
    day = lock_day(store, on)
    row, new = SignIn.objects.get_or_create(store=store, on=on, user=user, defaults={"at": at})
    if not new and row.left_at is None:
        return row
    if not new:
        row.at, row.left_at, row.away, row.away_since, row.back_at = at, None, "", None, None
        row.save()
    _stand_last(day, user)
    if day.confirmed_at is None and not turns_used().filter(day=day).exists():
        _by_sign_in(day)
    return row


def _check_may_stand(store: Store, user: User, on: dt.date) -> None:
    if not user.is_active or not user.roles_in(store) & set(RECEIVING):
        raise Refused(_("%(name)s does not receive customers here.") % {"name": user}, field="person")
    off = off_row(rows_of(store), user.pk, on)
    if off and off.absence:
        raise Refused(
            _("%(name)s is entered as absent today. Take the absence back first.") % {"name": user},
            field="person",
        )


def _stand_last(day: RotaDay, user: User) -> None:
    last = dict(day.entries.values_list("line").annotate(Max("place")))
    for line in Line.values:
        place = last.get(line, 0) + 1
        if not day.entries.filter(line=line, user=user).update(place=place):
            RotaEntry.objects.create(day=day, line=line, user=user, place=place)


def _by_sign_in(day: RotaDay) -> None:
    """Before the order is confirmed the book proposes it: who signed earlier stands first."""
    times = dict(SignIn.objects.filter(store=day.store, on=day.on).values_list("user_id", "at"))
    _place(day, lambda entry: (times[entry.user_id], entry.pk))


def _place(day: RotaDay, rank: Callable[[RotaEntry], tuple]) -> None:
    """Give everybody a new place by a rank, in both lines.

    The new places lie behind the old ones, so that no two ever meet. Nothing is written where the
    order is the same.
    """
    moved = []
    entries = list(day.entries.order_by("place"))
    for line in Line.values:
        own = [entry for entry in entries if entry.line == line]
        wanted = sorted(own, key=rank)
        if wanted != own:
            for place, entry in enumerate(wanted, start=own[-1].place + 1):
                entry.place = place
            moved += wanted
    if moved:
        RotaEntry.objects.bulk_update(moved, ["place"])


@transaction.atomic
def confirm(store: Store, order: Sequence[int], *, by: User, at: dt.datetime) -> RotaDay:
    """Confirm today's order at the morning meeting: from now on it binds (SPEC RECP-06, K09).

    `order` holds user ids, first to last; who is on the list and not named stands behind them. The
    order may be put right as long as nobody has received by it. Refused: nobody signed in, or a turn
    was used. NotAllowed: neither manager nor supervisor.
    """
    _must_lead(by, store)
    day = lock_day(store, store.business_date(at))
    if not day.entries.exists():
        raise Refused(_("Nobody has signed in yet. Sign in first, then confirm the order."))
    if turns_used().filter(day=day).exists():
        raise Refused(_("Somebody has received by this order: it stands for today."))
    named = {pk: rank for rank, pk in enumerate(order)}
    _place(day, lambda entry: (named.get(entry.user_id, len(named)), entry.place))
    day.confirmed_at, day.confirmed_by = at, by
    day.save(update_fields=["confirmed_at", "confirmed_by"])
    return day


# --- during the day ----------------------------------------------------------------------


def _here(store: Store, user: User, at: dt.datetime) -> SignIn:
    """Today's row of somebody, after the day was locked. Refused: not signed in, or gone home."""
    row = SignIn.objects.filter(store=store, on=store.business_date(at), user=user).first()
    if row is None or row.left_at:
        raise Refused(_("%(name)s is not on today's list. Sign in first.") % {"name": user}, field="person")
    return row


@transaction.atomic
def set_away(
    store: Store, user: User, why: str, *, by: User, at: dt.datetime, back_at: dt.datetime | None = None
) -> SignIn:
    """Say that somebody is not there for a while: passed over, the place is kept (S04).

    `why` is a code of `SignIn.Away`; `back_at` (UTC) what they said. Refused: not signed in, no reason,
    back before now. NotAllowed: a colleague.
    """
    _must_keep(by, user, store)
    if why not in SignIn.Away.values:
        raise Refused(_("Tap the reason."), field="away")
    if back_at and back_at <= at:
        raise Refused(_("Back at: a time still to come today."), field="back_at")
    lock_day(store, store.business_date(at))
    row = _here(store, user, at)
    row.away, row.away_since, row.back_at = why, at, back_at
    row.save(update_fields=["away", "away_since", "back_at"])
    return row


@transaction.atomic
def set_back(store: Store, user: User, *, by: User, at: dt.datetime) -> SignIn:
    """Somebody is there again, in the place they had. Refused: not signed in. NotAllowed: a colleague."""
    _must_keep(by, user, store)
    lock_day(store, store.business_date(at))
    row = _here(store, user, at)
    row.away, row.away_since, row.back_at = "", None, None
    row.save(update_fields=["away", "away_since", "back_at"])
    return row


@transaction.atomic
def go_home(store: Store, user: User, *, by: User, at: dt.datetime) -> SignIn:
    """Take somebody off today's list; who signs in again stands last.

    Refused: not signed in. NotAllowed: a colleague, unless reception or a manager says so.
    """
    _must_keep(by, user, store)
    day = lock_day(store, store.business_date(at))
    row = _here(store, user, at)
    row.left_at = at
    row.save(update_fields=["left_at"])
    if day.phone_duty_id == user.pk:
        day.phone_duty = None
        day.save(update_fields=["phone_duty"])
    return row


@transaction.atomic
def name_phone_duty(store: Store, user: User | None, *, by: User, at: dt.datetime) -> RotaDay:
    """Say who takes today's calls, where the store works so (`phone_mode` duty, SPEC CALL-05).

    None = nobody. Refused: somebody who is not on today's list. NotAllowed: neither manager nor supervisor.
    """
    _must_lead(by, store)
    day = lock_day(store, store.business_date(at))
    if user:
        _here(store, user, at)
    day.phone_duty = user
    day.save(update_fields=["phone_duty"])
    return day
