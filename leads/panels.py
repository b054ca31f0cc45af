"""What this floor shows on the card: where a lead stands that was set aside, the customer's other cars."""

from collections.abc import Iterator

from django.http import HttpRequest

from accounts.roles import Role

from .access import works_as_own
from .losing import may_decide
from .loss_words import newest_loss
from .models import Lead
from .models.leads import Status
from .statuses import MERGED, InvalidReason
from .timeline import REASONS


def card(request: HttpRequest, lead: Lead) -> dict:
    """CARD_PANELS: where a lead stands that is not worked on, and the customer's other cars.

    Asks the database nothing: the card knows the newest loss and the cars before and after.
    """
    context = {
        "lead": lead,
        "loss": newest_loss(lead),
        "may_decide": lead.status == Status.LOST_PENDING and may_decide(request.user, lead.store),
        "void_reason": dict(InvalidReason.choices).get(lead.void_reason, REASONS.get(lead.void_reason, "")),
        "may_bring_back": _comes_back(lead) and works_as_own(lead, request.user),
        "other_cars": list(_other_cars(request, lead)),
    }
    shown = not lead.is_active or context["other_cars"]
    return {
        "template": "leads/_card_aside.html" if shown else None,
        "context": context,
        "timeline": [],
        "place": "top",
    }


def _comes_back(lead: Lead) -> bool:
    aside = (Status.DORMANT, Status.LOST, Status.VOID)
    return lead.status in aside and lead.void_reason != MERGED


def _other_cars(request: HttpRequest, lead: Lead) -> Iterator[str]:
    """Numbers of the leads for the car before and the one after, where the reader may open them."""
    leads_the_store = bool(request.user.roles_in(lead.store) & {Role.MANAGER, Role.GENERAL_MANAGER})
    for number, owner_id in [(lead.last_car, lead.last_owner), (lead.next_car, lead.next_owner)]:
        if number and (leads_the_store or owner_id == request.user.pk):
            yield number
