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
from accounts.meanwhile import SeenForm
from accounts.models import AccessEvent
from accounts.rules import setting
from leads.models import Lead
from leads.steps import Step

from . import drives
from .advice import advice
from .forms_drives import ChecksForm, FeedbackForm, PapersForm
from .models import Booking, Drive, DrivePaper
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
    done = Drive.objects.filter(booking=row).select_related("agreement", "checked_by").first()
    context = {
        "booking": row,
        "lead": lead,
        "drive": done,
        **_forms(done, lead, forms),
        "checked": bool(done) and all(getattr(done, name) for name in drives.CHECKS),
        "missing": drives.missing_papers(done, row, at=request.now) if done else [],
        "agreement": drives.standing_agreement(row.store, now=request.now),
        "kept": set(DrivePaper.objects.filter(drive=done).values_list("kind", flat=True)) if done else set(),
        "advice": advice(lead, now=request.now) if done and done.feedback_at else None,
        "talk_url": _talk_url(lead) if done and done.feedback_at else "",
        "valid_minutes": setting(row.store, "valid_drive_minutes"),
    }
    return render(request, "showroom/drive.html", context, status=status)


def _forms(done: Drive | None, lead: Lead, sent: dict[str, SeenForm]) -> dict[str, SeenForm]:
    fresh = {name: form for name, form in FORMS.items() if name not in sent}
    return sent | {name: form(initial=form.first_values(done, lead)) for name, form in fresh.items()}


def _talk_url(lead: Lead) -> str:
    """Where the customer goes from the car; nothing once the deal is made."""
    talks = lead.is_active and lead.step < Step.DEAL
    return reverse("showroom:price_talk", args=[lead.number]) if talks else ""


def _do(request: HttpRequest, row: Booking, lead: Lead, verb: Callable[[], object], said: str):
    """Run a verb of the drive and show the page again, with its refusal."""
    try:
        verb()
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refused as refusal:
        messages.error(request, refusal.message)
        return _drive_page(request, row, lead, status=422)
    messages.success(request, said)
    return redirect("showroom:drive", row.pk)


def _write(request: HttpRequest, row: Booking, lead: Lead, name: str, verb: Callable, said: str):
    """Write what one of the FORMS says; nothing when somebody else wrote there meanwhile."""
    form = FORMS[name](request.POST, request.FILES)
    if form.is_valid():
        try:
            verb(form, lambda drive: form.check(form.first_values(drive, lead)))
        except NotAllowed as refusal:
            raise PermissionDenied(refusal.message) from refusal
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, said)
            return redirect("showroom:drive", row.pk)
    return _drive_page(request, row, lead, status=form.status, **{name: form})


def _check(request, row, lead) -> HttpResponse:
    def check(form: ChecksForm, seen: drives.Check) -> None:
        drives.check_car(row.pk, form.values(), by=request.user, now=request.now, check=seen)

    return _write(request, row, lead, "checks", check, _("Checks saved"))


def _papers(request, row, lead) -> HttpResponse:
    def keep(form: PapersForm, seen: drives.Check) -> None:
        drives.keep_papers(row.pk, form.papers(), by=request.user, now=request.now, check=seen)

    return _write(request, row, lead, "papers", keep, _("Papers saved"))


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
    def give(form: FeedbackForm, seen: drives.Check) -> None:
        drives.give_feedback(row.pk, form.feedback(), by=request.user, at=request.now, check=seen)

    return _write(request, row, lead, "feedback", give, _("Feedback saved"))


FORMS = {"checks": ChecksForm, "papers": PapersForm, "feedback": FeedbackForm}
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
