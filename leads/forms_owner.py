"""What the sheets about owners and part-takers ask."""

from collections.abc import Collection, Iterable
from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.meanwhile import SeenForm
from accounts.models import User

from .forms import TokenForm
from .models import CustomerLink, ReferralReward

POOL = "pool"


def _line(**attrs) -> forms.TextInput:
    return forms.TextInput(attrs={"enterkeyhint": "done", "autocomplete": "off", **attrs})


class PersonForm(forms.Form):
    """One person out of a few."""

    person = forms.ChoiceField(
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose a person."),
            "invalid_choice": gettext_lazy("Choose a person."),
        },
    )

    def __init__(self, *args, people: Iterable[User], label: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        self.fields["person"].label = label
        self.fields["person"].choices = self.choices()

    def choices(self) -> list[tuple[str, str]]:
        return [(pk, self.named(person)) for pk, person in self.people.items()]

    def named(self, person: User) -> str:
        return person.full_name

    def chosen(self) -> User | None:
        return self.people.get(self.cleaned_data["person"])


class SetterForm(PersonForm, SeenForm):
    """Who invites; who it is now is tapped."""


class GiveForm(PersonForm):
    """To whom, with how many open customers each has and who is `off` today, or to the pool."""

    reason = forms.CharField(label=gettext_lazy("Why"), required=False, max_length=200, widget=_line())

    def __init__(self, *args, off: Collection[int], **kwargs):
        self.off = off
        super().__init__(*args, **kwargs)

    def choices(self) -> list[tuple[str, str]]:
        return [*super().choices(), (POOL, _("Pool"))]

    def named(self, person: User) -> str:
        count = ngettext("%(n)s open", "%(n)s open", person.open_leads) % {"n": person.open_leads}
        facts = [person.full_name, count, *([_("off today")] if person.pk in self.off else [])]
        return " · ".join(facts)


class ClaimForm(forms.Form):
    claim = forms.CharField(
        label=gettext_lazy("Why it is yours"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Say why the customer is yours.")},
    )


class DecisionForm(PersonForm):
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=200,
        widget=_line(),
        error_messages={"required": gettext_lazy("Say why. Both of them read it.")},
    )


class RelativeForm(forms.Form):
    relation = forms.ChoiceField(
        label=gettext_lazy("Who they are to this customer"),
        choices=CustomerLink.Relation.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Tap what they are to each other."),
            "invalid_choice": gettext_lazy("Tap what they are to each other."),
        },
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=40,
        widget=_line(inputmode="tel"),
        error_messages={"required": gettext_lazy("Type the whole number.")},
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, required=False, widget=_line())


class NumberForm(forms.Form):
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=40,
        widget=_line(inputmode="tel"),
        error_messages={"required": gettext_lazy("Type the whole number.")},
    )


class ReferralForm(TokenForm):
    """Somebody this customer names: new to us."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        widget=_line(),
        error_messages={"required": gettext_lazy("Type the name.")},
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=40,
        required=False,
        widget=_line(inputmode="tel"),
        help_text=gettext_lazy("Without a number nobody owns it yet."),
    )


class RewardForm(SeenForm):
    amount = forms.DecimalField(
        label=gettext_lazy("Money"),
        required=False,
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        widget=_line(inputmode="decimal"),
    )
    gift = forms.CharField(label=gettext_lazy("Or a gift"), max_length=120, required=False, widget=_line())

    @staticmethod
    def first_values(reward: ReferralReward | None, *, usual: Decimal | None) -> dict:
        """What was promised; before that what the store usually gives."""
        return {"amount": reward.amount, "gift": reward.gift} if reward else {"amount": usual, "gift": ""}


class SharesForm(SeenForm):
    """A share in per cent for each of some people; empty = nothing."""

    def __init__(self, *args, people: Iterable[User], **kwargs):
        super().__init__(*args, **kwargs)
        self.people = {f"share_{person.pk}": person for person in people}
        for name, person in self.people.items():
            self.fields[name] = forms.DecimalField(
                label=f"{person.full_name} · %",
                required=False,
                min_value=0,
                max_value=100,
                max_digits=5,
                decimal_places=2,
                widget=_line(inputmode="decimal"),
            )

    def shares(self) -> dict[User, Decimal]:
        return {person: self.cleaned_data[name] or Decimal() for name, person in self.people.items()}
