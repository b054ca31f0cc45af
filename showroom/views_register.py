"""The register page with its day switch, the desk log, the tally, and the correction of a row."""

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import NotAllowed, Refused
from accounts.meanwhile import unchanged
from accounts.once import once
from accounts.roles import LOGGING, Role
from leads.models import FieldChange

from . import correcting
from .cars import cars
from .closing import meet
from .day_register import DESK, READERS, call_lines, desk_log, media, numbers, sees_whole, visit_lines
from .forms_register import CallRowForm, TallyForm, VisitRowForm, VoidForm, day_of, history
from .models import Call, Visit
from .one_row import lock_row, row_of, seen_row
from .register_rows import call_rows, desk_rows, visit_rows
from .views import must_log
from .visits import tally as count_group

VISITS, CALLS, DESK_LOG = "visits", "calls", "desk"
DAY = dt.timedelta(days=1)


@login_required
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """A day's walk-ins, calls, or for those who run the floor the desk log (SPEC RECP-10, A18)."""
    store, user = request.store, request.user
    roles = user.roles_in(store) if store else set()
    if not roles & set(READERS):
        raise PermissionDenied
    today = store.business_date(request.now)
    on = day_of(request.GET.get("on", ""), today=today)
    tabs = [VISITS, CALLS, *([DESK_LOG] if roles & set(DESK) else [])]
    tab = request.GET.get("tab") if request.GET.get("tab") in tabs else VISITS
    context = {
        "tab": tab,
        "tabs": tabs,
        "on": on,
        "earlier": on - DAY,
        "later": on + DAY if on < today else None,
        "whole": sees_whole(user, store),
        "tally": TallyForm() if roles & set(LOGGING) and on == today else None,
        **_rows(request, tab, on),
    }
    return render(request, "showroom/register.html", context)


def _rows(request: HttpRequest, tab: str, on: dt.date) -> dict:
    asked = {"user": request.user, "now": request.now}
    if tab == DESK_LOG:
        meets = Role.MANAGER in request.user.roles_in(request.store)
        desk = desk_log(request.store, on, **asked)
        token = get_token(request) if meets else ""
        return {"desk": desk, "meets": meets, "rows": desk_rows(desk.lines, request.store, token)}
    if tab == CALLS:
        return {"rows": call_rows(call_lines(request.store, on, **asked), request.store)}
    lines = visit_lines(request.store, on, **asked)
    return {"rows": visit_rows(lines, request.store), "numbers": numbers(lines), "media": media(lines)}


@login_required
@require_POST
def tally(request: HttpRequest) -> HttpResponse:
    """Count a group that nobody could take down: two taps."""
    must_log(request)
    form = TallyForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Not counted. Say how many persons came, 1 to 60."))
        return redirect("showroom:register")

    def create() -> str:
        count_group(
            request.store,
            persons=form.cleaned_data["persons"],
            by=request.user,
            at=request.now,
            now=request.now,
        )
        messages.success(request, _("Counted."))
        return reverse("showroom:now" if request.POST.get("next") == "now" else "showroom:register")

    url, _created = once(form.cleaned_data["token"], user=request.user, now=request.now, create=create)
    return redirect(url)


@login_required
@require_POST
def met(request: HttpRequest, pk: int) -> HttpResponse:
    """One tap on the desk log: I met this customer (SPEC A18)."""
    row = seen_row(request, row_of, Visit, pk=pk)
    try:
        meet(row.pk, by=request.user, at=request.now)
    except NotAllowed as refusal:
        raise PermissionDenied from refusal
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect(f"{reverse('showroom:register')}?tab={DESK_LOG}&on={row.on.isoformat()}")


# --- one row ----------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a visit right; its old values stand below (SPEC RECP-10, A14)."""
    return _edit(request, Visit, pk, VisitRowForm, FieldChange.Of.VISIT)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_call(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a call right; its old values stand below (SPEC RECP-10)."""
    return _edit(request, Call, pk, CallRowForm, FieldChange.Of.CALL)


def _edit(request: HttpRequest, model, pk: int, form_class, kind: str) -> HttpResponse:
    row = _row(request, model, pk)
    if not correcting.may_edit(row, by=request.user):
        raise PermissionDenied
    models = cars(row.store, today=row.store.business_date(request.now))
    form = form_class(request.POST if request.method == "POST" else None, row=row, cars=models)
    if form.is_bound and form.is_valid() and _save(request, row, form):
        return redirect(_back(row))
    return _page(request, row, form, kind)


def _row(request: HttpRequest, model, pk: int):
    return seen_row(request, row_of, model, "receiver", "customer", "car_model", "area", "media", pk=pk)


def _save(request: HttpRequest, row, form) -> bool:
    helpers = form.chosen_helpers() if isinstance(form, VisitRowForm) else ()

    def now() -> dict:
        return form.first_values(lock_row(type(row), row.pk))

    try:
        with unchanged(form, row.lead or row, now):
            correcting.correct(row, form.values(), helpers=helpers, by=request.user, at=request.now)
    except NotAllowed as refusal:
        raise PermissionDenied from refusal
    except Refused as refusal:
        form.refuse(refusal)
        return False
    if len(helpers) == correcting.MOST_HELPERS:
        messages.warning(request, _("Saved. Three receive this customer: two are enough."))
    else:
        messages.success(request, _("Row corrected."))
    return True


def _page(request: HttpRequest, row, form, kind: str, *, voiding: VoidForm | None = None) -> HttpResponse:
    changes = [
        {
            "at": change.at,
            "by": change.by.full_name,
            "label": _label(change.field, form),
            "old": form.word(change.field, change.old),
            "new": form.word(change.field, change.new),
        }
        for change in history(row, kind)
    ]
    context = {
        "row": row,
        "form": form,
        "kind": kind,
        "back": _back(row),
        "changes": changes,
        "voiding": voiding or (VoidForm() if _may_void(request, row) else None),
    }
    status = 422 if voiding is not None and voiding.is_bound else form.status
    return render(request, "showroom/register_row.html", context, status=status)


def _label(field: str, form) -> str:
    others = {"voided": _("Crossed out"), "other": _("Other business"), "name": _("Name")}
    return str(form.fields[field].label) if field in form.fields else others.get(field, field)


def _may_void(request: HttpRequest, row) -> bool:
    return row.voided_at is None and correcting.may_void(row, by=request.user)


def _back(row) -> str:
    tab = VISITS if isinstance(row, Visit) else CALLS
    return f"{reverse('showroom:register')}?tab={tab}&on={row.on.isoformat()}"


@login_required
@require_POST
def void_visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Cross a wrong visit out, with the reason."""
    return _void(request, Visit, pk, VisitRowForm, FieldChange.Of.VISIT)


@login_required
@require_POST
def void_call(request: HttpRequest, pk: int) -> HttpResponse:
    """Cross a wrong call out, with the reason."""
    return _void(request, Call, pk, CallRowForm, FieldChange.Of.CALL)


def _void(request: HttpRequest, model, pk: int, form_class, kind: str) -> HttpResponse:
    row = _row(request, model, pk)
    if not correcting.may_void(row, by=request.user):
        raise PermissionDenied
    form = VoidForm(request.POST)
    if form.is_valid():
        try:
            correcting.void(row, reason=form.cleaned_data["reason"], by=request.user, at=request.now)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    if form.is_valid():
        messages.success(request, _("Row crossed out; its number stays."))
        return redirect(_back(row))
    models = cars(row.store, today=row.store.business_date(request.now))
    return _page(request, row, form_class(None, row=row, cars=models), kind, voiding=form)
