"""The customer card, and the hand move of a lead."""

from dataclasses import replace
from functools import lru_cache

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from accounts.models import AccessEvent
from accounts.signing_in import safe_next

from . import behaviour, timeline
from . import card as cards
from .access import is_own, may_work_on
from .actions import card_actions
from .answers import undo_address
from .forms import MoveForm
from .models import Lead
from .models.leads import Status
from .moves import MoveRefused, advance, standing_evidence
from .organisations import missing_persons, profile_of
from .qualification import prospect
from .steps import Step
from .timeline_rows import rows_of

TABS = ("timeline", "details")
ASKS_PERSONS = Step.TEST_DRIVE  # from the step before the talk about money on (SPEC TYPE-07)
STEP_DATES = 100  # events read at least, so that an old step keeps its date


@lru_cache(maxsize=1)
def _panels(names: tuple[str, ...]) -> list:
    return [import_string(name) for name in names]


@require_safe
@login_required
def card(request: HttpRequest, number: str) -> HttpResponse:
    """Who it is, how far, what is missing, and everything that happened, in one timeline."""
    lead = _lead(request, number)
    if lead is None or lead.merged_into_id:
        return _card_that_stays(request, number)
    note_look(request, lead)
    events = timeline.changes(lead, limit=timeline.enough(max(timeline.shown(request), STEP_DATES)))
    known = cards.known(lead)
    panels = [panel(request, lead) for panel in _panels(tuple(settings.CARD_PANELS))]
    context = {
        "lead": lead,
        "customer": lead.customer,
        "store": lead.store,
        **cards.days(lead, request.now),
        "phone": cards.masked_phone(lead),
        "known": known,
        "settles_claim": cards.settles(known.claim, lead, request.user),
        "may_work": may_work_on(lead, request.user, now=request.now),
        "actions": card_actions(request, lead),
        "hints": behaviour.hints(request, lead),
        "prospect": prospect(lead),
        "organisation": profile_of(lead) if lead.customer.is_organisation else None,
        "missing_persons": missing_persons(lead) if lead.step >= ASKS_PERSONS else [],
        "tab": request.GET.get("tab") if request.GET.get("tab") in TABS else TABS[0],
        **_steps_context(request, lead, events, known),
        **_timeline_context(request, lead, events, panels),
        **_rendered(request, panels),
    }
    return render(request, "leads/card.html", context)


def _card_that_stays(request: HttpRequest, number: str) -> HttpResponse:
    """The address of a folded card leads to the kept one, for whoever may see that (SPEC A67)."""
    visible = Lead.objects.visible_to(request.user, now=request.now)
    kept = visible.filter(folded_leads__number=number.replace("\0", "")).values_list("number", flat=True)
    return redirect("leads:card", get_object_or_404(kept))


def _lead_or_404(request: HttpRequest, number: str) -> Lead:
    """The lead with its card's head; whoever may not see it is told nothing (SPEC A55, A70)."""
    lead = _lead(request, number)
    if lead is None:
        raise Http404
    return lead


def _lead(request: HttpRequest, number: str) -> Lead | None:
    if request.store is None:
        raise Http404
    day = request.store.start_of_day(request.store.business_date(request.now))
    return cards.card_of(number.replace("\0", ""), request.user, now=request.now, since=day)


def note_look(request: HttpRequest, lead: Lead) -> None:
    """A colleague's card is looked at on record, once per person and day (SPEC OWN-11)."""
    if lead.owner_id and not lead.looked_today and not is_own(lead, request.user, now=request.now):
        AccessEvent.objects.create(
            by=request.user, store_id=lead.store_id, target_id=lead.pk, at=request.now, **cards.LOOK
        )


def _steps_context(request: HttpRequest, lead: Lead, events, known: cards.Known) -> dict:
    ways = cards.ways(lead, known.evidence)
    ahead = next((way for way in ways if way.step == lead.step + 1), None)
    lacking = cards.missing_for(lead.step, lead.step + 1, known.evidence) if ahead else []
    steps = cards.stepper(lead, events, known.evidence, now=request.now)
    return {
        "steps": steps,
        "current_step": steps[lead.step - 1],
        "step_code": Step(lead.step).code,
        "next_step": ahead,
        "missing": cards.in_words(lacking),
        "ways": ways,
    }


