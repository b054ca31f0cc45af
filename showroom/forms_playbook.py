"""The forms of the playbook: look for a page, write one, write down a training."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.meanwhile import SeenForm
from accounts.models import User
from accounts.widgets import Switch
from leads.steps import Step, step_label

from .cars import Car
from .forms_drives import DayField
from .playbook import KINDS, PARTS, TAGS, WORDS, PageDraft
from .training import HIGHEST, REMARKS, Case, Session, Topic

BODY, EXPERT, PART = 3_000, 1_500, 400  # signs at most
ASKS = [
    ("open", pgettext_lazy("kind of question", "Open: brings a story")),
    ("closed", pgettext_lazy("kind of question", "Closed: yes or no")),
]
CLASSES = [
    ("1", pgettext_lazy("order of questions", "1 General")),
    ("2", pgettext_lazy("order of questions", "2 Distinguishing")),
    ("3", pgettext_lazy("order of questions", "3 Connecting")),
]


class Lines(forms.Textarea):
    """Several lines; the browser's line ends are brought to ours, so that nothing seems changed."""

    def value_from_datadict(self, data, files, name):
        typed = super().value_from_datadict(data, files, name)
        return typed.replace("\r\n", "\n") if isinstance(typed, str) else typed


def _lines(label, most: int, *, rows: int = 6, **more) -> forms.CharField:
    widget = Lines(attrs={"rows": rows})
    return forms.CharField(label=label, required=False, max_length=most, widget=widget, **more)


class PageForm(SeenForm):
    """One page: where it stands, its words in both languages, by kind what else it needs."""

    kind = forms.ChoiceField(label=_("Kind"), choices=KINDS, widget=forms.RadioSelect)
    step = forms.ChoiceField(label=_("Step"))
    asks = forms.ChoiceField(label=_("Question"), choices=ASKS, required=False, widget=forms.RadioSelect)
    order_class = forms.ChoiceField(
        label=_("Asked as"), choices=CLASSES, required=False, widget=forms.RadioSelect
    )
    tags = forms.MultipleChoiceField(
        label=_("Found under"), choices=TAGS, required=False, widget=forms.CheckboxSelectMultiple
    )
    title_zh = forms.CharField(label=_("Title in Chinese"), required=False, max_length=120)
    title_en = forms.CharField(label=_("Title in English"), required=False, max_length=120)
    body_zh = _lines(
        _("Words in Chinese"), BODY, help_text=_("A line in “quotation marks” is said as it is.")
    )
    body_en = _lines(_("Words in English"), BODY)
    feature_zh = _lines(_("Feature, Chinese"), PART, rows=2)
    feature_en = _lines(_("Feature, English"), PART, rows=2)
    advantage_zh = _lines(_("Advantage, Chinese"), PART, rows=2)
    advantage_en = _lines(_("Advantage, English"), PART, rows=2)
    benefit_zh = _lines(_("Benefit for the customer, Chinese"), PART, rows=2)
    benefit_en = _lines(_("Benefit for the customer, English"), PART, rows=2)
    evidence_zh = _lines(_("Evidence, Chinese"), PART, rows=2)
    evidence_en = _lines(_("Evidence, English"), PART, rows=2)
    expert_zh = _lines(_("For experts, Chinese"), EXPERT, rows=3)
    expert_en = _lines(_("For experts, English"), EXPERT, rows=3)
    car_model = forms.ChoiceField(label=_("Model"), required=False)
    valid_from = DayField(label=_("Valid from"), required=False)
    valid_to = DayField(
        label=_("Valid until"), required=False, help_text=_("The day after, it is no longer shown.")
    )

    def __init__(self, *args, cars: list[Car], label_set: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.models = {str(car.pk): car for car in cars}
        labels = [(step.code, f"{step.value} {step_label(step, label_set)}") for step in Step]
        self.fields["step"].choices = labels
        self.fields["car_model"].choices = [
            ("", _("Any model")),
            *((pk, str(c)) for pk, c in self.models.items()),
        ]

    @property
    def pairs(self):
        """Words in both languages, the ones of a FABE apart from the others."""
        return [
            (self[f"{name}_zh"], self[f"{name}_en"])
            for name in ("feature", "advantage", "benefit", "evidence")
        ]

    def draft(self) -> PageDraft:
        given = self.cleaned_data
        car = self.models.get(given["car_model"])
        return PageDraft(
            step=Step[given["step"].upper()],
            kind=given["kind"],
            words={name: given[name] for name in WORDS},
            parts={name: given[name] for name in PARTS},
            tags=given["tags"],
            open_question={"open": True, "closed": False}.get(given["asks"]),
            order_class=int(given["order_class"]) if given["order_class"] else None,
            car_model=car.as_model() if car else None,
            valid_from=given["valid_from"],
            valid_to=given["valid_to"],
            active=given.get("active", True),
        )


class NewPageForm(PageForm):
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class OldPageForm(PageForm):
    active = forms.BooleanField(
        label=_("In use"),
        required=False,
        widget=Switch,
        help_text=_("Off: no longer shown; nothing is deleted."),
    )


class TrainingForm(SeenForm):
    """A training that has taken place; to be corrected, with the values that were shown."""

    on = DayField(label=_("Day"))
    topic = forms.ChoiceField(label=_("Topic"), choices=Topic, widget=forms.RadioSelect)
    participants = forms.MultipleChoiceField(label=_("Who took part"), widget=forms.CheckboxSelectMultiple)
    case = forms.ChoiceField(
        label=_("Role-play"),
        choices=[("", pgettext_lazy("role-play", "None")), *Case.choices],
        required=False,
        widget=forms.RadioSelect,
    )
    score = forms.IntegerField(label=_("Points of an exam"), required=False, min_value=0, max_value=HIGHEST)

    def __init__(self, *args, staff: list[User], **kwargs):
        super().__init__(*args, **kwargs)
        self.staff = {str(person.pk): person for person in staff}
        self.fields["participants"].choices = [(pk, one.full_name) for pk, one in self.staff.items()]
        for number in range(1, REMARKS + 1):
            label = _("Remark %(number)s") % {"number": number}
            self.fields[f"remark{number}"] = forms.CharField(label=label, required=False, max_length=300)

    @property
    def remarks(self):
        return [self[f"remark{number}"] for number in range(1, REMARKS + 1)]

    def word(self, name: str, text: str) -> str:
        """A kept value of a field in the reader's words; of somebody who is unknown the number."""
        choices = {str(value): str(label) for value, label in getattr(self.fields[name], "choices", ())}
        return ", ".join(choices.get(one, one) for one in text.split(", ")) if choices else text

    def session(self) -> Session:
        given = self.cleaned_data
        return Session(
            on=given["on"],
            topic=given["topic"],
            participants=[self.staff[pk] for pk in given["participants"]],
            case=given["case"],
            remarks=[given[f"remark{number}"] for number in range(1, REMARKS + 1)],
            score=given["score"],
        )


class NewTrainingForm(TrainingForm):
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
