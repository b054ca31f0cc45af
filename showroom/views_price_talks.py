"""The price talk on a phone: how far they are, objections, what is asked for and answered (SPEC 12)."""

from collections.abc import Callable
from functools import partial

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from accounts import drafts
from accounts.errors import NotAllowed, Refused
from accounts.once import once
from accounts.roles import Role
from leads.models import Lead

from . import price_talks, talk_rows
from .advice import advice
from .forms_price_talks import ConcessionForm, ObjectionForm, TalkForm
from .models import Concession, Objection
from .serving import served_or_403


def _url(lead: Lead) -> str:
    return reverse("showroom:price_talk", args=[lead.number])


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def price_talk(request: HttpRequest, number: str) -> HttpResponse:
    """One talk about price and terms, and what stands from the talks before (SPEC NEGO-01 to 07, 12, 13)."""
    lead = served_or_403(request, number)
    if request.method != "POST":
        typed = drafts.typed_choices(request.user, _draft_name(lead), many=("signals",))
        return _page(request, lead, TalkForm(initial=typed))
    form = TalkForm(request.POST)
    if form.is_valid():
        keep = partial(price_talks.keep_talk, lead.pk, form.talk())
        answer = _kept(request, lead, form, keep, _("Price talk saved"))
        if answer:
            drafts.drop(request.user, _draft_name(lead))
            return answer
    return _page(request, lead, form)


def _draft_name(lead: Lead) -> str:
    return f"price-talk-{lead.number}"


def _kept(request, lead: Lead, form: forms.Form, keep: Callable, said: str) -> HttpResponse | None:
    """Keep it once, say so and show the page; None with the refusal on the form."""

    def create() -> str:
        keep(by=request.user, at=request.now)
        return _url(lead)

    try:
        url, _created = once(form.cleaned_data["token"], user=request.user, now=request.now, create=create)
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return None
    messages.success(request, said)
    return HttpResponseClientRefresh() if request.htmx else redirect(url)


def _page(request: HttpRequest, lead: Lead, form: TalkForm) -> HttpResponse:
    last = price_talks.last_talk(lead)
    context = {
        "lead": lead,
        "form": form,
        "draft": _draft_name(lead),
        "last": last,
        "hints": price_talks.hints(last),
        "advice": advice(lead, now=request.now),
        "store": lead.store,
        "today": lead.store.business_date(request.now),
        **_standing(request, lead),
    }
    return render(request, "showroom/price_talk.html", context, status=422 if form.is_bound else 200)


def _standing(request: HttpRequest, lead: Lead) -> dict:
    """Objections and what was asked for; one token for all forms of the page."""
    leads_floor = bool(request.user.roles_in(lead.store) & {Role.MANAGER, Role.SUPERVISOR})
    token = get_token(request)
    shown = {"today": lead.store.business_date(request.now), "csrf": token}
    raised = talk_rows.objections(lead)
    asked = talk_rows.concessions(lead)
    return {
        "csrf_token": token,
        "objections": talk_rows.objection_rows(raised, lead, **shown),
        "open_obstacles": sum(row.solved_at is None for row in raised),
        "concessions": talk_rows.concession_rows(asked, lead, leads_floor=leads_floor, **shown),
    }


# --- objections and concessions: a sheet each ---------------------------------------------


def _add(request: HttpRequest, number: str, form_of: Callable, keep: Callable, words: dict) -> HttpResponse:
    """A sheet that adds one row to the page of the talk; `keep` takes what was typed."""
    lead = served_or_403(request, number)
    form = form_of(request.POST if request.method == "POST" else None, lead)
    if form.is_bound and form.is_valid():
        given = {name: value for name, value in form.cleaned_data.items() if name != "token"}
        answer = _kept(request, lead, form, partial(keep, lead.pk, **given), words["said"])
        if answer:
            return answer
    template = "showroom/_talk_sheet.html" if request.htmx else "showroom/talk_sheet.html"
    context = {"lead": lead, "form": form, "title": words["title"], "back": _url(lead)}
    return render(request, template, context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def objection(request: HttpRequest, number: str) -> HttpResponse:
    """Note an objection (SPEC NEGO-04, 05, 12)."""
    words = {"title": _("Objection"), "said": _("Objection noted")}
    return _add(request, number, lambda data, _lead: ObjectionForm(data), price_talks.note_objection, words)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def concession(request: HttpRequest, number: str) -> HttpResponse:
    """Note what the customer asks for (SPEC NEGO-01)."""
    words = {"title": _("They ask for something"), "said": _("Noted: waits for an answer")}
    return _add(request, number, _asked_of, price_talks.ask_concession, words)


def _asked_of(data, lead: Lead) -> ConcessionForm:
    return ConcessionForm(data, currency=lead.store.currency)


def _tapped(request: HttpRequest, lead: Lead, verb: Callable, said: str, place: str) -> HttpResponse:
    """Do it and show the page where the row stands."""
    try:
        verb(by=request.user, at=request.now)
        messages.success(request, said)
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect(f"{_url(lead)}#{place}")


@login_required
@require_POST
def solved(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """The objection is out of the way."""
    lead = served_or_403(request, number)
    row = get_object_or_404(Objection, pk=pk, lead=lead)
    return _tapped(
        request, lead, partial(price_talks.solve_objection, row.pk), _("Out of the way"), "objections"
    )


@login_required
@require_POST
def answered(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Granted or refused, by whoever may (SPEC NEGO-01)."""
    lead = served_or_403(request, number)
    row = get_object_or_404(Concession, pk=pk, lead=lead)
    act = request.POST.get("act")
    if act not in ("grant", "refuse"):
        raise Http404
    text = request.POST.get("text", "")[:200]
    verb = partial(price_talks.answer_concession, row.pk, granted=act == "grant", text=text)
    return _tapped(request, lead, verb, _("Answer noted"), "requests")
