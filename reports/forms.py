"""The three blocks of a daily report, all by taps, and the manager's word."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from .daily import MOST_DEALS, RESULTS, Cause, Filled
from .daily_page import QUICK

ESTIMATES = 6  # chips; more is typed by nobody


class SeenForm(forms.Form):
    """Says which version of the report was read before it was written to (RELIABILITY 25)."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def reread(self, version: int) -> None:
        """What was typed stays; the next press knows what stands there now."""
        self.data = self.data.copy()
        self.data["version"] = version


class ReportForm(SeenForm):
    """Result, estimate, cause (SPEC PDCA-13); `token` keeps a form sent twice from counting twice."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    on = forms.DateField(widget=forms.HiddenInput)
    result = forms.MultipleChoiceField(
        label=_("Result"),
        choices=[(code, code) for code in RESULTS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    estimate = forms.IntegerField(
        label=_("Deals expected tomorrow"),
        min_value=0,
        max_value=MOST_DEALS,
        error_messages={"required": _("Tap how many deals you expect tomorrow.")},
    )
    causes = forms.MultipleChoiceField(
        label=_("Cause"), choices=Cause.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    note = forms.CharField(
        label=_("Add a sentence (optional)"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args, results: list[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.result_chips = results
        if not self.is_bound:
            self.initial["token"] = uuid.uuid4()

    @property
    def estimate_chips(self) -> list[int]:
        proposed = self.initial.get("estimate") or 0
        return list(range(max(ESTIMATES, proposed + 2)))

    @property
    def chosen(self) -> dict[str, list[str]]:
        """What is ticked, as text: of the form sent, else of the proposal."""
        if self.is_bound:
            return {name: self.data.getlist(name) for name in ("result", "causes", "estimate")}
        first = self.initial
        return {
            "result": first.get("result", []),
            "causes": [str(code) for code in first.get("causes", [])],
            "estimate": [str(first["estimate"])] if first.get("estimate") is not None else [],
        }

    def filled(self) -> Filled:
        data = self.cleaned_data
        return Filled(
            result=data["result"], estimate=data["estimate"], causes=data["causes"], note=data["note"]
        )


class CommentForm(SeenForm):
    """A word of the manager: tapped, typed, or both."""

    quick = forms.MultipleChoiceField(
        label=_("Comment"), choices=list(QUICK.items()), required=False, widget=forms.CheckboxSelectMultiple
    )
    comment = forms.CharField(label=_("Comment"), max_length=400, required=False)

    @property
    def text(self) -> str:
        tapped = [str(QUICK[code]) for code in self.cleaned_data["quick"]]
        return " ".join(filter(None, [*tapped, self.cleaned_data["comment"]]))
