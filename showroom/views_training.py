"""Trainings of the store: who was trained on what (SPEC TRAIN-03, 04, NEED-10)."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.errors import Refused
from accounts.models import User
from accounts.once import sent_once
from accounts.sheets import Sheet, must_run_the_store, saved, show_sheet
from leads.models import FieldChange

from .forms_playbook import NewTrainingForm, TrainingForm
from .models import TrainingRecord
from .playbook import may_edit
from .training import (
    OVERSEERS,
    Case,
    Topic,
    colleagues,
    correct_training,
    facts_of,
    may_correct,
    participants_of,
    record_training,
    training_seen_by,
    trainings_of,
)
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
        "rows": [
            (row, topics.get(row.topic, row.topic), cases.get(row.case, ""), may_correct(row, request.user))
            for row in found[:shown]
        ],
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
    form = NewTrainingForm(data, initial=first, staff=colleagues(request.store))
    if form.is_bound and form.is_valid():
        try:
            url = sent_once(request, form, lambda: _keep(request, form))
            return saved(request, _("The training is on record"), url)
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
    back = reverse("showroom:trainings")
    sheet = Sheet(_("Write down a training"), back, _("Save"), part="showroom/_training_sheet.html")
    return show_sheet(request, sheet, form, status=422 if form.is_bound else 200)


def _keep(request: HttpRequest, form: TrainingForm) -> str:
    record_training(request.store, form.session(), by=request.user, at=request.now)
    return reverse("showroom:trainings")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def correction(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a training right; its old values stand below."""
    must_read(request)
    record = training_seen_by(request.user, request.store, pk)
    if record is None:
        raise Http404
    if not may_correct(record, request.user):
        raise PermissionDenied
    form = _correction_form(request, record)
    if form.is_bound and form.is_valid():
        try:
            _correct(request, record, form)
            return saved(request, _("The training is corrected"), reverse("showroom:trainings"))
        except Refused as refusal:
            form.refuse(refusal)
    sheet = Sheet(
        _("Correct the training"),
        reverse("showroom:trainings"),
        _("Save the correction"),
        part="showroom/_training_sheet.html",
    )
    return show_sheet(request, sheet, form, status=form.status, changes=_changes(record, form))


def _correct(request: HttpRequest, record: TrainingRecord, form: TrainingForm) -> None:
    def check(now: TrainingRecord, took_part: list[User]) -> None:
        form.check(_values(now, took_part))

    correct_training(record.pk, form.session(), by=request.user, at=request.now, check=check)


def _correction_form(request: HttpRequest, record: TrainingRecord) -> TrainingForm:
    """The people of today, and those who took part and have left."""
    took_part = participants_of(record)
    staff = {one.pk: one for one in (*colleagues(request.store), *took_part)}
    data = request.POST if request.method == "POST" else None
    return TrainingForm(data, initial=_values(record, took_part), staff=list(staff.values()))


def _values(record: TrainingRecord, took_part: list[User]) -> dict:
    """What the form shows of a training."""
    facts = facts_of(record, took_part)
    return facts | {"on": record.on, "participants": facts["participants"].split(", ")}


def _changes(record: TrainingRecord, form: TrainingForm) -> list[dict]:
    """Every correction in the reader's words, the newest first."""
    rows = FieldChange.objects.filter(ref_kind=FieldChange.Of.TRAINING, ref_id=record.pk)
    return [
        {
            "at": row.at,
            "by": row.by.full_name,
            "label": form.fields[row.field].label,
            "old": form.word(row.field, row.old),
            "new": form.word(row.field, row.new),
        }
        for row in rows.select_related("by").order_by("-at", "-pk")
    ]
