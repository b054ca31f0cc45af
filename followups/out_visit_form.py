"""What the sheet of a visit to the customer asks."""

import datetime as dt

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.meanwhile import SeenForm
from leads.models import Lead

from .forms import DateInput, TimeInput
from .models import Task
from .out_visits import Result
from .outcomes import NOT_MET, TALKED
from .preparations import PAPERS, PREPARATIONS, STEPS

GOES_AT = dt.time(10)  # what the time fields show first
ENDS = "end"


class OutVisitForm(SeenForm):
    """Day and hour of the store, the ticks, and what came of it once the visit is over."""

    on = forms.DateField(label=_("Day"), widget=DateInput)
    time = forms.TimeField(label=_("Time"), widget=TimeInput)
    ready = forms.MultipleChoiceField(
        label=_("Prepared"),
        choices=list(PREPARATIONS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    outcome = forms.ChoiceField(
        label=_("What came out of it"),
        choices=[(one.value, one.label) for one in (*NOT_MET, *TALKED)],
        widget=forms.RadioSelect,
        required=False,
    )
    again_on = forms.DateField(label=_("Go again on"), widget=DateInput, required=False)
    again_time = forms.TimeField(label=_("Time"), widget=TimeInput, required=False)
    text = forms.CharField(label=_("In a word"), max_length=1000, required=False)

    def __init__(self, data=None, *, lead: Lead, task: Task | None, now: dt.datetime):
        self.store, self.today = lead.store, lead.store.business_date(now)
        super().__init__(data, initial=self.first_values(task))

    def first_values(self, task: Task | None) -> dict:
        """What the sheet shows first: the planned visit, else tomorrow."""
        at = task.due_at.astimezone(self.store.zone) if task else None
        return {
            "on": at.date() if at else self.today + dt.timedelta(days=1),
            "time": at.time() if at else GOES_AT,
            "ready": task.why_args.get("ready", []) if task else [],
            "outcome": "",
            "again_on": None,
            "again_time": GOES_AT,
            "text": "",
        }

    @property
    def ends(self) -> bool:
        """Whether the visit is over."""
        return self.data.get("act") == ENDS

    @property
    def at(self) -> dt.datetime:
        return self.store.at_local(self.cleaned_data["on"], self.cleaned_data["time"])

    @property
    def result(self) -> Result:
        said = self.cleaned_data
        again = said["again_on"] and self.store.at_local(said["again_on"], said["again_time"] or GOES_AT)
        return Result(outcome=said["outcome"], again_at=again or None, text=said["text"])

    @property
    def groups(self) -> list[tuple]:
        """The two lists of ticks: title, how many are ticked, and the boxes."""
        chosen = {str(code) for code in self["ready"].value() or ()}
        boxes = {box.data["value"]: box for box in self["ready"]}
        return [
            (title, len(chosen & codes.keys()), [boxes[code] for code in codes])
            for title, codes in ((_("Steps before"), STEPS), (_("In the bag"), PAPERS))
        ]
