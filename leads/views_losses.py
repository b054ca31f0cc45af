"""The lost desk: confirm or send back, reasons x cars, and the lists behind the numbers (SPEC 20, S35)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.errors import NotAllowed, Refused
from accounts.prepared import Prepared
from accounts.rules import setting

from . import lost_desk
from .access import is_visible
from .filters import ContactPool, LeadFilter, People
from .lists import LEADING
from .losing import confirm_loss, decides_alone, may_confirm_alone, may_decide, reject_loss
from .loss_forms import LossDecisionForm
from .lost_desk import Period
from .models import Lead, LostRecord
from .statuses import InvalidReason

SHOWN = 50  # rows at first; the rest with "more"
MOST = 1000


def _must_lead(request: HttpRequest) -> None:
    if request.store is None or not request.user.roles_in(request.store) & set(LEADING):
        raise PermissionDenied


@require_safe
@login_required
def losses(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, why customers were lost in a period, whom to win back."""
    _must_lead(request)
    return render(request, "leads/losses.html", _waiting(request) | _reasons(request) | _win_back(request))


def _waiting(request: HttpRequest) -> dict:
    rows = lost_desk.to_confirm(request.user, request.store, now=request.now)
    found = list(_with_people(rows)[: MOST + 1])
    own = any(row.recorded_by_id == request.user.pk for row in found)
    return {
        "alone": own and decides_alone(request.user, request.store),
        "today_from": request.store.start_of_day(request.store.business_date(request.now)),
        "waiting": found[: _shown(request)],
        "waiting_count": f"{MOST}+" if len(found) > MOST else len(found),
        "more": len(found) > _shown(request),
        "next_shown": _shown(request) + SHOWN,
        "overdue_before": lost_desk.overdue_before(request.store, now=request.now),
        "decides": may_decide(request.user, request.store),
    }


def _with_people(rows: QuerySet) -> QuerySet:
    return rows.select_related("lead__customer", "lead__owner", "reason", "recorded_by", "decided_by")


def _shown(request: HttpRequest) -> int:
    asked = request.GET.get("shown", "")
    return min(max(int(asked), SHOWN), MOST) if asked.isdecimal() and len(asked) < 6 else SHOWN


def _period(request: HttpRequest) -> Period:
    asked = request.GET.get("period")
    return Period(asked) if asked in Period.values else Period.WEEK


def _confirmed(request: HttpRequest, period: Period) -> list[lost_desk.Lost]:
    days = lost_desk.days_of(period, request.store.business_date(request.now))
    return lost_desk.confirmed(request.user, request.store, days, now=request.now)


def _reasons(request: HttpRequest) -> dict:
    period = _period(request)
    found = _confirmed(request, period)
    days = lost_desk.days_of(period, request.store.business_date(request.now))
    return {
        "period": period,
        "periods": Period.choices,
        "first": days[0],
        "last": days[1],
        "week": days[0].isocalendar().week if period in (Period.WEEK, Period.LAST_WEEK) else None,
        "table": lost_desk.table_of(found),
        "alone_count": sum(lost.alone for lost in found),
        "list_url": f"{reverse('leads:losses_found')}?{urlencode({'period': period})}",
        "struck": lost_desk.marked_invalid(request.user, request.store, days, now=request.now).count(),
        "struck_url": f"{reverse('leads:struck')}?{urlencode({'period': period})}",
    }


def _win_back(request: HttpRequest) -> dict:
    """The list of leads under "Lost before", and how many it has (SPEC DEV-04, LOST-08)."""
    store = request.store
    query = QueryDict(f"pool={ContactPool.FAILED}")
    visible = Lead.objects.visible_to(request.user, now=request.now).filter(store=store)
    today = store.business_date(request.now)
    lost_before = LeadFilter(query, visible, people=People(store), today=today, by_owner=True, active=True)
    return {
        "win_back": lost_before.qs.count(),
        "win_back_days": setting(store, "win_back_after_days"),
        "win_back_url": f"{reverse('leads:list')}?{query.urlencode()}",
    }


