"""The walk-in sheet with its live answer, the arrival of who was expected, the closing sheet."""

from dataclasses import replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts import drafts
from accounts.date_words import weekday_and_day
from accounts.errors import NotAllowed, Refused
from accounts.once import once
from accounts.prepared import Prepared
from accounts.roles import LOGGING, RECEIVING, Role
from followups.models import Appointment
from leads.access import is_visible
from leads.models import Lead
from leads.timeline import sentences

from .cars import cars
from .closing import close_visit, may_close
from .closing_hints import knowing_hints, leaves_hot
from .closing_sheet import sheet_of
from .forms import CHOOSES_RECEIVER, ClosingForm, WalkInForm
from .lookup import answer, answer_for
from .models import Visit
from .one_row import seen_row
from .receivers import receivers
from .register import sees_register, todays_visits
from .register_rows import rows_of_today
from .rota_advice import advise, deciders, out_of_turn
from .rota_turns import NotTheirTurn, OutOfTurn
from .visits import Arrival, log_visit

DRAFT = "walk-in"


def go(request: HttpRequest, url: str) -> HttpResponse:
    """On to a page, for a plain form and for htmx alike."""
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def must_log(request: HttpRequest) -> None:
    """Refuse (403) who does not write the walk-in register."""
    if request.store is None or not request.user.roles_in(request.store) & set(LOGGING):
        raise PermissionDenied


# --- somebody comes in ------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def walk_in(request: HttpRequest) -> HttpResponse:
    """The walk-in sheet; reception and managers have today's register beside it."""
    must_log(request)
    if request.method != "POST":
        return _walk_in_page(request, _walk_in_form(request, initial=drafted(request, DRAFT)))
    form = _walk_in_form(request, data=request.POST)
    url = _save_arrival(request, form) if form.is_valid() else None
    return go(request, url) if url else _walk_in_page(request, form, status=422)


@login_required
@require_POST
def lookup(request: HttpRequest) -> HttpResponse:
    """The live answer to what stands in the phone field: a fragment, or the whole sheet without scripts.

    By POST although it writes nothing: a number in an address would stand in every log.
    """
    must_log(request)
    if not request.htmx:
        return _walk_in_page(request, _walk_in_form(request, initial=request.POST.dict()))
    found = answer_to(request, request.POST)
    context = {
        "answer": found,
        "turn": advise(request, answer=found),
        "for_others": for_others(request),
        "lookup_url": request.path,
    }
    return render(request, "showroom/_answer.html", context)


def for_others(request: HttpRequest) -> bool:
    """Whether this person names the receiver (reception, manager) or is it."""
    return bool(request.user.roles_in(request.store) & set(CHOOSES_RECEIVER))


def drafted(request: HttpRequest, form: str) -> dict:
    """What was typed and not saved; each field of the sheet holds one text."""
    typed = drafts.typed(request.user, form)
    return {name: text for name, text in typed.items() if isinstance(text, str)}


def _walk_in_form(request: HttpRequest, **given) -> WalkInForm:
    today = request.store.business_date(request.now)
    models = cars(request.store, today=today)
    return WalkInForm(store=request.store, user=request.user, cars=models, **given)


def _walk_in_page(request: HttpRequest, form: WalkInForm, *, status: int = 200) -> HttpResponse:
    typed = {"phone": form["phone"].value() or "", "lead": form.data.get("lead") or form.initial.get("lead")}
    found = answer_to(request, typed)
    context = {
        "form": form,
        "answer": found,
        **turn_on_sheet(request, form, found),
        "draft": DRAFT,
        "for_others": for_others(request),
        "lookup_url": reverse("showroom:lookup"),
        **_beside(request),
    }
    return render(request, "showroom/walk_in.html", context, status=status)


def _beside(request: HttpRequest) -> dict:
    """Today's register, for who sees the whole of it."""
    if not sees_register(request.user, request.store):
        return {"rows": None}
    visits, more = todays_visits(request.store, now=request.now)
    sees_cards = request.user.has_role(Role.MANAGER)
    return {"rows": rows_of_today(visits, request.user, sees_cards=sees_cards), "more": more}


