"""The store's lists of choices and the group's models, in both languages (SPEC DEV-01, DEV-02)."""

from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import Refused
from accounts.meanwhile import unchanged
from accounts.once import once
from accounts.sheets import Sheet, must_run_the_store, saved, show_sheet

from .forms_terms import NewCarModelForm, NewTermForm, OldCarModelForm, OldTermForm
from .models import CarModel, Lead, Term
from .term_lists import add_term, edit_term, save_car_model
from .term_lists import move_term as move

TITLES = {
    Term.List.CHANNEL: gettext_lazy("Channels"),
    Term.List.MEDIA: gettext_lazy("Media"),
    Term.List.AREA: gettext_lazy("Areas"),
    Term.List.LOST_REASON: gettext_lazy("Reasons of losses"),
    Term.List.POSITION: gettext_lazy("Walkaround"),
}
COUNTED = {Term.List.CHANNEL: "channel", Term.List.MEDIA: "media", Term.List.AREA: "area"}


def _list_or_404(request: HttpRequest, which: str) -> str:
    must_run_the_store(request)
    if which not in Term.List.values:
        raise Http404
    return which


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest, which: str) -> HttpResponse:
    """A list with how many leads use each choice; a POST adds one."""
    _list_or_404(request, which)
    rows = list(Term.objects.filter(store=request.store, list=which).order_by("rank", "id"))
    parents = [row for row in rows if row.active and not row.parent_id]
    form = NewTermForm(request.POST if request.method == "POST" else None, parents=parents)
    if form.is_valid():
        try:
            once(
                form.cleaned_data["token"],
                user=request.user,
                now=request.now,
                create=lambda: _add(request, which, form),
            )
            return saved(request, _("Added"), reverse("leads:terms", args=[which]))
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
    context = {
        "title": TITLES[which],
        "which": which,
        "tab": which,
        "rows": _with_uses(rows, which, request),
        "form": form,
    }
    return render(request, "leads/terms.html", context, status=422 if form.is_bound else 200)


def _with_uses(rows: list[Term], which: str, request: HttpRequest) -> list[Term]:
    """Each choice with the leads that carry it, second-level ones after their parent."""
    field = COUNTED.get(which)
    uses = {}
    if field:
        leads = Lead.objects.filter(store=request.store).exclude(**{field: None})
        uses = dict(leads.values_list(field).annotate(Count("pk")).order_by())
    places = {row.pk: n for n, row in enumerate(rows)}
    for row in rows:
        row.uses = uses.get(row.pk, 0)
    return sorted(
        rows, key=lambda row: (places.get(row.parent_id or row.pk, 0), bool(row.parent_id), places[row.pk])
    )


def _add(request: HttpRequest, which: str, form: NewTermForm) -> str:
    add_term(
        request.store,
        which,
        name_en=form.cleaned_data["name_en"],
        name_zh=form.cleaned_data["name_zh"],
        parent=form.chosen_parent,
        by=request.user,
        at=request.now,
    )
    return reverse("leads:terms", args=[which])


def _term_or_404(request: HttpRequest, which: str, pk: int) -> Term:
    _list_or_404(request, which)
    rows = Term.objects.filter(store=request.store, list=which).select_related("store")
    return get_object_or_404(rows, pk=pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def term(request: HttpRequest, which: str, pk: int) -> HttpResponse:
    """Rename a choice, put it under another, retire it or bring it back."""
    known = _term_or_404(request, which, pk)
    parents = Term.objects.filter(store=request.store, list=which, active=True, parent=None)
    has_children = Term.objects.filter(parent=known).exists()

    def now() -> dict:
        names = {"name_en": known.name_en, "name_zh": known.name_zh}
        return names | {"active": known.active, "parent": str(known.parent_id or "")}

    form = OldTermForm(
        request.POST if request.method == "POST" else None,
        parents=[] if has_children else list(parents.exclude(pk=known.pk).order_by("rank")),
        initial=now(),
    )
    if form.is_valid():
        try:
            with unchanged(form, known, now):
                _edit_term(request, known, form)
            return saved(request, _("Saved"), reverse("leads:terms", args=[which]))
        except Refused as refusal:
            form.refuse(refusal)
    sheet = Sheet(str(known), reverse("leads:terms", args=[which]), _("Save"), line=str(TITLES[which]))
    return show_sheet(request, sheet, form, status=form.status)


def _edit_term(request: HttpRequest, term: Term, form: OldTermForm) -> None:
    edit_term(
        term,
        name_en=form.cleaned_data["name_en"],
        name_zh=form.cleaned_data["name_zh"],
        active=form.cleaned_data["active"],
        parent=form.chosen_parent,
        by=request.user,
        at=request.now,
    )


@login_required
@require_POST
def move_term(request: HttpRequest, which: str, pk: int) -> HttpResponse:
    """One place up, or down with `to=down`."""
    move(_term_or_404(request, which, pk), up=request.POST.get("to") != "down")
    return redirect("leads:terms", which)


# --- models ------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def car_models(request: HttpRequest) -> HttpResponse:
    """The models of the group; a POST adds one."""
    must_run_the_store(request)
    form = NewCarModelForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            once(
                form.cleaned_data["token"],
                user=request.user,
                now=request.now,
                create=lambda: _save_model(request, form),
            )
            return saved(request, _("Added"), reverse("leads:car_models"))
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
    rows = CarModel.objects.filter(group=request.store.group).order_by("brand", "name_zh", "id")
    context = {"rows": rows, "form": form, "tab": "models"}
    return render(request, "leads/car_models.html", context, status=422 if form.is_bound else 200)


def _save_model(request: HttpRequest, form, car_model: CarModel | None = None) -> str:
    save_car_model(request.store, car_model=car_model, by=request.user, at=request.now, **form.values())
    return reverse("leads:car_models")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def car_model(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a model, retire it or bring it back."""
    must_run_the_store(request)
    known = get_object_or_404(CarModel, pk=pk, group=request.store.group)

    def now() -> dict:
        return {name: getattr(known, name) for name in ("brand", "name_en", "name_zh", "active")}

    form = OldCarModelForm(request.POST if request.method == "POST" else None, initial=now())
    if form.is_valid():
        try:
            with unchanged(form, known, now):
                url = _save_model(request, form, known)
            return saved(request, _("Saved"), url)
        except Refused as refusal:
            form.refuse(refusal)
    sheet = Sheet(str(known), reverse("leads:car_models"), _("Save"), line=known.brand)
    return show_sheet(request, sheet, form, status=form.status)
