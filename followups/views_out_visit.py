"""The sheet of a visit to the customer, from the card's menu (SPEC DEV-08, DEV-10, DEV-11)."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.date_words import weekday_and_day
from accounts.errors import Refused
from accounts.meanwhile import unchanged
from accounts.signing_in import safe_next
from leads.models import Lead

from .answers import after_a_save
from .models import Task
from .out_visit_form import OutVisitForm
from .out_visits import end_out_visit, plan_out_visit, planned_out_visit
from .preparations import missing
from .worked import worked_or_403


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def out_visit(request: HttpRequest, number: str) -> HttpResponse:
    """Plan it, change it; with `act=end` say what came of it. 422 or 409 keep what was typed."""
    lead = worked_or_403(request, number)
    if request.method != "POST":
        task = planned_out_visit(lead)
        return _sheet(request, lead, task, OutVisitForm(lead=lead, task=task, now=request.now))
    form = OutVisitForm(request.POST, lead=lead, task=None, now=request.now)
    if form.is_valid():
        try:
            return after_a_save(request, _saved(request, lead, form), lead.customer_id)
        except Refused as refusal:
            form.refuse(refusal)
    return _sheet(request, lead, planned_out_visit(lead), form)


def _saved(request: HttpRequest, lead: Lead, form: OutVisitForm) -> str:
    def now() -> dict:
        return form.first_values(planned_out_visit(lead))

    who = {"by": request.user, "now": request.now}
    with unchanged(form, lead, now):
        if form.ends:
            end_out_visit(lead.pk, form.result, **who)
            return _("Visit written down")
        task = plan_out_visit(lead.pk, form.at, form.cleaned_data["ready"], **who)
    return _planned_words(task, form)


def _planned_words(task: Task, form: OutVisitForm) -> str:
    at = task.due_at.astimezone(form.store.zone)
    words = {"day": weekday_and_day(at.date(), today=form.today), "time": f"{at:%H:%M}"}
    if missing(task):
        return _("Visit on %(day)s %(time)s, not ready yet") % words
    return _("Visit on %(day)s %(time)s, everything ready") % words


def _sheet(request: HttpRequest, lead: Lead, task: Task | None, form: OutVisitForm) -> HttpResponse:
    context = {
        "lead": lead,
        "task": task,
        "missing": missing(task) if task else [],
        "form": form,
        "next": safe_next(request),
    }
    template = "followups/_out_visit.html" if request.htmx else "followups/out_visit.html"
    return render(request, template, context, status=form.status)
