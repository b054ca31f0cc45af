"""The nine-step machine as data: 25 moves, what proves a step, what a move needs (SPEC 28)."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .steps import Step


class EvidenceKind(models.TextChoices):
    VISIT = "visit", _("Visit")
    CALL = "call", pgettext_lazy("evidence", "Call")
    NEEDS_BEGUN = "needs_begun", _("Needs report begun")
    NEEDS_DONE = "needs_done", _("Needs confirmed")
    WALKAROUND = "walkaround", _("Walkaround")
    DRIVE_STARTED = "drive_started", _("Ride or drive started")
    DRIVE_DONE = "drive_done", _("Drive finished with feedback")
    QUOTE = "quote", _("Quote")
    DEPOSIT = "deposit", _("Deposit")
    CONTRACT = "contract", _("Signed contract")
    DELIVERY_DATE = "delivery_date", _("Delivery date announced")
    HANDED_OVER = "handed_over", _("Handed over")


K = EvidenceKind

# The step that one kind of evidence proves to have been reached, by itself.
PROVES = {
    K.VISIT: Step.RECEPTION,
    K.CALL: Step.RECEPTION,
    K.NEEDS_BEGUN: Step.NEEDS,
    K.NEEDS_DONE: Step.WALKAROUND,
    K.WALKAROUND: Step.WALKAROUND,
    K.DRIVE_STARTED: Step.TEST_DRIVE,
    K.DRIVE_DONE: Step.NEGOTIATION,
    K.QUOTE: Step.NEGOTIATION,
    K.CONTRACT: Step.DEAL,
    K.HANDED_OVER: Step.FOLLOW_UP,
}

MONEY = frozenset({K.DEPOSIT})

# Steps that nothing but their evidence opens: no reason stands in for a visit, money or keys.
GUARDS = {
    Step.RECEPTION: (frozenset({K.VISIT, K.CALL}),),
    Step.DEAL: (frozenset({K.DEPOSIT}), frozenset({K.CONTRACT})),
    Step.DELIVERY: (frozenset({K.DELIVERY_DATE}),),
    Step.FOLLOW_UP: (frozenset({K.HANDED_OVER}),),
}

# Somebody announces the delivery date: that step is always asked, never taken by itself (T15).
ASKED = frozenset({Step.DELIVERY})


@dataclass(frozen=True)
class Move:
    """One allowed pair: its row in SPEC 28 and the evidence that spares a hand move its reason."""

    row: str
    needs: frozenset = frozenset()


S = Step
MOVES = {
    (S.PROSPECTING, S.RECEPTION): Move("T03", frozenset({K.VISIT, K.CALL})),
    (S.RECEPTION, S.NEEDS): Move("T05", frozenset({K.NEEDS_BEGUN})),
    (S.RECEPTION, S.WALKAROUND): Move("T06"),
    (S.RECEPTION, S.TEST_DRIVE): Move("T38"),
    (S.RECEPTION, S.NEGOTIATION): Move("T07"),
    (S.RECEPTION, S.DEAL): Move("T13"),
    (S.NEEDS, S.WALKAROUND): Move("T08", frozenset({K.NEEDS_DONE, K.WALKAROUND})),
    (S.NEEDS, S.TEST_DRIVE): Move("T38"),
    (S.NEEDS, S.NEGOTIATION): Move("T38"),
    (S.NEEDS, S.DEAL): Move("T13"),
    (S.WALKAROUND, S.NEEDS): Move("T21"),
    (S.WALKAROUND, S.TEST_DRIVE): Move("T09", frozenset({K.DRIVE_STARTED})),
    (S.WALKAROUND, S.NEGOTIATION): Move("T10"),
    (S.WALKAROUND, S.DEAL): Move("T13"),
    (S.TEST_DRIVE, S.NEEDS): Move("T21"),
    (S.TEST_DRIVE, S.NEGOTIATION): Move("T11", frozenset({K.DRIVE_DONE, K.QUOTE})),
    (S.TEST_DRIVE, S.DEAL): Move("T13"),
    (S.NEGOTIATION, S.NEEDS): Move("T19"),
    (S.NEGOTIATION, S.WALKAROUND): Move("T20"),
    (S.NEGOTIATION, S.TEST_DRIVE): Move("T20"),
    (S.NEGOTIATION, S.DEAL): Move("T12", frozenset({K.DEPOSIT, K.CONTRACT})),
    (S.DEAL, S.NEGOTIATION): Move("T23"),
    (S.DEAL, S.DELIVERY): Move("T15", frozenset({K.DELIVERY_DATE})),
    (S.DELIVERY, S.DEAL): Move("T25"),
    (S.DELIVERY, S.FOLLOW_UP): Move("T16", frozenset({K.HANDED_OVER})),
}

CORE_STEPS = frozenset({S.NEEDS, S.WALKAROUND, S.NEGOTIATION})  # SPEC FLOW-03


def missing_guards(to: int, evidence: set[str]) -> list[str]:
    """The evidence without which nobody reaches a step; the first kind of each set names it."""
    return [sorted(wanted)[0] for wanted in GUARDS.get(to, ()) if not wanted & evidence]


def next_proven(step: int, evidence: set[str]) -> int | None:
    """The nearest later step that the standing evidence proves and a move allows, or None."""
    proven = sorted({PROVES[kind] for kind in evidence if kind in PROVES})
    for to in proven:
        if to > step and (step, to) in MOVES and to not in ASKED and not missing_guards(to, evidence):
            return to
    return None


def steps_passed_over(step: int, to: int, evidence: set[str]) -> list[int]:
    """Steps strictly between two that no evidence proves: they are skipped, not passed."""
    proven = {PROVES[kind] for kind in evidence if kind in PROVES}
    return [between for between in range(step + 1, to) if between not in proven]
