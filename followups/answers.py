"""What a page is told after a save."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRefresh, trigger_client_event

from accounts.signing_in import safe_next


def on_my_day(request: HttpRequest) -> bool:
    """Whether a sheet over My day asks: that page brings itself up to date."""
    return bool(request.htmx) and urlsplit(request.htmx.current_url or "").path == reverse("home")


def after_a_save(
    request: HttpRequest, text: str, customer_id: int | None = None, undo: str = ""
) -> HttpResponse:
    """My day brings itself up to date in place; every other page is loaded anew. `text` is said once.

    `undo` is where the button "Undo" beside it posts to.
    """
    if on_my_day(request):
        response = HttpResponse(status=204)
        changed = {"row": f"customer-{customer_id}"} if customer_id else {}
        said = {"text": text, "undo": undo} if undo else {"text": text}
        for event, detail in (("toast", said), ("sheet:close", {}), ("lead:changed", changed)):
            trigger_client_event(response, event, detail)
        return response
    messages.success(request, text, extra_tags=f"undo {undo}" if undo else "")
    return HttpResponseClientRefresh() if request.htmx else redirect(safe_next(request))
