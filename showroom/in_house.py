"""While a group is in the house: who is with it, signals ticked on the spot, other business in two taps."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.counters import take
from accounts.errors import NotAllowed, Refused
from accounts.models import Store
from accounts.roles import LOGGING, RECEIVING, Role

from .closing import may_close
from .models import Visit
from .one_row import lock_row
from .signals import HOT_SIGNALS
from .visits import day_counters


def may_tend(visit: Visit, *, owner_id: int | None, by) -> bool:
    """Who closes a visit, and reception: say that somebody is with the customer, tick what they see."""
    return may_close(visit, owner_id=owner_id, by=by) or Role.RECEPTIONIST in by.roles_in(visit.store)


def owner_id_of(visit: Visit) -> int | None:
    """Whose customer it is, if anybody's."""
    return visit.lead.owner_id if visit.lead else None


def _open(visit_id: int, *, by) -> Visit:
    visit = lock_row(Visit, visit_id, "lead")
    if not may_tend(visit, owner_id=owner_id_of(visit), by=by):
        raise NotAllowed(_("Only the receiver, reception and managers say what goes on with this customer."))
    if visit.voided_at or visit.left_at:
        raise Refused(_("This customer has left already."))
    return visit


@transaction.atomic
def approach(visit_id: int, *, by, at: dt.datetime) -> Visit:
    """Somebody is with the customer: the reminder after the first minutes ends (SPEC RECP-15).

    `at` UTC; the first time counts. Refused: a visit that is over. NotAllowed: see `may_tend`.
    """
    visit = _open(visit_id, by=by)
    if visit.approached_at is None:
        visit.approached_at = at
        visit.save(update_fields=["approached_at"])
    return visit


@transaction.atomic
def tick_hot(visit_id: int, signals: Sequence[str], *, by) -> Visit:
    """Keep the hot signals of a visitor; others that are ticked stay, the grade too (SPEC RECP-19).

    `signals` holds codes of HOT_SIGNALS, all that are ticked now. Refused: a visit that is over.
    NotAllowed: see `may_tend`.
    """
    visit = _open(visit_id, by=by)
    others = [code for code in visit.hot_signals if code not in HOT_SIGNALS]
    visit.hot_signals = [*others, *(code for code in HOT_SIGNALS if code in set(signals))]
    visit.save(update_fields=["hot_signals"])
    return visit


@transaction.atomic
def other_business(store: Store, what: str, *, by, at: dt.datetime) -> Visit:
    """Somebody came for something else: on the register at once and over, outside every rate (SPEC A14).

    `what` is a code of `Visit.Other`, `at` the moment in UTC. Refused: no such business. NotAllowed: a
    role that does not write the registers.
    """
    if not by.roles_in(store) & set(LOGGING):
        raise NotAllowed(_("Your role does not write the registers."))
    if what not in Visit.Other.values:
        raise Refused(_("Tap what the customer came for."), field="other")
    on = store.business_date(at)
    flow, register = take(*day_counters(store, on))
    receiver = by if by.roles_in(store) & set(RECEIVING) else None
    return Visit.objects.create(
        store=store, on=on, flow_serial=flow, register_serial=register, kind=Visit.Kind.OTHER_BUSINESS,
        other=what, receiver=receiver, arrived_at=at, left_at=at, recorded_at=at, closed_at=at, closed_by=by,
        completed=True,
    )  # fmt: skip
