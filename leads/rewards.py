"""Rewards for referrals as the house pays them: who pays, what is due, what was paid (SPEC A21)."""

import datetime as dt

from django.db.models import QuerySet

from accounts.models import Membership, Store, User
from accounts.roles import Role

from .models import ReferralReward

PAID_SHOWN = 90  # days back that the page shows what was paid


def may_pay(user: User, store: Store) -> bool:
    """The finance clerk pays; where a store has none, its manager."""
    roles = user.roles_in(store)
    if Role.FINANCE in roles:
        return True
    return Role.MANAGER in roles and not has_finance(store)


def has_finance(store: Store) -> bool:
    clerks = Membership.objects.filter(store=store, role=Role.FINANCE, ends_on=None, user__is_active=True)
    return clerks.exists()


def to_pay(store: Store, on: dt.date) -> QuerySet:
    """Approved, the car delivered by a store day, and not paid; the oldest first."""
    rows = ReferralReward.objects.filter(lead__store=store, approved_at__isnull=False, paid_at=None)
    return _with_people(rows.filter(due_on__lte=on).order_by("due_on", "pk"))


def still_ahead(store: Store, on: dt.date) -> QuerySet:
    """Approved, but due at a delivery that is still to come."""
    rows = ReferralReward.objects.filter(lead__store=store, approved_at__isnull=False, paid_at=None)
    return _with_people(rows.exclude(due_on__lte=on).order_by("approved_at", "pk"))


def paid_since(store: Store, since: dt.datetime) -> QuerySet:
    """Paid from a moment on (UTC), the newest first."""
    rows = ReferralReward.objects.filter(lead__store=store, paid_at__gte=since)
    return _with_people(rows.order_by("-paid_at", "-pk"))


def _with_people(rows: QuerySet) -> QuerySet:
    return rows.select_related("lead", "referrer", "approved_by", "paid_by")
