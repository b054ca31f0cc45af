"""The sheets by which a lead leaves the work and comes back: lost, at rest, invalid, again, a second car."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from accounts import drafts
from accounts.date_words import weekday_and_day
from accounts.errors import Refused
from accounts.once import once
from accounts.signing_in import safe_next
from leads.access import may_work_on
from leads.answers import undo_address
from leads.losing import lose
from leads.models import Lead, LostRecord
from leads.models.leads import Status
from leads.second_car import another_lead
from leads.statuses import InvalidReason, RestReason, invalidate, may_rest, sleep, wake, win_back
from leads.steps import Step

from .answers import after_a_save, on_my_day
from .ends_forms import BackForm, EndForm, InvalidForm, LossForm, RestForm, SecondCarForm
from .models import Contact
from .outcomes import Outcome
from .worked import seen_or_404


@dataclass(frozen=True)
class Sheet:
    """One of the sheets: what it asks, who may use it, and the verb behind its button."""

    route: str
    template: str
    title: object
    form: type[EndForm]
    may: Callable[[Lead, HttpRequest], bool]
    does: Callable[[HttpRequest, Lead, EndForm], HttpResponse]
    question: object = ""  # when a result logged just now leads here
    reason: str = ""  # what that result says about the reason


def serve(request: HttpRequest, number: str, sheet: Sheet) -> HttpResponse:
    """Show a sheet, or do what it says; 403 for a colleague's customer, 409 when the lead moved on."""
    lead = seen_or_404(request, number)
    if not sheet.may(lead, request):
        raise PermissionDenied(_("This is a colleague's customer. Tell the owner instead."))
    if request.method != "POST":
        return show(request, sheet, _first_form(request, sheet, lead), asked=bool(request.GET.get("asked")))
    form = sheet.form(request.POST, lead=lead, now=request.now)
    if not form.is_valid():
        return show(request, sheet, form, status=422)
    try:
        return sheet.does(request, lead, form)
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return show(request, sheet, form, status=422 if refusal.field else 409)


def show(
    request: HttpRequest, sheet: Sheet, form: EndForm, *, asked: bool = False, status: int = 200
) -> HttpResponse:
    """The sheet over the page, or as a page of its own; `asked` = a result logged just now led here."""
    context = {
        "sheet": sheet,
        "form": form,
        "lead": form.lead,
        "url": reverse(sheet.route, args=[form.lead.number]),
        "next": safe_next(request),
        "asked": asked,
        "stays": asked and not on_my_day(request),  # the page behind is older than what was logged
        "draft_url": reverse("accounts:draft", args=[_draft_name(form.lead)]),
    }
    template = sheet.template if request.htmx else "followups/end.html"
    return render(request, template, context, status=status)


def _first_form(request: HttpRequest, sheet: Sheet, lead: Lead) -> EndForm:
    initial = {"reason": sheet.reason} if request.GET.get("asked") and sheet.reason else {}
    if sheet is LOSE:
        initial |= _told_in_the_last_contact(lead) | drafts.typed(request.user, _draft_name(lead))
        initial.pop("token", None)
    return sheet.form(lead=lead, now=request.now, initial=initial)


def _told_in_the_last_contact(lead: Lead) -> dict:
    """When and in which words the customer said that he has bought elsewhere, if he said so last."""
    last = Contact.objects.standing().filter(lead=lead).order_by("-at", "-id").first()
    if last is None or last.outcome != Outcome.BOUGHT:
        return {}
    return {"found_on": lead.store.business_date(last.at), "opinion": last.text[:500]}


def _draft_name(lead: Lead) -> str:
    return f"lose-{lead.number}"


# --- what the buttons do ----------------------------------------------------------------------


def _lose(request: HttpRequest, lead: Lead, form: LossForm) -> HttpResponse:
    written: list[LostRecord] = []

    def create() -> str:
        written.append(lose(lead.pk, form.loss(), by=request.user, at=form.found_at, now=request.now))
        drafts.drop(request.user, _draft_name(lead))
        return reverse("leads:card", args=[lead.number])

    once(form.cleaned_data["token"], user=request.user, now=request.now, create=create)
    if not written:
        return after_a_save(request, _("Recorded already"), lead.customer_id)
    text = _("Recorded as lost, the manager confirms it")
    if not written[0].opinion:
        text = _("Recorded as lost, but what the customer says about us is missing")
    undo = undo_address("leads:undo_loss", written[0].pk, lead.number)
    return after_a_save(request, text, lead.customer_id, undo)


