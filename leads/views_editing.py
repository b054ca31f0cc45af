"""Editing the customer card: one page, three kinds of form, and the page of a conflict."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import NotAllowed, Refused
from accounts.prepared import Prepared

from .access import is_visible, may_work_on
from .behaviour import may_show
from .editing import ChangedMeanwhile, edit_card
from .forms_card import CardForm, ConsentForm, PointForm, first_values, versions
from .models import ContactPoint, Lead
from .phones import mask
from .reaching import (
    CHANNELS,
    EVIDENCE,
    PURPOSES,
    add_contact_point,
    consents_now,
    end_contact_point,
    point_of,
    set_consent,
    share_contact_point,
)

SALT = "leads.edit"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Facts of customer and lead; 409 with both values when somebody saved first (RELIABILITY 25, 26)."""
    lead = _editable(request, number)
    if isinstance(lead, HttpResponse):
        return lead
    if request.method != "POST":
        return _page(request, lead, _form(request, lead))
    form = _form(request, lead, request.POST)
    if not form.is_valid():
        return _page(request, lead, form, status=422)
    try:
        edit_card(lead.pk, form.edits(), seen=form.seen, by=request.user, at=request.now)
    except ChangedMeanwhile as refusal:
        return _conflict(request, lead, form, refusal)
    except NotAllowed:
        return _given_away(request, lead)
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return _page(request, lead, form, status=422)
    messages.success(request, _("Card saved"))
    return redirect("leads:card", lead.number)


def _form(request: HttpRequest, lead: Lead, data=None) -> CardForm:
    return CardForm(data, lead=lead, private=may_show(request, lead))


def _editable(request: HttpRequest, number: str) -> Lead | HttpResponse:
    """The lead, or the page that keeps what was typed when it is no longer the person's (SPEC A70)."""
    lead = _of_number.first(number=number.replace("\0", ""))
    if lead is None:
        raise Http404
    visible = is_visible(lead, request.user, now=request.now)
    if visible and may_work_on(lead, request.user, now=request.now):
        return lead
    if request.method == "POST" and _had_it_open(request, lead):
        return _given_away(request, lead)
    if visible:
        raise PermissionDenied(_("This is a colleague's customer. Tell the owner instead."))
    raise Http404


@Prepared
def _of_number(*, number: str) -> QuerySet:
    leads = Lead.objects.filter(number=number, merged_into=None)
    return leads.select_related("customer", "store", "owner")


def _signature(request: HttpRequest, lead: Lead) -> str:
    return Signer(salt=SALT).sign(f"{request.user.pk}.{lead.pk}")


def _had_it_open(request: HttpRequest, lead: Lead) -> bool:
    try:
        return Signer(salt=SALT).unsign(request.POST.get("opened", "")) == f"{request.user.pk}.{lead.pk}"
    except BadSignature:
        return False


def _given_away(request: HttpRequest, lead: Lead) -> HttpResponse:
    """409: nothing is written, and what was typed stands there to be copied."""
    typed = [
        (field.label, request.POST[field.html_name])
        for field in _form(request, lead, request.POST)
        if isinstance(field.field.widget, forms.TextInput) and request.POST.get(field.html_name)
    ]
    context = {"typed": typed, "back": reverse("leads:list")}
    return render(request, "leads/edit_given_away.html", context, status=409)


# --- the page ---------------------------------------------------------------------------------


def _page(request: HttpRequest, lead: Lead, form: CardForm, *, status: int = 200, **others) -> HttpResponse:
    seen = versions(lead)
    context = {
        "lead": lead,
        "form": form,
        "opened": _signature(request, lead),
        "points": _points(lead),
        "consents": [_consent_words(consent) for consent in consents_now(lead.customer)],
        "point_form": PointForm(initial=seen),
        "consent_form": ConsentForm(initial=seen),
        "seen": seen,
        "clashes": {
            name: _shown(form, name, form.data[form[name].html_initial_name]) for name in form.clashes
        },
        **others,
    }
    return render(request, "leads/edit.html", context, status=status)


def _points(lead: Lead) -> list[dict]:
    rows = lead.customer.contact_points.order_by("ended_at", "kind", "id")
    return [{"point": point, "shown": mask(point.value)} for point in rows]


def _consent_words(consent) -> dict:
    return {
        "given": consent.given,
        "what": PURPOSES.get(consent.purpose, consent.purpose),
        "way": CHANNELS.get(consent.channel, consent.channel),
        "how": EVIDENCE.get(consent.evidence, ""),
        "by": consent.by.full_name if consent.by else "",
        "at": consent.at,
    }


