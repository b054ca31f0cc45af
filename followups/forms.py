"""The log sheet: what came out of it, and when the next contact is due."""

import datetime as dt
import uuid
from dataclasses import dataclass
from functools import cached_property

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from accounts.date_words import near_day, weekday_and_day
from accounts.meanwhile import SeenForm
from accounts.models import Store
from leads.book import book
from leads.models import Lead
from leads.protection import may_have_cadence

from .cadence import next_due, planned_appointments, proposed_date
from .contacts import Said
from .models import Appointment, Contact
from .outcomes import NOT_TALKED, REACHED, TALKED, Outcome

COMES_AT = dt.time(10)  # what the time field shows first, when the customer comes in
PICK = "pick"
CHANNELS = (Contact.Channel.PHONE, Contact.Channel.WECHAT, Contact.Channel.IN_PERSON)


@dataclass(frozen=True)
class DateChip:
    """A day to choose with one tap; `value` is the ISO date, or "pick"."""

    value: str
    title: str
    line: str
    default: bool = False
    tomorrow: bool = False


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self):
        super().__init__(format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self):
        super().__init__(format="%H:%M")


class LogForm(forms.Form):
    """Outcome and next date in one save (SPEC A03)."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        choices=Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Tap what came out of it.")},
    )
    channel = forms.ChoiceField(
        label=pgettext_lazy("of a contact", "Channel"),
        choices=[(channel, channel.label) for channel in CHANNELS],
        widget=forms.RadioSelect,
        initial=Contact.Channel.PHONE,
        required=False,
    )
    incoming = forms.BooleanField(label=_("The customer called"), required=False)
    next_on = forms.DateField(label=_("Next date"), required=False, widget=DateInput)
    coming_time = forms.TimeField(label=_("Time"), required=False, widget=TimeInput)
    agreed = forms.BooleanField(label=_("agreed with the customer"), required=False)
    text = forms.CharField(
        label=_("Add a sentence (optional)"), max_length=1000, required=False, widget=forms.Textarea
    )

    def __init__(self, *args, lead: Lead, now: dt.datetime, **kwargs):
        self.lead, self.now = lead, now
        self.today = lead.store.business_date(now)
        self.tomorrow = self.today + dt.timedelta(days=1)
        self.interval = book(lead.store).interval(lead.grade) if may_have_cadence(lead) else None
        self.cadence_date = next_due(self.interval, self.today) if self.interval else None
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self.initial = {**self._first_values(), **self.initial}

    @cached_property
    def planned(self) -> list[Appointment]:
        return planned_appointments(self.lead)

    @cached_property
    def proposed(self) -> dt.date | None:
        """The day of the next appointment, else of the cadence; None when nothing asks for one."""
        return proposed_date(self.lead, self.planned, today=self.today)

    def _first_values(self) -> dict:
        times = [appointment.at.astimezone(self.lead.store.zone) for appointment in self.planned]
        comes_at = next((time.time() for time in times if time.date() == self.proposed), COMES_AT)
        return {"token": uuid.uuid4(), "next_on": self.proposed or self.tomorrow, "coming_time": comes_at}

    # --- what the sheet shows ---------------------------------------------------------

    @property
    def latest(self) -> dt.date | None:
        """Beyond this day the customer must have agreed (SPEC A68); None without a cadence."""
        return max(self.cadence_date, self.proposed) if self.cadence_date else None

    @property
    def talked(self) -> list[tuple[str, str]]:
        return [(outcome.value, outcome.label) for outcome in TALKED]

    @property
    def not_talked(self) -> list[tuple[str, str, bool]]:
        """Value, words, and whether it counts as an attempt."""
        return [(outcome.value, outcome.label, outcome not in REACHED) for outcome in NOT_TALKED]

    @property
    def date_chips(self) -> list[DateChip]:
        days = sorted({self.tomorrow, self.proposed or self.tomorrow})
        return [
            *(self._chip(day) for day in days),
            DateChip(PICK, str(_("Pick a date")), str(_("open the calendar"))),
        ]

    def _chip(self, on: dt.date) -> DateChip:
        ahead = (on - self.today).days
        title = near_day(on, today=self.today)
        if ahead > 1:
            title = ngettext("In %(days)s day", "In %(days)s days", ahead) % {"days": ahead}
        return DateChip(
            on.isoformat(),
            title,
            weekday_and_day(on, today=self.today),
            default=on == self.proposed,
            tomorrow=on == self.tomorrow,
        )

    @property
    def picked(self) -> str:
        """The value of the chosen date chip."""
        known = [chip.value for chip in self.date_chips]
        if self.is_bound and self.data.get("next_pick") in known:
            return self.data["next_pick"]
        return self.proposed.isoformat() if self.proposed else ""

    # --- what was said ------------------------------------------------------------------

    def clean_next_on(self) -> dt.date | None:
        """The chip counts, unless it says "pick a date"; scripts keep both alike."""
        pick = self.data.get("next_pick", PICK)
        if pick == PICK:
            return self.cleaned_data["next_on"]
        try:
            return dt.date.fromisoformat(pick)
        except ValueError:
            return self.cleaned_data["next_on"]

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("outcome") == Outcome.COMING and not self.errors:
            for name, missing in (("next_on", _("Pick the day.")), ("coming_time", _("Pick the time."))):
                if not cleaned.get(name):
                    self.add_error(name, missing)
        return cleaned

    def said(self) -> Said:
        """The contact as the verb takes it; "coming in" makes the date an appointment."""
        data = self.cleaned_data
        coming = data["outcome"] == Outcome.COMING
        return Said(
            outcome=data["outcome"],
            channel=data["channel"] or Contact.Channel.PHONE,
            direction=Contact.Direction.IN if data["incoming"] else Contact.Direction.OUT,
            text=data["text"],
            next_on=None if coming else data["next_on"],
            agreed=data["agreed"] and not coming,
            coming_at=self.lead.store.at_local(data["next_on"], data["coming_time"]) if coming else None,
        )


class AppointmentForm(SeenForm):
    """Another time for an appointment; day and clock as the store's."""

    on = forms.DateField(label=_("Day"), widget=DateInput)
    time = forms.TimeField(label=_("Time"), widget=TimeInput)

    def __init__(self, *args, store: Store, **kwargs):
        super().__init__(*args, **kwargs)
        self.store = store

    @classmethod
    def of(cls, appointment: Appointment, data=None) -> "AppointmentForm":
        return cls(data, store=appointment.lead.store, initial=cls.first_values(appointment))

    @staticmethod
    def first_values(appointment: Appointment) -> dict:
        """The day and hour it is planned for, on the store's clock."""
        at = appointment.at.astimezone(appointment.lead.store.zone)
        return {"on": at.date(), "time": at.time()}

    @property
    def at(self) -> dt.datetime:
        return self.store.at_local(self.cleaned_data["on"], self.cleaned_data["time"])
