"""Why (not) today: a small sheet for who leads the owner."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leads.access import seen_by
from leads.lists import LEADING

from .explaining import explain


@require_safe
@login_required
def explain_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """Of a lead that one sees; 403 for who leads nobody."""
    if not request.user.roles_in(request.store) & set(LEADING):
        raise PermissionDenied
    lead = seen_by(request.user, number, now=request.now)
    if lead is None:
        raise Http404
    told = explain(lead, lead.store.business_date(request.now), request.now)
    template = "followups/_explain.html" if request.htmx else "followups/explain.html"
    return render(request, template, {"lead": lead, "told": told})
