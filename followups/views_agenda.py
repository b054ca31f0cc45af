"""The appointments of a day or a week, and confirming one."""

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import Refused
from accounts.rules import setting

from . import agenda as agendas
from .answers import after_a_save
from .appointments import appointment_with_lead, confirm_appointment
from .worked import check_works_on

SPANS = {"day": 1, "week": 7}
FURTHEST = dt.timedelta(days=3660)  # days beyond answer with today: nobody plans so far


@require_safe
@login_required
def agenda(request: HttpRequest) -> HttpResponse:
    """`?on=2026-03-12&span=week`: the day, or the week from Monday, that holds a date."""
    store = request.store
    if store is None:
        raise Http404
    if not request.user.roles_in(store) & set(agendas.VIEWERS):
        raise PermissionDenied(_("Your role has no appointments."))
    today = store.business_date(request.now)
    span = request.GET.get("span") if request.GET.get("span") in SPANS else "day"
    on = _day(request.GET.get("on"), today)
    first = on - dt.timedelta(days=on.weekday()) if span == "week" else on
    last = first + dt.timedelta(days=SPANS[span] - 1)
    asks_after = dt.timedelta(minutes=setting(store, "appointment_asks_after_minutes"))
    found = agendas.build(request.user, store, first, last, asks_after=asks_after, now=request.now)
    context = {
        "agenda": found,
        "span": span,
        "on": on,
        "first": first,
        "last": last,
        "before": on - dt.timedelta(days=SPANS[span]),
        "after": on + dt.timedelta(days=SPANS[span]),
    }
    return render(request, "followups/agenda.html", context)


def _day(text: str | None, today: dt.date) -> dt.date:
    try:
        on = dt.date.fromisoformat(text or "")
    except ValueError:
        return today
    return on if abs(on - today) < FURTHEST else today


@require_POST
@login_required
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The customer said again that he comes."""
    planned = appointment_with_lead(pk)
    if planned is None or not agendas.sees_appointment(planned, request.user, now=request.now):
        raise Http404
    check_works_on(request, planned.lead)
    try:
        confirm_appointment(planned.pk, by=request.user, now=request.now)
    except Refused as refusal:
        return after_a_save(request, refusal.message)
    return after_a_save(request, _("Confirmed: the customer comes"))
