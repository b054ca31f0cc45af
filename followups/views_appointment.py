"""The sheet of an appointment: agree another time, or call it off (SPEC A13, A68)."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.date_words import weekday_and_day
from accounts.errors import Refused
from accounts.meanwhile import unchanged
from accounts.signing_in import safe_next
from leads.access import is_visible

from .answers import after_a_save
from .appointments import appointment_with_lead, cancel_appointment, move_appointment
from .forms import AppointmentForm
from .models import Appointment
from .worked import check_works_on


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def appointment(request: HttpRequest, pk: int) -> HttpResponse:
    """Move it to another time; with `act=cancel` call it off."""
    planned = appointment_with_lead(pk)
    if planned is None or not is_visible(planned.lead, request.user, now=request.now):
        raise Http404
    check_works_on(request, planned.lead)
    planned = _as_it_is(planned)
    form = AppointmentForm.of(planned, request.POST if request.method == "POST" else None)
    calls_off = request.POST.get("act") == "cancel"
    if form.is_valid() or (form.is_bound and calls_off):
        try:
            text = _call_off(request, planned) if calls_off else _move(request, planned, form)
            return after_a_save(request, text, planned.lead.customer_id)
        except Refused as refusal:
            form.refuse(refusal)
    return _sheet(request, planned, form, status=form.status)


def _call_off(request: HttpRequest, planned: Appointment) -> str:
    cancel_appointment(planned.pk, by=request.user, now=request.now)
    return _("Appointment called off")


def _move(request: HttpRequest, planned: Appointment, form: AppointmentForm) -> str:
    def now() -> dict:
        return AppointmentForm.first_values(_as_it_is(appointment_with_lead(planned.pk)))

    with unchanged(form, planned.lead, now):
        moved = move_appointment(planned.pk, form.at, by=request.user, now=request.now)
    store = form.store
    at, today = moved.at.astimezone(store.zone), store.business_date(request.now)
    words = {"day": weekday_and_day(at.date(), today=today), "time": f"{at:%H:%M}"}
    return _("Appointment moved to %(day)s %(time)s") % words


def _as_it_is(planned: Appointment) -> Appointment:
    """The one it was moved to, where somebody moved it meanwhile."""
    while planned.moved_to_id:
        planned = appointment_with_lead(planned.moved_to_id)
    return planned


def _sheet(
    request: HttpRequest, planned: Appointment, form: AppointmentForm, status: int = 200
) -> HttpResponse:
    context = {"appointment": planned, "lead": planned.lead, "form": form, "next": safe_next(request)}
    template = "followups/_appointment.html" if request.htmx else "followups/appointment.html"
    return render(request, template, context, status=status)
