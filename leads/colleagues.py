"""What stands open between colleagues: whose a customer is, and who is owed a reward."""

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.roles import Role

from .disputes import open_disputes
from .models import ReferralReward

SHOWN = 20


def between(request: HttpRequest) -> dict:
    """Open disputes for both sides and the manager; rewards to approve or pay for the manager."""
    manages = Role.MANAGER in request.user.roles_in(request.store)
    return {
        "disputes": list(open_disputes(request.user, request.store)[:SHOWN]),
        "rewards": list(_rewards(request)[:SHOWN]) if manages else [],
    }


def _rewards(request: HttpRequest) -> QuerySet:
    """Promised and not approved, or approved, due by today and not paid (SPEC A21)."""
    today = request.store.business_date(request.now)
    waits = Q(approved_at=None) | Q(paid_at=None, due_on__lte=today)
    rows = ReferralReward.objects.filter(waits, lead__store=request.store)
    return rows.select_related("lead", "referrer").order_by("due_on", "pk")
