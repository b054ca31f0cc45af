"""The needs report on a phone: the questions of one part, the companions, the end of the talk."""

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.meanwhile import SeenForm
from accounts.widgets import Switch
from leads.book import book
from leads.models import Lead

from .cars import Car
from .models import Companion, NeedsReport
from .needs import Finish
from .needs_questions import LONGEST, QUESTIONS, Question, of_part
from .step_signals import NEEDS


def _of(question: Question, what: object):
    return format_lazy("{} · {}", question.label, what)


class PartForm(SeenForm):
    """The questions of one part: chips, and a free word beside each; the signals of the talk."""

    signals = forms.MultipleChoiceField(
        label=_("Signals"),
        choices=[(signal.code, signal.label) for signal in NEEDS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, part: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.part = part
        for question in of_part(part):
            self._ask(question)

    @staticmethod
    def first_values(part: str, report: NeedsReport | None) -> dict:
        """What the report says of a part, by field."""
        values = {"signals": report.signals if report else []}
        for question in of_part(part):
            said = report.answers.get(question.code, {}) if report else {}
            chips = said.get("chips", [])
            values[f"{question.code}_chips"] = chips if question.many else (chips or [""])[0]
            values[f"{question.code}_order"] = ",".join(chips)
            values[f"{question.code}_text"] = said.get("text", "")
        return values

    def _ask(self, question: Question) -> None:
        code = question.code
        if question.chips:
            kind = forms.MultipleChoiceField if question.many else forms.ChoiceField
            widget = forms.CheckboxSelectMultiple if question.many else forms.RadioSelect
            self.fields[f"{code}_chips"] = kind(
                label=question.label, choices=question.chips, required=False, widget=widget
            )
        if question.ordered:
            self.fields[f"{code}_order"] = forms.CharField(
                label=_of(question, _("in the order they say it")),
                required=False,
                max_length=200,
                widget=forms.HiddenInput,
            )
        self.fields[f"{code}_text"] = forms.CharField(
            label=_of(question, _("In their words")), required=False, max_length=LONGEST
        )

    def in_words(self, name: str, value: object) -> str:
        """An order by the words of its chips."""
        if not name.endswith("_order"):
            return super().in_words(name, value)
        words = dict(QUESTIONS[name.removesuffix("_order")].chips)
        return " → ".join(str(words.get(chip, chip)) for chip in str(value or "–").split(","))

    def rows(self) -> list[dict]:
        """Each question with its fields, for the page."""
        return [
            {
                "question": question,
                "number": list(QUESTIONS).index(question.code) + 1,
                "chips": self[f"{question.code}_chips"] if question.chips else None,
                "order": self[f"{question.code}_order"] if question.ordered else None,
                "text": self[f"{question.code}_text"],
            }
            for question in of_part(self.part)
        ]

    def answers(self) -> dict:
        """Question code to what was said."""
        return {question.code: self._said(question) for question in of_part(self.part)}

    def _said(self, question: Question) -> dict:
        given = self.cleaned_data.get(f"{question.code}_chips") or []
        chips = [given] if isinstance(given, str) else list(given)
        if question.ordered:
            order = self.cleaned_data[f"{question.code}_order"].split(",")
            chips.sort(key=lambda chip: order.index(chip) if chip in order else len(order))
        return {"chips": chips, "text": self.cleaned_data[f"{question.code}_text"]}


class CompanionForm(forms.Form):
    relation = forms.ChoiceField(
        label=_("Who came along"), choices=Companion.Relation.choices, widget=forms.RadioSelect
    )
    name = forms.CharField(label=_("Name (optional)"), required=False, max_length=80)
    decides = forms.BooleanField(label=_("Decides"), required=False, widget=Switch)


class FinishForm(SeenForm):
    """The need in a sentence, agreed on; models that meet it; the grade where there is none yet."""

    summary = forms.CharField(
        label=_("What they need, in a sentence"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    confirmed = forms.BooleanField(
        label=_("Read back, and the customer agreed"), required=False, widget=Switch
    )
    override_reason = forms.CharField(label=_("Not agreed: why?"), required=False, max_length=200)
    models = forms.MultipleChoiceField(
        label=_("Models that meet it, three at most"), required=False, widget=forms.CheckboxSelectMultiple
    )
    grade = forms.ChoiceField(label=_("Buys within"), required=False, widget=forms.RadioSelect)
    grade_reason = forms.CharField(label=_("Why this grade?"), required=False, max_length=120)

    def __init__(self, *args, lead: Lead, cars: list[Car], **kwargs):
        super().__init__(*args, **kwargs)
        self.models = {str(car.pk): car for car in cars}
        self.fields["models"].choices = [(pk, str(car)) for pk, car in self.models.items()]
        rules = [rule for rule in book(lead.store).grade_rules() if rule.horizon_from is not None]
        self.fields["grade"].choices = [(rule.code, rule.code) for rule in rules]
        if lead.next_due_on or lead.customer.is_organisation:
            del self.fields["grade"], self.fields["grade_reason"]

    def finish(self) -> Finish:
        given = self.cleaned_data
        return Finish(
            summary=given["summary"],
            confirmed=given["confirmed"],
            override_reason=given["override_reason"],
            models=[self.models[pk].as_model() for pk in given["models"]],
            grade=given.get("grade", ""),
            grade_reason=given.get("grade_reason", ""),
        )
