"""Many leads change hands at once: by the same verb as one, fifty to a transaction (RELIABILITY 28)."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import cycle

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.middleware import is_lock_timeout
from accounts.models import Membership, Store, User
from accounts.roles import RECEIVING, Role
from accounts.sql import wait_longer
from accounts.working_days import Calendar

from .giving import give
from .models import Lead

MOST = 500  # leads of one reassignment
BATCH = 50  # leads of one transaction
PATIENCE = 20  # seconds a batch waits for somebody else's
BUSY = ("57014", "40P01")  # PostgreSQL: statement cancelled, deadlock detected


@dataclass
class Given:
    """What became of it: (lead, owner before, owner now) of those that moved, (lead, why not) of the rest."""

    moved: list[tuple[int, int | None, int | None]] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    already: int = 0  # stood there before


def may_give_many(user: User, store: Store) -> bool:
    return bool(user.roles_in(store) & {Role.MANAGER, Role.SUPERVISOR})


def people_of(store: Store) -> list[User]:
    """Who may own leads of a store, by name, in one statement."""
    rows = Membership.objects.filter(
        store=store, role__in=RECEIVING, ends_on=None, user__is_active=True
    ).select_related("user", "store__group", "team")
    people: dict[int, User] = {}
    for row in rows.order_by("user__full_name", "user_id", "id"):
        person = people.setdefault(row.user_id, row.user)
        person.current_memberships = [*person.__dict__.get("current_memberships", ()), row]
    return list(people.values())


def at_work(people: list[User], store: Store, *, on: dt.date) -> list[User]:
    """The consultants among them who work on a store day; when nobody does, all of them."""
    sell = [person for person in people if Role.CONSULTANT in person.roles_in(store)]
    calendar = Calendar(store)
    return [person for person in sell if calendar.works(person.pk, on)] or sell


def split(lead_ids: Sequence[int], people: Sequence[User]) -> list[tuple[int, User]]:
    """One after the other in the order of the leads, so that nobody gets two more than another."""
    if not people:
        raise Refused(_("Nobody sells in this store. Choose the pool."), field="to")
    return list(zip(lead_ids, cycle(people), strict=False))


def give_many(
    shares: Iterable[tuple[int, User | None]],
    *,
    by: User,
    at: dt.datetime,
    reason: str,
    still: dict[int, int | None] | None = None,
) -> Given:
    """Give each lead to its person, or to the pool with None; what cannot move says why, the rest moves.

    Leads are locked in the order of their ids, so that two reassignments never wait for each other
    in a ring. With `still` a lead moves only while it is with the owner named there. NotAllowed: who
    leads no store. Refused: no reason, or more than MOST. `at` UTC.
    """
    shares = sorted(shares, key=lambda share: share[0])
    if not by.has_role(Role.MANAGER, Role.SUPERVISOR):
        raise NotAllowed(_("Only a manager or a supervisor gives many customers at once."))
    if not reason.strip():
        raise Refused(_("Say why."), field="reason")
    if len(shares) > MOST:
        raise Refused(_("At most %(most)s at once.") % {"most": MOST})
    given = Given()
    for start in range(0, len(shares), BATCH):
        _give_batch(shares[start : start + BATCH], given, still, by=by, at=at, reason=reason)
    return given


def _give_batch(batch: list, given: Given, still: dict | None, **facts) -> None:
    """Fifty of them, all in or all out."""
    here = Given()
    try:
        with transaction.atomic():
            wait_longer(PATIENCE)
            owners = _locked([pk for pk, _person in batch])
            for pk, person in batch:
                _give_one(pk, person, owners.get(pk), here, still, **facts)
    except OperationalError as error:
        if not _is_busy(error):
            raise
        busy = _("Somebody works on it just now. Try again.")
        here = Given(refused=[(pk, busy) for pk, _person in batch])
    given.moved += here.moved
    given.refused += here.refused
    given.already += here.already


def _is_busy(error: OperationalError) -> bool:
    """Waited too long for a lock, as the lock or as the statement, or was the loser of a deadlock."""
    return is_lock_timeout(error) or getattr(error.__cause__, "pgcode", None) in BUSY


def _locked(ids: list[int]) -> dict[int, int | None]:
    rows = Lead.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    return dict(rows.values_list("pk", "owner_id"))


def _give_one(pk, person, before, here: Given, still, *, by, at, reason) -> None:
    target = person.pk if person else None
    if still is not None and before != still[pk]:
        here.refused.append((pk, _("It has moved on since.")))
    elif before == target:
        here.already += 1
    else:
        try:
            give(pk, person, by=by, at=at, reason=reason)
            here.moved.append((pk, before, target))
        except Refused as refusal:
            here.refused.append((pk, str(refusal.message)))
