"""The card's menu on the floor: needs, walkaround, drive, price talk (CARD_ACTIONS)."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.roles import LOGGING
from leads.access import works_as_own
from leads.actions import Action, address_of
from leads.models import Lead
from leads.steps import Step

from .serving import is_with_them


def floor(request: HttpRequest, lead: Lead) -> list[Action]:
    """The lines of the floor for an active lead before the deal; the views ask again.

    They stand for who works on it, and for who receives the customer at this moment (SPEC RECP-05).
    """
    if not lead.is_active or lead.step >= Step.DEAL or not _serves(request, lead):
        return []
    needs = address_of("showroom:needs", lead.number)
    url = f"{reverse('showroom:book_drive')}?{urlencode({'lead': lead.number})}"
    lines = [
        Action(_("Needs report"), needs, "clipboard-text", sheet=False),
        Action(_("Walkaround"), address_of("showroom:walkaround", lead.number), "car", sheet=False),
        Action(_("Book a test drive"), url, "steering-wheel"),
        Action(_("Price talk"), address_of("showroom:price_talk", lead.number), "cash", sheet=False),
    ]
    books = request.user.roles_in(lead.store) & set(LOGGING)  # an invitation agent has no demo cars
    return [line for line in lines if books or line.url != url]


def _serves(request: HttpRequest, lead: Lead) -> bool:
    return works_as_own(lead, request.user) or is_with_them(lead, request.user, now=request.now)
