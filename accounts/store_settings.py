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


DECLARED = {
    setting.key: setting
    for setting in [
        Declared(
            "grade_profile", "default", "GRD-13", _("Grade profile"), True, ("default", "detailed", "classic")
        ),
        Declared("step_labels", "trade", "A51", _("Names of the steps"), False, ("trade", "classic")),
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
        Declared("win_back_after_days", 90, "LOST-08", _("Days until a lost customer is tried again"), True),
        Declared("core_evidence", False, "FLOW-03", _("Refuse to leave core steps without evidence"), True),
        Declared("appointment_asks_after_minutes", 60, "A13", _("Minutes late until we ask")),
    ]
}


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
    return value
