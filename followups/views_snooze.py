"""The sheet that puts a customer off for some hours."""

import uuid

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.date_words import weekday_and_day
from accounts.errors import Refused
from accounts.once import sent_once
from accounts.signing_in import safe_next
from leads.models import Lead
from leads.snooze_words import SnoozeReason

from .answers import after_a_save
from .snoozing import Later, snooze, until
from .worked import worked_or_403


class SnoozeForm(forms.Form):
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    later = forms.ChoiceField(
        label=gettext_lazy("How long"),
        choices=Later.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Tap how long.")},
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Why not now"),
        choices=SnoozeReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Tap why.")},
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def snooze_page(request: HttpRequest, number: str) -> HttpResponse:
    """422 keeps what was tapped."""
    lead = worked_or_403(request, number)
    form = SnoozeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            sent_once(request, form, lambda: _snoozed(request, lead, form))
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            return after_a_save(request, _words(request, lead, form), lead.customer_id)
    context = {"lead": lead, "form": form, "next": safe_next(request)}
    template = "followups/_snooze.html" if request.htmx else "followups/snooze.html"
    return render(request, template, context, status=422 if form.is_bound else 200)


def _snoozed(request: HttpRequest, lead: Lead, form: SnoozeForm) -> str:
    said = form.cleaned_data
    snooze(lead.pk, said["later"], said["reason"], by=request.user, now=request.now)
    return reverse("home")


def _words(request: HttpRequest, lead: Lead, form: SnoozeForm) -> str:
    at = until(lead.store, form.cleaned_data["later"], now=request.now).astimezone(lead.store.zone)
    today, time = lead.store.business_date(request.now), f"{at:%H:%M}"
    if at.date() == today:
        return _("Put off until %(time)s") % {"time": time}
    day = weekday_and_day(at.date(), today=today)
    return _("Put off until %(day)s %(time)s") % {"day": day, "time": time}
