"""The needs report on a phone beside the talk: three parts, the companions, the end (SPEC 7)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import reswap, retarget

from accounts.errors import NotAllowed, Refused
from accounts.sheets import saved
from leads.models import Lead

from . import needs
from .advice import advice
from .cars import cars
from .forms_needs import CompanionForm, FinishForm, PartForm
from .models import Companion, NeedsReport
from .needs_questions import PARTS, QUESTIONS, in_words, of_part
from .serving import served_or_403

FIRST_PART = "person"


def _url(lead: Lead, part: str) -> str:
    return f"{reverse('showroom:needs', args=[lead.number])}?part={part}"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, number: str) -> HttpResponse:
    """One part of the report; each tap is kept at once, without scripts by the button below."""
    lead = served_or_403(request, number)
    part = request.GET.get("part", FIRST_PART)
    if part not in PARTS:
        raise Http404
    if request.method != "POST":
        standing = needs.standing_report(lead)
        form = PartForm(part=part, initial=PartForm.first_values(part, standing))
        return _page(request, lead, standing, form)
    form = PartForm(request.POST, part=part)
    if form.is_valid():
        try:
            return _kept(request, lead, form)
        except NotAllowed as refusal:
            raise PermissionDenied(refusal.message) from refusal
        except Refused as refusal:
            form.refuse(refusal)
    return _page(request, lead, needs.standing_report(lead), form)


def _kept(request: HttpRequest, lead: Lead, form: PartForm) -> HttpResponse:
    """Keep what was tapped; the answer to a tap says how far the report is, and what the next tap saw."""
    part = form.part
    standing = needs.answer(
        lead.pk,
        form.answers(),
        by=request.user,
        at=request.now,
        signals=form.cleaned_data["signals"],
        check=lambda report: form.check(form.first_values(part, report)),
    )
    if not request.htmx:
        return redirect(_url(lead, _next_part(part)))
    fresh = PartForm(part=part, initial=form.first_values(part, standing))
    return render(
        request, "showroom/_needs_head.html", {**_head(request, lead, standing, part), "form": fresh}
    )


def _next_part(part: str) -> str:
    names = list(PARTS)
    return names[(names.index(part) + 1) % len(names)]


def _head(request: HttpRequest, lead: Lead, standing: NeedsReport | None, part: str) -> dict:
    """How far the report is, part by part, and the grade that was told so far (SPEC GRD-04)."""
    done = standing.answers if standing else {}
    tabs = []
    for code, label in PARTS.items():
        questions = of_part(code)
        count = sum(question.code in done for question in questions)
        tabs.append({"code": code, "label": label, "done": count, "of": len(questions)})
    return {
        "lead": lead,
        "report": standing,
        "part": part,
        "tabs": tabs,
        "done": needs.answered(standing),
        "marks": [code in done for code in QUESTIONS],
        "advice": advice(lead, now=request.now),
    }


def _page(request: HttpRequest, lead: Lead, standing, form: PartForm) -> HttpResponse:
    context = _head(request, lead, standing, form.part) | {
        "form": form,
        "companions": needs.companions(lead),
        "next_part": PARTS[_next_part(form.part)],
        "next_url": _url(lead, _next_part(form.part)),
        "last": form.part == list(PARTS)[-1],
    }
    if not request.htmx:
        return render(request, "showroom/needs.html", context, status=form.status)
    not_kept = render(request, "showroom/_needs_part.html", context, status=form.status)
    return reswap(retarget(not_kept, "#needs-part"), "outerHTML show:top")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def finish(request: HttpRequest, number: str) -> HttpResponse:
    """The end of the talk: the need read back, models that meet it, the grade (SPEC NEED-06, NEED-09)."""
    lead = served_or_403(request, number)
    models = cars(lead.store, today=lead.store.business_date(request.now))
    data = request.POST if request.method == "POST" else None
    initial = None if data is not None else _agreed(needs.standing_report(lead))
    form = FinishForm(data, lead=lead, cars=models, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            who = {"by": request.user, "at": request.now}
            kept = needs.finish_report(
                lead.pk, form.finish(), **who, check=lambda row: form.check(_agreed(row))
            )
            return saved(request, _("Needs agreed on"), _after(lead, is_here=kept.is_here))
        except NotAllowed as refusal:
            raise PermissionDenied(refusal.message) from refusal
        except Refused as refusal:
            form.refuse(refusal)
    template = "showroom/_needs_finish.html" if request.htmx else "showroom/needs_finish.html"
    context = {"lead": lead, "form": form, "back": _url(lead, FIRST_PART)}
    context["advice"] = advice(lead, now=request.now)
    return render(request, template, context, status=form.status)


def _agreed(standing: NeedsReport | None) -> dict:
    """What the report says of the need and the models that meet it, by field of FinishForm."""
    if standing is None:
        return {"summary": "", "models": []}
    return {
        "summary": standing.summary or _proposed_summary(standing),
        "models": [str(pk) for pk in needs.recommended(standing)],
    }


def _after(lead: Lead, *, is_here: bool) -> str:
    """To the car with who is in the house; after a talk on the phone back to the card."""
    return reverse("showroom:walkaround" if is_here else "leads:card", args=[lead.number])


def _proposed_summary(standing: NeedsReport) -> str:
    """What was said of use and of what matters: to be read back, and edited."""
    told = [code for code in ("main_use", "matters") if code in standing.answers]
    return "; ".join(in_words(code, standing.answers[code]) for code in told)


@login_required
@require_POST
def decline(request: HttpRequest, number: str) -> HttpResponse:
    """The customer will not answer (SPEC NEED-07)."""
    lead = served_or_403(request, number)
    needs.decline_report(lead.pk, by=request.user, at=request.now)
    messages.success(request, _("Noted: the questions were declined."))
    return redirect("leads:card", lead.number)


@login_required
@require_POST
def begin_anew(request: HttpRequest, number: str) -> HttpResponse:
    """The needs changed: a new report with the old answers (SPEC T19)."""
    lead = served_or_403(request, number)
    needs.begin_anew(lead.pk, by=request.user, at=request.now)
    return redirect(_url(lead, FIRST_PART))


# --- who came along ----------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def companions(request: HttpRequest, number: str) -> HttpResponse:
    """Who came along, and who decides (SPEC NEED-08)."""
    lead = served_or_403(request, number)
    form = CompanionForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("relation", "name", "decides")}
        needs.add_companion(lead.pk, **given, by=request.user, at=request.now)
        return saved(request, _("Noted"), _url(lead, FIRST_PART))
    template = "showroom/_companions.html" if request.htmx else "showroom/companions.html"
    known = {"companions": needs.companions(lead), "back": _url(lead, FIRST_PART)}
    context = {"lead": lead, "form": form, **known}
    return render(request, template, context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def companion(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """It is this one who decides; with `act=remove` off the list."""
    lead = served_or_403(request, number)
    row = get_object_or_404(Companion, pk=pk, lead=lead, gone_at=None)
    verb = needs.remove_companion if request.POST.get("act") == "remove" else needs.decider_is
    verb(row.pk, by=request.user, at=request.now)
    return redirect(_url(lead, FIRST_PART))
