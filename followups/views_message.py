"""The sheet of a message that one copies and sends from one's own phone (SPEC A15)."""

import uuid

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.errors import Refused
from accounts.once import once
from accounts.signing_in import safe_next
from leads.access import may_work_on
from leads.models import Lead

from .answers import after_a_save
from .messages import asked_to_stop, mark_sent, openings


class MessageForm(forms.Form):
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    text = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": gettext_lazy("Write what you sent.")},
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def message(request: HttpRequest, number: str) -> HttpResponse:
    """`?opening=invite` begins with another text; what was typed is never replaced by it."""
    visible = Lead.objects.visible_to(request.user, now=request.now).select_related("customer", "store")
    lead = get_object_or_404(visible, number=number.replace("\0", ""))
    if not may_work_on(lead, request.user, now=request.now):
        raise PermissionDenied(_("This is a colleague's customer. Tell the owner instead."))
    if request.method != "POST":
        texts = {code: text for code, _name, text in openings(lead, request.user)}
        text = texts.get(request.GET.get("opening"), texts["thanks"])
        return _sheet(request, lead, MessageForm(initial={"text": text}))
    form = MessageForm(request.POST)
    if not form.is_valid():
        return _sheet(request, lead, form, status=422)
    return _sent(request, lead, form)


def _sent(request: HttpRequest, lead: Lead, form: MessageForm) -> HttpResponse:
    def create() -> str:
        mark_sent(lead.pk, form.cleaned_data["text"], by=request.user, now=request.now)
        return safe_next(request)

    try:
        once(form.cleaned_data["token"], user=request.user, now=request.now, create=create)
    except Refused as refusal:
        form.add_error(refusal.field, refusal.message)
        return _sheet(request, lead, form, status=422)
    return after_a_save(request, _("Marked as sent"), lead.customer_id)


def _sheet(request: HttpRequest, lead: Lead, form: MessageForm, status: int = 200) -> HttpResponse:
    context = {
        "lead": lead,
        "form": form,
        "openings": openings(lead, request.user),
        "opening": request.GET.get("opening", "thanks"),
        "stopped": asked_to_stop(lead.customer),
        "next": safe_next(request),
    }
    template = "followups/_message.html" if request.htmx else "followups/message.html"
    return render(request, template, context, status=status)
