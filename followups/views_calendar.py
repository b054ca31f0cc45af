"""One's own due dates for the calendar of a phone: the address that answers them, and where it is made."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.sheets import saved

from .calendar_feed import end_feed, feed, open_feed, reader_of
from .models import CalendarFeed


@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever has the address has the dates, without a session. 404 for an unknown or ended one."""
    user = reader_of(token)
    if user is None:
        raise Http404
    dates = feed(user, now=request.now, site=_site(request))
    answer = HttpResponse(dates, content_type="text/calendar; charset=utf-8")
    answer["Cache-Control"] = "private, no-store"
    return answer


@login_required
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """The sheet with a new address; it is shown this once."""
    renewed = CalendarFeed.objects.filter(user=request.user).exists()
    path = reverse("followups:calendar", args=[open_feed(request.user, now=request.now)])
    template = "followups/_calendar_address.html" if request.htmx else "followups/calendar_address.html"
    return render(request, template, {"address": _site(request) + path, "renewed": renewed})


@login_required
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    end_feed(request.user)
    return saved(request, _("The address of your calendar no longer works."), reverse("accounts:me"))


def me(request: HttpRequest) -> dict:
    """ME_PANELS: whether one has an address, and since when."""
    own = CalendarFeed.objects.filter(user=request.user).first()
    return {"template": "followups/_me_calendar.html", "context": {"feed": own}}


def _site(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")
