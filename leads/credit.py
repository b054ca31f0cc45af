"""Who counts for a deal, in shares (SPEC A17, COMM-02)."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.models import User
from accounts.roles import Role

from .log import record
from .models import Credit, Lead
from .models.log import EventKind
from .moves import lock_lead
from .steps import Step

WHOLE = Decimal(100)
HALF = Decimal(50)


def on_lead_event(lead: Lead, event) -> None:
    """LEAD_LISTENERS: a deal counts for its owner at signing; a cancelled one for nobody."""
    if event.kind != EventKind.STEP:
        return
    before, after = (Step[code.upper()] for code in (event.from_value, event.to_value))
    if before < Step.DEAL <= after:
        _count_for_the_owner(lead, at=event.recorded_at)
    elif after < Step.DEAL <= before:
        Credit.objects.filter(lead=lead).delete()


def _count_for_the_owner(lead: Lead, *, at: dt.datetime) -> None:
    parts = [(Credit.Part.SALE, lead.owner_id), (Credit.Part.SETTER, lead.setter_id)]
    rows = [Credit(lead=lead, user_id=pk, part=part, share=WHOLE, at=at) for part, pk in parts if pk]
    Credit.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def split_credit(lead_id: int, shares: Mapping[User, Decimal], *, by: User, at: dt.datetime) -> list[Credit]:
    """Share a deal out, in per cent that sum to 100; the setter's bonus stands apart. `at` UTC.

    NotAllowed: not the manager of the store. Refused: no deal yet, or another sum than 100.
    """
    lead = lock_lead(lead_id)
    if Role.MANAGER not in by.roles_in(lead.store):
        raise NotAllowed(_("Only the manager shares a deal out."))
    if lead.step < Step.DEAL:
        raise Refused(_("There is no deal yet."))
    shares = {user: share for user, share in shares.items() if share}
    if any(share < 0 for share in shares.values()) or sum(shares.values()) != WHOLE:
        raise Refused(_("The shares must sum to 100."), field="shares")
    sales = Credit.objects.filter(lead=lead, part=Credit.Part.SALE)
    before = {str(pk): str(share) for pk, share in sales.values_list("user", "share")}
    sales.delete()
    rows = [Credit(lead=lead, user=user, share=share, set_by=by, at=at) for user, share in shares.items()]
    Credit.objects.bulk_create(rows)
    data = {"before": before, "after": {str(user.pk): str(share) for user, share in shares.items()}}
    record(lead, EventKind.CREDIT, at=at, recorded_at=at, by=by, to_value="split", data=data)
    return rows


@lru_cache(maxsize=1)
def _proposers(names: tuple[str, ...]) -> list:
    return [import_string(name) for name in names]


def proposed_shares(lead: Lead) -> dict[int, Decimal]:
    """By person: half each when a courtesy receiver signed the same day (CREDIT_PROPOSALS), else {}."""
    for proposer in _proposers(tuple(settings.CREDIT_PROPOSALS)):
        signed = proposer(lead)
        if signed and lead.owner_id and signed != lead.owner_id:
            return {lead.owner_id: HALF, signed: HALF}
    return {}
