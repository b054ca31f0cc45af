"""The sheet that copies a card into the maker's system, and the list of what does not stand there yet."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.errors import Refused
from accounts.meanwhile import SeenForm, unchanged
from accounts.prepared import Prepared
from accounts.roles import Role
from accounts.signing_in import safe_next

from .access import is_visible, works_as_own
from .lists import LISTING
from .maker import enter_in_makers_system, entered, lines_to_copy
from .maker_export import export, file_name
from .maker_kinds import Kind, keys, keys_for, may_enter, not_entered
from .models import Lead

PAGE = 50
EXPORTING = {Role.MANAGER, Role.GENERAL_MANAGER, Role.DATA_CLERK}


class NumberForm(SeenForm):
    """What stands there already is shown, to be corrected."""

    number = forms.CharField(
        label=gettext_lazy("Number in the maker's system"),
        max_length=60,
        error_messages={"required": gettext_lazy("Write the number that the maker's system gave.")},
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def maker(request: HttpRequest, number: str) -> HttpResponse:
    """POST `act=copy` shows the lines to copy, and writes that the number was seen; else it saves."""
    lead = _lead_or_404(request, number)
    if not may_enter(lead, request.user, now=request.now):
        raise PermissionDenied(_("This is a colleague's customer. Tell the owner instead."))
    if request.POST.get("act") == "copy":
        return _with_lines(request, lead)
    kind = _kind(request)
    form = NumberForm(request.POST if request.method == "POST" else None, initial=_standing(lead, kind))
    try:
        if form.is_valid():
            with unchanged(form, lead, lambda: _standing_now(lead, kind)):
                text = form.cleaned_data["number"]
                enter_in_makers_system(lead.pk, text, by=request.user, at=request.now, kind=kind)
            return HttpResponseClientRefresh() if request.htmx else redirect(safe_next(request))
    except Refused as refusal:
        form.refuse(refusal)
    return _sheet(request, lead, form, status=form.status)


def _lead_or_404(request: HttpRequest, number: str) -> Lead:
    """A lead that the person sees, or whose records he keys."""
    if request.store is None:
        raise Http404
    for lead in _of_number(number=number.replace("\0", "")):
        if keys(lead, request.user, request.store) or is_visible(lead, request.user, now=request.now):
            return lead
    raise Http404


@Prepared
def _of_number(*, number: str) -> QuerySet:
    leads = Lead.objects.filter(number=number)
    return leads.select_related("customer", "store", "owner", "channel", "area")


def _standing(lead: Lead, kind: Kind) -> dict:
    """The number that the record has now."""
    record = entered(lead, kind)
    return {"number": record.number if record else ""}


def _standing_now(lead: Lead, kind: Kind) -> dict:
    """The same of the lead as it is after its row was locked."""
    [now] = _of_number(number=lead.number)
    return _standing(now, kind)


def _with_lines(request: HttpRequest, lead: Lead) -> HttpResponse:
    form = NumberForm(initial=_standing(lead, _kind(request)))
    form.resume({name: request.POST.get(name, "") for name in ("number", "seen")})
    try:
        return _sheet(request, lead, form, lines=lines_to_copy(lead, by=request.user, at=request.now))
    except Refused as refusal:
        return _sheet(request, lead, form, error=refusal.message, status=422)


def _sheet(request: HttpRequest, lead: Lead, form: NumberForm, *, status: int = 200, **more) -> HttpResponse:
    kind = _kind(request)
    context = {
        "lead": lead,
        "form": form,
        "kind": kind,
        "record": entered(lead, kind),
        "next": safe_next(request),
        **more,
    }
    template = "leads/_maker.html" if request.htmx else "leads/maker.html"
    return render(request, template, context, status=status)


def _kind(request: HttpRequest) -> Kind:
    asked = request.GET.get("kind") or request.POST.get("kind")
    return Kind(asked) if asked in Kind.values else Kind.CARD


def _must_list(request: HttpRequest) -> None:
    if request.store is None:
        raise Http404
    if not request.user.roles_in(request.store) & {*LISTING, Role.DATA_CLERK}:
        raise PermissionDenied(_("Your role has no list of customers."))


@require_POST
@login_required
def maker_export(request: HttpRequest) -> HttpResponse:
    """The list of a kind as a CSV file in the maker's order, with full numbers: that goes on record."""
    _must_list(request)
    if not request.user.roles_in(request.store) & EXPORTING:
        raise PermissionDenied(_("Only the manager and the data clerk export it."))
    kind = _kind(request)
    content = export(request.user, request.store, kind, at=request.now)
    name = file_name(kind, request.store, request.store.business_date(request.now))
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=disposition)


@require_safe
@login_required
def maker_list(request: HttpRequest) -> HttpResponse:
    """What is not in the maker's system yet, of `?kind=`, a page at a time by `?after=`."""
    _must_list(request)
    kind = _kind(request)
    leads = not_entered(request.user, request.store, kind=kind, now=request.now)
    after = request.GET.get("after", "")
    if after.isascii() and after.isdigit() and len(after) < 19:
        leads = leads.filter(pk__gt=int(after))
    found = list(leads[: PAGE + 1])
    shown, clerk = found[:PAGE], keys_for(request.user, request.store)
    for lead in shown:
        lead.store = request.store
        lead.may_work = clerk or works_as_own(lead, request.user)
    context = {
        "leads": shown,
        "after": shown[-1].pk if len(found) > PAGE else None,
        "kind": kind,
        "kinds": Kind.choices,
        "clerk": clerk,
        "exports": bool(request.user.roles_in(request.store) & EXPORTING),
    }
    return render(request, "leads/maker_list.html", context)