def turn_on_sheet(request: HttpRequest, form: WalkInForm, found) -> dict:
    """What the sheet shows of the up list: who is next is chosen already; out of turn when it was asked."""
    turn = advise(request, answer=found)
    asked = getattr(form, "not_their_turn", False) or "turn_why" in request.GET or "turn_why" in request.POST
    if turn and not form.is_bound and "receiver" in form.fields:
        form.initial["receiver"] = request.GET.get("receiver") or turn.head_id or ""
    said = {key: request.POST.get(key, "") for key in ("turn_reason", "turn_manager")}
    why = request.POST.get("turn_why") or request.GET.get("turn_why", "")
    asks = {"asked_turn": True, "turn_why": why, "deciders": deciders(request), **said}
    return {"turn": turn, **(asks if turn and asked else {})}


def answer_to(request: HttpRequest, typed):
    """Of a customer picked from the list, else of what was typed."""
    picked = str(typed.get("lead") or "")
    if picked.isdecimal() and len(picked) < 19:
        lead = get_object_or_404(Lead.objects.filter(store=request.store).select_related("store"), pk=picked)
        return answer_for(lead, user=request.user, now=request.now)
    return answer(request.store, typed.get("phone", ""), user=request.user, now=request.now)


def _save_arrival(request: HttpRequest, form: WalkInForm) -> str | None:
    """Where to go after the visit was written once; None with the refusal on the form."""

    def create() -> str:
        receiver = form.chosen_receiver(Lead.objects.filter(store=request.store))
        return _log(request, replace(form.arrival(), out_of_turn=said), receiver=receiver)

    try:
        said: OutOfTurn | None = out_of_turn(request)
        url, _created = once(form.cleaned_data["token"], user=request.user, now=request.now, create=create)
    except Lead.DoesNotExist as missing:
        raise Http404 from missing
    except NotAllowed as refusal:
        raise PermissionDenied from refusal
    except Refused as refusal:
        form.not_their_turn = isinstance(refusal, NotTheirTurn)
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return None
    drafts.drop(request.user, DRAFT)
    return url


def _log(request: HttpRequest, arrival: Arrival, *, receiver) -> str:
    """Write the arrival of this moment and say so; answers the page to go to."""
    visit, created = log_visit(
        request.store, arrival, receiver=receiver, by=request.user, at=request.now, now=request.now
    )
    name = visit.name_text or (visit.customer.name if visit.customer else "") or _("The visitor")
    said = _("%(name)s is on record.") if created else _("%(name)s is in the house already.")
    messages.success(request, said % {"name": name})
    return _next_page(request, visit)


def _next_page(request: HttpRequest, visit: Visit) -> str:
    """The receiver goes on with the customer's card; who logs for others stays where he was."""
    if request.POST.get("next") == "now":
        return reverse("showroom:now")
    if visit.receiver_id != request.user.pk:
        return reverse("showroom:walk_in")
    return reverse("leads:card", args=[visit.lead.number]) if visit.lead else reverse("home")


@login_required
@require_POST
def arrived(request: HttpRequest, pk: int) -> HttpResponse:
    """One tap at "expected today": the visit is logged, the appointment kept (SPEC A13)."""
    must_log(request)
    appointment = _expected_by(request, pk)
    lead = appointment.lead
    try:
        _check_expected(appointment, request)
        arrival = Arrival(lead_id=lead.pk, channel=lead.channel)
        url = _log(request, arrival, receiver=_arrival_receiver(request, lead))
    except NotAllowed as refusal:
        raise PermissionDenied from refusal
    except Refused as refusal:
        messages.error(request, refusal.message)
        url = reverse("showroom:walk_in")
    return go(request, url)


def _expected_by(request: HttpRequest, pk: int) -> Appointment:
    """An appointment of one's own customers; for reception and managers any of the store; else 404."""
    whole = request.user.roles_in(request.store) & {Role.RECEPTIONIST, Role.MANAGER, Role.SUPERVISOR}
    for appointment in _planned(pk=pk, store=request.store.pk):
        if whole or is_visible(appointment.lead, request.user, now=request.now):
            return appointment
    raise Http404


