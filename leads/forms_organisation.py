"""The sheet "Organisation": rhythm and batch, four persons, two meetings."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.meanwhile import SeenForm
from accounts.widgets import DateInput

from .models import OrganisationProfile
from .organisations import FACTS, MEETINGS, PERSONS

PHASES = OrganisationProfile.Phase


def _count(label, most: int) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, max_value=most, required=False)


def _person(name: str) -> forms.CharField:
    return forms.CharField(
        label=PERSONS[name],
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _meeting(name: str) -> forms.DateField:
    return forms.DateField(label=MEETINGS[name], required=False, widget=DateInput)


class OrganisationForm(SeenForm):
    """What decides an organisation's purchase; all of it may stay open."""

    cycle_months = _count(_("Months until they buy"), 120)
    batch = _count(_("Cars at once"), 9999)
    phase = forms.ChoiceField(label=_("Phase"), choices=PHASES, widget=forms.RadioSelect)
    selector = _person("selector")
    main_user = _person("main_user")
    decider = _person("decider")
    superior = _person("superior")
    selection_on = _meeting("selection_on")
    tender_on = _meeting("tender_on")


def first_values(known: OrganisationProfile | None) -> dict:
    """What the sheet shows first."""
    known = known or OrganisationProfile()
    return {name: getattr(known, name) for name in FACTS}
