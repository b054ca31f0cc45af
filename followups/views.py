"""My day, the log sheet, and the lapse proposals of a manager."""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import drafts
from accounts.date_words import plain_day
from accounts.errors import Refused
from accounts.homes import home_url
from accounts.models import AccessEvent, User
from accounts.once import once
from accounts.roles import Role
from accounts.signing_in import safe_next
from leads.access import may_work_on, seen_by, visible_among
from leads.answers import undo_address
from leads.models import LapseProposal, Lead
from leads.ownership import decide_lapse

from . import my_day
from .answers import after_a_save
from .contacts import log_contact
from .forms import LogForm
from .inviting import lacks_relation
from .models import Contact
from .outcomes import Outcome
from .panels import team
from .varying import hint_to_vary
from .views_ends import lead_on
from .why import clock

DECISIONS = (LapseProposal.Decision.POOL, LapseProposal.Decision.KEPT)
CALL_LASTS = dt.timedelta(hours=2)
# What is to do, in this order: title, and what there is to know about it.
GROUPS = {
    my_day.Group.OVERDUE: (gettext_lazy("Overdue"), gettext_lazy("by grade")),
    my_day.Group.TODAY: (gettext_lazy("Today"), gettext_lazy("by time agreed, then by grade")),
    my_day.Group.NEW: (gettext_lazy("New leads"), ""),
    my_day.Group.SHARE: (gettext_lazy("Today's share"), gettext_lazy("beside your own dates")),
    my_day.Group.NO_DATE: (gettext_lazy("No next date"), ""),
}
SHOWN = 25  # rows of a group at first, as of a list; the rest with "more"
FIELDS = {"coming_at": "coming_time"}  # the verb's word for a field, and the sheet's


# --- My day -----------------------------------------------------------------------------


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """My day of whoever sells; every other role begins on a page of its own."""
    elsewhere = home_url(request.user, request.store) if request.store else "accounts:no_home"
    if elsewhere:
        return redirect(elsewhere)
    person = _whose(request)
    day = my_day.build(person, request.store, now=request.now)
    words = my_day.Words()
    groups = _groups(day, request.GET.get("all"), words)
    context = {
        "day": day,
        "person": person,
        "groups": groups,
        "waits": any(group["count"] for group in groups),
        "done": [my_day.in_words(row, words) for row in day.rows[my_day.Group.DONE]],
        "snoozed": [my_day.in_words(row, words) for row in day.rows[my_day.Group.SNOOZED]],
        **(_panels(request) if person == request.user else {}),
    }
    in_place = request.htmx and request.htmx.target == "day"
    return render(request, "followups/_day.html" if in_place else "followups/my_day.html", context)


def _whose(request: HttpRequest) -> User:
    """The person asking, or the one of the own team they ask about; everybody else is 404."""
    asked = request.GET.get("person", "")
    if not asked:
        return request.user
    if not asked.isdecimal() or len(asked) > 18:
        raise Http404
    return get_object_or_404(team(request.user, request.store), pk=asked)


def _groups(day: my_day.Day, whole: str | None, words: my_day.Words) -> list[dict]:
    """The groups with something to do, each cut after so many rows unless it was asked for whole."""
    found = []
    for group, (title, note) in GROUPS.items():
        rows = day.rows[group]
        shown = rows if whole == group else rows[:SHOWN]
        more = len(rows) - len(shown)
        said = [my_day.in_words(row, words) for row in shown]
        found.append(
            {"key": group, "title": title, "note": note, "rows": said, "count": len(rows), "more": more}
        )
    return found


def _panels(request: HttpRequest) -> dict:
    """What this floor and those above put on top of My day (HOME_PANELS); a quiet one waits for something."""
    found = [import_string(name)(request) for name in settings.HOME_PANELS]
    panels = [panel for panel in found if panel]
    return {
        "panels": [render_to_string(panel["template"], panel["context"], request) for panel in panels],
        "speaks": any(not panel.get("quiet") for panel in panels),
    }


@login_required
@require_safe
def backlog(request: HttpRequest) -> HttpResponse:
    """The list behind "backlog n": what comes up later, in the order of its days."""
    if request.store is None:
        raise Http404
    today = request.store.business_date(request.now)
    person = _whose(request)
    tasks = my_day.backlog_tasks(person, request.store, today).select_related("lead__customer")
    asked = request.GET.get("shown", "")
    shown = int(asked) if asked.isdecimal() and len(asked) < 6 else SHOWN
    rows = list(tasks.order_by("due_on", "id")[: shown + SHOWN])
    context = {
        "tasks": rows[:shown],
        "more": len(rows[shown:]),
        "next_shown": shown + SHOWN,
        "person": person,
    }
    return render(request, "followups/_backlog.html" if request.htmx else "followups/backlog.html", context)


# --- the log sheet ------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def log(request: HttpRequest, number: str) -> HttpResponse:
    """Log a contact and its next date in one save (SPEC A03)."""
    lead = seen_by(request.user, number, now=request.now)
    if lead is None:
        return _given_away(request, number)
    if not may_work_on(lead, request.user, now=request.now):
        raise PermissionDenied(_("This is a colleague's customer. Tell the owner instead."))
    if request.method != "POST":
        return _log_sheet(request, LogForm(lead=lead, now=request.now, initial=_first_values(request, lead)))
    form = LogForm(request.POST, lead=lead, now=request.now)
    if form.is_valid():
        try:
            contact = _save(request, form)
            text = _what_is_next(contact, request) if contact else _("Logged already")
            undo = undo_address("followups:undo_contact", contact.pk, lead.number) if contact else ""
            answer = lead_on(request, contact, text=text, undo=undo) if contact else None
            return answer or after_a_save(request, text, lead.customer_id, undo)
        except Refused as refusal:
            form.add_error(FIELDS.get(refusal.field, refusal.field), refusal.message)
    return _log_sheet(request, form, status=422)


