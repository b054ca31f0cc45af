"""The night page: what the night did, what is late, what stands aside and may be tried again."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import RUNNING
from leads.lists import LISTING

from .night.chunks import WHOLE, retry_parked
from .night_page import NightPage, parked_in
from .sweep import sweep


def check_role(request: HttpRequest) -> None:
    """PermissionDenied for who does not run the store."""
    if not request.user.roles_in(request.store) & set(RUNNING):
        raise PermissionDenied


@require_safe
@login_required
def night(request: HttpRequest) -> HttpResponse:
    """Last night, the sweep, and what is parked, of the store one is in."""
    check_role(request)
    page = NightPage(request.store, request.now)
    zone = request.store.zone
    context = {
        "page": page,
        "clock": f"{request.now.astimezone(zone):%H:%M}",
        "opens_leads": bool(request.user.roles_in(request.store) & set(LISTING)),
    }
    return render(request, "followups/night.html", context)


@require_POST
@login_required
def night_run(request: HttpRequest) -> HttpResponse:
    """Sweep now, when the sweep or last night's run is late; else there is nothing to do."""
    check_role(request)
    if NightPage(request.store, request.now).late:
        sweep(request.now)
        messages.success(request, _("Swept. What was due is prepared."))
    return redirect("followups:night")


@require_POST
@login_required
def night_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the next night try a parked row of this store again; a whole chore, the next sweep."""
    check_role(request)
    parked = get_object_or_404(parked_in(request.store), pk=pk)
    retry_parked(parked.pk)
    whole = parked.ref_kind == WHOLE
    words = _("The next sweep tries it again.") if whole else _("The next night tries it again.")
    messages.success(request, words)
    return redirect("followups:night")
