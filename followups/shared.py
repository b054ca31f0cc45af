"""The customers two people share, and what the other one did (SPEC OWN-10)."""

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.roles import SELLING
from leads.colleagues import between
from leads.models import Collaborator, Lead

from .models import Contact
from .panels import contact_item

SHOWN = 20
NEWS_DAYS = 2  # today and yesterday


@login_required
@require_safe
def together(request: HttpRequest) -> HttpResponse:
    """Disputes, rewards and shared customers; a part of My day, or a page of its own. Four statements."""
    if request.store is None or not request.user.roles_in(request.store) & set(SELLING):
        raise PermissionDenied
    context = {**between(request), "lines": _shared(request)}
    template = "followups/_together.html" if request.htmx else "followups/together.html"
    return render(request, template, context)


def _shared(request: HttpRequest) -> list[dict]:
    """A line per shared customer with the newest contact of the other one, those with news first."""
    user, shared = request.user, Collaborator.objects.filter(ends_on=None, lead__store=request.store)
    mine = shared.filter(Q(user=user) | Q(lead__owner=user))
    partners: dict[Lead, list[str]] = {}
    for row in mine.select_related("lead__customer", "lead__owner", "user").order_by("-pk")[:SHOWN]:
        other = row.lead.owner if row.user_id == user.pk else row.user
        partners.setdefault(row.lead, []).append(other.full_name if other else "")
    news = _news(partners, request) if partners else {}
    lines = [
        {"lead": lead, "others": list(filter(None, names)), "news": news.get(lead.pk)}
        for lead, names in partners.items()
    ]
    return sorted(lines, key=lambda line: line["news"] is None)


def _news(leads, request: HttpRequest) -> dict:
    """The newest contact or attempt of somebody else on each lead, of today and yesterday."""
    today = request.store.business_date(request.now)
    since = request.store.start_of_day(today - dt.timedelta(days=NEWS_DAYS - 1))
    contacts = Contact.objects.standing().filter(lead__in=leads, at__gte=since).exclude(by=request.user)
    return {row.lead_id: contact_item(row) for row in contacts.select_related("by").order_by("at", "pk")}
