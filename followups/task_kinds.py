"""The kinds of task, as one list of data: what bears them, when due, for whom, what closes them."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaskKind(models.TextChoices):
    CADENCE = "cadence", _("Next contact")
    DAY_AFTER = "day_after", _("First follow-up after a visit")
    LADDER = "ladder", _("Call of a new enquiry")


@dataclass(frozen=True)
class KindRule:
    """One line of the list; `closed_by` names contact kinds and "visit" (SPEC A64)."""

    kind: TaskKind
    born_by: str
    due: str
    assignee: str
    closed_by: frozenset
    void_when: frozenset  # status values and "grade_none"
    moves_with_attempt: bool
    may_catch_up: bool
    source: str


TASK_KINDS = {
    rule.kind: rule
    for rule in [
        KindRule(
            kind=TaskKind.CADENCE,
            born_by="contact, visit, grade",
            due="23:59:59 store time of the cadence date",
            assignee="owner",
            closed_by=frozenset({"contact", "visit"}),
            void_when=frozenset({"dormant", "lost_pending", "lost", "void", "grade_none"}),
            moves_with_attempt=True,
            may_catch_up=True,
            source="CAD-01, A64",
        ),
        KindRule(
            kind=TaskKind.DAY_AFTER,
            born_by="leaving of a counted visit without a deal",
            due="leaving + follow_up_hours, an exact duration",
            assignee="owner",
            closed_by=frozenset({"contact", "visit"}),
            void_when=frozenset({"dormant", "lost_pending", "lost", "void"}),
            moves_with_attempt=False,
            may_catch_up=False,
            source="CAD-06, A64, A65",
        ),
        KindRule(
            kind=TaskKind.LADDER,
            born_by="an enquiry that nobody has answered; then each try",
            due="minutes and hours of opening time, later open days at closing time",
            assignee="owner",
            closed_by=frozenset({"contact", "visit"}),
            void_when=frozenset({"dormant", "lost_pending", "lost", "void"}),
            moves_with_attempt=False,
            may_catch_up=False,
            source="A19, A61, A64",
        ),
    ]
}


def kinds_closed_by(what: str) -> list[str]:
    """Task kinds that a contact or a visit closes."""
    return [rule.kind for rule in TASK_KINDS.values() if what in rule.closed_by]


def kinds_void_when(what: str) -> list[str]:
    """Task kinds that a status (or "grade_none") makes void (SPEC A67)."""
    return [rule.kind for rule in TASK_KINDS.values() if what in rule.void_when]