@Prepared
def _planned(*, pk: int, store: int) -> QuerySet:
    rows = Appointment.objects.filter(pk=pk, store=store)
    return rows.select_related("lead__customer", "lead__store", "lead__owner", "lead__channel")


def _check_expected(appointment: Appointment, request: HttpRequest) -> None:
    today = request.store.business_date(request.now)
    if request.store.business_date(appointment.at) != today:
        raise Refused(_("This appointment is for another day. Log the arrival here."))
    here = Visit.objects.filter(lead=appointment.lead, on=today, left_at=None, voided_at=None)
    if appointment.state != Appointment.State.PLANNED and not here.exists():
        raise Refused(_("This appointment is settled already. Log the arrival here."))


def _arrival_receiver(request: HttpRequest, lead: Lead):
    """The owner, when reception or a manager says so; else whoever says "arrived"."""
    if for_others(request) and lead.owner:
        known = (one for one in receivers(request.store) if one.pk == lead.owner_id)
        return next(known, lead.owner)
    if not request.user.roles_in(request.store) & set(RECEIVING):
        raise Refused(_("This customer has no owner. Choose here who receives."))
    return request.user


# --- and leaves -------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """The closing sheet: signals, grade, next date, manager met (SPEC RECP-11, RECP-21, A18)."""
    visit = seen_row(request, knowing_hints, pk=pk, now=request.now)
    if not may_close(visit, owner_id=visit.lead.owner_id if visit.lead else None, by=request.user):
        raise PermissionDenied
    today = visit.store.business_date(request.now)
    data = request.POST if request.method == "POST" else None
    form = ClosingForm(data, store=visit.store, cars=cars(visit.store, today=today), today=today)
    form.initial["signals"] = visit.hot_signals  # ticked while the customer was here
    url = _save_leaving(request, visit, form) if form.is_bound and form.is_valid() else None
    return go(request, url) if url else _closing_page(request, visit, form)


def _closing_page(request: HttpRequest, visit: Visit, form: ClosingForm) -> HttpResponse:
    sheet = sheet_of(visit, form, now=request.now)
    template = "showroom/_closing_sheet.html" if request.htmx else "showroom/close.html"
    context = {"sheet": sheet, "form": form, "visit": visit, "store": visit.store, "today": sheet.today}
    context["serves"] = bool(request.user.roles_in(visit.store) & set(RECEIVING))  # reception sees no leads
    return render(request, template, context, status=422 if form.is_bound else 200)


def _save_leaving(request: HttpRequest, visit: Visit, form: ClosingForm) -> str | None:
    """Where to go after the visit was closed once; None with the refusal on the form."""

    def create() -> str:
        closed = close_visit(
            visit.pk, form.leaving(), by=request.user, at=form.left(visit, request.now), now=request.now
        )
        hot = bool(closed.lead) and leaves_hot(
            visit, closed.lead, coming=bool(form.cleaned_data["coming_at"])
        )
        return _say_closed(request, closed, hot=hot)

    try:
        url, _created = once(form.cleaned_data["token"], user=request.user, now=request.now, create=create)
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return None
    return url


def _say_closed(request: HttpRequest, visit: Visit, *, hot: bool) -> str:
    undo = reverse("showroom:undo_closing", args=[visit.pk])
    if visit.lead_id is None:
        messages.success(request, _("Visit saved."), extra_tags=f"undo {undo}")
        return reverse("showroom:walk_in")
    lead = visit.lead
    said = _("Visit saved.")
    if lead.next_due_on:
        today = visit.store.business_date(request.now)
        said = _("Visit saved. Next date %(day)s.") % {"day": weekday_and_day(lead.next_due_on, today=today)}
    if hot:
        said = sentences(said, _("No appointment yet: call and agree on one."))
    messages.success(request, said, extra_tags=f"undo {undo}")
    return reverse("leads:card", args=[lead.number])