def _conflict(request: HttpRequest, lead: Lead, form: CardForm, refusal: Refused) -> HttpResponse:
    """Both values side by side; what only the other changed is taken, what only this person changed stays."""
    lead = Lead.objects.select_related("customer", "store", "owner").get(pk=lead.pk)
    now, touched = first_values(lead), form.touched
    data = request.POST.copy()
    data.setlist("clash", [])
    for name in form.names:
        current = _written(now[name])
        saw = data.get(form[name].html_initial_name, "")
        if name in touched and current not in (saw, data.get(name, "")):
            data.appendlist("clash", name)
        elif name not in touched:
            data[name] = current
        data.pop(f"take-{name}", None)
        data[form[name].html_initial_name] = current
    for name, version in versions(lead).items():
        data[name] = str(version)
    return _page(request, lead, _form(request, lead, data), status=409, conflict=refusal.message)


def _written(value) -> str:
    return "" if value is None else str(value)


def _shown(form: CardForm, name: str, value) -> str:
    """A value in the reader's words."""
    choices = getattr(form.fields[name], "choices", None)
    if choices is not None:
        return next((str(label) for key, label in choices if _written(key) == _written(value)), "")
    return _written(value)


# --- contact points and consent -----------------------------------------------------------------


@login_required
@require_POST
def points(request: HttpRequest, number: str) -> HttpResponse:
    """Add a phone, e-mail or WeChat name, end one, or mark one as shared (SPEC A10, A72)."""
    lead = _editable(request, number)
    if isinstance(lead, HttpResponse):
        return lead
    form = PointForm(request.POST)
    acts = {"end": end_contact_point, "share": share_contact_point}
    if act := acts.get(request.POST.get("act", "")):
        point = _point(request, lead)
        return _save(request, lead, form, lambda seen: act(lead.pk, point.pk, **seen), needs_all=False)
    return _save(
        request,
        lead,
        form,
        lambda seen: add_contact_point(
            lead.pk,
            form.cleaned_data["kind"],
            form.cleaned_data["value"],
            shared=form.cleaned_data["shared"],
            **seen,
        ),
        shown_as="point_form",
    )


def _point(request: HttpRequest, lead: Lead) -> ContactPoint:
    pk = request.POST.get("point", "")
    try:
        return point_of(lead.customer_id, int(pk) if pk.isdecimal() and len(pk) < 19 else 0)
    except ContactPoint.DoesNotExist:
        raise Http404 from None


@login_required
@require_POST
def consents(request: HttpRequest, number: str) -> HttpResponse:
    """What they agreed to, or took back (SPEC A16)."""
    lead = _editable(request, number)
    if isinstance(lead, HttpResponse):
        return lead
    form = ConsentForm(request.POST)
    return _save(
        request,
        lead,
        form,
        lambda seen: set_consent(
            lead.pk,
            form.cleaned_data["purpose"],
            form.cleaned_data["channel"],
            given=form.cleaned_data["given"],
            evidence=form.cleaned_data["evidence"],
            **seen,
        ),
        shown_as="consent_form",
    )


def _save(request: HttpRequest, lead: Lead, form, write, *, shown_as: str = "", needs_all: bool = True):
    """Write and come back to the page; 422 or 409 with everything that was typed."""
    others = {shown_as: form} if shown_as else {}
    valid = form.is_valid() or not needs_all
    if not valid or not {"customer_version", "lead_version"} <= form.cleaned_data.keys():
        return _page(request, lead, _form(request, lead), status=422, **others)
    try:
        write({"seen": form.seen, "by": request.user, "at": request.now})
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refused as refusal:
        return _refused(request, lead, form, refusal, others)
    messages.success(request, _("Card saved"))
    return redirect("leads:edit", lead.number)


def _refused(request: HttpRequest, lead: Lead, form, refusal: Refused, others: dict) -> HttpResponse:
    lead = Lead.objects.select_related("customer", "store", "owner").get(pk=lead.pk)
    stale = isinstance(refusal, ChangedMeanwhile)
    if stale and others:  # the text stays, the versions are those of now: sending again is enough
        data = request.POST.copy()
        for name, version in versions(lead).items():
            data[name] = str(version)
        others = {name: type(form)(data) for name in others}
    form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    status = 409 if stale else 422
    return _page(request, lead, _form(request, lead), status=status, refusal=refusal.message, **others)
