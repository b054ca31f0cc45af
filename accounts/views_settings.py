"""The settings of a store: every declared rule with its default and source, opening hours, closing days."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .errors import Refused
from .forms_settings import ClosureForm, HoursForm, SettingForm
from .meanwhile import unchanged
from .models import SettingChange, Store, StoreClosure, StoreHours
from .opening import close_on, open_again, set_hours
from .rules import set_setting, setting
from .setting_words import GROUP_NAMES, grouped, shown_value, words_of
from .sheets import Sheet, must_run_the_store, saved, show_sheet
from .store_settings import DECLARED, Declared

OWN_PAGES = {"grade_profile": "followups:grades"}  # settings whose change needs more than a value
HISTORY = 10


@dataclass(frozen=True)
class SettingRow:
    declared: Declared
    url: str
    help: object
    value: str
    default: str

    @property
    def changed(self) -> bool:
        return self.value != self.default


@require_safe
@login_required
def settings_page(request: HttpRequest) -> HttpResponse:
    """Every declared setting, grouped; one statement beyond the person's own."""
    must_run_the_store(request)
    groups = [
        {"key": group, "name": GROUP_NAMES[group], "rows": [_row(request.store, one) for one in rows]}
        for group, rows in grouped().items()
    ]
    return render(request, "accounts/settings.html", {"groups": groups, "tab": "rules"})


def _row(store: Store, declared: Declared) -> SettingRow:
    return SettingRow(
        declared=declared,
        url=setting_url(declared.key),
        help=words_of(declared.key).help,
        value=shown_value(declared, setting(store, declared.key)),
        default=shown_value(declared, declared.default),
    )


def setting_url(key: str) -> str:
    return reverse(OWN_PAGES[key]) if key in OWN_PAGES else reverse("accounts:setting", args=[key])


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def one_setting(request: HttpRequest, key: str) -> HttpResponse:
    """The sheet of a setting, with who changed it before; a POST sets it."""
    must_run_the_store(request)
    declared = DECLARED.get(key)
    if declared is None:
        raise Http404
    if key in OWN_PAGES:
        return redirect(OWN_PAGES[key])

    def now() -> dict:
        return {"value": setting(request.store, key)}

    form = SettingForm(request.POST if request.method == "POST" else None, declared=declared, initial=now())
    if form.is_valid():
        try:
            with unchanged(form, request.store, now):
                set_setting(request.store, key, form.cleaned_data["value"], by=request.user, at=request.now)
            text = _("Saved: %(setting)s") % {"setting": declared.label}
            return saved(request, text, reverse("accounts:settings"))
        except Refused as refusal:
            form.refuse(refusal)
    return show_sheet(
        request,
        _sheet(declared),
        form,
        status=form.status,
        history=_history(request.store, declared),
    )


def _sheet(declared: Declared) -> Sheet:
    facts = {"default": shown_value(declared, declared.default), "source": declared.source}
    own = _("our own default %(default)s · %(source)s") % facts
    return Sheet(
        title=str(declared.label),
        line=own if declared.assumed else _("default %(default)s · %(source)s") % facts,
        back=reverse("accounts:settings"),
        button=_("Save"),
        says=_("Kept with your name and the time."),
    )


def _history(store: Store, declared: Declared) -> list[SettingChange]:
    rows = SettingChange.objects.filter(store=store, key=f"setting:{declared.key}").select_related("by")
    changes = list(rows.order_by("-at", "-id")[:HISTORY])
    for change in changes:
        change.old_text = shown_value(declared, change.old)
        change.new_text = shown_value(declared, change.new)
    return changes


# --- opening hours and closing days --------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def hours(request: HttpRequest) -> HttpResponse:
    """Opening hours per weekday; a POST sets all seven."""
    must_run_the_store(request)

    def now() -> dict:
        return HoursForm.first_values(StoreHours.objects.filter(store=request.store))

    form = HoursForm(request.POST if request.method == "POST" else None, initial=now())
    if form.is_valid():
        try:
            with unchanged(form, request.store, now):
                set_hours(request.store, form.week(), by=request.user, at=request.now)
            return saved(request, _("Opening hours saved"), reverse("accounts:hours"))
        except Refused as refusal:
            form.refuse(refusal)
    return _hours_page(request, form, status=form.status)


def _hours_page(request: HttpRequest, form: HoursForm, closing: ClosureForm | None = None, status: int = 200):
    today = request.store.business_date(request.now)
    context = {
        "form": form,
        "closing": closing or ClosureForm(today=today),
        "closures": StoreClosure.objects.filter(store=request.store, on__gte=today).order_by("on"),
        "tab": "hours",
    }
    return render(request, "accounts/hours.html", context, status=status)


@login_required
@require_POST
def add_closure(request: HttpRequest) -> HttpResponse:
    """Closing days from a day to a day; a day that is closed already stays so."""
    must_run_the_store(request)
    form = ClosureForm(request.POST, today=request.store.business_date(request.now))
    if not form.is_valid():
        known = StoreHours.objects.filter(store=request.store)
        return _hours_page(request, HoursForm(initial=HoursForm.first_values(known)), form, status=422)
    start = form.cleaned_data["start"]
    new = close_on(request.store, start, form.cleaned_data["end"] or start, by=request.user, at=request.now)
    text = ngettext("%(n)s closing day added", "%(n)s closing days added", new) % {"n": new}
    return saved(request, text, reverse("accounts:hours"))


@login_required
@require_POST
def end_closure(request: HttpRequest, pk: int) -> HttpResponse:
    """The store opens on that day after all."""
    must_run_the_store(request)
    closure = get_object_or_404(StoreClosure.objects.filter(store=request.store), pk=pk)
    open_again(closure, by=request.user, at=request.now)
    return saved(request, _("Open again on that day"), reverse("accounts:hours"))
