"""The card's menu: end a lead, bring it back, open one for the customer's next car (CARD_ACTIONS)."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from leads.access import works_as_own
from leads.actions import Action, address_of
from leads.lists import LEADING
from leads.models import Lead
from leads.models.leads import Status
from leads.statuses import MERGED, may_rest
from leads.steps import Step


def ends(request: HttpRequest, lead: Lead) -> list[Action]:
    """The lines that fit the lead's status and step; none for who only reads."""
    if not works_as_own(lead, request.user):
        return []
    lines = LINES.get(Status(lead.status))
    return lines(request, lead) if lines else []


def out_visit(request: HttpRequest, lead: Lead) -> list[Action]:
    """A visit to the customer, of a lead that is worked on (SPEC DEV-08)."""
    if lead.status not in (Status.ACTIVE, Status.DORMANT) or not works_as_own(lead, request.user):
        return []
    return [_line(lead, "out_visit", _("Visit to the customer"), "map-pin")]


def why_today(request: HttpRequest, lead: Lead) -> list[Action]:
    """For who leads: why the lead is, or is not, on its owner's list."""
    if not request.user.roles_in(lead.store) & set(LEADING):
        return []
    return [_line(lead, "explain", _("Why (not) today?"), "info-circle")]


def _of_active(request: HttpRequest, lead: Lead) -> list[Action]:
    if lead.step == Step.FOLLOW_UP:
        return [_line(lead, "another", _("New lead from this owner"), "car")]
    lines = [_line(lead, "another", _("Another car"), "car")]
    if lead.step <= Step.NEGOTIATION and may_rest(lead, request.user):
        lines.append(_line(lead, "rest", _("Let it rest"), "moon"))
    return [*lines, *_of_lead_to_end(lead)]


def _of_dormant(request: HttpRequest, lead: Lead) -> list[Action]:
    return [_line(lead, "back", _("Work on it again"), "sun"), *_of_lead_to_end(lead)]


def _of_lead_to_end(lead: Lead) -> list[Action]:
    lines = [_line(lead, "lose", _("Record a loss"), "user-x")]
    if lead.step <= Step.RECEPTION:
        lines.append(_line(lead, "invalidate", _("Mark as invalid"), "trash"))
    return lines


def _of_gone(request: HttpRequest, lead: Lead) -> list[Action]:
    return [] if lead.void_reason == MERGED else [_line(lead, "back", _("Win back"), "refresh")]


def _line(lead: Lead, route: str, label: str, icon: str) -> Action:
    sheet, card = address_of(f"followups:{route}", lead.number), address_of("leads:card", lead.number)
    return Action(label, f"{sheet}?next={card}", icon)


LINES = {
    Status.ACTIVE: _of_active,
    Status.DORMANT: _of_dormant,
    Status.LOST: _of_gone,
    Status.VOID: _of_gone,
}
