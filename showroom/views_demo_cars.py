"""Settings of the demo cars: the cars, and the agreement that is signed before a drive (SPEC A36)."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.errors import Refused
from accounts.meanwhile import unchanged
from accounts.once import sent_once
from accounts.sheets import Sheet, must_run_the_store, saved, show_sheet

from .cars import cars
from .demo_cars import save_demo_car, write_agreement
from .drives import standing_agreement
from .forms_demo_cars import AgreementForm, NewDemoCarForm, OldDemoCarForm
from .models import AgreementText, DemoCar


def _models(request: HttpRequest) -> list:
    return cars(request.store, today=request.store.business_date(request.now))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def demo_cars(request: HttpRequest) -> HttpResponse:
    """The cars and the agreement's versions; a POST adds a car."""
    must_run_the_store(request)
    form = NewDemoCarForm(request.POST if request.method == "POST" else None, cars=_models(request))
    if form.is_bound and form.is_valid():
        try:
            url = sent_once(request, form, lambda: _save(request, form))
            return saved(request, _("Added"), url)
        except Refused as refusal:
            form.refuse(refusal)
    rows = DemoCar.objects.filter(store=request.store).select_related("car_model").order_by("-active", "id")
    context = {
        "rows": rows,
        "form": form,
        "tab": "demo_cars",
        "texts": AgreementText.objects.filter(store=request.store).select_related("by").order_by("-version"),
        "standing": standing_agreement(request.store, now=request.now),
    }
    return render(request, "showroom/demo_cars.html", context, status=form.status)


def _save(request: HttpRequest, form, car: DemoCar | None = None) -> str:
    save_demo_car(request.store, car=car, by=request.user, at=request.now, **form.values())
    return reverse("showroom:demo_cars")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def demo_car(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a demo car, retire it or bring it back."""
    must_run_the_store(request)
    known = get_object_or_404(DemoCar.objects.select_related("car_model"), pk=pk, store=request.store)

    def now() -> dict:
        names = ("plate", "label", "insured_until", "active")
        return {name: getattr(known, name) for name in names} | {"car_model": str(known.car_model_id)}

    data = request.POST if request.method == "POST" else None
    form = OldDemoCarForm(data, cars=_models(request), initial=now())
    if form.is_bound and form.is_valid():
        try:
            with unchanged(form, known, now):
                url = _save(request, form, known)
            return saved(request, _("Saved"), url)
        except Refused as refusal:
            form.refuse(refusal)
    sheet = Sheet(str(known), reverse("showroom:demo_cars"), _("Save"), line=known.plate)
    return show_sheet(request, sheet, form, status=form.status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def agreement(request: HttpRequest) -> HttpResponse:
    """Write the next version of the drive agreement."""
    must_run_the_store(request)
    stands = standing_agreement(request.store, now=request.now)
    first = {"valid_from": request.store.business_date(request.now)}
    if stands:
        first |= {"text_en": stands.text_en, "text_zh": stands.text_zh}
    form = AgreementForm(request.POST if request.method == "POST" else None, initial=first)
    if form.is_bound and form.is_valid():
        try:
            url = sent_once(request, form, lambda: _write(request, form))
            return saved(request, _("The new version is saved"), url)
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
    sheet = Sheet(_("Drive agreement"), reverse("showroom:demo_cars"), _("Save as a new version"))
    return show_sheet(request, sheet, form, status=422 if form.is_bound else 200)


def _write(request: HttpRequest, form: AgreementForm) -> str:
    given = {name: form.cleaned_data[name] for name in ("text_en", "text_zh", "valid_from")}
    write_agreement(request.store, by=request.user, at=request.now, **given)
    return reverse("showroom:demo_cars")
