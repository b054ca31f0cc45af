"""Signals that staff tick beside the grade, and the six of a hot visitor (SPEC RECP-19, 17.1)."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

HOT_SIGNALS = {
    "after_work": _("Came right after work"),
    "bad_weather": _("Came in bad weather"),
    "near_closing": _("Came near closing"),
    "gave_phone": _("Gave name and phone unasked"),
    "keeps_to_price": _("Keeps to model and price"),
    "delegation": _("Several from one company"),
}
GRADE_SIGNALS = {
    "loan": _("Asked about a loan"),
    "total_cost": _("Asked total cost"),
    "brought_family": _("Brought family"),
    "old_car": _("Wants to trade in"),
}
SIGNALS = {**GRADE_SIGNALS, **HOT_SIGNALS}
HOT_FROM = 2  # ticked hot signals that make a hot visitor


def is_hot(ticked: Sequence[str]) -> bool:
    """Whether the ticked signals make a hot visitor; the grade is another matter (SPEC RECP-19)."""
    return len(HOT_SIGNALS.keys() & set(ticked)) >= HOT_FROM
