"""The sheet of a message: copied and sent from one's own phone, or sent by the machine (SPEC A15, DEV-09)."""

import uuid

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.errors import Refused
from accounts.once import once
from accounts.signing_in import safe_next
from accounts.widgets import Switch
from leads.models import Lead

from .answers import after_a_save
from .messages import FIRST, Opening, mark_sent, openings
from .models import Channel
from .outbox.by_hand import Ways, send_by_hand, ways_to
from .outbox.kinds import MESSAGE_KINDS
from .outbox.queueing import Typed
from .worked import worked_or_403

BY_HAND = "wechat"
QUEUED = {
    Channel.SMS: gettext_lazy("On its way as a text message"),
    Channel.EMAIL: gettext_lazy("On its way as an e-mail"),
}


class MessageForm(forms.Form):
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    opening = forms.ChoiceField(
        choices=[(code, code) for code in MESSAGE_KINDS], widget=forms.HiddenInput, required=False
    )
    text = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": gettext_lazy("Write what you sent.")},
    )
    again = forms.BooleanField(
        label=gettext_lazy("Send one more all the same"), required=False, widget=Switch
    )
    way = forms.ChoiceField(choices=[(BY_HAND, BY_HAND), *Channel.choices[:2]], required=False)

    @property
    def kind(self) -> str:
        """The kind of message that the text began with."""
        code = self["opening"].value()
        return code if code in MESSAGE_KINDS else FIRST


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def message(request: HttpRequest, number: str) -> HttpResponse:
    """`?opening=invitation` begins with another text; what was typed is never replaced by it."""
    lead = worked_or_403(request, number)
    if request.method != "POST":
        found = _openings(request, lead)
        first = found.get(request.GET.get("opening"), found[FIRST])
        form = MessageForm(initial={"text": first.text, "opening": first.code})
        return _sheet(request, lead, form, found)
    form = MessageForm(request.POST)
    if not form.is_valid():
        return _sheet(request, lead, form, _openings(request, lead), status=422)
    return _sent(request, lead, form)


def _openings(request: HttpRequest, lead: Lead) -> dict[str, Opening]:
    return {opening.code: opening for opening in openings(lead, request.user)}


def _sent(request: HttpRequest, lead: Lead, form: MessageForm) -> HttpResponse:
    way = form.cleaned_data["way"] or BY_HAND

    def create() -> str:
        if way == BY_HAND:
            mark_sent(lead.pk, form.cleaned_data["text"], by=request.user, now=request.now)
        else:
            found = _openings(request, lead)
            subject = found.get(form.kind, found[FIRST]).subject
            _queue(request, lead, form, way, subject)
        return safe_next(request)

    try:
        once(form.cleaned_data["token"], user=request.user, now=request.now, create=create)
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else "text", refusal.message)
        return _sheet(request, lead, form, _openings(request, lead), status=422)
    return after_a_save(request, str(QUEUED.get(way, _("Marked as sent"))), lead.customer_id)


def _queue(request: HttpRequest, lead: Lead, form: MessageForm, way: str, subject: str) -> None:
    data = form.cleaned_data
    typed, key = Typed(data["text"], subject, data["again"]), f"hand:{data['token']}"
    send_by_hand(lead.pk, form.kind, typed, channel=way, key=key, by=request.user, now=request.now)


def _sheet(
    request: HttpRequest, lead: Lead, form: MessageForm, found: dict[str, Opening], status: int = 200
) -> HttpResponse:
    ways = ways_to(lead, form.kind, now=request.now)
    context = {
        "lead": lead,
        "form": form,
        "openings": found.values(),
        "opening": form.kind,
        "ways": ways,
        "asks_again": ways.full and bool(ways.masked),
        "held_until": _held(lead, ways),
        "next": safe_next(request),
    }
    template = "followups/_message.html" if request.htmx else "followups/message.html"
    return render(request, template, context, status=status)


def _held(lead: Lead, ways: Ways) -> str:
    """The store's hour at which a message leaves, when quiet hours hold it."""
    return f"{ways.held_until.astimezone(lead.store.zone):%H:%M}" if ways.held_until else ""
