"""The evening duty list, and who has duty when (SPEC A19)."""

import datetime as dt

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.date_words import WEEKDAYS
from accounts.errors import Refused
from accounts.meanwhile import SeenForm, unchanged
from accounts.models import User
from accounts.roles import RUNNING, SELLING
from accounts.sheets import Sheet, must_run_the_store, saved, show_sheet
from accounts.widgets import DateInput

from .evening import calls_to_make, evening_of
from .evening_duty import as_every_week, on_duty, people_for, set_evening, set_week
from .models import EveningDuty
from .why import task_reasons

READS = {*SELLING, *RUNNING}
AHEAD = 7  # evenings that the page names
NOBODY = pgettext_lazy("evening duty", "Nobody")


class WeekForm(SeenForm):
    """Who has the evening of each weekday."""

    def __init__(self, *args, people: list[User], **kwargs):
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        choices = [("", NOBODY), *((pk, person.full_name) for pk, person in self.people.items())]
        for weekday, name in enumerate(WEEKDAYS):
            self.fields[f"day{weekday}"] = forms.ChoiceField(label=name, required=False, choices=choices)

    def chosen(self) -> dict[int, User | None]:
        return {day: self.people.get(self.cleaned_data[f"day{day}"]) for day in range(7)}


class EveningForm(forms.Form):
    """Who has one evening: somebody, nobody, or whoever has it every week."""

    WEEK = "week"

    on = forms.DateField(label=gettext_lazy("Evening of"), widget=DateInput)
    person = forms.ChoiceField(label=gettext_lazy("Who"), required=False)

    def __init__(self, *args, people: list[User], **kwargs):
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        named = ((pk, person.full_name) for pk, person in self.people.items())
        self.fields["person"].choices = [(self.WEEK, _("As every week")), *named, ("", NOBODY)]


@login_required
@require_safe
def evening(request: HttpRequest) -> HttpResponse:
    """The calls of tonight for who has duty; everybody who sells reads who has it this week."""
    store = request.store
    if store is None or not request.user.roles_in(store) & READS:
        raise PermissionDenied
    today = store.business_date(request.now)
    begins, _ends = evening_of(store, today)
    calls = calls_to_make(request.user, store, now=request.now)
    context = {
        "begins": begins,
        "begun": request.now >= begins,
        "mine": on_duty(store, today) == request.user.pk,
        "calls": [(task, _why(task, request)) for task in calls],
        "evenings": _evenings(request, today),
        "runs": bool(request.user.roles_in(store) & set(RUNNING)),
    }
    return render(request, "followups/evening.html", context)


def _why(task, request: HttpRequest):
    told = task_reasons(task, task.lead, store=request.store, now=request.now)
    return told[0] if told else None


def _evenings(request: HttpRequest, today: dt.date) -> list[tuple[dt.date, User | None]]:
    """The next evenings with who has them; one statement."""
    days = [today + dt.timedelta(days=n) for n in range(AHEAD)]
    duties = {day: on_duty(request.store, day) for day in days}
    people = User.objects.in_bulk([pk for pk in set(duties.values()) if pk])
    return [(day, people.get(pk)) for day, pk in duties.items()]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def evening_week(request: HttpRequest) -> HttpResponse:
    """Who has which evening every week."""
    must_run_the_store(request)
    store = request.store

    def now() -> dict:
        rows = EveningDuty.objects.filter(store=store, on=None)
        return {f"day{row.weekday}": str(row.user_id) for row in rows}

    form = WeekForm(_sent(request), people=people_for(store), initial=now())
    if form.is_valid():
        try:
            with unchanged(form, store, now):
                set_week(store, form.chosen(), by=request.user, at=request.now)
            return saved(request, _("Evenings saved"), reverse("followups:evening"))
        except Refused as refusal:
            form.refuse(refusal)
    return _sheet(request, form, _("Evenings of the week"), status=form.status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def evening_day(request: HttpRequest) -> HttpResponse:
    """Who has one evening, over what the week says."""
    must_run_the_store(request)
    first = {"on": request.store.business_date(request.now), "person": EveningForm.WEEK}
    form = EveningForm(_sent(request), people=people_for(request.store), initial=first)
    if form.is_valid():
        try:
            _save(request, form)
            return saved(request, _("Evenings saved"), reverse("followups:evening"))
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
    return _sheet(request, form, _("One evening"), status=422 if form.is_bound else 200)


def _save(request: HttpRequest, form: EveningForm) -> None:
    on, chosen = form.cleaned_data["on"], form.cleaned_data["person"]
    if chosen == EveningForm.WEEK:
        as_every_week(request.store, on, by=request.user, at=request.now)
    else:
        set_evening(request.store, on, form.people.get(chosen), by=request.user, at=request.now)


def _sent(request: HttpRequest):
    return request.POST if request.method == "POST" else None


def _sheet(request: HttpRequest, form: forms.Form, title: str, *, status: int) -> HttpResponse:
    sheet = Sheet(title, reverse("followups:evening"), _("Save"))
    return show_sheet(request, sheet, form, status=status)
