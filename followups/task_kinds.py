"""The kinds of task, as one list of data: what bears them, when due, for whom, what closes them."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from leads.machine import EvidenceKind


class TaskKind(models.TextChoices):
    CADENCE = "cadence", _("Next contact")
    DAY_AFTER = "day_after", _("First follow-up after a visit")
    LADDER = "ladder", _("Call of a new enquiry")
    CALL_BACK = "call_back", _("Call back")
    DRIVE_EVE = "drive_eve", _("Reminder of a test drive")
    OUT_VISIT = "out_visit", _("Visit to the customer")
    ORGANISATION = "organisation", _("Contact with an organisation")
    THANK_YOU = "thank_you", _("Thank-you message")
    STUCK = "stuck", _("Stuck in its step")
    NO_NEXT_STEP = "no_next_step", _("Plan the next step")
    STALE_CARD = "stale_card", _("Refresh the card")
    REVIVE_CHECK = "revive_check", _("Ask a lost customer again")
    BIRTHDAY = "birthday", _("Birthday greeting")
    TOP_UP = "top_up", _("Rest of the deposit")
    HOLD_END = "hold_end", _("End of a held car")
    APPROVAL = "approval", _("Approval asked for")
    DELIVERY = "delivery", _("Delivery")
    WEEK_CALL = "week_call", _("Call a week after delivery")
    FIRST_MAINTENANCE = "first_maintenance", _("First maintenance")


@dataclass(frozen=True)
class KindRule:
    """One line of the list.

    `closed_by` names contact kinds, "visit", "out_visit", "move" (a step), "edit" (the card) and kinds
    of evidence (SPEC A64); `void_when` status values, "grade_none", "not_reminded", "dated" (a next
    date was set) and "day_over" (worth nothing a day later).
    """

    kind: TaskKind
    born_by: str
    due: str
    assignee: str
    closed_by: frozenset
    void_when: frozenset
    source: str
    deputy: bool  # on a day off the deputy does it, of O, H and agreed customers (SPEC A08)
    moves_with_attempt: bool = False
    may_catch_up: bool = False
    in_opening_hours: bool = False  # the only timers that wait for the store to open (SPEC A61)
    rides: bool = False  # told at the next contact: dated with the cadence, brings nobody on the day itself


RESTS = frozenset({"dormant", "lost_pending", "lost", "void"})
GONE = RESTS - {"dormant"}
TALK = frozenset({"contact", "visit"})
DAY_OVER = frozenset({"day_over"})

TASK_KINDS = {
    rule.kind: rule
    for rule in [
        KindRule(
            kind=TaskKind.CADENCE,
            born_by="contact, visit, grade",
            due="23:59:59 store time of the cadence date",
            assignee="owner",
            closed_by=TALK,
            void_when=RESTS | {"grade_none"},
            source="CAD-01, A64",
            deputy=True,
            moves_with_attempt=True,
            may_catch_up=True,
        ),
        KindRule(
            kind=TaskKind.DAY_AFTER,
            born_by="leaving of a counted visit without a deal, end of an enquiry call",
            due="leaving + follow_up_hours, an exact duration",
            assignee="owner",
            closed_by=TALK,
            void_when=RESTS,
            source="CAD-06, A64, A65",
            deputy=True,
        ),
        KindRule(
            kind=TaskKind.THANK_YOU,
            born_by="leaving of a counted visit without a deal, end of an enquiry call; a signed contract",
            due="leaving + thank_you_minutes, an exact duration; the contract: 23:59:59 of its day",
            assignee="owner",
            closed_by=frozenset({"message"}),
            void_when=RESTS | DAY_OVER,
            source="CAD-05, A64, A65, FUP-06",
            deputy=True,
        ),
        KindRule(
            kind=TaskKind.LADDER,
            born_by="an enquiry that nobody has answered; then each try",
            due="minutes and hours of opening time, later open days at closing time",
            assignee="owner",
            closed_by=TALK,
            void_when=RESTS,
            source="A19, A61, A64",
            deputy=True,
            in_opening_hours=True,
        ),
        KindRule(
            kind=TaskKind.CALL_BACK,
            born_by="a message taken for somebody who did not answer",
            due="taken + call_back_minutes of opening time",
            assignee="the person asked for, nobody else",
            closed_by=frozenset({"contact"}),
            void_when=frozenset({"lost", "void"}),
            source="CALL-02, CALL-03, A61, A64, S05",
            deputy=False,  # nobody else closes it
            in_opening_hours=True,
        ),
        KindRule(
            kind=TaskKind.DRIVE_EVE,
            born_by="a booking of a demo car for a later day",
            due="closing time of the day before",
            assignee="owner",
            closed_by=TALK,
            void_when=GONE,
            source="A36",
            deputy=True,
        ),
        KindRule(
            kind=TaskKind.OUT_VISIT,
            born_by="a planned visit to the customer",
            due="the agreed moment",
            assignee="whoever goes",
            closed_by=frozenset({"out_visit"}),  # a call before it is not the visit
            void_when=GONE,
            source="DEV-08, DEV-10, DEV-11",
            deputy=True,
        ),
        KindRule(
            kind=TaskKind.ORGANISATION,
            born_by="the night, when nobody spoke to an organisation for so many days",
            due="23:59:59 store time of the last of these days",
            assignee="owner",
            closed_by=TALK,
            void_when=RESTS | {"not_reminded"},
            source="TYPE-06",
            deputy=True,
        ),
        KindRule(
            kind=TaskKind.STUCK,
            born_by="the night, once in a stay in a step longer than its max_days",
            due="with the cadence",
            assignee="owner",
            closed_by=TALK | {"move"},
            void_when=RESTS | {"grade_none"},
            source="FLOW-04",
            deputy=False,
            rides=True,
        ),
        KindRule(
            kind=TaskKind.STALE_CARD,
            born_by="the night, when nobody touched the card for stale_card_days",
            due="with the cadence",
            assignee="owner",
            closed_by=TALK | {"edit"},
            void_when=RESTS | {"grade_none"},
            source="CARD-08",
            deputy=False,
            rides=True,
        ),
        KindRule(
            kind=TaskKind.NO_NEXT_STEP,
            born_by="the night, when nothing is planned, quiet_days after the last talk or visit",
            due="23:59:59 store time of that day",
            assignee="owner",
            closed_by=TALK | {"move"},
            void_when=RESTS | {"dated"},
            source="FLOW-09, CAD-04",
            deputy=False,
        ),
        KindRule(
            kind=TaskKind.REVIVE_CHECK,
            born_by="the night, win_back_after_days after the confirmed loss",
            due="23:59:59 store time of that day",
            assignee="last owner, else the manager",
            closed_by=TALK,
            void_when=frozenset({"active", "void"}),
            source="LOST-08, T33",
            deputy=False,
        ),
        KindRule(
            kind=TaskKind.BIRTHDAY,
            born_by="the night before the birthday's morning",
            due="birthday_at, store time; 29 February is the 28th in ordinary years",
            assignee="owner",
            closed_by=TALK | {"message"},
            void_when=RESTS | DAY_OVER,
            source="CARD-11",
            deputy=True,
        ),
        KindRule(
            kind=TaskKind.TOP_UP,
            born_by="a part of the deposit",
            due="received + top_up_hours, an exact duration",
            assignee="owner",
            closed_by=frozenset({EvidenceKind.DEPOSIT}),
            void_when=RESTS,
            source="DEP-03, K12, S27",
            deputy=True,
        ),
        KindRule(
            kind=TaskKind.HOLD_END,
            born_by="a whole deposit that keeps a car",
            due="23:59:59 store time of the last of deposit_hold_days",
            assignee="manager, who decides",
            closed_by=frozenset({EvidenceKind.CONTRACT}),
            void_when=RESTS,
            source="DEP-04",
            deputy=True,
        ),
        KindRule(
            kind=TaskKind.APPROVAL,
            born_by="a discount beyond one's own limit",
            due="23:59:59 store time of the day it is asked for",
            assignee="manager",
            closed_by=frozenset({"approval"}),
            void_when=RESTS,
            source="QUOT-10, S26",
            deputy=True,
        ),
        KindRule(
            kind=TaskKind.DELIVERY,
            born_by="the announced date of delivery",
            due="23:59:59 store time of that date",
            assignee="owner",
            closed_by=frozenset({EvidenceKind.HANDED_OVER}),
            void_when=RESTS,
            source="T15, DELV-01",
            deputy=True,
        ),
        KindRule(
            kind=TaskKind.WEEK_CALL,
            born_by="the car is handed over",
            due="23:59:59 store time of delivery day + week_call_days",
            assignee="owner",
            closed_by=TALK,
            void_when=RESTS,
            source="FUP-01, T16",
            deputy=True,
        ),
        KindRule(
            kind=TaskKind.FIRST_MAINTENANCE,
            born_by="the first maintenance is logged",
            due="23:59:59 store time of that day",
            assignee="owner, who hands the card on to after-sales",
            closed_by=frozenset({"hand_over"}),
            void_when=RESTS,
            source="FUP-02",
            deputy=False,
        ),
    ]
}
RIDERS = tuple(kind for kind, rule in TASK_KINDS.items() if rule.rides)
OF_ONE_DAY = tuple(kind for kind, rule in TASK_KINDS.items() if rule.void_when & DAY_OVER)
BESIDE = (*RIDERS, *OF_ONE_DAY)  # they stand beside what is due, and are never missed or escalated


def kinds_closed_by(what: str) -> list[str]:
    """Task kinds that a contact, a visit, a message, a move or a proof closes."""
    return [rule.kind for rule in TASK_KINDS.values() if what in rule.closed_by]


def kinds_void_when(what: str) -> list[str]:
    """Task kinds that a status (or one of the words beside it) makes void (SPEC A67)."""
    return [rule.kind for rule in TASK_KINDS.values() if what in rule.void_when]
