"""The page of a drive, from the checks to the feedback, and its papers (SPEC 10, A36)."""

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.errors import NotAllowed, Refused
from accounts.models import AccessEvent
from accounts.rules import setting
from leads.models import Lead
from leads.steps import Step

from . import drives
from .advice import advice
from .forms_drives import ChecksForm, FeedbackForm, PapersForm
from .models import Booking, DrivePaper
from .serving import may_serve
from .views_bookings import customers_booking


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def drive(request: HttpRequest, pk: int) -> HttpResponse:
    """One drive from the checks to the feedback; each part is a small form of its own."""
    row, lead = customers_booking(request, pk)
    if not may_serve(lead, request.user, now=request.now):
        raise PermissionDenied(_("This is a colleague's customer. Tell the owner instead."))
    if request.method != "POST":
        return _drive_page(request, row, lead)
    act = ACTS.get(request.POST.get("act", ""))
    if act is None:
        return _drive_page(request, row, lead, status=422)
    return act(request, row, lead)


def _drive_page(
    request: HttpRequest, row: Booking, lead: Lead, *, status: int = 200, **forms
) -> HttpResponse:
    done = drives.Drive.objects.filter(booking=row).select_related("agreement", "checked_by").first()
    context = {
        "booking": row,
        "lead": lead,
        "drive": done,
        "checks": forms.get("checks") or ChecksForm.of(done),
        "papers": forms.get("papers") or PapersForm.of(done, name=lead.customer.name),
        "feedback": forms.get("feedback") or FeedbackForm.of(done),
        "checked": bool(done) and all(getattr(done, name) for name in drives.CHECKS),
        "missing": drives.missing_papers(done, row, at=request.now) if done else [],
        "agreement": drives.standing_agreement(row.store, now=request.now),
        "kept": set(DrivePaper.objects.filter(drive=done).values_list("kind", flat=True)) if done else set(),
        "advice": advice(lead, now=request.now) if done and done.feedback_at else None,
        "talk_url": _talk_url(lead) if done and done.feedback_at else "",
        "valid_minutes": setting(row.store, "valid_drive_minutes"),
    }
    return render(request, "showroom/drive.html", context, status=status)


def _talk_url(lead: Lead) -> str:
    """Where the customer goes from the car; nothing once the deal is made."""
    talks = lead.is_active and lead.step < Step.DEAL
    return reverse("showroom:price_talk", args=[lead.number]) if talks else ""


def _do(request: HttpRequest, row: Booking, lead: Lead, verb: Callable[[], object], said: str, **forms):
    """Run a verb of the drive and show the page again, with its refusal at the form it is about."""
    try:
        verb()
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refused as refusal:
        for form in forms.values():
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        if not forms:
            messages.error(request, refusal.message)
        return _drive_page(request, row, lead, status=422, **forms)
    if said:
        messages.success(request, said)
    return redirect("showroom:drive", row.pk)


def _check(request, row, lead) -> HttpResponse:
    form = ChecksForm(request.POST)
    form.is_valid()
    verb = partial(drives.check_car, row.pk, form.cleaned_data, by=request.user, now=request.now)
    return _do(request, row, lead, verb, _("Checks saved"), checks=form)


def _papers(request, row, lead) -> HttpResponse:
    form = PapersForm(request.POST, request.FILES)
    if not form.is_valid():
        return _drive_page(request, row, lead, status=422, papers=form)
    verb = partial(drives.keep_papers, row.pk, form.papers(), by=request.user, now=request.now)
    return _do(request, row, lead, verb, _("Papers saved"), papers=form)


def _ride(request, row, lead) -> HttpResponse:
    only = request.POST.get("ride_only") == "on"
    verb = partial(drives.start_ride, row.pk, by=request.user, at=request.now, ride_only=only)
    return _do(request, row, lead, verb, _("The ride has begun."))


def _wheel(request, row, lead) -> HttpResponse:
    verb = partial(drives.start_drive, row.pk, by=request.user, at=request.now)
    return _do(request, row, lead, verb, _("The customer is at the wheel."))


def _end(request, row, lead) -> HttpResponse:
    verb = partial(drives.end_drive, row.pk, by=request.user, at=request.now)
    return _do(request, row, lead, verb, _("The car is back."))


def _feedback(request, row, lead) -> HttpResponse:
    form = FeedbackForm(request.POST)
    if not form.is_valid():
        return _drive_page(request, row, lead, status=422, feedback=form)
    verb = partial(drives.give_feedback, row.pk, form.feedback(), by=request.user, at=request.now)
    return _do(request, row, lead, verb, _("Feedback saved"), feedback=form)


ACTS = {
    "check": _check,
    "papers": _papers,
    "ride": _ride,
    "wheel": _wheel,
    "end": _end,
    "feedback": _feedback,
}


@login_required
@require_safe
def paper(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """A picture of a drive's papers, for whoever works on the lead; each look is on record (SPEC A36)."""
    row, lead = customers_booking(request, pk)
    if not may_serve(lead, request.user, now=request.now):
        raise PermissionDenied
    found = get_object_or_404(DrivePaper, drive__booking=row, kind=kind)
    AccessEvent.objects.create(
        by=request.user,
        store=row.store,
        kind=AccessEvent.Kind.REVEAL,
        target_kind=f"drive_{kind}",
        target_id=found.drive_id,
        at=request.now,
    )
    answer = HttpResponse(bytes(found.content), content_type=found.content_type)
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
