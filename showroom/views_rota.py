"""The up list: the page that refreshes itself, and the acts on it (SPEC RECP-06 to 09)."""

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import NotAllowed, Refused
from accounts.models import User
from accounts.roles import LOGGING, RECEIVING, Role
from accounts.rules import setting

from . import rota as verbs
from . import rota_page
from .models import Pull, SignIn
from .receivers import receivers

READERS = (*LOGGING, Role.GENERAL_MANAGER)


def _must_read(request: HttpRequest) -> None:
    if request.store is None or not request.user.roles_in(request.store) & set(READERS):
        raise PermissionDenied(_("Your role has no up list."))


@require_safe
@login_required
def rota(request: HttpRequest) -> HttpResponse:
    """Today's list; asked with what a tablet shows (`seen`), only what changed since is answered."""
    _must_read(request)
    stamp = rota_page.stamp(request.store, now=request.now)
    if request.htmx and request.GET.get("seen") == stamp:
        return HttpResponse(status=204)
    part = request.htmx and "seen" in request.GET
    return _page(request, stamp, template="showroom/_rota_live.html" if part else "showroom/rota.html")


def _page(
    request: HttpRequest, stamp: str, *, template: str = "showroom/rota.html", status: int = 200, **more
) -> HttpResponse:
    asked = more.get("order", request.GET.get("order", ""))
    page = rota_page.build(request.store, request.user, now=request.now, order=_ids(asked))
    person = more.get("person") or request.GET.get("person", "")
    context = {
        "rota": page,
        "stamp": stamp,
        "tried": asked,
        "may_lead": verbs.leads_the_list(request.user, request.store),
        "may_keep": verbs.keeps_the_list(request.user, request.store),
        "receives": bool(request.user.roles_in(request.store) & set(RECEIVING)),
        "about": next((row for row in _everybody(page) if str(row.one.user_id) == str(person)), None),
        "duty": setting(request.store, "phone_mode") == "duty",
        "by_rule": setting(request.store, "rota_rule"),
        "reasons": SignIn.Away.choices,
        **more,
    }
    return render(request, template, context, status=status)


def _everybody(page: rota_page.RotaPage) -> list[rota_page.Row]:
    return [*([page.head] if page.head else []), *page.rows]


def _ids(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part.isdecimal() and len(part) < 19]


@require_safe
@login_required
def log(request: HttpRequest) -> HttpResponse:
    """All decisions of a day, the newest first: `?on=2026-03-12`."""
    _must_read(request)
    today = request.store.business_date(request.now)
    try:
        on = min(dt.date.fromisoformat(request.GET.get("on", "")), today)
    except ValueError:
        on = today
    pulls = Pull.objects.filter(day__store=request.store, day__on=on).order_by("-at", "-pk")
    context = {
        "log": rota_page.decisions(pulls[: rota_page.MOST]),
        "on": on,
        "before": on - dt.timedelta(days=1) if on > dt.date(2000, 1, 1) else on,
        "after": on + dt.timedelta(days=1) if on < today else None,
    }
    return render(request, "showroom/rota_log.html", context)


# --- acts -----------------------------------------------------------------------------------


def _act(request: HttpRequest, run, said: str, **again) -> HttpResponse:
    """Do it, say so, and show the list; a refusal stands on the page with what was typed."""
    try:
        run()
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refused as refusal:
        stamp = rota_page.stamp(request.store, now=request.now)
        return _page(request, stamp, status=422, refusal=refusal.message, **again)
    messages.success(request, said)
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    return reverse("home") if request.POST.get("next") == "home" else reverse("showroom:rota")


def _person(request: HttpRequest) -> User:
    """Who is meant: a colleague of this store by id, else whoever asks. Refused: nobody of that id."""
    asked = request.POST.get("person", "")
    if not asked or asked == str(request.user.pk):
        return request.user
    found = next((one for one in receivers(request.store) if str(one.pk) == asked), None)
    if found is None:
        raise Refused(_("Choose somebody of this store."))
    return found


@require_POST
@login_required
def sign_in(request: HttpRequest) -> HttpResponse:
    """Into the book of the day."""
    _must_read(request)

    def run():
        verbs.sign_in(request.store, _person(request), by=request.user, at=request.now)

    return _act(request, run, _("Signed in."))


@require_POST
@login_required
def confirm(request: HttpRequest) -> HttpResponse:
    """The order of the morning meeting: from now on it binds."""
    _must_read(request)
    order = request.POST.get("order", "")

    def run():
        verbs.confirm(request.store, _ids(order), by=request.user, at=request.now)

    return _act(request, run, _("The order stands for today."), order=order)


@require_POST
@login_required
def state(request: HttpRequest) -> HttpResponse:
    """Away for a while, back again, or gone home: `do` says which."""
    _must_read(request)
    do, away = request.POST.get("do", ""), request.POST.get("away", "")
    acts = {"back": verbs.set_back, "home": verbs.go_home}

    def run():
        person = _person(request)
        if do in acts:
            return acts[do](request.store, person, by=request.user, at=request.now)
        return verbs.set_away(
            request.store, person, away, by=request.user, at=request.now, back_at=_back_at(request)
        )

    said = {"back": _("Back on the list."), "home": _("Off today's list.")}
    kept = _("Passed over for now, the place is kept.")
    again = {"person": request.POST.get("person") or request.user.pk, "away": away}
    return _act(request, run, said.get(do, kept), **again, back_at=request.POST.get("back_at", ""))


def _back_at(request: HttpRequest) -> dt.datetime | None:
    typed = request.POST.get("back_at", "")
    if not typed:
        return None
    try:
        time = dt.time.fromisoformat(typed)
    except ValueError as no_time:
        raise Refused(_("Back at: write a time such as 15:30."), field="back_at") from no_time
    return request.store.at_local(request.store.business_date(request.now), time.replace(tzinfo=None))


@require_POST
@login_required
def duty(request: HttpRequest) -> HttpResponse:
    """Who takes the calls today; without a person nobody does."""
    _must_read(request)

    def run():
        person = _person(request) if request.POST.get("person") else None
        verbs.name_phone_duty(request.store, person, by=request.user, at=request.now)

    return _act(request, run, _("The phone duty is named."))
