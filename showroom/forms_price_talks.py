"""A price talk: how far they are, what holds them back; objections, and what is asked for."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.widgets import DateInput
from leads.forms import TokenForm
from leads.steps import Step

from .models import Concession, Objection, PriceTalk
from .price_talks import Talk
from .step_signals import chips

TENTHS = [(str(per_cent), str(per_cent)) for per_cent in range(0, 101, 10)]
PUSHES = [("0", _("none")), ("1", _("once")), ("2", _("more often"))]


class TalkForm(TokenForm):
    """One talk about price and terms."""

    acceptance = forms.ChoiceField(
        label=_("Agreed so far, per cent"), choices=TENTHS, required=False, widget=forms.RadioSelect
    )
    signals = forms.MultipleChoiceField(
        label=_("Signals"), choices=chips(Step.NEGOTIATION), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    decision = forms.ChoiceField(
        label=_("Where it stands"), choices=PriceTalk.Decision.choices, required=False,
        widget=forms.RadioSelect, initial="",
    )  # fmt: skip
    resistance = forms.ChoiceField(
        label=_("What holds them back"), choices=PriceTalk.Resistance.choices, required=False,
        widget=forms.RadioSelect,
    )  # fmt: skip
    aspect = forms.CharField(label=_("What they want to talk over"), required=False, max_length=200)
    next_on = forms.DateField(label=_("Next day, agreed with the customer"), required=False, widget=DateInput)
    price_pushes = forms.TypedChoiceField(
        label=_("Pressed on the price"), choices=PUSHES, coerce=int, required=False, empty_value=0,
        widget=forms.RadioSelect, initial="0",
    )  # fmt: skip

    def talk(self) -> Talk:
        """What the sheet says, for the verb."""
        given = self.cleaned_data
        said = self.values("signals", "decision", "resistance", "aspect", "next_on", "price_pushes")
        return Talk(**said, acceptance=int(given["acceptance"]) if given["acceptance"] else None)


class ObjectionForm(TokenForm):
    """What stands in the way, where it comes from, how it was answered."""

    text = forms.CharField(label=_("In their words (optional)"), required=False, max_length=500)
    cause = forms.ChoiceField(
        label=_("Where it comes from"), choices=Objection.Cause.choices, required=False,
        widget=forms.RadioSelect,
    )  # fmt: skip
    obstacle = forms.ChoiceField(
        label=_("Stands in the way"), choices=PriceTalk.Resistance.choices, required=False,
        widget=forms.RadioSelect,
    )  # fmt: skip
    technique = forms.ChoiceField(
        label=_("How it was answered"), choices=Objection.Technique.choices, required=False,
        widget=forms.RadioSelect,
    )  # fmt: skip


class ConcessionForm(TokenForm):
    """What the customer asks for; the answer comes later, and from somebody by name."""

    kind = forms.ChoiceField(
        label=_("They ask for"), choices=Concession.Kind.choices, required=False, widget=forms.RadioSelect
    )
    asked = forms.CharField(label=_("What exactly"), required=False, max_length=200)
    amount = forms.DecimalField(
        required=False, max_digits=12, decimal_places=2,
        max_value=Decimal(9_999_999), widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}),
    )  # fmt: skip

    def __init__(self, *args, currency: str, **kwargs):
        """`currency`: the store's, of three letters."""
        super().__init__(*args, **kwargs)
        self.fields["amount"].label = _("Amount in %(currency)s (optional)") % {"currency": currency}
