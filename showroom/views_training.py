"""Trainings of the store: who was trained on what (SPEC TRAIN-03, 04, NEED-10)."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.errors import Refused
from accounts.once import once
from accounts.sheets import Sheet, must_run_the_store, saved, show_sheet

from .forms_playbook import TrainingForm
from .playbook import may_edit
from .training import OVERSEERS, Case, Topic, colleagues, record_training, trainings_of
from .views_playbook import must_read

SHOWN, MOST = 50, 500


@require_safe
@login_required
def trainings(request: HttpRequest) -> HttpResponse:
    """The newest first; who leads looks at one person with `person`, the others at their own."""
    must_read(request)
    oversees = bool(request.user.roles_in(request.store) & set(OVERSEERS))
    staff = colleagues(request.store) if oversees else []
    asked = request.GET.get("person", "")
    person = next((one for one in staff if str(one.pk) == asked), None)
    rows = trainings_of(request.user, request.store, person=person.pk if person else None)
    more = request.GET.get("shown", "")
    shown = (
        min(max(int(more), SHOWN), MOST) if more.isascii() and more.isdecimal() and len(more) < 6 else SHOWN
    )
    found = list(rows[: shown + 1])
    topics, cases = dict(Topic.choices), dict(Case.choices)
    context = {
        "rows": [(row, topics.get(row.topic, row.topic), cases.get(row.case, "")) for row in found[:shown]],
        "more": shown + SHOWN if len(found) > shown else 0,
        "staff": staff,
        "person": person,
        "writes": may_edit(request.user, request.store),
    }
    return render(request, "showroom/trainings.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def training(request: HttpRequest) -> HttpResponse:
    """Write a training down."""
    must_run_the_store(request)
    first = {"on": request.store.business_date(request.now)}
    data = request.POST if request.method == "POST" else None
    form = TrainingForm(data, initial=first, staff=colleagues(request.store))
    if form.is_bound and form.is_valid():
        try:
            url, _created = once(
                form.cleaned_data["token"],
                user=request.user,
                now=request.now,
                create=lambda: _keep(request, form),
            )
            return saved(request, _("The training is on record"), url)
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
    back = reverse("showroom:trainings")
    sheet = Sheet(_("Write down a training"), back, _("Save"), part="showroom/_training_sheet.html")
    return show_sheet(request, sheet, form, status=422 if form.is_bound else 200)


def _keep(request: HttpRequest, form: TrainingForm) -> str:
    record_training(request.store, form.session(), by=request.user, at=request.now)
    return reverse("showroom:trainings")
