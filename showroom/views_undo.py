"""The button "Undo" of a closed visit."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from leads.answers import after_undo

from . import undoing
from .models import Visit
from .one_row import row_of, seen_row


@require_POST
@login_required
def undo_closing(request: HttpRequest, pk: int) -> HttpResponse:
    """The visit that one closed today is open again (SPEC A74)."""
    visit = seen_row(request, row_of, Visit, pk=pk)
    return after_undo(
        request,
        lambda: undoing.undo_closing(visit.pk, by=request.user, at=request.now),
        _("Undone: the visit is open again"),
    )
