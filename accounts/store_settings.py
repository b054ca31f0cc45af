"""The settings of a store, declared in code: key, type, default, source (MODEL choice 13).

``assumed`` marks a default that is our own and not the trade's ([P] in SPEC).
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Declared:
    key: str
    default: object
    source: str
    label: object
    assumed: bool = False
    choices: tuple = ()


EVENINGS = tuple(f"{hour}:{minute}" for hour in range(16, 23) for minute in ("00", "30"))
MORNINGS = tuple(f"{hour:02}:{minute}" for hour in range(7, 13) for minute in ("00", "30"))

# The most days in a step before a lead counts as stuck; 0 = no limit (SPEC FLOW-04 names step 3).
MAX_DAYS = [
    ("prospecting", 3, _("Most days in step: prospecting")),
    ("reception", 7, _("Most days in step: reception")),
    ("needs", 7, _("Most days in step: needs analysis")),
    ("walkaround", 7, _("Most days in step: walkaround")),
    ("test_drive", 7, _("Most days in step: test drive")),
    ("negotiation", 14, _("Most days in step: negotiation")),
    ("deal", 30, _("Most days in step: deal")),
    ("delivery", 14, _("Most days in step: delivery")),
]

DECLARED = {
    setting.key: setting
    for setting in [
        Declared(
            "grade_profile", "default", "GRD-13", _("Grade profile"), True, ("default", "detailed", "classic")
        ),
        Declared("step_labels", "trade", "A51", _("Names of the steps"), False, ("trade", "classic")),
        *(
            Declared(f"max_days_{step}", days, "FLOW-04", label, step != "needs")
            for step, days, label in MAX_DAYS
        ),
        Declared("organisation_short_months", 6, "TYPE-05", _("Months of a short purchase cycle"), True),
        Declared("organisation_large_batch", 5, "TYPE-05", _("Cars of a large purchase"), True),
        Declared("organisation_a_days", 30, "TYPE-06", _("Days without a contact: organisation A"), True),
        Declared("organisation_days", 60, "TYPE-06", _("Days without a contact: organisation B, C"), True),
        Declared("behaviour_types", False, "TYPE-03", _("Behaviour types on the card"), True),
        Declared("strict_none", False, "GRD-05", _("No model means no grade"), True),
        Declared(
            "ownership_rule",
            "cadence_plus_7",
            "OWN-08",
            _("Ownership rule"),
            True,
            ("cadence_plus_7", "strict_7", "off"),
        ),
        Declared("lapse_mode", "propose", "A05", _("When protection ends"), False, ("propose", "automatic")),
        Declared("protection_days", 7, "OWN-07", _("Days of protection")),
        Declared(
            "phone_only_lapse",
            "protect_ends",
            "A06",
            _("Who called and never came"),
            False,
            ("protect_ends", "void"),
        ),
        Declared("card_needs_phone", True, "A10", _("In a Chinese store a card needs a phone number")),
        Declared("pool_take", True, "A70", _("Consultants take from the pool")),
        Declared(
            "dcc_mode",
            "mixed",
            "A12",
            _("Who works new leads"),
            True,
            ("separate", "consultants", "mixed"),
        ),
        Declared("group_shares", False, "A11", _("Stores of the group share names")),
        Declared("catch_up_per_day", 15, "A01", _("Today's share per consultant")),
        Declared("catch_up_after_closing_days", 3, "A01", _("Closing days that start a catch-up")),
        Declared("follow_up_hours", 24, "CAD-06", _("First follow-up after a visit, in hours")),
        Declared("attempt_days", 1, "CAD-09", _("Days until the next try after no answer"), True),
        Declared("escalate_after_days", 2, "PDCA-14", _("Days late until a task is escalated"), True),
        Declared("referral_reward", 0, "A21", _("Usual reward for a referral, in money"), True),
        Declared("win_back_after_days", 90, "LOST-08", _("Days until a lost customer is tried again"), True),
        Declared("core_evidence", False, "FLOW-03", _("Refuse to leave core steps without evidence"), True),
        Declared("appointment_asks_after_minutes", 60, "A13", _("Minutes late until we ask")),
        Declared("look_freely_minutes", 3, "RECP-15", _("Minutes to look freely before somebody goes up")),
        Declared(
            "daily_report_due", "18:00", "PDCA-01", _("Daily report is due (evening meeting)"), True, EVENINGS
        ),
        Declared("daily_report_lock", False, "PDCA-10", _("Refuse a daily report the next morning")),
        Declared("daily_report_locks_at", "09:00", "PDCA-10", _("Refuse it from"), False, MORNINGS),
        Declared("funnel_eight_steps", False, "FLOW-02", _("Funnel of eight steps")),
        Declared("ladder_first_minutes", 15, "A19", _("Minutes until the first call of a new enquiry")),
        Declared("ladder_second_minutes", 120, "A19", _("Minutes until the second call")),
        Declared("ladder_fourth_days", 3, "A19", _("Days until the fourth call")),
        Declared("ladder_fifth_days", 7, "A19", _("Days until the last call")),
        Declared("invite_needs_relation", False, "A09", _("Invite only after a first talk")),
        Declared("evening_duty_from", "17:00", "A19", _("Evening duty begins"), True, EVENINGS),
        Declared(
            "maker_field_order",
            "name, phone, model, grade, channel, area, expected_on, address, occupation, owner, first_on",
            "A35",
            _("Order of the fields in the maker's system"),
            True,
        ),
        Declared("drive_minutes", 40, "TEST-01", _("Minutes of a test drive"), True),
        Declared("valid_drive_minutes", 10, "A36", _("Minutes at the wheel of a valid drive")),
        Declared("drive_papers_days", 60, "A36", _("Days until pictures of papers are deleted")),
        Declared("rota_rule", "binding", "RECP-07", _("Up list"), True, ("binding", "suggestion", "off")),
        Declared(
            "phone_mode", "separate", "CALL-05", _("Who takes a call"), True, ("separate", "shared", "duty")
        ),
        Declared("call_back_minutes", 30, "CALL-03", _("Minutes until a caller is called back"), True),
        Declared("ring_limit_seconds", 20, "CALL-03", _("Seconds a call rings before a message"), True),
        Declared("tablet_lock_minutes", 10, "S57", _("Idle minutes until a shared tablet locks"), True),
    ]
}

# The least and most of a number, where the usual 0 to 366 would make no sense.
LIMITS = {
    "protection_days": (1, 366),
    "catch_up_per_day": (1, 200),
    "catch_up_after_closing_days": (1, 60),
    "follow_up_hours": (1, 168),
    "attempt_days": (1, 30),
    "referral_reward": (0, 1_000_000),
    "escalate_after_days": (1, 60),
    "appointment_asks_after_minutes": (0, 600),
    "look_freely_minutes": (0, 30),
    "tablet_lock_minutes": (1, 120),
    "organisation_short_months": (1, 60),
    "organisation_large_batch": (2, 1000),
    "organisation_a_days": (1, 366),
    "organisation_days": (1, 366),
    "drive_minutes": (10, 240),
    "valid_drive_minutes": (0, 120),
    "drive_papers_days": (1, 366),
    "call_back_minutes": (1, 600),
    "ring_limit_seconds": (5, 120),
    "ladder_first_minutes": (1, 600),
    "ladder_second_minutes": (1, 1440),
    "ladder_fourth_days": (1, 30),
    "ladder_fifth_days": (1, 60),
}
USUAL_LIMITS = (0, 366)


def limits(key: str) -> tuple[int, int]:
    return LIMITS.get(key, USUAL_LIMITS)


class UnknownSetting(KeyError):
    """No setting of that name is declared."""


def checked(key: str, value: object) -> object:
    """The value as it may be stored; UnknownSetting, TypeError or ValueError otherwise."""
    if key not in DECLARED:
        raise UnknownSetting(key)
    declared = DECLARED[key]
    if type(value) is not type(declared.default):
        raise TypeError(f"{key} must be {type(declared.default).__name__}")
    if declared.choices and value not in declared.choices:
        raise ValueError(f"{key} must be one of {', '.join(declared.choices)}")
    least, most = limits(key)
    if type(value) is int and not least <= value <= most:
        raise ValueError(f"{key} must be from {least} to {most}")
    return value
