"""Who may receive a visitor, in memory until a role, a name or a rule of the store changes."""

from copy import copy
from functools import lru_cache

from accounts.models import Membership, Store, User
from accounts.roles import RECEIVING


@lru_cache(maxsize=256)
def _receivers(store_id: int, stamp: str) -> tuple[User, ...]:
    """Names and roles alone are remembered: whatever else a person holds is read when it is asked for."""
    rows = Membership.objects.filter(store=store_id, role__in=RECEIVING, ends_on=None, user__is_active=True)
    rows = rows.select_related("user").only(
        "user__username", "user__full_name", "user__is_active", "store_id", "role"
    )
    people: dict[int, User] = {}
    for row in rows.order_by("user__full_name", "id"):
        person = people.setdefault(row.user_id, row.user)
        person.current_memberships = (*person.__dict__.get("current_memberships", ()), row)
    return tuple(people.values())


def receivers(store: Store) -> list[User]:
    """Who may receive a visitor, by name."""
    return [copy(person) for person in _receivers(store.pk, store.rules_stamp)]
