"""Forms of the settings pages: one setting, opening hours, closing days."""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .date_words import WEEKDAYS
from .meanwhile import SeenForm
from .models import StoreHours
from .setting_words import shown_value, words_of
from .store_settings import Declared, limits
from .widgets import DateInput, Switch, TimeInput

FULL_WEEK = range(7)


class SettingForm(SeenForm):
    """One setting: a switch, a choice, a number from least to most, or a text."""

    def __init__(self, *args, declared: Declared, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["value"] = _field(declared)


def _field(declared: Declared) -> forms.Field:
    facts = {"label": declared.label, "help_text": words_of(declared.key).help}
    if isinstance(declared.default, bool):
        return forms.BooleanField(required=False, widget=Switch, **facts)
    if declared.choices:
        named = [(code, shown_value(declared, code)) for code in declared.choices]
        return forms.ChoiceField(choices=named, widget=forms.RadioSelect, **facts)
    if isinstance(declared.default, int):
        least, most = limits(declared.key)
        return forms.IntegerField(min_value=least, max_value=most, **facts)
    return forms.CharField(max_length=200, **facts)


class HoursForm(SeenForm):
    """From and to of each weekday; an empty pair is a closed day."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for day in FULL_WEEK:
            named = {"day": WEEKDAYS[day]}
            self.fields[f"opens_{day}"] = forms.TimeField(
                label=_("%(day)s from") % named, required=False, widget=TimeInput
            )
            self.fields[f"closes_{day}"] = forms.TimeField(
                label=_("%(day)s to") % named, required=False, widget=TimeInput
            )

    @classmethod
    def first_values(cls, hours: list[StoreHours]) -> dict:
        found = {f"opens_{row.weekday}": row.opens for row in hours}
        return found | {f"closes_{row.weekday}": row.closes for row in hours}

    def rows(self) -> list[tuple]:
        """Weekday name and its two bound fields, for the template."""
        return [(WEEKDAYS[day], self[f"opens_{day}"], self[f"closes_{day}"]) for day in FULL_WEEK]

    def clean(self):
        for day in FULL_WEEK:
            opens, closes = self._pair(day)
            if bool(opens) != bool(closes):
                self.add_error(
                    f"closes_{day}", gettext("Write both hours, or leave both empty for a closed day.")
                )
            elif opens and opens >= closes:
                self.add_error(
                    f"closes_{day}", gettext("The store closes after it opens. Correct one of the two.")
                )
        return self.cleaned_data

    def _pair(self, day: int) -> tuple:
        return self.cleaned_data.get(f"opens_{day}"), self.cleaned_data.get(f"closes_{day}")

    def week(self) -> dict[int, tuple[dt.time, dt.time]]:
        """Weekday -> (opens, closes) of the open days."""
        return {day: self._pair(day) for day in FULL_WEEK if self._pair(day)[0]}


class ClosureForm(forms.Form):
    """Closing days from a day to a day."""

    start = forms.DateField(label=_("Closed from"), widget=DateInput)
    end = forms.DateField(label=_("Closed until"), required=False, widget=DateInput)

    def __init__(self, *args, today: dt.date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self):
        start, end = self.cleaned_data.get("start"), self.cleaned_data.get("end")
        if start and start < self.today:
            raise ValidationError({"start": gettext("This day has passed. Pick today or later.")})
        if start and end and end < start:
            raise ValidationError({"end": gettext("The last day comes before the first.")})
        if start and end and (end - start).days > 60:
            raise ValidationError({"end": gettext("At most 60 days at once.")})
        return self.cleaned_data