def _timeline_context(request: HttpRequest, lead: Lead, events, panels: list[dict]) -> dict:
    kind = request.GET.get("kind") if request.GET.get("kind") in timeline.KINDS else ""
    limit = timeline.shown(request)
    entries = _with_undo(request, lead, events, timeline.change_entries(lead, events))
    for panel in panels:
        entries += panel["timeline"]
    shown, more = timeline.merged(entries, kind=kind, limit=limit)
    today = lead.store.business_date(request.now)
    return {
        "timeline": shown,
        "timeline_rows": rows_of(shown, request, store=lead.store, today=today),
        "kind": kind,
        "kinds": [
            ("", _("All")),
            ("contacts", _("Contacts")),
            ("visits", _("Visits")),
            ("changes", _("Changes")),
        ],
        "next_shown": limit + timeline.PAGE if more else 0,
    }


def _with_undo(request: HttpRequest, lead: Lead, events, entries: list) -> list:
    """A loss that the reader recorded today and nobody has settled can be taken back (SPEC A74)."""
    if lead.status != Status.LOST_PENDING:
        return entries
    today = lead.store.business_date(request.now)
    return [
        replace(entry, undo_url=undo_address("leads:undo_loss", event.data["loss"], lead.number))
        if event.to_value == Status.LOST_PENDING
        and event.by_id == request.user.pk
        and lead.store.business_date(event.recorded_at) == today
        and "loss" in event.data
        else entry
        for event, entry in zip(events, entries, strict=True)
    ]


def _rendered(request: HttpRequest, panels: list[dict]) -> dict:
    """The floors' own parts: composer over the timeline, strips over the columns, facts, tags of the head."""
    parts: dict[str, list] = {"composer": [], "top": [], "facts": [], "tags": []}
    for panel in panels:
        if panel["template"]:
            part = render_to_string(panel["template"], panel["context"], request)
            parts[panel.get("place", "composer")].append(part)
        parts["tags"] += panel.get("tags", ())
    return parts


# --- a move by hand ---------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, number: str) -> HttpResponse:
    """The sheet "move to"; a POST moves, or answers 409 with exactly what is missing (SPEC A55)."""
    lead = _lead_or_404(request, number)
    if not may_work_on(lead, request.user, now=request.now):
        raise PermissionDenied(_("This is a colleague's customer. Tell the owner instead."))
    if request.method != "POST":
        return _move_sheet(request, lead, MoveForm(initial={"reason": request.GET.get("reason", "")[:200]}))
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _move_sheet(request, lead, form, status=422)
    try:
        return _moved(request, lead, form)
    except MoveRefused as refusal:
        lead.refresh_from_db(fields=["step", "skipped", "status", "step_entered_at"])
        return _move_sheet(request, lead, form, refusal=refusal, status=409)


def _moved(request: HttpRequest, lead: Lead, form: MoveForm) -> HttpResponse:
    """Move the lead as the person saw it: a step that changed meanwhile is told first."""
    to, seen = form.cleaned_data["to"], form.cleaned_data["seen"]
    if seen and seen != lead.step and to != lead.step:
        raise MoveRefused(_("The lead was moved meanwhile. Look again, then move."))
    moved = advance(lead.pk, to=to, by=request.user, at=request.now, reason=form.cleaned_data["reason"])
    said = _("Moved to %(step)s") if moved.moved else _("Already at %(step)s")
    text = said % {"step": cards.name_of(moved.lead)}
    if to == Step.NEGOTIATION and (missing := missing_persons(lead)):
        names = pgettext("between names", ", ").join(missing)
        text = _("%(moved)s. Still missing: %(names)s") % {"moved": text, "names": names}
    return _after_a_move(request, lead, text)


def _after_a_move(request: HttpRequest, lead: Lead, text: str) -> HttpResponse:
    """The board brings itself up to date in place; every other page leads back to the card."""
    board = safe_next(request) if request.POST.get("next") else ""
    if board and request.htmx:
        response = HttpResponse(status=204)
        for event, detail in (("toast", {"text": text}), ("sheet:close", {}), ("board:changed", {})):
            trigger_client_event(response, event, detail)
        return response
    messages.success(request, text)
    url = board or reverse("leads:card", args=[lead.number])
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _move_sheet(request: HttpRequest, lead: Lead, form: MoveForm, *, refusal=None, status: int = 200):
    evidence = frozenset(standing_evidence(lead))
    context = {
        "lead": lead,
        "form": form,
        "ways": cards.ways(lead, evidence),
        "step_name": cards.name_of(lead),
        "days": cards.days_in_step(lead, request.now),
        "refusal": refusal,
        "missing": cards.in_words(refusal.missing) if refusal else (),
        "chosen": form.data.get("to") or request.GET.get("to", ""),
        "seen": Step(lead.step).code,
        "next": safe_next(request) if request.POST.get("next") or request.GET.get("next") else "",
    }
    return render(
        request, "leads/_step_sheet.html" if request.htmx else "leads/step.html", context, status=status
    )
