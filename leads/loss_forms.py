"""What the manager answers to a loss."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import LostRecord

TAP = _("Tap confirm or send back.")


class LossDecisionForm(forms.Form):
    """Confirmed, or sent back with a word; a comment may stand beside both."""

    decision = forms.ChoiceField(
        choices=[
            (LostRecord.Decision.CONFIRMED, LostRecord.Decision.CONFIRMED.label),
            (LostRecord.Decision.REJECTED, LostRecord.Decision.REJECTED.label),
        ],
        error_messages={"required": TAP, "invalid_choice": TAP},
    )
    comment = forms.CharField(
        label=_("What is still to be tried"),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
