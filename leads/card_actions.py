"""The card's menu: whose the customer is, and who has a part in it (CARD_ACTIONS)."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.roles import RECEIVING, Role
from accounts.rules import setting

from .access import works_as_own
from .actions import Action, address_of
from .models import Lead
from .models.leads import Status
from .steps import Step


def people(request: HttpRequest, lead: Lead) -> list[Action]:
    """The lines this person may use; the views ask again."""
    if lead.status in (Status.LOST, Status.VOID):
        return []
    roles = request.user.roles_in(lead.store)
    lines = []
    if _gives(request, lead, roles):
        lines.append(_line(lead, "give", _("Give to somebody else"), "user-check"))
        lines.append(_line(lead, "collaborators", _("Collaborators"), "users"))
        if not lead.last_visit_at and setting(lead.store, "dcc_mode") != "consultants":
            lines.append(_line(lead, "setter", _("Who invites"), "phone-outgoing"))
    elif lead.owner_id and roles & set(RECEIVING):
        lines.append(_line(lead, "claim", _("Claim this customer"), "flag"))
    if works_as_own(lead, request.user):
        lines.append(_line(lead, "organisation", _("Organisation"), "building-store"))
        lines.append(_line(lead, "family", _("Family and company"), "home"))
        lines.append(_line(lead, "referred", _("Refers somebody"), "user-plus"))
        if lead.referrer_id or not lead.last_visit_at:
            lines.append(_line(lead, "referral", _("Referral"), "tag"))
    if lead.step >= Step.DEAL and Role.MANAGER in roles:
        lines.append(_line(lead, "credit", _("Who counts for the deal"), "cash"))
    return lines


def _gives(request: HttpRequest, lead: Lead, roles: set[str]) -> bool:
    if lead.owner_id == request.user.pk or roles & {Role.SUPERVISOR, Role.MANAGER}:
        return True
    return lead.setter_id == request.user.pk and not lead.last_visit_at


def _line(lead: Lead, route: str, label: str, icon: str) -> Action:
    return Action(label, address_of(f"leads:{route}", lead.number), icon)