@require_safe
@login_required
def losses_found(request: HttpRequest) -> HttpResponse:
    """The confirmed losses behind a number of the desk."""
    _must_lead(request)
    period = _period(request)
    reason, car = request.GET.get("reason"), request.GET.get("car")
    alone = "alone" in request.GET
    found = lost_desk.narrowed(_confirmed(request, period), reason=reason, car=car, alone=alone)
    ids = [lost.pk for lost in found]
    rows = {row.pk: row for row in _with_people(LostRecord.objects.filter(pk__in=ids[: _shown(request)]))}
    given = {"period": period, "reason": reason, "car": car, "alone": "1" if alone else None}
    more = {name: value for name, value in given.items() if value is not None}
    context = {
        "losses": [rows[pk] for pk in ids[: _shown(request)]],
        "count": len(found),
        "period": period,
        "decides": may_decide(request.user, request.store),
        "reason_name": next((lost.reason_name for lost in found), "") if reason else "",
        "car": car,
        "alone": alone,
        "more_url": f"?{urlencode({**more, 'shown': _shown(request) + SHOWN})}"
        if len(ids) > _shown(request)
        else "",
        "back": f"{reverse('leads:losses')}?{urlencode({'period': period})}",
    }
    return render(request, "leads/losses_found.html", context)


@require_safe
@login_required
def struck(request: HttpRequest) -> HttpResponse:
    """The leads marked as invalid in a period, by whom and why, for the manager to sample (SPEC A07)."""
    _must_lead(request)
    period, size = _period(request), _shown(request)
    days = lost_desk.days_of(period, request.store.business_date(request.now))
    marks = lost_desk.marked_invalid(request.user, request.store, days, now=request.now)
    found = list(marks.select_related("lead__customer", "by")[: MOST + 1])
    reasons = dict(InvalidReason.choices)
    context = {
        "marks": [(mark, reasons.get(mark.reason, mark.reason)) for mark in found[:size]],
        "count": f"{MOST}+" if len(found) > MOST else len(found),
        "period": period,
        "more_url": f"?{urlencode({'period': period, 'shown': size + SHOWN})}" if len(found) > size else "",
        "back": f"{reverse('leads:losses')}?{urlencode({'period': period})}",
    }
    return render(request, "leads/struck.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def loss(request: HttpRequest, pk: int) -> HttpResponse:
    """One loss: the manager confirms it with a tap, or sends it back with a word."""
    found = _loss_or_404(request, pk)
    if not may_decide(request.user, found.lead.store):
        raise PermissionDenied(_("Only the manager decides this."))
    if request.method != "POST":
        return _loss_sheet(request, found, LossDecisionForm())
    form = LossDecisionForm(request.POST)
    if not form.is_valid():
        return _loss_sheet(request, found, form, status=422)
    try:
        return _decided(request, found, form)
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refused as refusal:
        form.add_error(refusal.field, refusal.message)
        return _loss_sheet(request, found, form, status=422 if refusal.field else 409)


def _loss_or_404(request: HttpRequest, pk: int) -> LostRecord:
    for found in _of_key(pk=pk):
        if is_visible(found.lead, request.user, now=request.now):
            return found
    raise Http404


@Prepared
def _of_key(*, pk: int) -> QuerySet:
    return _with_people(LostRecord.objects.filter(pk=pk)).select_related("lead__store")


def _decided(request: HttpRequest, found: LostRecord, form: LossDecisionForm) -> HttpResponse:
    verbs = {LostRecord.Decision.CONFIRMED: confirm_loss, LostRecord.Decision.REJECTED: reject_loss}
    decision = LostRecord.Decision(form.cleaned_data["decision"])
    verbs[decision](found.pk, by=request.user, at=request.now, comment=form.cleaned_data["comment"])
    name = found.lead.customer.name or found.lead.number
    said = {
        LostRecord.Decision.CONFIRMED: _("%(name)s: loss confirmed"),
        LostRecord.Decision.REJECTED: _("%(name)s: sent back, due today"),
    }
    messages.success(request, said[decision] % {"name": name})
    url = reverse("leads:losses")
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _may_confirm(request: HttpRequest, found: LostRecord) -> bool:
    """Somebody else's; one's own from the next day on where nobody else may."""
    if found.recorded_by_id != request.user.pk:
        return True
    store = found.lead.store
    return decides_alone(request.user, store) and may_confirm_alone(found, store, now=request.now)


def _loss_sheet(
    request: HttpRequest, found: LostRecord, form: LossDecisionForm, status: int = 200
) -> HttpResponse:
    context = {
        "loss": found,
        "lead": found.lead,
        "form": form,
        "may_confirm": _may_confirm(request, found),
        "back": reverse("leads:losses"),
    }
    template = "leads/_loss_sheet.html" if request.htmx else "leads/loss.html"
    return render(request, template, context, status=status)