def _first_values(request: HttpRequest, lead: Lead) -> dict:
    """An outcome tapped elsewhere, and the sentence that was not saved."""
    outcome = request.GET.get("outcome")
    text = drafts.typed(request.user, _draft_name(lead)).get("text", "")
    return {"outcome": outcome if outcome in Outcome.values else None, "text": text}


def _draft_name(lead: Lead) -> str:
    return f"log-{lead.number}"


def _save(request: HttpRequest, form: LogForm) -> Contact | None:
    """The contact as it was written now; None when this very form was saved before."""
    written = []

    def create() -> str:
        contact = log_contact(form.lead.pk, form.said(), by=request.user, at=request.now, now=request.now)
        written.append(contact)
        if contact.text:
            drafts.drop(request.user, _draft_name(form.lead))
        return reverse("leads:card", args=[form.lead.number])

    once(form.cleaned_data["token"], user=request.user, now=request.now, create=create)
    return written[0] if written else None


def _what_is_next(contact: Contact, request: HttpRequest) -> str:
    lead = contact.lead
    if not lead.has_cadence:
        return _("Logged")
    day = plain_day(lead.next_due_on, today=lead.store.business_date(request.now))
    return _("Logged, next date %(day)s") % {"day": day}


def _log_sheet(request: HttpRequest, form: LogForm, status: int = 200) -> HttpResponse:
    lead = form.lead
    context = {
        "form": form,
        "lead": lead,
        "car": _favourite_car(lead),
        "dialled_at": _dialled_at(request, lead),
        "lacks_relation": lacks_relation(lead),
        "vary": hint_to_vary(lead),
        "next": safe_next(request),
        "seen": _signature(request, lead.pk),
        "draft_url": reverse("accounts:draft", args=[_draft_name(lead)]),
    }
    return render(
        request, "followups/_log.html" if request.htmx else "followups/log.html", context, status=status
    )


def _favourite_car(lead: Lead):
    interest = lead.interests.select_related("car_model").order_by("rank", "id").first()
    return interest.car_model if interest else None


def _dialled_at(request: HttpRequest, lead: Lead):
    """When the person dialled this customer, if the sheet opened by itself after the call."""
    if not (request.GET.get("dialled") or request.POST.get("dialled")):
        return None
    reveals = AccessEvent.objects.filter(
        store=lead.store, by=request.user, kind=AccessEvent.Kind.REVEAL, target_kind="lead", target_id=lead.pk
    )
    at = reveals.filter(at__gte=request.now - CALL_LASTS).order_by("-at").values_list("at", flat=True).first()
    return clock(at, lead.store) if at else None


# A form that was open while the lead was given away keeps its text (SPEC A70): the sheet carries
# a signature that says this person saw this lead, so that a stranger still meets a plain 404.


def _signature(request: HttpRequest, lead_id: int) -> str:
    return Signer(salt="followups.log").sign(f"{request.user.pk}.{lead_id}")


def _given_away(request: HttpRequest, number: str) -> HttpResponse:
    """409 with everything typed for a form that was opened before, else 404."""
    try:
        seen = Signer(salt="followups.log").unsign(request.POST.get("seen", ""))
    except BadSignature:
        raise Http404 from None
    lead = get_object_or_404(Lead, number=number.replace("\0", ""))
    if seen != f"{request.user.pk}.{lead.pk}":
        raise Http404
    context = {"text_typed": request.POST.get("text", ""), "next": safe_next(request)}
    template = "followups/_given_away.html" if request.htmx else "followups/given_away.html"
    return render(request, template, context, status=409)


# --- lapse proposals ------------------------------------------------------------------------


@login_required
@require_POST
def lapse(request: HttpRequest) -> HttpResponse:
    """The manager's answer to one or more proposals: into the pool, or keep (SPEC A05, A69)."""
    asked = {value for value in request.POST.getlist("proposal") if value.isdecimal()}
    proposals = _seen(request, LapseProposal.objects.filter(pk__in=asked).select_related("store", "lead"))
    decision = request.POST.get("decision")
    if not asked or len(proposals) != len(asked) or decision not in DECISIONS:
        raise Http404
    if not all(request.user.roles_in(p.store) & {Role.MANAGER, Role.SUPERVISOR} for p in proposals):
        raise PermissionDenied(_("Only the manager decides this."))
    return after_a_save(request, _decide(request, proposals, decision))


def _seen(request: HttpRequest, proposals: Iterable[LapseProposal]) -> list[LapseProposal]:
    """Those about leads that the person sees."""
    if request.store is None:
        return []
    leads = [(p.lead.pk, p.lead.store_id, p.lead.owner_id, p.lead.setter_id) for p in proposals]
    seen = visible_among(leads, request.user, request.store, now=request.now)
    return [proposal for proposal in proposals if proposal.lead_id in seen]


def _decide(request: HttpRequest, proposals: list[LapseProposal], decision: str) -> str:
    settled = 0
    for proposal in proposals:
        try:
            decide_lapse(proposal.pk, decision, by=request.user, at=request.now)
        except Refused:  # somebody was faster, or the customer was called meanwhile
            settled += 1
    if settled:
        return ngettext("%(n)s was settled already", "%(n)s were settled already", settled) % {"n": settled}
    words = _("Into the pool: %(n)s") if decision == LapseProposal.Decision.POOL else _("Kept: %(n)s")
    return words % {"n": len(proposals)}
