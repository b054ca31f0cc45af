"""What is asked when a lead is lost, rests, is invalid, comes back, or has a second one beside it."""

import datetime as dt
import uuid
from functools import cached_property

from django import forms
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.date_words import weekday_and_day
from leads.book import book
from leads.losing import Loss
from leads.models import CarModel, Lead, LostRecord, Term
from leads.models.leads import Status
from leads.statuses import BackReason, InvalidReason, RestReason

from .forms import PICK, DateChip, DateInput

REST_DAYS = (30, 90, 180)
RESTS_FIRST = 90  # the chip that is chosen when the sheet opens
WHY_LOST = gettext_lazy("Tap why we lost this customer.")


def why(reasons: type[models.TextChoices]) -> forms.ChoiceField:
    """One of a few reasons, as chips."""
    missing = gettext_lazy("Tap a reason.")
    return forms.ChoiceField(
        label=gettext_lazy("Why"),
        choices=reasons,
        widget=forms.RadioSelect,
        error_messages={"required": missing, "invalid_choice": missing},
    )


class EndForm(forms.Form):
    """A sheet about a lead at a moment; `today` is the store's day."""

    def __init__(self, *args, lead: Lead, now: dt.datetime, **kwargs):
        self.lead, self.now = lead, now
        self.today = lead.store.business_date(now)
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self.initial = {**self.first_values(), **self.initial}

    def first_values(self) -> dict:
        return {}


class LossForm(EndForm):
    """The lost-analysis form (SPEC LOST-01, LOST-02, LOST-06, LOST-10)."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.ChoiceField(error_messages={"required": WHY_LOST, "invalid_choice": WHY_LOST})
    out_of_control = forms.BooleanField(
        label=gettext_lazy("Out of contact: nobody reaches them any more"), required=False
    )
    brand = forms.CharField(label=gettext_lazy("Brand bought instead"), max_length=60, required=False)
    model = forms.CharField(label=gettext_lazy("Model bought instead"), max_length=80, required=False)
    opinion = forms.CharField(
        label=gettext_lazy("What the customer says about us"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": " "}),
    )
    found_on = forms.DateField(label=gettext_lazy("Found out on"), required=False, widget=DateInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [(term.code, str(term)) for term in self._terms]

    def first_values(self) -> dict:
        return {"token": uuid.uuid4(), "found_on": self.today}

    @cached_property
    def _terms(self) -> list[Term]:
        return book(self.lead.store).choices(Term.List.LOST_REASON)

    @property
    def groups(self) -> list[dict]:
        """The classes of reasons, each with its reasons, in the order of the store's list."""
        return [
            {"term": above, "reasons": [term for term in self._terms if term.parent_id == above.pk]}
            for above in self._terms
            if above.parent_id is None
        ]

    def loss(self) -> Loss:
        data = self.cleaned_data
        lost, gone = LostRecord.Kind.LOST, LostRecord.Kind.OUT_OF_CONTROL
        return Loss(
            reason=next(term for term in self._terms if term.code == data["reason"]),
            kind=gone if data["out_of_control"] else lost,
            brand=data["brand"],
            model=data["model"],
            opinion=data["opinion"],
        )

    @property
    def found_at(self) -> dt.datetime:
        """Now when it was found out today, else the end of that day: the record is late (SPEC LOST-03)."""
        on = self.cleaned_data["found_on"] or self.today
        return self.now if on == self.today else self.lead.store.end_of_day(on)


class RestForm(EndForm):
    """Until when, and why (SPEC T30)."""

    reason = why(RestReason)
    wake_on = forms.DateField(label=gettext_lazy("Rests until"), required=False, widget=DateInput)

    def first_values(self) -> dict:
        return {"wake_on": self.today + dt.timedelta(days=RESTS_FIRST), "reason": RestReason.LATER}

    @property
    def date_chips(self) -> list[DateChip]:
        own = DateChip(PICK, str(_("Pick a date")), str(_("open the calendar")))
        return [*(self._chip(days) for days in REST_DAYS), own]

    def _chip(self, days: int) -> DateChip:
        on = self.today + dt.timedelta(days=days)
        title = ngettext("In %(days)s day", "In %(days)s days", days) % {"days": days}
        return DateChip(on.isoformat(), title, weekday_and_day(on, today=self.today))

    @property
    def picked(self) -> str:
        """The value of the chosen chip."""
        asked = self.data.get("wake_pick", "")
        first = (self.today + dt.timedelta(days=RESTS_FIRST)).isoformat()
        return asked if asked in [chip.value for chip in self.date_chips] else first

    def clean_wake_on(self) -> dt.date:
        """The chip counts, unless it says "pick a date"."""
        try:
            return dt.date.fromisoformat(self.data.get("wake_pick", PICK))
        except ValueError:
            pass
        if not self.cleaned_data["wake_on"]:
            raise forms.ValidationError(_("Pick the day."))
        return self.cleaned_data["wake_on"]


class InvalidForm(EndForm):
    """Why it never was a lead (SPEC A07)."""

    reason = why(InvalidReason)


class BackForm(EndForm):
    """Why a lost or invalid lead is worked on again; waking a dormant one asks nothing (SPEC T31, T33)."""

    reason = why(BackReason)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.lead.status == Status.DORMANT:
            del self.fields["reason"]


class SecondCarForm(EndForm):
    """Which model the next car may be; nobody has to know yet (SPEC FUP-10)."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    car_model = forms.ModelChoiceField(
        label=gettext_lazy("Model"), queryset=CarModel.objects.none(), required=False,
        empty_label=gettext_lazy("Model open"),
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        group = self.lead.store.group_id
        self.fields["car_model"].queryset = CarModel.objects.filter(group=group, active=True)

    def first_values(self) -> dict:
        return {"token": uuid.uuid4()}
