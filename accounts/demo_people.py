"""The demo store lets anybody in by role; a database with a real store never does."""

from .models import Membership, Store
from .roles import Role

SHOWN = (Role.CONSULTANT, Role.RECEPTIONIST, Role.MANAGER, Role.GENERAL_MANAGER, Role.ADMIN)


def demo_people() -> dict[str, Membership]:
    """One person per role of the demo store, in the order of SHOWN; empty beside a real store."""
    if not Store.objects.exists() or Store.objects.filter(is_demo=False).exists():
        return {}
    holders = (
        Membership.objects.filter(role__in=SHOWN, ends_on=None, user__is_active=True)
        .select_related("user", "store")
        .order_by("-id")
    )
    first = {membership.role: membership for membership in holders}
    return {role: first[role] for role in SHOWN if role in first}
