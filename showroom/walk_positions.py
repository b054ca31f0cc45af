"""Once round the car: the store's positions, and the five aspects by priority (SPEC PROD-01, PROD-03)."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from accounts.models import Store
from leads.book import book
from leads.models import Term

ASPECTS = {
    "safety": _("Safety"),
    "power": _("Power and handling"),
    "comfort": _("Comfort and practicality"),
    "styling": _("Styling"),
    "value": _("Extra value"),
}


def by_priority(priorities: Sequence[str]) -> list[str]:
    """All five aspects, those the customer named first."""
    first = [code for code in priorities if code in ASPECTS]
    return [*first, *(code for code in ASPECTS if code not in first)]


def positions(store: Store) -> list[Term]:
    """The store's positions once round the car, in their order (SPEC PROD-01)."""
    return book(store).choices(Term.List.POSITION)
