"""The sheet that copies a card into the maker's system, and the list of what does not stand there yet."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.errors import Refused
from accounts.signing_in import safe_next

from .access import may_work_on, works_as_own
from .lists import LISTING
from .maker import enter_in_makers_system, entered, lines_to_copy, not_entered
from .models import Lead

PAGE = 50


class NumberForm(forms.Form):
    number = forms.CharField(
        label=gettext_lazy("Number in the maker's system"),
        max_length=60,
        error_messages={"required": gettext_lazy("Write the number that the maker's system gave.")},
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def maker(request: HttpRequest, number: str) -> HttpResponse:
    """POST `act=copy` shows the lines to copy, and writes that the number was seen; else it saves."""
    visible = Lead.objects.visible_to(request.user, now=request.now)
    leads = visible.select_related("customer", "store", "owner", "channel", "area")
    lead = get_object_or_404(leads, number=number.replace("\0", ""))
    if not may_work_on(lead, request.user, now=request.now):
        raise PermissionDenied(_("This is a colleague's customer. Tell the owner instead."))
    if request.method != "POST":
        return _sheet(request, lead, NumberForm())
    if request.POST.get("act") == "copy":
        return _with_lines(request, lead)
    form = NumberForm(request.POST)
    try:
        if form.is_valid():
            text = form.cleaned_data["number"]
            enter_in_makers_system(lead.pk, text, by=request.user, at=request.now)
            return HttpResponseClientRefresh() if request.htmx else redirect(safe_next(request))
    except Refused as refusal:
        form.add_error(refusal.field, refusal.message)
    return _sheet(request, lead, form, status=422)


def _with_lines(request: HttpRequest, lead: Lead) -> HttpResponse:
    form = NumberForm(initial={"number": request.POST.get("number", "")})
    try:
        return _sheet(request, lead, form, lines=lines_to_copy(lead, by=request.user, at=request.now))
    except Refused as refusal:
        return _sheet(request, lead, form, error=refusal.message, status=422)


def _sheet(request: HttpRequest, lead: Lead, form: NumberForm, *, status: int = 200, **more) -> HttpResponse:
    context = {"lead": lead, "form": form, "record": entered(lead), "next": safe_next(request), **more}
    template = "leads/_maker.html" if request.htmx else "leads/maker.html"
    return render(request, template, context, status=status)


@require_safe
@login_required
def maker_list(request: HttpRequest) -> HttpResponse:
    """Cards that are not in the maker's system yet, a page at a time by `?after=`."""
    if request.store is None:
        raise Http404
    if not request.user.roles_in(request.store) & set(LISTING):
        raise PermissionDenied(_("Your role has no list of customers."))
    leads = not_entered(request.user, request.store, now=request.now)
    after = request.GET.get("after", "")
    if after.isascii() and after.isdigit() and len(after) < 19:
        leads = leads.filter(pk__gt=int(after))
    found = list(leads[: PAGE + 1])
    shown = found[:PAGE]
    for lead in shown:
        lead.store = request.store
        lead.may_work = works_as_own(lead, request.user)
    context = {"leads": shown, "after": shown[-1].pk if len(found) > PAGE else None}
    return render(request, "leads/maker_list.html", context)
