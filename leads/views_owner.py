"""The sheets about whose a customer is: give, share, who invited, claim and decide (SPEC 5, A12, A70)."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.days_off import off_row, rows_of
from accounts.errors import NotAllowed, Refused
from accounts.meanwhile import unchanged
from accounts.models import User
from accounts.roles import Role

from .access import is_visible
from .collaborators import add_collaborator, collaborators_of, end_collaboration
from .disputes import concede, decide_dispute, open_dispute, outcome, told_dispute
from .forms_owner import POOL, ClaimForm, DecisionForm, GiveForm, PersonForm, SetterForm
from .giving import give as give_lead
from .giving import may_be_given_to, may_give
from .masked import masked_or_404
from .models import Dispute, Lead
from .setters import agents_of, set_setter
from .sheets import done, form_sheet, go, lead_or_404, posted, sheet

SHEET = require_http_methods(["GET", "HEAD", "POST"])


def _must_give(request: HttpRequest, number: str) -> Lead:
    lead = lead_or_404(request, number)
    if not may_give(lead, request.user, now=request.now):
        raise PermissionDenied(_("This is a colleague's customer. Tell the owner instead."))
    return lead


@login_required
@SHEET
def give(request: HttpRequest, number: str) -> HttpResponse:
    """To a colleague of the store or to the pool; who gives does not see it any more (SPEC A70)."""
    lead = _must_give(request, number)
    form = _give_form(request, lead)
    if request.method == "POST" and form.is_valid():
        to, reason = form.chosen(), form.cleaned_data["reason"]
        try:
            give_lead(lead.pk, to, by=request.user, at=request.now, reason=reason)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            return done(request, lead, _("Given to %(name)s") % {"name": to} if to else _("Into the pool"))
    back = request.GET.get("to") == POOL
    return form_sheet(
        request, lead, form, title=_("Take back") if back else _("Give to somebody else"),
        submit=_("Take back") if back else _("Give"), says=_what_follows(lead, request.user),
    )  # fmt: skip


def _give_form(request: HttpRequest, lead: Lead) -> GiveForm:
    """With who is off today marked; `?to=` is chosen already."""
    people, today = may_be_given_to(lead), lead.store.business_date(request.now)
    off = {one.pk for one in people if off_row(rows_of(lead.store), one.pk, today)}
    chosen = {"person": request.GET.get("to")}
    label = _("Who gets the customer")
    return GiveForm(posted(request), people=people, off=off, label=label, initial=chosen)


def _what_follows(lead: Lead, user: User) -> str:
    if user.roles_in(lead.store) & {Role.SUPERVISOR, Role.MANAGER}:
        return _("Tasks and dates go along.")
    return _("Tasks and dates go along. You see only a masked card afterwards.")


@login_required
@SHEET
def collaborators(request: HttpRequest, number: str) -> HttpResponse:
    """Who works beside the owner: add one, end one (SPEC OWN-10)."""
    lead = _must_give(request, number)
    rows = collaborators_of(lead)
    there = {row.user_id for row in rows}
    people = [person for person in may_be_given_to(lead) if person.pk not in there]
    form = PersonForm(posted(request), people=people, label=_("Who works along"))
    if request.method == "POST":
        if ended := next((row.user for row in rows if str(row.user_id) == request.POST.get("end")), None):
            end_collaboration(lead.pk, ended, by=request.user, at=request.now)
            return done(request, lead, _("%(name)s no longer works along") % {"name": ended})
        if form.is_valid() and _saved(form, add_collaborator, lead, form.chosen(), request):
            return done(request, lead, _("%(name)s works along") % {"name": form.chosen()})
    return form_sheet(
        request, lead, form, title=_("Collaborators"), submit=_("Add"), above="leads/_collaborators.html",
        rows=rows, says=_("Each of you is told what the other does."),
    )  # fmt: skip


def _saved(form, verb, lead: Lead, person: User, request: HttpRequest) -> bool:
    """Whether the verb did it; a refusal stands over the form."""
    try:
        verb(lead.pk, person, by=request.user, at=request.now)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return False
    return True


@login_required
@SHEET
def setter(request: HttpRequest, number: str) -> HttpResponse:
    """Which invitation agent gets them to come; settled for ever by the first visit (SPEC A12)."""
    lead = _must_give(request, number)
    people = agents_of(lead.store)
    if lead.setter and lead.setter not in people:
        people.append(lead.setter)
    form = SetterForm(posted(request), people=people, label=_("Invited by"), initial=_setter_now(lead))
    if form.is_bound and form.is_valid():
        try:
            with unchanged(form, lead, lambda: _setter_now(lead)):
                set_setter(lead.pk, form.chosen(), by=request.user, at=request.now)
            return done(request, lead, _("Invited by %(name)s") % {"name": form.chosen()})
        except Refused as refusal:
            form.refuse(refusal)
    return form_sheet(
        request, lead, form, title=_("Who invites"), submit=_("Save"),
        says=_("From the first visit on this stays."), status=form.status,
    )  # fmt: skip


def _setter_now(lead: Lead) -> dict:
    return {"person": str(lead.setter_id or "")}


# --- two say it is theirs -----------------------------------------------------------------


@login_required
@SHEET
def claim(request: HttpRequest, number: str) -> HttpResponse:
    """Say that a colleague's customer is one's own (SPEC OWN-02)."""
    lead = masked_or_404(request, number)
    form = ClaimForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            words = form.cleaned_data["claim"]
            dispute = open_dispute(lead.pk, by=request.user, claim=words, at=request.now)
        except NotAllowed as refusal:
            raise PermissionDenied(refusal.message) from None
        except Refused as refusal:
            form.add_error("claim", refusal.message)
        else:
            return go(request, reverse("leads:dispute", args=[dispute.pk]))
    context = {"lead": lead, "form": form, "back": reverse("leads:masked", args=[lead.number])}
    return sheet(request, "leads/_claim_sheet.html", context)


@login_required
@SHEET
def dispute(request: HttpRequest, pk: int) -> HttpResponse:
    """Both sides read it; the manager decides, or one of the two gives way; then both read the end."""
    found = _dispute_or_404(request, pk)
    decides = found.decided_at is None and Role.MANAGER in request.user.roles_in(found.store)
    people = [found.claimant, found.holder]
    form = DecisionForm(posted(request) if decides else None, people=people, label=_("Whose it is"))
    if request.method == "POST" and found.decided_at is None:
        answer = _decided(request, found, form) if decides else _given_way(request, found)
        if answer:
            return answer
        found = _dispute_or_404(request, pk)
    return _dispute_sheet(request, found, form, decides=decides)


def _dispute_or_404(request: HttpRequest, pk: int) -> Dispute:
    if request.store is None:
        raise Http404
    found = told_dispute(pk, request.user, request.store, now=request.now)
    if found is None:
        raise Http404
    return found


def _dispute_sheet(
    request: HttpRequest, found: Dispute, form: DecisionForm, *, decides: bool
) -> HttpResponse:
    """Who says what, and the end with its reason; an answer that came too late finds it settled: 409."""
    late = request.method == "POST" and found.decided_at is not None
    context = {
        "dispute": found,
        "lead": found.lead,
        "form": form,
        "decides": decides,
        "late": late,
        "typed": request.POST.get("reason", "").strip(),
        "outcome": outcome(found),
        "back": reverse("home"),
        "seen": is_visible(found.lead, request.user, now=request.now),
    }
    return sheet(request, "leads/_dispute_sheet.html", context, status=409 if late else None)


def _given_way(request: HttpRequest, found: Dispute) -> HttpResponse | None:
    try:
        concede(found.pk, by=request.user, at=request.now)
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from None
    except Refused:
        return None  # settled in this moment: the sheet says how
    return done(request, found.lead, _("Settled"))


def _decided(request: HttpRequest, found: Dispute, form: DecisionForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    winner = form.chosen()
    try:
        decide_dispute(found.pk, winner, by=request.user, reason=form.cleaned_data["reason"], at=request.now)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return None
    return done(request, found.lead, _("It is %(name)s's customer") % {"name": winner})
