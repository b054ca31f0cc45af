"""The sheets of the demo cars: a booking, the checks and papers before a drive, the feedback."""

import base64
import binascii
import datetime as dt
import uuid
from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.meanwhile import SeenForm
from accounts.models import Store
from accounts.rules import setting
from accounts.widgets import DateInput, Switch, TimeInput
from leads.models import Lead
from leads.steps import Step

from .drives import CHECKS, MOST_BYTES, Feedback, Papers
from .models import Booking, DemoCar, Drive
from .step_signals import chips

CHECK_LABELS = {
    "clean": _("Clean, inside and out"),
    "condition": _("In order: tyres, fuel or battery, warnings"),
    "route": _("The route is known and driven through"),
}
ITEMS = [
    ("power", _("Power")),
    ("handling", _("Handling")),
    ("comfort", _("Comfort")),
    ("quiet", _("Quietness")),
    ("space", _("Space")),
    ("view", _("View all round")),
    ("equipment", _("Equipment")),
]
MARKS = [(str(mark), str(mark)) for mark in range(1, 6)]
FIRST_YEAR, LAST_YEAR = 2000, 2100
PNG_HEAD = "data:image/png;base64,"


class DayField(forms.DateField):
    """A day within the years a store plans for."""

    widget = DateInput

    def clean(self, value):
        on = super().clean(value)
        if on and not FIRST_YEAR <= on.year <= LAST_YEAR:
            raise forms.ValidationError(_("Pick a day of these years."))
        return on


class BookingForm(forms.Form):
    """Which car, when, how long; a customer of the house where the sheet was not opened from a card."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    lead = forms.ChoiceField(label=_("Customer"), widget=forms.RadioSelect, required=False)
    car = forms.ChoiceField(label=_("Demo car"), widget=forms.RadioSelect)
    on = DayField(label=_("Day"))
    time = forms.TimeField(label=_("Time"), widget=TimeInput)
    minutes = forms.IntegerField(label=_("Minutes"), min_value=10, max_value=240)

    def __init__(self, *args, store: Store, cars: Sequence[DemoCar], customers=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.store, self.cars = store, {str(car.pk): car for car in cars}
        self.fields["car"].choices = [(pk, str(car)) for pk, car in self.cars.items()]
        self.fields["token"].initial = uuid.uuid4
        self.fields["minutes"].initial = setting(store, "drive_minutes")
        if customers is None:
            del self.fields["lead"]
        else:
            self.fields["lead"].choices = customers

    def times(self) -> tuple[dt.datetime, dt.datetime]:
        """From and to, in UTC."""
        starts_at = self.store.at_local(self.cleaned_data["on"], self.cleaned_data["time"])
        return starts_at, starts_at + dt.timedelta(minutes=self.cleaned_data["minutes"])


class MoveForm(BookingForm, SeenForm):
    """Another car or time for a booking, over what it says."""

    @staticmethod
    def first_values(row: Booking) -> dict:
        local = row.starts_at.astimezone(row.store.zone)
        minutes = int((row.ends_at - row.starts_at).total_seconds() // 60)
        return {"car": str(row.car_id), "on": local.date(), "time": local.time(), "minutes": minutes}


class CancelForm(forms.Form):
    reason = forms.CharField(label=_("Why is it called off?"), max_length=200)


class WorkshopForm(forms.Form):
    """A car that is off the road for a time."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    car = forms.ChoiceField(label=_("Demo car"), widget=forms.RadioSelect)
    on = DayField(label=_("From"))
    time = forms.TimeField(label=_("Time"), widget=TimeInput)
    until_on = DayField(label=_("Until"))
    until_time = forms.TimeField(label=_("Time"), widget=TimeInput)
    reason = forms.CharField(label=_("What is done?"), max_length=200)

    def __init__(self, *args, store: Store, cars: Sequence[DemoCar], **kwargs):
        super().__init__(*args, **kwargs)
        self.store = store
        self.fields["car"].choices = [(str(car.pk), str(car)) for car in cars]
        self.fields["token"].initial = uuid.uuid4

    def times(self) -> tuple[dt.datetime, dt.datetime]:
        """From and to, in UTC."""
        given = self.cleaned_data
        return (
            self.store.at_local(given["on"], given["time"]),
            self.store.at_local(given["until_on"], given["until_time"]),
        )


