"""The walkaround on a phone beside the car (SPEC 9, T08, T09)."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import drafts
from accounts.errors import NotAllowed, Refused
from leads.access import may_work_on
from leads.intake import interests_of
from leads.models import Lead
from leads.steps import Step

from .advice import advice
from .cars import cars
from .forms_walking import TICKED, WalkaroundForm, stands
from .models import Walkaround
from .serving import served_or_403
from .walking import aspects_for, keep_walkaround, todays_walkaround


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def walkaround(request: HttpRequest, number: str) -> HttpResponse:
    """What was shown round the car; after the save the drive is the next step (SPEC PROD-01 to 06, T09)."""
    lead = served_or_403(request, number)
    models = cars(lead.store, today=lead.store.business_date(request.now))
    if request.method != "POST":
        row = todays_walkaround(lead, now=request.now)
        form = WalkaroundForm(lead=lead, cars=models, initial=stands(row))
        form.resume(drafts.typed_choices(request.user, _draft_name(lead), many=TICKED))
        return _page(request, lead, row, form)
    form = WalkaroundForm(request.POST, lead=lead, cars=models)
    if form.is_valid():
        try:
            who = {"by": request.user, "at": request.now}
            keep_walkaround(lead.pk, form.shown(), **who, check=lambda row: form.check(stands(row)))
            drafts.drop(request.user, _draft_name(lead))
            messages.success(request, _("Walkaround saved"))
            return redirect("showroom:walkaround", lead.number)
        except NotAllowed as refusal:
            raise PermissionDenied(refusal.message) from refusal
        except Refused as refusal:
            form.refuse(refusal)
    return _page(request, lead, None, form)


def _draft_name(lead: Lead) -> str:
    return f"walkaround-{lead.number}"


def _page(request: HttpRequest, lead: Lead, row: Walkaround | None, form: WalkaroundForm) -> HttpResponse:
    wanted = interests_of(lead)
    form.show_first(wanted, aspects_for(lead))
    context = {"lead": lead, "row": row, "form": form, "draft": _draft_name(lead)}
    context["advice"] = advice(lead, now=request.now, models=len(wanted)) if row else None
    context["next"] = _next_steps(request, lead, row) if row else {}
    return render(request, "showroom/walkaround.html", context, status=form.status)


def _next_steps(request: HttpRequest, lead: Lead, row: Walkaround) -> dict[str, str]:
    """Where the customer goes from here: to a drive (T09), or past it by hand with the reason (T10)."""
    if lead.step not in (Step.NEEDS, Step.WALKAROUND) or not lead.is_active:
        return {}
    steps = {"drive": f"{reverse('showroom:book_drive')}?{urlencode({'lead': lead.number})}"}
    if may_work_on(lead, request.user, now=request.now):
        said = {"to": Step.NEGOTIATION.code, "reason": _("no wish to drive")}
        steps["past"] = f"{reverse('leads:move', args=[lead.number])}?{urlencode(said)}"
    return steps | {"first": "past" if row.drive_wanted is False and "past" in steps else "drive"}
