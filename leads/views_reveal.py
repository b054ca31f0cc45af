"""The phone button: the number is given out once, and that stays on record."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.errors import Refused
from accounts.signing_in import safe_next

from .access import is_own
from .reveal import REASONS, ReasonNeeded, reachable
from .reveal import reveal as reveal_number


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reveal(request: HttpRequest, number: str) -> HttpResponse:
    """GET: the sheet that asks why, for a colleague's customer. POST: the number (SPEC A72).

    A script gets JSON {"tel"}, or 400 {"message", "needs_reason"}; without scripts a page shows it.
    """
    lead = reachable(request.user, number, now=request.now)
    if lead is None:
        raise Http404
    if request.method != "POST":
        return _sheet(request, lead)
    try:
        tel = reveal_number(lead, by=request.user, at=request.now, reason=request.POST.get("reason", ""))
    except Refused as refusal:
        return _refused(request, lead, refusal)
    return JsonResponse({"tel": tel}) if _asked_by_script(request) else _sheet(request, lead, tel=tel)


def _asked_by_script(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


def _refused(request: HttpRequest, lead, refusal: Refused) -> HttpResponse:
    if not _asked_by_script(request):
        return _sheet(request, lead, error=refusal.message, status=422)
    needs_reason = isinstance(refusal, ReasonNeeded)
    return JsonResponse({"message": refusal.message, "needs_reason": needs_reason}, status=400)


def _sheet(request: HttpRequest, lead, *, tel: str = "", error: str = "", status: int = 200) -> HttpResponse:
    context = {
        "lead": lead,
        "reasons": [] if is_own(lead, request.user, now=request.now) else REASONS.items(),
        "tel": tel,
        "error": error,
        "next": safe_next(request),
    }
    return render(
        request, "leads/_reveal.html" if request.htmx else "leads/reveal.html", context, status=status
    )
