"""The walkaround on a phone beside the car: what was shown, the brochure, the wish to drive."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.meanwhile import SeenForm
from leads.book import book
from leads.models import Lead, Term
from leads.steps import Step

from .cars import Car
from .forms import CHIPS
from .models import Walkaround
from .step_signals import chips
from .walk_positions import ASPECTS
from .walking import Shown

YES_NO = (("yes", pgettext_lazy("answer", "Yes")), ("no", pgettext_lazy("answer", "No")))
TICKED = ("positions", "aspects", "signals")
FOCUS = (
    ("time", _("Short of time")),
    ("knows", _("Knows the car")),
    ("wish", _("Asked for this only")),
    ("cars", _("Went on to another car")),
)


def _ticks(label, choices) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple
    )


def _taps(label, choices) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False, widget=forms.RadioSelect)


class WalkaroundForm(SeenForm):
    """Positions as large taps, the aspects by the customer's priority; one save."""

    positions = _ticks(_("Shown"), ())
    focus = _taps(_("Why"), FOCUS)
    focus_word = forms.CharField(label=_("In a word"), required=False, max_length=200)
    aspects = _ticks(_("Talked about"), ())
    car_model = _taps(_("Model"), ())
    features = forms.CharField(
        label=_("Marked in the brochure, one per line"), required=False, max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    signals = _ticks(_("Signals"), chips(Step.WALKAROUND))
    brochure_given = _taps(_("Brochure given"), YES_NO)
    drive_wanted = _taps(_("Wants to drive"), YES_NO)

    def __init__(self, *args, lead: Lead, cars: list[Car], **kwargs):
        super().__init__(*args, **kwargs)
        places = book(lead.store).choices(Term.List.POSITION)
        self.cars = {str(car.pk): car for car in cars}
        self.fields["positions"].choices = [(place.code, str(place)) for place in places]
        self.fields["aspects"].choices = list(ASPECTS.items())
        self.fields["car_model"].choices = [(pk, str(car)) for pk, car in self.cars.items()]

    def show_first(self, wanted: list[int], aspects: list[str]) -> None:
        """Before the page: what matters to the customer first, and the models they came for, by id."""
        self.fields["aspects"].choices = [(code, ASPECTS[code]) for code in aspects]
        self.fields["car_model"].choices = _cars_first(wanted, list(self.cars.values()))
        if len(wanted) == 1:
            self.initial.setdefault("car_model", str(wanted[0]))

    def shown(self) -> Shown:
        """What the sheet says, for the verb."""
        given = self.cleaned_data
        car = self.cars.get(given["car_model"])
        reason = str(dict(FOCUS).get(given["focus"], ""))
        return Shown(
            car_model=car.as_model() if car else None,
            positions=given["positions"],
            aspects=given["aspects"],
            features=given["features"].splitlines(),
            focus=": ".join(filter(None, (reason, given["focus_word"].strip()))),
            brochure_given=_answer(given["brochure_given"]),
            drive_wanted=_answer(given["drive_wanted"]),
            signals=given["signals"],
        )


def stands(row: Walkaround | None) -> dict:
    """What today's walkaround says already."""
    if row is None:
        return {}
    known = {name: getattr(row, name) for name in TICKED}
    said = {True: "yes", False: "no", None: ""}
    return known | {
        "car_model": str(row.car_model_id or ""),
        "features": "\n".join(row.features),
        "focus_word": row.focus,
        "brochure_given": said[row.brochure_given],
        "drive_wanted": said[row.drive_wanted],
    }


def _cars_first(wanted: list[int], cars: list[Car]) -> list[tuple[str, str]]:
    """The models the customer came for, then those most asked for."""
    ranked = sorted(cars, key=lambda car: wanted.index(car.pk) if car.pk in wanted else len(wanted))
    return [(str(car.pk), str(car)) for car in ranked[: max(CHIPS, len(wanted))]]


def _answer(said: str) -> bool | None:
    return {"yes": True, "no": False}.get(said)