def _rest(request: HttpRequest, lead: Lead, form: RestForm) -> HttpResponse:
    data = form.cleaned_data
    sleep(lead.pk, wake_on=data["wake_on"], reason=data["reason"], by=request.user, at=request.now)
    words = {"day": weekday_and_day(data["wake_on"], today=form.today)}
    return after_a_save(request, _("Rests until %(day)s") % words, lead.customer_id)


def _invalidate(request: HttpRequest, lead: Lead, form: InvalidForm) -> HttpResponse:
    invalidate(lead.pk, reason=form.cleaned_data["reason"], by=request.user, at=request.now)
    return after_a_save(request, _("Marked as invalid"), lead.customer_id)


def _back(request: HttpRequest, lead: Lead, form: BackForm) -> HttpResponse:
    if lead.status == Status.DORMANT:
        wake(lead.pk, by=request.user, at=request.now)
    else:
        win_back(lead.pk, reason=form.cleaned_data["reason"], by=request.user, at=request.now)
    return after_a_save(request, _("Worked on again, due today"), lead.customer_id)


def _another(request: HttpRequest, lead: Lead, form: SecondCarForm) -> HttpResponse:
    def create() -> str:
        car = form.cleaned_data["car_model"]
        second = another_lead(lead.pk, by=request.user, at=request.now, car_model=car)
        messages.success(request, _("New lead %(number)s") % {"number": second.number})
        return reverse("leads:card", args=[second.number])

    url, _new = once(form.cleaned_data["token"], user=request.user, now=request.now, create=create)
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _works(lead: Lead, request: HttpRequest) -> bool:
    return may_work_on(lead, request.user, now=request.now)


LOSE = Sheet(
    route="followups:lose",
    template="followups/_lose.html",
    title=gettext_lazy("Record a loss"),
    form=LossForm,
    may=_works,
    does=_lose,
    question=gettext_lazy("Logged. Record the loss too?"),
)
REST = Sheet(
    route="followups:rest",
    template="followups/_rest.html",
    title=gettext_lazy("Let it rest"),
    form=RestForm,
    may=lambda lead, request: may_rest(lead, request.user),
    does=_rest,
    question=gettext_lazy("Logged. Let it rest until a day?"),
    reason=RestReason.LATER,
)
INVALID = Sheet(
    route="followups:invalidate",
    template="followups/_invalid.html",
    title=gettext_lazy("Mark as invalid"),
    form=InvalidForm,
    may=_works,
    does=_invalidate,
    question=gettext_lazy("Logged. Mark the lead as invalid?"),
    reason=InvalidReason.WRONG_NUMBER,
)
BACK = Sheet(
    route="followups:back",
    template="followups/_back.html",
    title=gettext_lazy("Work on it again"),
    form=BackForm,
    may=_works,
    does=_back,
)
ANOTHER = Sheet(
    route="followups:another",
    template="followups/_another.html",
    title=gettext_lazy("Another car"),
    form=SecondCarForm,
    may=_works,
    does=_another,
)


def _page(sheet: Sheet):
    @login_required
    @require_http_methods(["GET", "HEAD", "POST"])
    def page(request: HttpRequest, number: str) -> HttpResponse:
        return serve(request, number, sheet)

    return page


lose_page, rest_page, invalid_page = _page(LOSE), _page(REST), _page(INVALID)
back_page, another_page = _page(BACK), _page(ANOTHER)


# --- a logged result leads on -------------------------------------------------------------------

# The results that say a lead is over, the sheet each one leads to, and the last step it makes sense at.
LEADS_ON = {
    Outcome.BOUGHT: (LOSE, Step.DELIVERY),
    Outcome.WRONG_NUMBER: (INVALID, Step.RECEPTION),
    Outcome.NOT_NOW: (REST, Step.NEGOTIATION),
}


def lead_on(request: HttpRequest, contact: Contact, *, text: str, undo: str) -> HttpResponse | None:
    """After a save: the sheet that the result asks for, in the same place; None when it asks for none.

    What was logged is saved and said; nobody has to go on.
    """
    sheet, last_step = LEADS_ON.get(contact.outcome, (None, 0))
    lead = contact.lead
    if sheet is None or lead.step > last_step or not lead.is_active or not sheet.may(lead, request):
        return None
    if not request.htmx:
        messages.success(request, text, extra_tags=f"undo {undo}")
        query = urlencode({"asked": 1, "next": safe_next(request)}, safe="/")
        return redirect(f"{reverse(sheet.route, args=[lead.number])}?{query}")
    initial = {"reason": sheet.reason} if sheet.reason else _told_in_the_last_contact(lead)
    response = show(request, sheet, sheet.form(lead=lead, now=request.now, initial=initial), asked=True)
    trigger_client_event(response, "toast", {"text": text, "undo": undo})
    trigger_client_event(response, "lead:changed", {"row": f"customer-{lead.customer_id}"})
    return response
