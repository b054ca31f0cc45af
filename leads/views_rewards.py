"""The sheet of rewards for referrals: finance pays what the manager approved (SPEC A21, A71)."""

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.errors import Refused
from accounts.roles import Role

from .models import ReferralReward
from .referrals import pay_reward
from .rewards import PAID_SHOWN, may_pay, paid_since, still_ahead, to_pay

READS = {Role.FINANCE, Role.MANAGER, Role.GENERAL_MANAGER}
SHOWN = 200


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rewards(request: HttpRequest) -> HttpResponse:
    """To pay, still to come, paid; a POST notes that one was paid. Names and sums, no numbers, no cards."""
    if request.store is None or not request.user.roles_in(request.store) & READS:
        raise PermissionDenied
    pays = may_pay(request.user, request.store)
    if request.method == "POST":
        if not pays:
            raise PermissionDenied(_("Only the finance clerk pays rewards."))
        return _pay(request)
    today = request.store.business_date(request.now)
    due = to_pay(request.store, today)
    since = request.store.start_of_day(today - dt.timedelta(days=PAID_SHOWN))
    context = {
        "pays": pays,
        "due": list(due[:SHOWN]),
        "sum": due.order_by().aggregate(sum=Sum("amount"))["sum"],
        "ahead": list(still_ahead(request.store, today)[:SHOWN]),
        "paid": list(paid_since(request.store, since)[:SHOWN]),
        "paid_days": PAID_SHOWN,
    }
    return render(request, "leads/rewards.html", context)


def _pay(request: HttpRequest) -> HttpResponse:
    asked = request.POST.get("reward", "")
    if not asked.isdecimal() or len(asked) > 18:
        raise Http404
    reward = ReferralReward.objects.filter(pk=asked, lead__store=request.store).first()
    if reward is None:
        raise Http404
    try:
        pay_reward(reward.lead_id, by=request.user, at=request.now)
        messages.success(request, _("Reward paid"))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("leads:rewards")
