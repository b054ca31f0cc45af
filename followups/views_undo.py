"""The button "Undo" of a contact."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from leads.answers import after_undo
from leads.models import Lead

from . import undoing
from .models import Contact


@require_POST
@login_required
def undo_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back one's own contact or attempt of today (SPEC A74)."""
    visible = Lead.objects.visible_to(request.user, now=request.now)
    contact = get_object_or_404(Contact.objects.filter(lead__in=visible.values("pk")), pk=pk)
    return after_undo(
        request,
        lambda: undoing.undo_contact(contact.pk, by=request.user, at=request.now),
        _("Contact undone"),
    )
