"""A lead rests, turns out invalid, is worked on again: the verbs of a person (SPEC T30, T31, T33, T40)."""

import datetime as dt

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import NotAllowed, Refused
from accounts.models import User
from accounts.roles import Role

from .access import may_own, may_work_on
from .models import Lead
from .models.leads import Status
from .moves import lock_lead
from .reviving import revive
from .setting_aside import set_aside
from .steps import Step

MERGED = "merged"  # the reason of a card that was folded into another (SPEC A67)


class RestReason(models.TextChoices):
    LATER = "later", gettext_lazy("Buys much later")
    NOT_REACHED = "not_reached", gettext_lazy("Three tries, not reached")
    ASKED = "asked", gettext_lazy("Asked us to wait")


class InvalidReason(models.TextChoices):
    WRONG_NUMBER = "wrong_number", gettext_lazy("Wrong number")
    NEVER_ANSWERED = "never_answered", gettext_lazy("Never answered")
    NO_INTENTION = "no_intention", gettext_lazy("Never meant to buy")
    BOUGHT_OURS_ELSEWHERE = "bought_ours_elsewhere", gettext_lazy("Has bought our brand elsewhere")
    OUT_OF_AREA = "out_of_area", gettext_lazy("Out of our area")
    TEST = "test", gettext_lazy("Test entry")


class BackReason(models.TextChoices):
    CUSTOMER_CALLED = "customer_called", gettext_lazy("The customer asked again")
    WON_BACK = "won_back", gettext_lazy("We won them back")
    BY_MISTAKE = "by_mistake", gettext_lazy("It was set aside by mistake")


@transaction.atomic
def sleep(lead_id: int, *, wake_on: dt.date, reason: str, by, at: dt.datetime) -> Lead:
    """Let an active lead of steps 1 to 6 rest until a store day; planned appointments stand (SPEC T30, A67).

    Refused: no reason, a day that is not in the future, another status or step. NotAllowed: anybody
    but the owner and who leads the store.
    """
    lead = lock_lead(lead_id)
    if not may_rest(lead, by):
        raise NotAllowed(_("Only the owner or the manager lets a lead rest."))
    if not lead.is_active or lead.step > Step.NEGOTIATION:
        raise Refused(_("Only a lead that is worked on before the deal can rest."))
    _check_reason(reason, RestReason)
    if wake_on <= lead.store.business_date(at):
        raise Refused(_("Pick a later day than today."), field="wake_on")
    return set_aside(lead, Status.DORMANT, by=by, at=at, now=at, reason=reason, wake_on=wake_on)


def may_rest(lead: Lead, user: User) -> bool:
    """The owner, and who leads the store (SPEC T30)."""
    return lead.owner_id == user.pk or bool(user.roles_in(lead.store) & {Role.SUPERVISOR, Role.MANAGER})


@transaction.atomic
def invalidate(lead_id: int, *, reason: str, by, at: dt.datetime) -> Lead:
    """Mark a lead of steps 1 and 2 as no lead at all: not a loss, no manager needed (SPEC A07, T40).

    Refused: no reason, a later step, a lead that is lost or invalid already. NotAllowed: a colleague's.
    """
    lead = _mine(lead_id, by, at)
    if lead.step > Step.RECEPTION:
        raise Refused(_("This customer was worked on already. Record a loss instead."))
    if lead.status not in (Status.ACTIVE, Status.DORMANT):
        raise Refused(_("This lead is recorded as lost or invalid already."))
    _check_reason(reason, InvalidReason)
    return set_aside(lead, Status.VOID, by=by, at=at, now=at, reason=reason, void_reason=reason)


@transaction.atomic
def wake(lead_id: int, *, by, at: dt.datetime) -> Lead:
    """Work on a dormant lead again before its day; its cadence is due that day (SPEC T31, A67)."""
    lead = _mine(lead_id, by, at)
    if lead.status != Status.DORMANT:
        raise Refused(_("Only a resting lead is woken."))
    return revive(lead, owner=None, by=by, at=at, now=at)  # it keeps the one it has


@transaction.atomic
def win_back(lead_id: int, *, reason: str, by, at: dt.datetime) -> Lead:
    """Work on a lost or invalid lead again without a visit, at the step it had (SPEC T33).

    It stays with its owner while he sells here, else it goes to who brings it back. Refused: no
    reason, a lead that is neither lost nor invalid, one that was folded into another card.
    """
    lead = _mine(lead_id, by, at)
    if lead.status not in (Status.LOST, Status.VOID) or lead.void_reason == MERGED:
        raise Refused(_("Only a lost or invalid lead is brought back."))
    _check_reason(reason, BackReason)
    return revive(lead, owner=_owner_again(lead, by), by=by, at=at, now=at, reason=reason, came=False)


def _mine(lead_id: int, by, at: dt.datetime) -> Lead:
    lead = lock_lead(lead_id)
    if not may_work_on(lead, by, now=at):
        raise NotAllowed(_("This is a colleague's customer. Tell the owner instead."))
    return lead


def _check_reason(reason: str, choices: type[models.TextChoices]) -> None:
    if reason not in choices.values:
        raise Refused(_("Tap a reason."), field="reason")


def _owner_again(lead: Lead, by: User) -> User | None:
    for person in (lead.owner, by):
        if person and may_own(lead, person):
            return person
    return None
