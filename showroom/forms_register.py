"""Correcting a register row, crossing it out, counting a group, choosing a day."""

import datetime as dt
import uuid

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.meanwhile import SeenForm
from accounts.models import User
from leads.book import book
from leads.models import FieldChange
from leads.text import person_name

from .cars import Car
from .correcting import HELPERS, helper_ids
from .forms import MOST_PERSONS
from .models import COUNTED_KINDS, Call, Visit
from .receivers import receivers

OTHER = "other_business:"
SWITCH = {"class": "switch"}


class TallyForm(forms.Form):
    """A group that is counted only."""

    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    persons = forms.IntegerField(label=_("Persons"), min_value=1, max_value=MOST_PERSONS, initial=1)


class VoidForm(forms.Form):
    reason = forms.CharField(label=_("Why the row is wrong"), max_length=200)


class RowForm(SeenForm):
    """What both registers let a person correct; the name only where the customer has none."""

    name = forms.CharField(label=pgettext_lazy("of a visitor", "Name"), required=False, max_length=80)
    car_model = forms.ChoiceField(label=_("Model"), required=False)
    area = forms.ChoiceField(label=_("Area"), required=False)
    media = forms.ChoiceField(label=_("Medium"), required=False)
    remark = forms.CharField(label=_("In a word"), required=False, max_length=300)

    def __init__(self, *args, row: Visit | Call, cars: list[Car], **kwargs):
        super().__init__(*args, initial=self.first_values(row), **kwargs)
        self.row = row
        lists = {which: book(row.store).choices(which) for which in ("area", "media")}
        self.rows = {"car_model": {str(car.pk): car.as_model() for car in cars}}
        for which, terms in lists.items():
            self.rows[which] = {str(term.pk): term for term in terms}
        for which, found in self.rows.items():
            if kept := getattr(row, which):
                found.setdefault(str(kept.pk), kept)
            self.fields[which].choices = [("", "–"), *((pk, str(term)) for pk, term in found.items())]
        if row.customer and row.customer.name:
            del self.fields["name"]

    @staticmethod
    def first_values(row: Visit | Call) -> dict:
        """What the row says now, by field."""
        return {
            "name": row.name_text,
            "car_model": row.car_model_id or "",
            "area": row.area_id or "",
            "media": row.media_id or "",
            "remark": row.remark,
        }

    def values(self) -> dict:
        """The new values by field, for the verb."""
        said = self.cleaned_data
        chosen = {which: found.get(said[which]) for which, found in self.rows.items()}
        return {"name": person_name(said.get("name", "")), "remark": said["remark"], **chosen}

    def word(self, field: str, value: str) -> str:
        """A kept value in the reader's language: the word of a choice, else as it was written."""
        choices = getattr(self.fields.get(field), "choices", ())
        words = {str(code): str(word) for code, word in choices}
        return ", ".join(words.get(part, part) for part in value.split(", ")) if words else value


class CallRowForm(RowForm):
    address = forms.CharField(label=_("Address"), required=False, max_length=200)

    @staticmethod
    def first_values(row: Call) -> dict:
        return {**RowForm.first_values(row), "address": row.address}

    def values(self) -> dict:
        return {**super().values(), "address": self.cleaned_data["address"]}


class VisitRowForm(RowForm):
    """The kind is one choice, other business by what it was (SPEC A14)."""

    kind = forms.ChoiceField(label=_("Kind of visit"))
    persons = forms.IntegerField(label=_("Persons"), min_value=1, max_value=MOST_PERSONS)
    helpers = forms.MultipleChoiceField(
        label=_("Received together with"), required=False, widget=forms.CheckboxSelectMultiple
    )
    came_by_car = forms.BooleanField(
        label=_("Came by car"), required=False, widget=forms.CheckboxInput(attrs=SWITCH)
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        counted = [(kind.value, kind.label) for kind in COUNTED_KINDS]
        others = [(OTHER + code, label) for code, label in Visit.Other.choices]
        self.fields["kind"].choices = [*counted, (_("Other business"), others)]
        self.people = {str(person.pk): person for person in receivers(self.row.store)}
        people = [(pk, user.full_name) for pk, user in self.people.items() if user.pk != self.row.receiver_id]
        self.fields[HELPERS].choices = people

    @staticmethod
    def first_values(row: Visit) -> dict:
        kind = OTHER + row.other if row.other else row.kind
        helpers = [str(pk) for pk in helper_ids(row)]
        mine = {"kind": kind, "persons": row.persons, HELPERS: helpers, "came_by_car": row.came_by_car}
        return {**RowForm.first_values(row), **mine}

    def values(self) -> dict:
        said = self.cleaned_data
        kind, _colon, other = said["kind"].partition(":")
        mine = {"kind": kind, "other": other, "persons": said["persons"], "came_by_car": said["came_by_car"]}
        return {**super().values(), **mine}

    def chosen_helpers(self) -> list[User]:
        return [self.people[pk] for pk in self.cleaned_data[HELPERS]]

    def word(self, field: str, value: str) -> str:
        """Kinds by their two parts."""
        if field == "kind":
            return str(Visit.Kind(value).label) if value in Visit.Kind.values else value
        if field == "other":
            return str(Visit.Other(value).label) if value in Visit.Other.values else value
        return super().word(field, value)


EARLIEST = dt.date(2000, 1, 1)


def day_of(text: str, *, today: dt.date, last: dt.date | None = None) -> dt.date:
    """The day that was asked for, up to today or `last`; today when there is none."""
    try:
        return max(EARLIEST, min(dt.date.fromisoformat(text), last or today))
    except ValueError:
        return today


def history(row: Visit | Call, ref_kind: str) -> QuerySet:
    """Every correction of a row, the newest first."""
    changes = FieldChange.objects.filter(ref_kind=ref_kind, ref_id=row.pk)
    return changes.select_related("by").order_by("-at", "-pk")
