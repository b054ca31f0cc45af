"""Days off of a person, on their page for who runs the store and on one's own (SPEC A08)."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from .days_off import Kind, deputies, set_days, set_week, take_back
from .days_off_rows import days_off_of
from .errors import NotAllowed, Refused
from .forms_people import DaysForm, WeekForm
from .meanwhile import unchanged
from .models import DayOff, User
from .people import check_may_change, people_of
from .sheets import Sheet, must_run_the_store, saved, show_sheet


def person_or_404(request: HttpRequest, pk: int | None) -> User:
    """Oneself without a key; else somebody of the store, whom the reader may change."""
    if request.store is None:
        raise Http404
    if pk is None:
        return request.user
    must_run_the_store(request)
    person = get_object_or_404(people_of(request.store), pk=pk)
    try:
        check_may_change(person, request.store, by=request.user)
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    return person


def _back(pk: int | None) -> str:
    return reverse("leads:person", args=[pk]) if pk else reverse("accounts:me")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def week(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The weekly days off and who covers on them."""
    person = person_or_404(request, pk)

    def now() -> dict:
        known = days_off_of(person, request.store, today=request.store.business_date(request.now))
        return {"weekdays": known.weekdays, "deputy": str(known.deputy.pk) if known.deputy else ""}

    form = WeekForm(
        request.POST if request.method == "POST" else None,
        deputies=deputies(person, request.store),
        initial=now(),
    )
    if form.is_valid():
        try:
            with unchanged(form, request.store, now):
                _set_week(request, person, form)
            return saved(request, _("Weekly days off saved"), _back(pk))
        except Refused as refusal:
            form.refuse(refusal)
    sheet = Sheet(_("Weekly days off"), _back(pk), _("Save"), line=person.full_name)
    return show_sheet(request, sheet, form, status=form.status)


def _set_week(request: HttpRequest, person: User, form: WeekForm) -> None:
    set_week(
        person,
        request.store,
        set(form.cleaned_data["weekdays"]),
        deputy=form.chosen_deputy,
        by=request.user,
        at=request.now,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def days(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Leave, a day off in exchange, or a working day in exchange, from a day to a day."""
    person = person_or_404(request, pk)
    form = DaysForm(
        request.POST if request.method == "POST" else None, deputies=deputies(person, request.store)
    )
    if form.is_valid():
        typed = form.cleaned_data
        try:
            set_days(
                person,
                request.store,
                typed["start"],
                typed["end"] or typed["start"],
                Kind(typed["kind"]),
                deputy=form.chosen_deputy,
                by=request.user,
                at=request.now,
            )
            return saved(request, _("Saved"), _back(pk))
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
    sheet = Sheet(
        _("Leave or exchange"),
        _back(pk),
        _("Save"),
        line=person.full_name,
        says=_("During leave no lead goes to the pool; on a day off it may."),
    )
    return show_sheet(request, sheet, form, status=422 if form.is_bound else 200)


@login_required
@require_POST
def end_days(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Take days back that are still to come; the fields `day` name their rows."""
    person = person_or_404(request, pk)
    asked = {value for value in request.POST.getlist("day") if value.isdecimal() and len(value) < 18}
    rows = list(DayOff.objects.filter(user=person, store=request.store, pk__in=asked).exclude(on=None))
    if not rows or len(rows) != len(asked):
        raise Http404
    for row in rows:
        row.user, row.store = person, request.store
        take_back(row, by=request.user, at=request.now)
    return saved(request, _("Taken back"), _back(pk))
