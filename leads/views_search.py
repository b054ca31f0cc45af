"""Search everywhere (Ctrl+K): the panel over the page, its live results, and the same as a page."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.rules import setting
from accounts.templatetags.look import plate

from .finding import Found, find
from .lists import LISTING
from .models.leads import Status
from .phones import mask
from .search import Search
from .steps import step_label


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """Who fits what is typed.

    By POST although it writes nothing: a number in an address would stand in every log.
    """
    if request.store is None or not request.user.roles_in(request.store) & set(LISTING):
        raise PermissionDenied
    asked = Search.read(request.POST.get("q", ""), request.store)
    answer = find(request.store, asked, user=request.user, now=request.now)
    labels = setting(request.store, "step_labels")
    context = {
        "asked": asked,
        "results": [_result(found, labels) for found in answer.found],
        "more": answer.more,
    }
    return render(request, "leads/_search_results.html" if request.htmx else "leads/search.html", context)


def _result(found: Found, labels: str) -> dict:
    """A row of the panel; what the reader may not see leads to its masked card, without a digit (A72)."""
    lead, seen = found.lead, found.seen
    invalid = lead.status == Status.VOID
    return {
        "url": ""
        if invalid and not seen
        else reverse(f"leads:{'card' if seen else 'masked'}", args=[lead.number]),
        "seen": seen,
        "plate": plate(lead.grade),
        "name": found.name or _("No name yet"),
        "phone": mask(lead.phone) if seen and lead.phone else "",
        "number": lead.number if seen else "",
        "model": lead.model_name if seen else "",
        "owner": lead.owner_name or "",
        "mine": found.mine,
        "step": str(step_label(lead.step, labels)) if seen else "",
        "status": "" if lead.status == Status.ACTIVE else str(Status(lead.status).label),
    }
