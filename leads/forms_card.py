"""The form of the customer card: what stood there when it was opened travels with it."""

import datetime as dt
import re

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.prepared import Prepared
from accounts.widgets import DateInput

from .book import book
from .editing import MODELS, MOST_MODELS, OF_CUSTOMER, OF_LEAD, PRIVATE, Seen
from .models import CarModel, ContactPoint, Customer, Lead, LeadModel, Term
from .models.terms import in_reader_language
from .reaching import CHANNELS, EVIDENCE, PURPOSES

NOT_SAID = ("", _("not said"))
LISTS = {"channel_id": Term.List.CHANNEL, "media_id": Term.List.MEDIA, "area_id": Term.List.AREA}
CAR_FIELDS = tuple(f"model_{rank}" for rank in range(1, MOST_MODELS + 1))
OLDEST = dt.date(1900, 1, 1)
LATEST = dt.date(2100, 1, 1)


class SeenForm(forms.Form):
    """The versions of customer and lead as the reader saw them."""

    customer_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    lead_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    @property
    def seen(self) -> Seen:
        return Seen(self.cleaned_data["customer_version"], self.cleaned_data["lead_version"])


def versions(lead: Lead) -> dict[str, int]:
    return {"customer_version": lead.customer.version, "lead_version": lead.version}


def _text(label, name: str, **attrs) -> forms.CharField:
    most = Customer._meta.get_field(name).max_length
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(
        label=label, max_length=most, required=False, widget=widget, show_hidden_initial=True
    )


def _day(label) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=DateInput, show_hidden_initial=True)


def _choice(label, choices=()) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label, required=False, choices=choices, coerce=int, empty_value=None, show_hidden_initial=True
    )


def _yes_or_no(label) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        required=False,
        choices=[NOT_SAID, ("True", _("Yes")), ("False", _("No"))],
        coerce=lambda value: value == "True",
        empty_value=None,
        show_hidden_initial=True,
    )


def _level(label, choices) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=choices, show_hidden_initial=True)


class CardForm(SeenForm):
    """Facts of the customer and of the lead; each field carries what it showed first."""

    name = _text(_("Name"), "name")
    kind = forms.ChoiceField(
        label=_("Person or organisation"), choices=Customer.Kind, show_hidden_initial=True
    )
    birthday = _day(_("Birthday"))
    address = _text(_("Lives at"), "address")
    occupation = _text(_("Occupation"), "occupation")
    family = _text(_("Family"), "family")
    hobbies = _text(_("Likes"), "hobbies")
    current_car = _text(_("Drives now"), "current_car")
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[NOT_SAID, *settings.LANGUAGES], show_hidden_initial=True
    )
    wechat_added = forms.ChoiceField(
        label=_("WeChat added"), required=False, choices=Customer.WeChat, show_hidden_initial=True
    )
    behaviour = _level(_("Behaviour type"), Customer.Behaviour)
    product_knowledge = _level(_("Product knowledge"), Customer.Level)
    willingness = _level(_("Willingness to buy"), Customer.Level)
    has_need = _yes_or_no(_("Needs a car"))
    has_means = _yes_or_no(_("Can pay for it"))
    has_say = _yes_or_no(_("Decides alone"))
    channel_id = _choice(_("Channel"))
    media_id = _choice(_("Media"))
    area_id = _choice(_("Area"))
    expected_on = _day(_("Buys by"))
    model_1 = _choice(_("Favourite model"))
    model_2 = _choice(_("Second model"))
    model_3 = _choice(_("Third model"))

    def __init__(self, data=None, *, lead: Lead, private: bool = False):
        """`private`: behaviour types are on, and nobody but the reader looks at the screen (TYPE-03)."""
        self.lead = lead
        super().__init__(data, initial=first_values(lead))
        if not private:
            for name in PRIVATE:
                del self.fields[name]
        self._offer_terms()
        self._offer_models()

    def _offer_terms(self) -> None:
        lists = {name: [NOT_SAID] for name in LISTS}
        kept = [getattr(self.lead, name) for name in LISTS if getattr(self.lead, name)]
        fields = {which: name for name, which in LISTS.items()}
        for term in book(self.lead.store).named.values():
            if term.list in fields and (term.active or term.pk in kept):
                lists[fields[term.list]].append((term.pk, str(term)))
        for name, choices in lists.items():
            self.fields[name].choices = choices

    def _offer_models(self) -> None:
        kept = {name: self.initial[name] or 0 for name in CAR_FIELDS}
        rows = _models(group=self.lead.customer.group_id, **kept)
        choices = [NOT_SAID, *((pk, in_reader_language(en, zh)) for pk, en, zh in rows)]
        for name in CAR_FIELDS:
            self.fields[name].choices = choices

    def clean_name(self) -> str:
        return re.sub(r"\s+", " ", self.cleaned_data["name"]).strip()

    def clean_birthday(self) -> dt.date | None:
        return self._sensible("birthday")

    def clean_expected_on(self) -> dt.date | None:
        return self._sensible("expected_on")

    def _sensible(self, name: str) -> dt.date | None:
        day = self.cleaned_data[name]
        if day and not OLDEST <= day < LATEST:
            raise forms.ValidationError(_("This day cannot be right."))
        return day

    def clean(self) -> dict:
        cleaned = super().clean()
        chosen = [cleaned[name] for name in CAR_FIELDS if cleaned.get(name)]
        if len(chosen) != len(set(chosen)):
            self.add_error("model_2", _("Each model once."))
        for name in self.clashes:
            if self.data.get(f"take-{name}") not in ("mine", "theirs"):
                self.add_error(name, _("Choose which of the two stays."))
        return cleaned

    # --- what was changed -----------------------------------------------------------------

    @property
    def names(self) -> list[str]:
        """The fields of customer and lead that this form shows."""
        return [name for name in (*FIELDS, *PRIVATE) if name in self.fields]

    @property
    def clashes(self) -> list[str]:
        """The fields of which the person was shown two values."""
        named = self.data.getlist("clash") if self.is_bound else []
        return [name for name in named if name in self.names and self[name].html_initial_name in self.data]

    @property
    def touched(self) -> list[str]:
        """The fields whose new value the person wants."""
        theirs = {name for name in self.clashes if self.data.get(f"take-{name}") == "theirs"}
        return [name for name in self.changed_data if name in self.names and name not in theirs]

    def edits(self) -> dict:
        """What the verb is to write."""
        touched = self.touched
        edits = {name: self.cleaned_data[name] for name in touched if name not in CAR_FIELDS}
        if any(name in CAR_FIELDS for name in touched):
            shown = [self._shown(name) for name in CAR_FIELDS]
            wanted = [
                self.cleaned_data[name] if name in touched else before
                for name, before in zip(CAR_FIELDS, shown, strict=True)
            ]
            edits[MODELS] = (tuple(filter(None, shown)), tuple(filter(None, wanted)))
        return edits

    def _shown(self, name: str):
        """What the field showed when the form was opened, from the hidden input beside it."""
        written = self.data.get(self[name].html_initial_name, "")
        try:
            return self.fields[name].clean(written)
        except forms.ValidationError:
            return None


