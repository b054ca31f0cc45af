"""The button "Undo" of a loss."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from . import undoing
from .answers import after_undo
from .models import Lead, LostRecord


@require_POST
@login_required
def undo_loss(request: HttpRequest, pk: int) -> HttpResponse:
    """The loss that one recorded today did not happen (SPEC A74)."""
    visible = Lead.objects.visible_to(request.user, now=request.now)
    loss = get_object_or_404(LostRecord.objects.filter(lead__in=visible.values("pk")), pk=pk)
    return after_undo(
        request, lambda: undoing.undo_loss(loss.pk, by=request.user, at=request.now), _("Loss undone")
    )
