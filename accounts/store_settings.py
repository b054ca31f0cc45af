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
QUIET_FROM = tuple(f"{hour}:{minute}" for hour in range(17, 24) for minute in ("00", "30"))
QUIET_UNTIL = tuple(f"{hour:02}:{minute}" for hour in range(5, 12) for minute in ("00", "30"))

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
        Declared("thank_you_minutes", 5, "CAD-05", _("Minutes until the thank-you message")),
        Declared("quiet_days", 2, "CAD-04", _("Days without a reminder after a contact")),
        Declared("stale_card_days", 90, "CARD-08", _("Days until a card is to be refreshed")),
        Declared("birthday_at", "09:00", "CARD-11", _("Hour of birthday greetings"), False, MORNINGS),
        Declared("top_up_hours", 24, "DEP-03", _("Hours until the deposit is complete"), True),
        Declared("deposit_hold_days", 7, "DEP-04", _("Days a deposit keeps the car")),
        Declared("week_call_days", 7, "FUP-01", _("Days from delivery to the first call")),
        Declared("snoozes_at_most", 3, "A53", _("How often a customer may be put off"), True),
        Declared("suspicious_burst", 15, "A42", _("So many contacts at once ask for a word"), True),
        Declared("suspicious_burst_minutes", 10, "A42", _("At once is within so many minutes"), True),
        Declared("suspicious_unreached", 15, "A42", _("So many tries without a talk ask for a word"), True),
        Declared(
            "suspicious_back_dated", 3, "A42", _("So many entries for earlier days ask for a word"), True
        ),
        Declared("suspicions_after_days", 14, "A42", _("Days until the manager sees such entries")),
        Declared("attempt_days", 1, "CAD-09", _("Days until the next try after no answer"), True),
        Declared(
            "supervisor_after_days", 1, "PDCA-14", _("Days late until the supervisor hears of it"), True
        ),
        Declared("escalate_after_days", 2, "PDCA-14", _("Days late until a task is escalated"), True),
        Declared("enquiry_supervisor_minutes", 30, "A19", _("Minutes late: enquiry to the supervisor"), True),
        Declared("enquiry_manager_minutes", 60, "A19", _("Minutes late: enquiry to the manager"), True),
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
        Declared("quiet_from", "21:00", "A61", _("No messages from"), True, QUIET_FROM),
        Declared("quiet_until", "08:00", "A61", _("No messages until"), True, QUIET_UNTIL),
        Declared("messages_per_day", 3, "DEV-09", _("Most messages to a customer on one day"), True),
        Declared("marketing_per_day", 1, "DEV-09", _("Most offers to a customer on one day")),
        Declared(
            "thank_you_by", "hand", "CAD-05", _("Who sends the thank-you"), True, ("hand", "sms", "email")
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
        Declared("digest_minutes", 0, "A08", _("Minutes from opening to the day's counts"), True),
        Declared(
            "members_asked_at", "17:00", "PDCA-14", _("Supervisors ask their members at"), False, EVENINGS
        ),
        Declared("teams_asked_at", "17:30", "PDCA-14", _("The manager asks the teams at"), False, EVENINGS),
        Declared("notices_name_customers", False, "A43", _("Notices name the customer")),
        Declared("tablet_lock_minutes", 10, "S57", _("Idle minutes until a shared tablet locks"), True),
    ]
}

# The least and most of a number, where the usual 0 to 366 would make no sense.
LIMITS = {
    "protection_days": (1, 366),
    "catch_up_per_day": (1, 200),
    "catch_up_after_closing_days": (1, 60),
    "follow_up_hours": (1, 168),
    "thank_you_minutes": (1, 240),
    "quiet_days": (0, 30),
    "stale_card_days": (7, 366),
    "top_up_hours": (1, 168),
    "deposit_hold_days": (1, 60),
    "week_call_days": (1, 60),
    "snoozes_at_most": (1, 20),
    "suspicious_burst": (3, 200),
    "suspicious_burst_minutes": (1, 120),
    "suspicious_unreached": (3, 200),
    "suspicious_back_dated": (1, 200),
    "suspicions_after_days": (0, 366),
    "attempt_days": (1, 30),
    "referral_reward": (0, 1_000_000),
    "supervisor_after_days": (1, 60),
    "escalate_after_days": (1, 60),
    "enquiry_supervisor_minutes": (1, 600),
    "digest_minutes": (-180, 240),
    "enquiry_manager_minutes": (1, 600),
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
    "messages_per_day": (1, 20),
    "marketing_per_day": (1, 20),
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
