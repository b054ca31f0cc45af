"""The walk-in, call and closing sheets: what a person typed, checked before the verbs see it."""

import datetime as dt
import uuid
from collections.abc import Iterable

from django import forms
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from accounts.models import Store, User
from accounts.roles import Role
from accounts.templatetags.look import grade_name
from followups.outcomes import TALKED, Outcome
from leads.book import book
from leads.grades import grade_needs_money
from leads.phones import read_phone, shortfall
from leads.text import person_name

from .calls import Enquiry
from .cars import Car
from .closing import Leaving
from .models import Visit
from .outcomes import outcome_choices
from .receivers import receivers
from .signals import SIGNALS
from .visits import Arrival

MOST_PERSONS = 60
CHIPS = 8  # models shown as chips; the rest stand in the list under "More"
SHOWROOM, TELEPHONE = "showroom", "telephone"  # the channels of who simply walks in, or calls

LONGEST_CALL = dt.timedelta(hours=1)  # a sheet left open longer does not say when it rang

CHOOSES_RECEIVER = (Role.RECEPTIONIST, Role.MANAGER)
NOTHING = ("", "–")


def _named(rows: Iterable, *first: tuple) -> list[tuple]:
    """Rows as choices of a field."""
    return [*first, *((str(row.pk), str(row)) for row in rows)]


class RegisterForm(forms.Form):
    """What a visit and a call have in common: phone first; the rest has its defaults.

    The receiver is a choice for reception and managers only.
    """

    usual_channel = ""
    lists = ("channel", "area", "media")

    token = forms.UUIDField(widget=forms.HiddenInput)
    phone = forms.CharField(label=_("Phone"), required=False, max_length=60)
    name = forms.CharField(label=pgettext_lazy("of a visitor", "Name"), required=False, max_length=80)
    car_model = forms.ChoiceField(label=_("Came to see"), required=False, widget=forms.RadioSelect)
    other_model = forms.ChoiceField(label=_("Another model"), required=False)
    channel = forms.ChoiceField(label=_("Channel"), required=False, widget=forms.RadioSelect)
    receiver = forms.ChoiceField(label=_("Receiver"), required=False, widget=forms.RadioSelect)
    area = forms.ChoiceField(label=_("Area"), required=False)
    media = forms.ChoiceField(label=_("Medium"), required=False)

    def __init__(self, *args, store: Store, user: User, cars: list[Car], **kwargs):
        super().__init__(*args, **kwargs)
        self.store, self.user = store, user
        lists = {which: book(store).choices(which) for which in self.lists}
        self.cars = {str(car.pk): car for car in cars}
        self.terms = {str(term.pk): term for terms in lists.values() for term in terms}
        self.fields["car_model"].choices = _named(cars[:CHIPS])
        self.fields["other_model"].choices = _named(cars[CHIPS:], NOTHING)
        self.fields["channel"].choices = _named(lists["channel"])
        for which in ("area", "media"):
            self.fields[which].choices = _named(lists[which], NOTHING)
        self.fields["token"].initial = uuid.uuid4
        usual = (str(term.pk) for term in lists["channel"] if term.code == self.usual_channel)
        self.fields["channel"].initial = next(usual, "")
        self.people = {}
        self._offer_receivers()

    def _offer_receivers(self) -> None:
        if not self.user.roles_in(self.store) & set(CHOOSES_RECEIVER):
            del self.fields["receiver"]
            return
        self.people = {str(person.pk): person for person in receivers(self.store)}
        field = self.fields["receiver"]
        field.choices = [(pk, person.full_name) for pk, person in self.people.items()]
        field.initial = str(self.user.pk) if str(self.user.pk) in self.people else ""

    def clean_phone(self) -> str:
        """A number that can be somebody's; empty only when none was given."""
        typed = self.cleaned_data["phone"].strip()
        if self.picked or (not typed and (self.data.get("no_phone") or self.data.get("other"))):
            return ""
        if not typed:
            raise forms.ValidationError(_("Type the number, or tap “No phone given”."))
        if self.data.get("no_phone"):
            return ""
        if read_phone(typed, country=self.store.country, store_code=self.store.code) is None:
            raise forms.ValidationError(not_a_phone(typed, self.store))
        return typed

    def clean_receiver(self) -> str:
        """Reception names the receiver, unless the owner receives his own customer."""
        chosen = self.cleaned_data["receiver"]
        if not chosen and not self.data.get("owner_receives") and not self.data.get("head_receives"):
            raise forms.ValidationError(_("Choose who receives the customer."))
        return chosen

    @property
    def picked(self) -> int | None:
        """The lead of a customer tapped in the answer; None for whoever is typed."""
        tapped = self.data.get("lead") or self.data.get("owner_receives") or ""
        tapped = tapped or self.data.get("head_receives", "").partition(".")[0]
        return int(tapped) if tapped.isdecimal() and len(tapped) < 19 else None

    def chosen_receiver(self, store_leads: QuerySet) -> User | None:
        """Who receives: the owner by his own button, the chosen one, else whoever types."""
        if "receiver" not in self.fields:
            return self.user
        if self.data.get("owner_receives"):
            lead = store_leads.only("owner").get(pk=self.picked)
            return self.people.get(str(lead.owner_id))
        if self.data.get("head_receives"):
            return self.people.get(self.data["head_receives"].partition(".")[2])
        return self.people.get(self.cleaned_data["receiver"])

    def common(self) -> dict:
        """What both verbs take; a picked customer needs no number."""
        said = self.cleaned_data
        car = self.cars.get(said["other_model"] or said["car_model"])
        return {
            "lead_id": self.picked,
            "phone_text": said["phone"],
            "name": person_name(said["name"]),
            "car_model": car.as_model() if car else None,
            "declined": bool(self.data.get("no_phone")),
            **{which: self.terms.get(said[which]) for which in self.lists},
        }


