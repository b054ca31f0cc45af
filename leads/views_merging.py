"""Merging two cards: find the other one, compare them side by side, and take a merge back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import NotAllowed, Refused
from accounts.roles import Role

from . import card as cards
from .answers import after_undo
from .comparing import compare
from .merging import MERGING, lasts, may_merge, may_unmerge, merge, unmerge
from .models import Lead, Merge
from .search import Search

FOUND = 8  # cards offered at once
LISTED = 50


@login_required
@require_safe
def find(request: HttpRequest, number: str) -> HttpResponse:
    """The sheet that looks for the other card, by tail, name, pinyin or lead number."""
    lead = _mergeable(request, number)
    search = Search.read(request.GET.get("q", ""), lead.store)
    context = {"lead": lead, "search": search, "found": _others(request, lead, search) if search else None}
    return render(request, "leads/_merge_find.html" if request.htmx else "leads/merge_find.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def pair(request: HttpRequest, number: str, other: str) -> HttpResponse:
    """Both cards side by side; a POST says which of them stays."""
    lead, second = _mergeable(request, number), _mergeable(request, other)
    if request.method != "POST":
        return _comparison(request, lead, second)
    numbers = {lead.number: lead, second.number: second}
    kept = numbers.get(request.POST.get("keep", ""))
    if kept is None:
        return _comparison(request, lead, second, error=_("Tap the card that stays."), status=422)
    folded = second if kept is lead else lead
    try:
        _merge(request, kept, folded)
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refused as refusal:
        return _comparison(request, lead, second, error=refusal.message, status=409)
    return redirect("leads:card", kept.number)


def _merge(request: HttpRequest, kept: Lead, folded: Lead) -> None:
    reason = request.POST.get("reason", "")[:200]
    merged = merge(kept.customer_id, folded.customer_id, by=request.user, at=request.now, reason=reason)
    undo = reverse("leads:unmerge", args=[merged.pk])
    messages.success(request, _("Merged. It can be undone for 30 days."), extra_tags=f"undo {undo}")


def _visible(request: HttpRequest) -> QuerySet:
    leads = Lead.objects.visible_to(request.user, now=request.now)
    return cards.card_leads(leads.filter(merged_into=None, customer__merged_into=None))


def _mergeable(request: HttpRequest, number: str) -> Lead:
    """404 when the person does not see it, 403 when others decide (SPEC A55)."""
    lead = _visible(request).filter(number=number.replace("\0", "")).first()
    if lead is None:
        raise Http404
    if not may_merge(request.user, lead.store):
        raise PermissionDenied(_("Only the manager merges cards."))
    return lead


def _others(request: HttpRequest, lead: Lead, search: Search) -> list[Lead]:
    """The newest lead of each other customer that fits."""
    leads = _visible(request).exclude(customer=lead.customer_id).order_by("-id")
    found: dict[int, Lead] = {}
    for other in search.among(leads)[: FOUND * 3]:
        found.setdefault(other.customer_id, other)
    return list(found.values())[:FOUND]


def _comparison(request: HttpRequest, lead: Lead, second: Lead, *, error: str = "", status: int = 200):
    if lead.customer_id == second.customer_id:
        raise Http404
    older, newer = sorted((lead, second), key=lambda one: (one.arrived_at, one.pk))
    context = {
        "lead": lead,
        "second": second,
        "pair": (older, newer),
        "rows": compare(older, newer),
        "keep": request.POST.get("keep", older.number),
        "reason": request.POST.get("reason", ""),
        "error": error,
    }
    return render(request, "leads/merge.html", context, status=status)


# --- what was merged ----------------------------------------------------------------------------


@login_required
@require_safe
def merges(request: HttpRequest) -> HttpResponse:
    """The merges of the store, the newest first, with "undo" while it lasts."""
    rows = list(_merges(request).select_related("kept", "folded", "by").order_by("-at", "-id")[:LISTED])
    leads = Lead.objects.visible_to(request.user, now=request.now).filter(merged_into=None)
    numbers = dict(
        leads.filter(customer__in=[row.kept_id for row in rows])
        .order_by("id")
        .values_list("customer", "number")
    )
    context = {"rows": [_row(request, row, numbers.get(row.kept_id)) for row in rows]}
    return render(request, "leads/merges.html", context)


def _row(request: HttpRequest, merged: Merge, number: str | None) -> dict:
    undoable = lasts(merged, request.now) and may_unmerge(merged, request.user, request.store)
    return {"merge": merged, "number": number, "undoable": undoable}


@login_required
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Two cards again, with every row as it was (SPEC A74)."""
    merged = get_object_or_404(_merges(request), pk=pk)
    return after_undo(
        request,
        lambda: unmerge(merged.pk, by=request.user, at=request.now),
        _("Merge undone: two cards again"),
        otherwise=reverse("leads:merges"),
    )


def _merges(request: HttpRequest) -> QuerySet:
    """Those whose kept card the person sees; 403 for every role that does not merge."""
    if request.store is None or not request.user.roles_in(request.store) & (MERGING | {Role.GENERAL_MANAGER}):
        raise PermissionDenied(_("Only the manager merges cards."))
    visible = Lead.objects.visible_to(request.user, now=request.now)
    return Merge.objects.filter(kept__in=visible.values("customer"))