class ChecksForm(SeenForm):
    clean = forms.BooleanField(label=CHECK_LABELS["clean"], required=False, widget=Switch)
    condition = forms.BooleanField(label=CHECK_LABELS["condition"], required=False, widget=Switch)
    route = forms.BooleanField(label=CHECK_LABELS["route"], required=False, widget=Switch)

    @staticmethod
    def first_values(drive: Drive | None, lead: Lead) -> dict:
        return {name: getattr(drive, name, False) for name in CHECKS}


class PapersForm(SeenForm):
    """Who drives, the licence, the signature: drawn on the screen or given on paper."""

    driver_name = forms.CharField(label=_("Who drives"), max_length=80)
    licence = forms.BooleanField(label=_("Driving licence seen, valid"), required=False, widget=Switch)
    licence_picture = forms.FileField(
        label=_("Photo of the licence (optional)"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "image/*", "capture": "environment"}),
    )
    signature = forms.CharField(required=False, widget=forms.HiddenInput, max_length=2 * MOST_BYTES)
    on_paper = forms.BooleanField(label=_("Signed on paper"), required=False, widget=Switch)

    @staticmethod
    def first_values(drive: Drive | None, lead: Lead) -> dict:
        name = (drive.driver_name if drive else "") or lead.customer.name
        return {"driver_name": name, "licence": bool(drive and drive.licence)}

    def clean_signature(self) -> bytes:
        """The drawing as bytes; nothing when it is no PNG of ours."""
        text = self.cleaned_data["signature"]
        if not text.startswith(PNG_HEAD):
            return b""
        try:
            return base64.b64decode(text[len(PNG_HEAD) :], validate=True)
        except (binascii.Error, ValueError):
            return b""

    def papers(self) -> Papers:
        given = self.cleaned_data
        picture = given["licence_picture"].read(MOST_BYTES + 1) if given["licence_picture"] else b""
        seen = Drive.Licence.PHOTO if picture else (Drive.Licence.SEEN if given["licence"] else "")
        return Papers(
            driver_name=given["driver_name"],
            licence=seen,
            licence_picture=picture,
            signature=given["signature"],
            on_paper=given["on_paper"],
        )


class FeedbackForm(SeenForm):
    """The feedback form of the drive, item by item (SPEC TEST-06)."""

    overall = forms.TypedChoiceField(
        label=_("All in all"), choices=MARKS, coerce=int, required=False, empty_value=None,
        widget=forms.RadioSelect,
    )  # fmt: skip
    items_of_interest = forms.MultipleChoiceField(
        label=_("Was interested in"), choices=ITEMS, required=False, widget=forms.CheckboxSelectMultiple
    )
    signals = forms.MultipleChoiceField(
        label=_("Signals"),
        choices=chips(Step.TEST_DRIVE),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    comment = forms.CharField(label=_("In their words (optional)"), max_length=1000, required=False)
    declined = forms.CharField(
        label=pgettext_lazy("feedback", "No feedback: why?"), max_length=200, required=False
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for code, label in ITEMS:
            self.fields[f"mark_{code}"] = forms.TypedChoiceField(
                label=label, choices=MARKS, coerce=int, required=False, empty_value=None,
                widget=forms.RadioSelect,
            )  # fmt: skip

    @staticmethod
    def first_values(drive: Drive | None, lead: Lead) -> dict:
        if drive is None or drive.feedback_at is None:
            return {}
        marks = {f"mark_{code}": mark for code, mark in drive.ratings.items()}
        names = ("overall", "items_of_interest", "signals", "comment")
        said = {name: getattr(drive, name) for name in names}
        return said | marks | {"declined": drive.feedback_declined}

    @property
    def marks(self) -> list:
        return [self[f"mark_{code}"] for code, _label in ITEMS]

    def feedback(self) -> Feedback:
        given = self.cleaned_data
        marks = {code: given[f"mark_{code}"] for code, _label in ITEMS if given[f"mark_{code}"]}
        return Feedback(
            ratings=marks,
            overall=given["overall"],
            comment=given["comment"],
            items_of_interest=tuple(given["items_of_interest"]),
            signals=tuple(given["signals"]),
            declined=given["declined"],
        )
