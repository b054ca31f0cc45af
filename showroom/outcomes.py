"""How a visit or call ended: the outcome of the talk, or of the register alone (SPEC A03)."""

from django.utils.translation import gettext_lazy as _

from followups.outcomes import Outcome

DECLINED = "declined"  # asked for a number and gave none (SPEC RECP-12)
NOT_A_BUYER = "not_buyer"  # received all the same, and on record (SPEC RECP-18)
WORDS = {DECLINED: _("no phone given"), NOT_A_BUYER: _("Not a buyer")}

# What a closing sheet offers, and the desk log shows as "why not".
VISIT_OUTCOMES = (
    Outcome.LOOKING,
    Outcome.COMPARING,
    Outcome.PRICE,
    Outcome.FAMILY,
    Outcome.NOT_NOW,
    NOT_A_BUYER,
)


def outcome_label(code: str) -> str:
    """The word of an outcome in the reader's language; nothing for none."""
    if code in WORDS:
        return str(WORDS[code])
    return str(Outcome(code).label) if code in Outcome.values else code


def outcome_choices() -> list[tuple[str, str]]:
    """The closing sheet's chips."""
    return [(code, outcome_label(code)) for code in VISIT_OUTCOMES]
