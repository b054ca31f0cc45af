"""Showroom now: the page that refreshes itself, and what is tapped on it."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.errors import NotAllowed, Refused
from accounts.roles import LOGGING, Role

from . import in_house, now_page, open_visits
from .forms_register import TallyForm
from .models import Visit
from .now_pulse import read_pulse
from .one_row import row_of, seen_row
from .rota import keeps_the_list
from .signals import HOT_SIGNALS
from .views import must_log

READERS = (*LOGGING, Role.GENERAL_MANAGER)


def _must_read(request: HttpRequest) -> None:
    if request.store is None or not request.user.roles_in(request.store) & set(READERS):
        raise PermissionDenied(_("Your role has no place in the showroom."))


def _part(request: HttpRequest) -> bool:
    return bool(request.htmx) and "seen" in request.GET


@require_safe
@login_required
def now(request: HttpRequest) -> HttpResponse:
    """The showroom at this moment; asked with what a screen shows (`seen`), 204 while that still stands.

    `?wall=1` is the whole screen without navigation, for the wall.
    """
    _must_read(request)
    pulse = read_pulse(request.store, now=request.now)
    if _part(request) and request.GET["seen"] == pulse.stamp:
        return HttpResponse(status=204)
    wall = request.GET.get("wall") == "1"
    context = {
        "page": now_page.build(request.store, request.user, pulse, csrf=get_token(request), now=request.now),
        "wall": wall,
        "logs": bool(request.user.roles_in(request.store) & set(LOGGING)),
        "keeps": keeps_the_list(request.user, request.store),
        "others": Visit.Other.choices,
        "tally": TallyForm(),
        **({"theme": "dark"} if wall else {}),
    }
    template = "_now_wall.html" if wall else "_now_live.html"
    if not _part(request):
        template = "now_wall.html" if wall else "now.html"
    return render(request, f"showroom/{template}", context)


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """The visits one has still to close, as My day shows them; 204 while nothing has changed (RECP-15)."""
    found = open_visits.to_close(request)
    if found is None:
        raise PermissionDenied
    if request.GET.get("seen") == found.stamp:
        return HttpResponse(status=204)
    panel = open_visits.panel(found, request)
    return render(request, panel["template"], panel["context"])


# --- acts -----------------------------------------------------------------------------------


def _back(request: HttpRequest) -> HttpResponse:
    """On to My day for who tapped there, else to the showroom."""
    url = reverse("home" if request.POST.get("next") == "home" else "showroom:now")
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _act(request: HttpRequest, run: Callable, said: str = "") -> HttpResponse:
    try:
        run()
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refused as refusal:
        messages.warning(request, refusal.message)
    else:
        if said:
            messages.success(request, said)
    return _back(request)


@require_POST
@login_required
def approach(request: HttpRequest, pk: int) -> HttpResponse:
    """One tap: I am with the customer (SPEC RECP-15)."""
    visit = seen_row(request, row_of, Visit, pk=pk)
    return _act(request, lambda: in_house.approach(visit.pk, by=request.user, at=request.now))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def signals(request: HttpRequest, pk: int) -> HttpResponse:
    """The six signals of a hot visitor, ticked while the customer is here (SPEC RECP-19)."""
    visit = seen_row(request, row_of, Visit, "customer", "receiver", pk=pk)
    if not in_house.may_tend(visit, owner_id=in_house.owner_id_of(visit), by=request.user):
        raise PermissionDenied
    if request.method == "POST":
        ticked = request.POST.getlist("signal")
        return _act(request, lambda: in_house.tick_hot(visit.pk, ticked, by=request.user), _("Noted."))
    template = "_hot_sheet.html" if request.htmx else "hot.html"
    context = {
        "visit": visit,
        "signals": HOT_SIGNALS.items(),
        "next": request.GET.get("next", ""),
        "back": reverse("showroom:now"),
    }
    return render(request, f"showroom/{template}", context)


@require_POST
@login_required
def other(request: HttpRequest) -> HttpResponse:
    """Somebody came for paperwork, a delivery, a cancellation, service or something else: two taps."""
    must_log(request)
    what = request.POST.get("other", "")
    return _act(
        request,
        lambda: in_house.other_business(request.store, what, by=request.user, at=request.now),
        _("Counted apart, on the register."),
    )
