"""The kinds of task, as one list of data: what bears them, when due, for whom, what closes them."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaskKind(models.TextChoices):
    CADENCE = "cadence", _("Next contact")
    DAY_AFTER = "day_after", _("First follow-up after a visit")
    LADDER = "ladder", _("Call of a new enquiry")
    CALL_BACK = "call_back", _("Call back")
    DRIVE_EVE = "drive_eve", _("Reminder of a test drive")
    OUT_VISIT = "out_visit", _("Visit to the customer")
    ORGANISATION = "organisation", _("Contact with an organisation")


@dataclass(frozen=True)
class KindRule:
    """One line of the list; `closed_by` names contact kinds, "visit" and "out_visit" (SPEC A64)."""

    kind: TaskKind
    born_by: str
    due: str
    assignee: str
    closed_by: frozenset
    void_when: frozenset  # status values, "grade_none" and "not_reminded"
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
        KindRule(
            kind=TaskKind.CALL_BACK,
            born_by="a message taken for somebody who did not answer",
            due="taken + call_back_minutes of opening time",
            assignee="the person asked for, nobody else",
            closed_by=frozenset({"contact"}),
            void_when=frozenset({"lost", "void"}),
            moves_with_attempt=False,
            may_catch_up=False,
            source="CALL-02, CALL-03, A61, A64, S05",
        ),
        KindRule(
            kind=TaskKind.DRIVE_EVE,
            born_by="a booking of a demo car for a later day",
            due="closing time of the day before",
            assignee="owner",
            closed_by=frozenset({"contact", "visit"}),
            void_when=frozenset({"lost_pending", "lost", "void"}),
            moves_with_attempt=False,
            may_catch_up=False,
            source="A36",
        ),
        KindRule(
            kind=TaskKind.OUT_VISIT,
            born_by="a planned visit to the customer",
            due="the agreed moment",
            assignee="whoever goes",
            closed_by=frozenset({"out_visit"}),  # a call before it is not the visit
            void_when=frozenset({"lost_pending", "lost", "void"}),
            moves_with_attempt=False,
            may_catch_up=False,
            source="DEV-08, DEV-10, DEV-11",
        ),
        KindRule(
            kind=TaskKind.ORGANISATION,
            born_by="the night, when nobody spoke to an organisation for so many days",
            due="23:59:59 store time of the last of these days",
            assignee="owner",
            closed_by=frozenset({"contact", "visit"}),
            void_when=frozenset({"dormant", "lost_pending", "lost", "void", "not_reminded"}),
            moves_with_attempt=False,
            may_catch_up=False,
            source="TYPE-06",
        ),
    ]
}


def kinds_closed_by(what: str) -> list[str]:
    """Task kinds that a contact or a visit closes."""
    return [rule.kind for rule in TASK_KINDS.values() if what in rule.closed_by]


def kinds_void_when(what: str) -> list[str]:
    """Task kinds that a status (or "grade_none") makes void (SPEC A67)."""
    return [rule.kind for rule in TASK_KINDS.values() if what in rule.void_when]
