"""What stands open between colleagues: whose a customer is, and who is owed a reward."""

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest

from accounts.roles import Role

from .disputes import outcome, told_disputes
from .models import Dispute, ReferralReward
from .rewards import may_pay

SHOWN = 20


def between(request: HttpRequest) -> dict:
    """Disputes for both sides and the manager, ended ones for two days; the manager's rewards."""
    manages = Role.MANAGER in request.user.roles_in(request.store)
    return {
        "disputes": _disputes(request),
        "rewards": list(_rewards(request)[:SHOWN]) if manages else [],
    }


def _disputes(request: HttpRequest) -> list[Dispute]:
    """Open ones first, each that ended with its `outcome`."""
    told = told_disputes(request.user, request.store, now=request.now)
    disputes = list(told.order_by(F("decided_at").desc(nulls_first=True), "opened_at", "pk")[:SHOWN])
    for dispute in disputes:
        dispute.outcome = outcome(dispute)
    return disputes


def _rewards(request: HttpRequest) -> QuerySet:
    """Promised and not approved; where the manager pays himself, due by today too (SPEC A21)."""
    waits = Q(approved_at=None)
    if may_pay(request.user, request.store):
        waits |= Q(paid_at=None, due_on__lte=request.store.business_date(request.now))
    rows = ReferralReward.objects.filter(waits, lead__store=request.store)
    return rows.select_related("lead", "referrer").order_by("due_on", "pk")