FIELDS = (*OF_CUSTOMER, *OF_LEAD, *CAR_FIELDS)


def first_values(lead: Lead) -> dict:
    """What stands on the card now."""
    customer = {name: getattr(lead.customer, name) for name in (*OF_CUSTOMER, *PRIVATE)}
    models = _wishes(lead=lead.pk)
    models += [None] * (MOST_MODELS - len(models))
    facts = {name: getattr(lead, name) for name in OF_LEAD}
    return {**customer, **facts, **dict(zip(CAR_FIELDS, models, strict=True)), **versions(lead)}


@Prepared
def _wishes(*, lead: int) -> QuerySet:
    wishes = LeadModel.objects.filter(lead=lead).order_by("rank", "id")
    return wishes.values_list("car_model_id", flat=True)[:MOST_MODELS]


@Prepared
def _models(*, group: int, **kept: int) -> QuerySet:
    """Those that may be chosen, and the ones that the card has."""
    cars = CarModel.objects.filter(Q(active=True) | Q(pk__in=kept.values()), group=group)
    return cars.order_by("brand", "code").values_list("pk", "name_en", "name_zh")


class PointForm(SeenForm):
    """A new way to reach the customer; an old one is never sent to the form (SPEC A72)."""

    kind = forms.ChoiceField(label=_("Kind"), choices=ContactPoint.Kind)
    value = forms.CharField(
        label=_("Number, address or name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    shared = forms.BooleanField(label=_("shared by a family or company"), required=False)


class ConsentForm(SeenForm):
    """What they agreed to or took back."""

    purpose = forms.ChoiceField(label=_("For what"), choices=list(PURPOSES.items()))
    channel = forms.ChoiceField(label=_("By what means"), choices=list(CHANNELS.items()))
    evidence = forms.ChoiceField(label=_("How we know"), choices=list(EVIDENCE.items()))
    given = forms.TypedChoiceField(
        label=_("Their word"),
        choices=[("1", _("agrees")), ("0", _("does not want it"))],
        coerce=lambda value: value == "1",
    )
