"""The card's menu on this floor: edit the card, merge it with another (CARD_ACTIONS)."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from .access import works_as_own
from .actions import Action, address_of
from .merging import may_merge
from .models import Lead


def lines(request: HttpRequest, lead: Lead) -> list[Action]:
    """What this person may do with the card itself; the views ask again."""
    if lead.merged_into_id:
        return []
    found = []
    if works_as_own(lead, request.user):
        found.append(Action(_("Edit the card"), address_of("leads:edit", lead.number), "pencil", sheet=False))
    if may_merge(request.user, lead.store):
        found.append(Action(_("Merge with another card"), address_of("leads:merge", lead.number), "copy"))
    return found
