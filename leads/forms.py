"""What a person types when a lead is moved by hand."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from .steps import Step


class TokenForm(forms.Form):
    """A form that counts once, however often it is sent."""

    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["token"].initial = uuid.uuid4

    def values(self, *names: str) -> dict:
        return {name: self.cleaned_data[name] for name in names}


class MoveForm(forms.Form):
    """Where to, why, and the step the person had before their eyes."""

    to = forms.TypedChoiceField(
        choices=[(step.code, step.label) for step in Step],
        coerce=lambda code: Step[code.upper()],
        error_messages={"required": _("Tap a step."), "invalid_choice": _("Tap a step.")},
    )
    seen = forms.TypedChoiceField(
        required=False,
        choices=[(step.code, step.label) for step in Step],
        coerce=lambda code: Step[code.upper()],
    )
    reason = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={"enterkeyhint": "done", "placeholder": _("for a step back or a step left out")}
        ),
    )