class WalkInForm(RegisterForm):
    """The walk-in sheet."""

    usual_channel = SHOWROOM

    persons = forms.IntegerField(label=_("Persons"), min_value=1, max_value=MOST_PERSONS, initial=1)
    other = forms.ChoiceField(
        label=_("Other business"),
        required=False,
        widget=forms.RadioSelect,
        choices=[("", pgettext_lazy("purpose of a visit", "Car purchase")), *Visit.Other.choices],
    )
    purpose = forms.ChoiceField(
        label=_("Looks for"), required=False, widget=forms.RadioSelect, choices=Visit.Purpose.choices
    )
    came_by_car = forms.BooleanField(
        label=_("Came by car"), required=False, widget=forms.CheckboxInput(attrs={"class": "switch"})
    )
    current_car = forms.CharField(label=_("Drives now"), required=False, max_length=80)

    def arrival(self) -> Arrival:
        """What the sheet says, for the verb."""
        said = self.cleaned_data
        mine = {key: said[key] for key in ("persons", "purpose", "other", "came_by_car", "current_car")}
        return Arrival(**self.common(), **mine)


class CallForm(RegisterForm):
    """The call sheet: the number is read back, and what came out of the call is one tap."""

    usual_channel = TELEPHONE

    read_back = forms.BooleanField(
        label=_("Number read back"), required=False, widget=forms.CheckboxInput(attrs={"class": "switch"})
    )
    outcome = forms.ChoiceField(
        label=_("What came out of it"),
        required=False,
        widget=forms.RadioSelect,
        choices=[(code, Outcome(code).label) for code in TALKED],
        initial=Outcome.LOOKING,
    )
    opened = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)  # Unix time
    called_at = forms.TimeField(
        label=_("Called at"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    designated = forms.ChoiceField(label=_("Asks for"), required=False)
    no_answer = forms.BooleanField(
        label=_("Did not answer: take a message"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "switch"}),
    )
    message = forms.CharField(
        label=pgettext_lazy("left by a caller", "Message"), required=False, max_length=500
    )
    grade = forms.ChoiceField(label=_("Buys within"), required=False, widget=forms.RadioSelect)
    grade_reason = forms.CharField(label=_("Why this grade"), required=False, max_length=200)
    next_on = forms.DateField(
        label=_("Next date"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    agreed = forms.BooleanField(label=_("agreed with the customer"), required=False)
    coming_at = forms.DateTimeField(
        label=_("Coming on"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    address = forms.CharField(label=_("Address"), required=False, max_length=200)
    remark = forms.CharField(label=_("In a word"), required=False, max_length=300)

    def __init__(self, *args, now: dt.datetime, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["opened"] = int(now.timestamp())
        self.fields["car_model"].label = _("Asked about")
        self.fields["grade"].choices = self._grade_choices
        if "receiver" in self.fields:
            self.fields["receiver"].label = _("Takes the call")
        self.fields["designated"].choices = self._askable_choices

    @cached_property
    def askable(self) -> dict[str, User]:
        """Whom a caller may ask for, by id; read when the sheet is shown or somebody was asked for."""
        return self.people or {str(person.pk): person for person in receivers(self.store)}

    def _grade_choices(self) -> list[tuple]:
        codes = [rule.code for rule in book(self.store).grade_rules()]
        return [(code, grade_name(code)) for code in codes if not grade_needs_money(self.store, code)]

    def _askable_choices(self) -> list[tuple]:
        nobody = pgettext_lazy("asks for", "Nobody in particular")
        return [("", nobody), *((pk, person.full_name) for pk, person in self.askable.items())]

    def _asked_for(self) -> User | None:
        asked = self.cleaned_data.get("designated")
        return self.askable.get(asked) if asked else None

    def clean_receiver(self) -> str:
        """Who is asked for takes the call: nobody else is chosen then."""
        return self.cleaned_data["receiver"] if self.data.get("designated") else super().clean_receiver()

    def clean(self):
        """A message is for somebody."""
        if self.cleaned_data.get("no_answer") and not self.cleaned_data.get("designated"):
            self.add_error("designated", _g("Say for whom the message is."))
        return self.cleaned_data

    def chosen_receiver(self, store_leads: QuerySet) -> User | None:
        """Whom the caller asked for, else as for a visit (SPEC CALL-01)."""
        return self._asked_for() or super().chosen_receiver(store_leads)

    def enquiry(self, now: dt.datetime) -> Enquiry:
        """What the sheet says, for the verb; a call written down later has no known end."""
        said = self.cleaned_data
        mine = {key: said[key] for key in ("outcome", "read_back", "address", "remark")}
        mine["designated"] = self._asked_for()
        mine["message"] = said["message"] if said["no_answer"] else None
        mine |= {key: said[key] for key in ("grade", "grade_reason", "next_on", "agreed", "coming_at")}
        return Enquiry(**self.common(), ended_at=None if said["called_at"] else now, **mine)

    def clean_coming_at(self) -> dt.datetime | None:
        """The store's wall clock, as an instant."""
        typed = self.cleaned_data["coming_at"]
        return self.store.at_local(typed.date(), typed.time()) if typed else None

    def began(self, now: dt.datetime) -> dt.datetime:
        """When it rang: the typed time of today, else when the sheet was opened."""
        said = self.cleaned_data
        today = self.store.business_date(now)
        if said["called_at"]:
            return self.store.at_local(today, said["called_at"])
        opened = now - dt.timedelta(seconds=max(0, int(now.timestamp()) - (said["opened"] or 0)))
        recent = now - opened <= LONGEST_CALL and self.store.business_date(opened) == today
        return opened if recent else now


def not_a_phone(typed: str, store: Store) -> str:
    """Why a typed number is none: "3 digits short; a mobile has 11"."""
    short = shortfall(typed, country=store.country)
    if short:
        sentence = ngettext(
            "%(short)s digit short; a mobile has 11.", "%(short)s digits short; a mobile has 11.", short
        )
        return sentence % {"short": short}
    return _g("This is no whole phone number.")


class ClosingForm(forms.Form):
    """What the customer said, when they buy, and when we talk next."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    name = forms.CharField(
        label=pgettext_lazy("of a visitor", "Name"),
        required=False,
        max_length=80,
        help_text=_("Without a name there is no card and no grade."),
    )
    car_model = forms.ChoiceField(label=_("Model"), required=False, widget=forms.RadioSelect)
    outcome = forms.ChoiceField(
        label=_("What came out of it"),
        required=False,
        widget=forms.RadioSelect,
        choices=outcome_choices,
    )
    signals = forms.MultipleChoiceField(
        label=_("Signals"), required=False, widget=forms.CheckboxSelectMultiple, choices=list(SIGNALS.items())
    )
    grade = forms.ChoiceField(
        label=_("Buys within, and so the grade"), required=False, widget=forms.RadioSelect
    )
    grade_reason = forms.CharField(label=_("Why this grade"), required=False, max_length=200)
    next_pick = forms.CharField(required=False, max_length=10)
    next_on = forms.DateField(label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    agreed = forms.BooleanField(label=_("agreed with the customer"), required=False)
    coming_at = forms.DateTimeField(
        label=_("Coming on"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    left_at = forms.TimeField(
        label=_("Left at"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    manager_met = forms.BooleanField(
        label=_("Manager met the customer"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "switch"}),
    )
    remark = forms.CharField(label=_("In a word"), required=False, max_length=300)

    def __init__(self, *args, store: Store, cars: list[Car], today: dt.date, **kwargs):
        super().__init__(*args, **kwargs)
        self.store, self.today = store, today
        self.cars = {str(car.pk): car for car in cars}
        self.fields["token"].initial = uuid.uuid4
        self.fields["car_model"].choices = _named(cars[:CHIPS])
        self.fields["grade"].choices = [(rule.code, rule.code) for rule in book(store).grade_rules()]

    def clean_coming_at(self) -> dt.datetime | None:
        """The store's wall clock, as an instant."""
        typed = self.cleaned_data["coming_at"]
        return self.store.at_local(typed.date(), typed.time()) if typed else None

    def leaving(self) -> Leaving:
        """What the sheet says, for the verb."""
        said = self.cleaned_data
        car = self.cars.get(said["car_model"])
        return Leaving(
            grade=said["grade"],
            grade_reason=said["grade_reason"],
            next_on=self.next_day(),
            agreed=said["agreed"],
            coming_at=said["coming_at"],
            signals=said["signals"],
            manager_met=said["manager_met"],
            name=person_name(said["name"]),
            car_model=car.as_model() if car else None,
            outcome=said["outcome"],
            remark=said["remark"],
        )

    def left(self, visit: Visit, now: dt.datetime) -> dt.datetime:
        """When the group left: the typed time of the visit's day, else now."""
        typed = self.cleaned_data["left_at"]
        return visit.store.at_local(visit.on, typed) if typed and visit.left_at is None else now

    def next_day(self) -> dt.date | None:
        """The day to talk next; None leaves it to the grade. The chip rules unless a day is picked."""
        pick = self.cleaned_data.get("next_pick", "")
        try:
            return dt.date.fromisoformat(pick)
        except ValueError:
            return self.cleaned_data.get("next_on") if pick == "pick" else None
