"""What a page is told after a save."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRefresh, trigger_client_event

from accounts.signing_in import safe_next


def after_a_save(request: HttpRequest, text: str, customer_id: int | None = None) -> HttpResponse:
    """My day brings itself up to date in place; every other page is loaded anew. `text` is said once."""
    if request.htmx and urlsplit(request.htmx.current_url or "").path == reverse("home"):
        response = HttpResponse(status=204)
        changed = {"row": f"customer-{customer_id}"} if customer_id else {}
        for event, detail in (("toast", {"text": text}), ("sheet:close", {}), ("lead:changed", changed)):
            trigger_client_event(response, event, detail)
        return response
    messages.success(request, text)
    return HttpResponseClientRefresh() if request.htmx else redirect(safe_next(request))
