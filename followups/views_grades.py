"""Grades and cadence: the three profiles, how often each grade is called, and what a change would do."""

from dataclasses import dataclass

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.errors import Refused
from accounts.meanwhile import SeenForm, unchanged
from accounts.rules import setting
from accounts.setting_words import WORDS
from accounts.sheets import must_run_the_store, saved
from leads.models import GradeRule
from leads.profiles import PROFILES

from .profiles import (
    MOST_DAYS,
    MOST_TIMES,
    Profile,
    interval_of,
    preview_switch,
    set_cadence,
    switch_profile,
)
from .redating import effect
from .rework import under_way

# Where a cadence comes from: the overview table, the training book, or inherited by us (SPEC CAD-01..03).
SOURCES = {"default": "CAD-01", "detailed": "CAD-01", "classic": "CAD-02"}
INHERITED = ("A+", "B+")


class CadenceForm(SeenForm):
    """Times and days of each grade of a profile."""

    def __init__(self, *args, rules: dict[str, GradeRule], **kwargs):
        super().__init__(*args, **kwargs)
        self.codes = list(rules)
        for code, rule in rules.items():
            named = {"grade": code}
            self.fields[f"times_{code}"] = forms.IntegerField(
                label=_("%(grade)s: times") % named, min_value=1, max_value=MOST_TIMES, initial=rule.times
            )
            self.fields[f"period_{code}"] = forms.IntegerField(
                label=_("%(grade)s: days") % named, min_value=1, max_value=MOST_DAYS, initial=rule.period_days
            )

    def clean(self):
        for code in self.codes:
            times, period = self.cleaned_data.get(f"times_{code}"), self.cleaned_data.get(f"period_{code}")
            if times and period:
                try:
                    interval_of(times, period)
                except Refused as refusal:
                    self.add_error(f"times_{code}", refusal.message)
        return self.cleaned_data

    @property
    def wanted(self) -> dict[str, tuple[int, int]]:
        typed = self.cleaned_data
        return {code: (typed[f"times_{code}"], typed[f"period_{code}"]) for code in self.codes}


@dataclass(frozen=True)
class Line:
    """One grade of the table: its rule, the two fields, and the cadence it ships with."""

    rule: GradeRule
    times: object
    period: object
    default_times: int
    default_period: int
    source: str
    inherited: bool

    @property
    def changed(self) -> bool:
        return (self.rule.times, self.rule.period_days) != (self.default_times, self.default_period)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def grades(request: HttpRequest) -> HttpResponse:
    """A profile's table; a POST previews or saves its cadence, or switches the store to it, by `act`."""
    must_run_the_store(request)
    name = (
        request.POST.get("profile") or request.GET.get("profile") or setting(request.store, "grade_profile")
    )
    if name not in PROFILES:
        raise Http404
    if request.POST.get("act") == "switch":
        return _switch(request, name)
    profile = Profile(request.store, name)
    form = CadenceForm(request.POST if request.method == "POST" else None, rules=profile.rules)
    if not form.is_bound:
        return _page(request, name, profile, form)
    if not form.is_valid():
        return _page(request, name, profile, form, status=422)
    if request.POST.get("act") != "save":
        return _page(request, name, profile, form, asked=_effect_of(request, form))
    try:
        with unchanged(form, request.store, lambda: _cadence_now(request, name)):
            changed = set_cadence(request.store, name, form.wanted, by=request.user, at=request.now)
    except Refused as refusal:
        form.refuse(refusal)
        return _page(request, name, Profile(request.store, name), form, status=form.status)
    text = (
        _("Cadence saved: %(grades)s") % {"grades": ", ".join(changed)} if changed else _("Nothing changed")
    )
    return saved(request, text, f"{reverse('followups:grades')}?profile={name}")


def _cadence_now(request: HttpRequest, name: str) -> dict[str, int]:
    rules = Profile(request.store, name).rules.items()
    return {f"times_{code}": rule.times for code, rule in rules} | {
        f"period_{code}": rule.period_days for code, rule in rules
    }


def _effect_of(request: HttpRequest, form: CadenceForm):
    intervals = {code: interval_of(*pair) for code, pair in form.wanted.items()}
    return effect(request.store, intervals, today=request.store.business_date(request.now))


def _switch(request: HttpRequest, name: str) -> HttpResponse:
    in_force = setting(request.store, "grade_profile")
    if request.POST.get("in_force", in_force) != in_force:
        form = CadenceForm(rules=Profile(request.store, name).rules)
        form.conflict = _("Somebody switched the profile meanwhile. Look at what a switch does now.")
        return _page(request, name, Profile(request.store, name), form, status=409)
    count = switch_profile(request.store, name, by=request.user, at=request.now)
    if count is None:
        text = _("Switched. The leads follow one after the other; the page shows how far it is.")
        return saved(request, text, reverse("followups:grades"))
    text = ngettext(
        "Switched: %(n)s lead has another letter", "Switched: %(n)s leads have another letter", count
    )
    return saved(request, text % {"n": count}, reverse("followups:grades"))


def _page(request: HttpRequest, name: str, profile: Profile, form: CadenceForm, *, asked=None, status=200):
    in_force = setting(request.store, "grade_profile")
    context = {
        "tab": "grades",
        "profiles": WORDS["grade_profile"].choices,
        "shown": name,
        "in_force": in_force,
        "form": form,
        "lines": _lines(name, profile, form),
        "asked": asked,
        "rework": under_way(request.store),
    }
    if name != in_force:
        today = request.store.business_date(request.now)
        context["mapping"], context["effect"] = preview_switch(request.store, name, today=today)
    return render(request, "followups/grades.html", context, status=status)


def _lines(name: str, profile: Profile, form: CadenceForm) -> list[Line]:
    shipped = {code: (times, period) for code, _from, _to, times, period, _purpose in PROFILES[name]}
    return [
        Line(
            rule,
            form[f"times_{code}"],
            form[f"period_{code}"],
            *shipped[code],
            source="CAD-03" if code in INHERITED else SOURCES[name],
            inherited=code in INHERITED,
        )
        for code, rule in profile.rules.items()
    ]
