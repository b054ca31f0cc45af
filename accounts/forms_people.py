"""Forms of one's own page, of devices, and of days off."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from .date_words import WEEKDAYS
from .days_off import Kind
from .meanwhile import SeenForm
from .models import User
from .widgets import DateInput, PinInput


class NewPasswordForm(forms.Form):
    """A password, written twice so that a slip of the finger locks nobody out."""

    new = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters, not only digits."),
    )
    again = forms.CharField(
        label=_("The same again"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self):
        new, again = self.cleaned_data.get("new"), self.cleaned_data.get("again")
        if new and again and new != again:
            raise ValidationError({"again": gettext("The two differ. Type the same password twice.")})
        return self.cleaned_data


class OwnPassword(forms.Form):
    """The password of who is signed in, asked before something that opens their account."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PasswordForm(OwnPassword, NewPasswordForm):
    field_order = ["password", "new", "again"]


class PinForm(OwnPassword):
    pin = forms.CharField(
        label=_("PIN"),
        required=False,
        widget=PinInput,
        help_text=_("4 to 6 digits, for shared tablets. Empty takes it away."),
    )
    field_order = ["pin", "password"]


class TabletForm(forms.Form):
    name = forms.CharField(label=_("Name of the tablet"), max_length=80)


class PinSignIn(forms.Form):
    person = forms.CharField(widget=forms.HiddenInput, max_length=18)
    pin = forms.CharField(label=_("PIN"), max_length=6, widget=PinInput)


class DeputyForm(forms.Form):
    """What the two forms of days off share: who covers."""

    deputy = forms.ChoiceField(
        label=_("Deputy"),
        required=False,
        help_text=_("Gets what falls on the day if it is H, O or agreed; all else waits."),
    )

    def __init__(self, *args, deputies: list[User], **kwargs):
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in deputies}
        named = [(pk, person.full_name) for pk, person in self.people.items()]
        self.fields["deputy"].choices = [("", pgettext_lazy("deputy", "Nobody")), *named]

    @property
    def chosen_deputy(self) -> User | None:
        return self.people.get(self.cleaned_data.get("deputy", ""))


class WeekForm(DeputyForm, SeenForm):
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Off every week on"),
        required=False,
        coerce=int,
        choices=list(enumerate(WEEKDAYS)),
        widget=forms.CheckboxSelectMultiple,
    )
    field_order = ["weekdays", "deputy"]


class DaysForm(DeputyForm):
    kind = forms.ChoiceField(
        label=_("What"),
        initial=Kind.ABSENT,
        widget=forms.RadioSelect,
        choices=[
            (Kind.ABSENT.value, _("Leave")),
            (Kind.OFF.value, _("Day off in exchange")),
            (Kind.WORKS.value, _("Works in exchange")),
        ],
    )
    start = forms.DateField(label=_("From day"), widget=DateInput)
    end = forms.DateField(label=_("Until day"), required=False, widget=DateInput)
    field_order = ["kind", "start", "end", "deputy"]
