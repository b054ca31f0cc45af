"""The card's menu on this floor: edit the card, merge it with another (CARD_ACTIONS)."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from .actions import Action
from .merging import may_merge
from .models import Lead


def lines(request: HttpRequest, lead: Lead) -> list[Action]:
    """What this person may do with the card itself."""
    if lead.merged_into_id or not may_merge(request.user, lead.store):
        return []
    return [Action(_("Merge with another card"), reverse("leads:merge", args=[lead.number]), "copy")]
