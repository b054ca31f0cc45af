"""Whom a sheet of this floor is about: a lead that the person works on."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from leads.access import may_work_on, seen_by
from leads.models import Lead


def worked_or_403(request: HttpRequest, number: str) -> Lead:
    """The lead of a sheet: 404 for who does not see it, 403 for who only reads."""
    lead = seen_or_404(request, number)
    check_works_on(request, lead)
    return lead


def seen_or_404(request: HttpRequest, number: str) -> Lead:
    """The lead of a number with its customer and store; 404 for who does not see it (SPEC A71)."""
    lead = seen_by(request.user, number, now=request.now)
    if lead is None:
        raise Http404
    return lead


def check_works_on(request: HttpRequest, lead: Lead) -> None:
    """403 for who only reads a lead."""
    if not may_work_on(lead, request.user, now=request.now):
        raise PermissionDenied(_("This is a colleague's customer. Tell the owner instead."))
