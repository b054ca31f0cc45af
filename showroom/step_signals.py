"""What a customer shows at each step, and the grade it speaks for (SPEC 17.1, GRD-04 to GRD-11).

Signals are a checklist beside the grade: they explain the suggestion, the person decides.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from leads.models.terms import GRADE_RANK, Grade
from leads.steps import Step


@dataclass(frozen=True)
class Signal:
    """One chip; `grade` is the letter of the detailed profile it speaks for."""

    code: str
    label: object
    grade: str


NEEDS = (
    Signal("careful", _("Answers carefully"), Grade.B),
    Signal("many_rivals", _("Names several rivals"), Grade.B),
    Signal("jumps", _("Jumps between models"), Grade.B),
    Signal("comes_again", _("Wants to come again"), Grade.B),
    Signal("not_urgent", _("Not urgent"), Grade.C),
    Signal("unwilling", _("Unwilling to answer"), Grade.C),
)
WALKAROUND = (
    Signal("one_or_two", _("Keeps to one or two models"), Grade.B_PLUS),
    Signal("compares_cars", _("Compares the cars on the floor"), Grade.B_PLUS),
    Signal("touches", _("Touches and tries again and again"), Grade.B_PLUS),
    Signal("asks_brochure", _("Asks for the brochure"), Grade.B_PLUS),
    Signal("no_drive", _("No wish to drive"), Grade.B_PLUS),
    Signal("no_focus", _("Looks at everything alike"), Grade.B),
)
TEST_DRIVE = (
    Signal("asked_to_drive", _("Asked for the drive"), Grade.A),
    Signal("pleased", _("Pleased with the drive"), Grade.A),
    Signal("asks_costs", _("Asks what it costs"), Grade.A),
    Signal("compares_rival", _("Compares it with one rival"), Grade.A_PLUS),
    Signal("asks_fees", _("Asks about tax and plates"), Grade.A_PLUS),
)
NEGOTIATION = (
    Signal("cheaper_elsewhere", _("Cheaper elsewhere, they say"), Grade.H),
    Signal("if_price", _("Buys within the week at the price"), Grade.H),
    Signal("friends_advise", _("Friends come or call to advise"), Grade.H),
    Signal("loan_papers", _("Asks for the loan papers"), Grade.H),
    Signal("asks_delivery", _("Asks when they get it"), Grade.H),
    Signal("pays_now", _("Would pay at once"), Grade.H),
    Signal("asks_payment", _("Asks how to pay"), Grade.H),
)
STEP_SIGNALS = {
    Step.NEEDS: NEEDS,
    Step.WALKAROUND: WALKAROUND,
    Step.TEST_DRIVE: TEST_DRIVE,
    Step.NEGOTIATION: NEGOTIATION,
}
LABELS = {signal.code: signal.label for signals in STEP_SIGNALS.values() for signal in signals}


def chips(step: int) -> list[tuple[str, object]]:
    """The signals of a step as choices of a form."""
    return [(signal.code, signal.label) for signal in STEP_SIGNALS[step]]


def speaks_for(step: int, codes) -> str:
    """The hottest grade that the ticked signals of a step speak for; "" for none."""
    grades = [signal.grade for signal in STEP_SIGNALS[step] if signal.code in set(codes)]
    return min(grades, key=GRADE_RANK.__getitem__, default="")
