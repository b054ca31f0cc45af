"""Forms of the store's lists and models; the token makes a second sending of a new one harmless."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.meanwhile import SeenForm
from accounts.widgets import Switch

from .models import Term


class NamesForm(SeenForm):
    name_zh = forms.CharField(label=_("Chinese name"), required=False, max_length=80)
    name_en = forms.CharField(label=_("English name"), required=False, max_length=80)


class TermForm(NamesForm):
    """A choice of a list; `parent` puts it under another one, two levels at most."""

    parent = forms.ChoiceField(label=_("Belongs under"), required=False)

    def __init__(self, *args, parents: list[Term], **kwargs):
        super().__init__(*args, **kwargs)
        self.parents = {str(term.pk): term for term in parents}
        named = [(pk, str(term)) for pk, term in self.parents.items()]
        self.fields["parent"].choices = [("", pgettext_lazy("parent of a choice", "Nothing")), *named]

    @property
    def chosen_parent(self) -> Term | None:
        return self.parents.get(self.cleaned_data.get("parent", ""))


class NewTermForm(TermForm):
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class OldTermForm(TermForm):
    active = forms.BooleanField(
        label=_("In use"),
        required=False,
        widget=Switch,
        help_text=_("Off: no longer offered; old records keep it."),
    )


class CarModelForm(NamesForm):
    brand = forms.CharField(label=_("Brand"), max_length=60)
    field_order = ["token", "brand", "name_zh", "name_en", "active"]


class NewCarModelForm(CarModelForm):
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class OldCarModelForm(CarModelForm):
    active = forms.BooleanField(
        label=_("In use"),
        required=False,
        widget=Switch,
        help_text=_("Off: no longer offered; old records keep it."),
    )
