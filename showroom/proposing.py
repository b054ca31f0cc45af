"""What the purpose of a visit proposes next (SPEC FLOW-08, T06, T07)."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from leads.models import Lead
from leads.steps import Step

from .models import Visit

PURPOSES = Visit.Purpose


@dataclass(frozen=True)
class Proposal:
    """The words and the page to go on with, and the hand move past it ("" for none)."""

    words: str
    url: str
    past: str = ""
    past_words: str = ""


def proposal(lead: Lead, visit: Visit | None) -> Proposal | None:
    """Step 3 for every purpose; who came for one car or for the price may be moved on with that reason."""
    if visit is None or not visit.purpose or lead.step != Step.RECEPTION:
        return None
    needs = reverse("showroom:needs", args=[lead.number])
    if visit.purpose == PURPOSES.BUDGET:
        past = _past(lead, Step.NEGOTIATION, visit)
        return Proposal(_("A short needs check first"), needs, past, _("Straight to the price"))
    if visit.purpose == PURPOSES.MODEL:
        return Proposal(
            _("Ask the needs first"), needs, _past(lead, Step.WALKAROUND, visit), _("Straight to the car")
        )
    return Proposal(_("Ask the needs first"), needs)


def _past(lead: Lead, step: Step, visit: Visit) -> str:
    said = {"to": step.code, "reason": str(visit.get_purpose_display())}
    return f"{reverse('leads:move', args=[lead.number])}?{urlencode(said)}"
