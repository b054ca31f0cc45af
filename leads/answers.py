"""What a page is told after something was undone."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.errors import NotAllowed, Refused
from accounts.signing_in import safe_next


def after_undo(
    request: HttpRequest, undo: Callable[[], object], text: str, *, otherwise: str = ""
) -> HttpResponse:
    """Undo, say so, and go back to where the button stood, or `otherwise`; 403 for another's act."""
    try:
        undo()
        messages.success(request, text)
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect(otherwise or safe_next(request))


def undo_address(view: str, pk: int, lead_number: str) -> str:
    """Where the button "Undo" of an act posts to; it leads back to the customer's card."""
    card = reverse("leads:card", args=[lead_number])
    return f"{reverse(view, args=[pk])}?{urlencode({'next': card}, safe='/')}"
