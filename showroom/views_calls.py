"""The call sheet with its live answer (SPEC CALL-06, CALL-07)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import drafts
from accounts.errors import NotAllowed, Refused
from accounts.once import once
from accounts.rules import setting
from leads.models import Lead

from .call_messages import called_back
from .call_panel import open_messages
from .calls import log_call
from .cars import cars
from .forms import CallForm
from .models import Call, CallMessage
from .rota_advice import advise
from .rota_turns import call_line
from .views import answer_to, drafted, for_others, go, must_log

DRAFT = "call"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def call(request: HttpRequest) -> HttpResponse:
    """Somebody calls in: the register row, and with a number the customer."""
    must_log(request)
    if request.method != "POST":
        return _page(request, _form(request, initial=drafted(request, DRAFT)))
    form = _form(request, data=request.POST)
    url = _save(request, form) if form.is_valid() else None
    return go(request, url) if url else _page(request, form, status=422)


@login_required
@require_POST
def lookup(request: HttpRequest) -> HttpResponse:
    """The live answer under the phone; by POST, as a number in an address would stand in every log."""
    must_log(request)
    if not request.htmx:
        return _page(request, _form(request, initial=request.POST.dict()))
    return render(request, "showroom/_answer.html", _answered(request, request.POST))


def _form(request: HttpRequest, **given) -> CallForm:
    models = cars(request.store, today=request.store.business_date(request.now))
    return CallForm(store=request.store, user=request.user, cars=models, now=request.now, **given)


def _page(request: HttpRequest, form: CallForm, *, status: int = 200) -> HttpResponse:
    typed = {"phone": form["phone"].value() or "", "lead": form.data.get("lead") or form.initial.get("lead")}
    turn = advise(request, call_line(request.store))
    if turn and not form.is_bound and "receiver" in form.fields:
        form.initial["receiver"] = turn.head_id or ""
    rings = setting(request.store, "ring_limit_seconds")
    context = {"form": form, "draft": DRAFT, "turn": turn, "rings": rings, **_answered(request, typed)}
    return render(request, "showroom/call.html", context, status=status)


def _answered(request: HttpRequest, typed) -> dict:
    return {
        "answer": answer_to(request, typed),
        "for_others": for_others(request),
        "calling": True,
        "lookup_url": reverse("showroom:call_lookup"),
    }


def _save(request: HttpRequest, form: CallForm) -> str | None:
    """Where to go after the call was written once; None with the refusal on the form."""

    def create() -> str:
        receiver = form.chosen_receiver(Lead.objects.filter(store=request.store))
        row, _new = log_call(
            request.store, form.enquiry(request.now), receiver=receiver, by=request.user,
            at=form.began(request.now), now=request.now,
        )  # fmt: skip
        return _said(request, row, typed=bool(form.cleaned_data["phone"]))

    try:
        url, _created = once(form.cleaned_data["token"], user=request.user, now=request.now, create=create)
    except Lead.DoesNotExist as missing:
        raise Http404 from missing
    except NotAllowed as refusal:
        raise PermissionDenied from refusal
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return None
    drafts.drop(request.user, DRAFT)
    return url


@login_required
@require_safe
def call_messages(request: HttpRequest) -> HttpResponse:
    """Who waits for a call: one's own, all of the store for reception and who leads it."""
    must_log(request)
    return render(request, "showroom/messages.html", {"lines": open_messages(request)})


@login_required
@require_POST
def message_done(request: HttpRequest, pk: int) -> HttpResponse:
    """Called back, where no contact says so: a caller without a number, a colleague's customer (S05)."""
    must_log(request)
    message = get_object_or_404(CallMessage, pk=pk, call__store=request.store)
    try:
        called_back(message.pk, by=request.user, at=request.now)
        messages.success(request, _("Called back."))
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("home")


def _said(request: HttpRequest, row: Call, *, typed: bool) -> str:
    """Say that it is on record, and whether the number was read back; answers the page to go to."""
    name = (row.customer.name if row.customer else "") or row.name_text or _("The caller")
    if row.receiver_id is None:
        said = _("Message for %(name)s: the call-back is on the list.")
        messages.success(request, said % {"name": row.designated.full_name})
        return reverse("showroom:call")
    if typed and not row.read_back_at:
        said = _("%(name)s is on record. The number was not read back: check it with the next call.")
        messages.warning(request, said % {"name": name})
    else:
        messages.success(request, _("%(name)s is on record.") % {"name": name})
    if row.receiver_id != request.user.pk:
        return reverse("showroom:call")
    return reverse("leads:card", args=[row.lead.number]) if row.lead else reverse("home")
