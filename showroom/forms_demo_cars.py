"""The demo cars and their agreement, as whoever runs the store keeps them."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.meanwhile import SeenForm
from accounts.widgets import Switch

from .cars import Car
from .forms_drives import DayField


class DemoCarForm(SeenForm):
    """A car: model, plate, what it is called on the grid, until when it is insured."""

    car_model = forms.ChoiceField(label=_("Model"))
    plate = forms.CharField(label=_("Plate"), max_length=20)
    label = forms.CharField(
        label=_("Name on the grid"),
        required=False,
        max_length=60,
        help_text=_("Empty: the name of the model."),
    )
    insured_until = DayField(
        label=_("Insured until"), required=False, help_text=_("After that day nobody may drive it.")
    )

    def __init__(self, *args, cars: list[Car], **kwargs):
        super().__init__(*args, **kwargs)
        self.models = {str(car.pk): car for car in cars}
        self.fields["car_model"].choices = [(pk, str(car)) for pk, car in self.models.items()]

    def values(self) -> dict:
        values = super().values()
        return values | {"car_model": self.models[values["car_model"]].as_model()}


class NewDemoCarForm(DemoCarForm):
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class OldDemoCarForm(DemoCarForm):
    active = forms.BooleanField(
        label=_("In use"),
        required=False,
        widget=Switch,
        help_text=_("Off: no longer booked; its drives stay."),
    )


class AgreementForm(forms.Form):
    """The next version of the agreement."""

    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    text_zh = forms.CharField(
        label=_("Chinese wording"), required=False, widget=forms.Textarea, max_length=10_000
    )
    text_en = forms.CharField(
        label=_("English wording"), required=False, widget=forms.Textarea, max_length=10_000
    )
    valid_from = DayField(label=_("Valid from"))
