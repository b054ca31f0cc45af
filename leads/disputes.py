"""Two say that a customer is theirs: they settle it, or the manager decides (SPEC OWN-02)."""

import datetime as dt
from functools import lru_cache

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.models import Store, User
from accounts.roles import SELLING, Role

from .access import may_own
from .log import record
from .models import ContactPoint, Dispute, Lead
from .models.log import EventKind
from .moves import lock_lead
from .ownership import set_owner

CONCEDED, WITHDRAWN = "conceded", "withdrawn"  # the two settled it


@lru_cache(maxsize=1)
def _grounds(names: tuple[str, ...]) -> list:
    return [import_string(name) for name in names]


def has_a_ground(lead: Lead, user: User) -> bool:
    """Who took the number down, or received the customer (CLAIM_GROUNDS of the higher floors)."""
    points = ContactPoint.objects.filter(customer=lead.customer_id, obtained_by=user)
    return points.exists() or any(ground(lead, user) for ground in _grounds(tuple(settings.CLAIM_GROUNDS)))


@transaction.atomic
def open_dispute(lead_id: int, *, by: User, claim: str, at: dt.datetime) -> Dispute:
    """Claim a colleague's customer; both see it until it is settled. `at` UTC.

    Refused: one's own or a pool lead, no words, no ground (neither received nor the number taken),
    or a dispute that is open already. NotAllowed: somebody who may not own it.
    """
    lead = lock_lead(lead_id)
    if not may_own(lead, by):
        raise NotAllowed(_("Your role owns no customers in this store."))
    _check_claim(lead, by, claim)
    dispute = Dispute.objects.create(
        lead=lead,
        store_id=lead.store_id,
        claimant=by,
        holder_id=lead.owner_id,
        claim=claim.strip(),
        opened_at=at,
    )
    _record(dispute, lead, "opened", by=by, at=at)
    return dispute


def _check_claim(lead: Lead, by: User, claim: str) -> None:
    if lead.owner_id == by.pk:
        raise Refused(_("This customer is yours already."))
    if lead.owner_id is None:
        raise Refused(_("This customer is in the pool. Take it there."))
    if not claim.strip():
        raise Refused(_("Say why the customer is yours."), field="claim")
    if Dispute.objects.filter(lead=lead, decided_at=None).exists():
        raise Refused(_("Somebody claims this customer already. The manager decides first."))
    if not has_a_ground(lead, by):
        raise Refused(_("Only who received the customer or took the number down may claim."), field="claim")


@transaction.atomic
def decide_dispute(dispute_id: int, winner: User, *, by: User, reason: str, at: dt.datetime) -> Dispute:
    """The manager says whose it is, with a reason (SPEC OWN-02); the winner owns the lead.

    NotAllowed: not the manager of that store. Refused: settled already, no reason, a third person.
    """
    dispute, lead = _open(dispute_id)
    if Role.MANAGER not in by.roles_in(lead.store):
        raise NotAllowed(_("Only the manager decides this."))
    if winner.pk not in (dispute.claimant_id, dispute.holder_id):
        raise Refused(_("Choose one of the two."), field="winner")
    if not reason.strip():
        raise Refused(_("Say why. Both of them read it."), field="reason")
    return _settle(dispute, lead, winner, by=by, reason=reason.strip(), at=at)


@transaction.atomic
def concede(dispute_id: int, *, by: User, at: dt.datetime) -> Dispute:
    """The two settle it: the holder leaves the customer to the claimant, or the claimant withdraws."""
    dispute, lead = _open(dispute_id)
    if by.pk == dispute.claimant_id:
        return _settle(dispute, lead, dispute.holder, by=by, reason=WITHDRAWN, at=at)
    if by.pk == dispute.holder_id:
        return _settle(dispute, lead, dispute.claimant, by=by, reason=CONCEDED, at=at)
    raise NotAllowed(_("Only the two and the manager settle this."))


def _open(dispute_id: int) -> tuple[Dispute, Lead]:
    lead = lock_lead(Dispute.objects.values_list("lead_id", flat=True).get(pk=dispute_id))
    dispute = Dispute.objects.select_related("claimant", "holder").get(pk=dispute_id)
    if dispute.decided_at:
        raise Refused(_("This dispute is settled already."))
    return dispute, lead


def _settle(dispute: Dispute, lead: Lead, winner: User, *, by, reason: str, at: dt.datetime) -> Dispute:
    dispute.winner, dispute.decided_by, dispute.decided_at, dispute.reason = winner, by, at, reason
    dispute.save(update_fields=["winner", "decided_by", "decided_at", "reason"])
    _record(dispute, lead, "settled", by=by, at=at)
    if dispute.reason != WITHDRAWN and lead.is_active:
        set_owner(lead, winner, by=by, at=at, recorded_at=at, reason="dispute")
    return dispute


def _record(dispute: Dispute, lead: Lead, what: str, *, by, at: dt.datetime) -> None:
    data = {"dispute": dispute.pk, "claimant": dispute.claimant_id, "winner": dispute.winner_id}
    record(lead, EventKind.DISPUTE, at=at, recorded_at=at, by=by, to_value=what, data=data)


def open_disputes(user: User, store: Store) -> QuerySet:
    """What a person sees: the manager the store's, everybody else the ones he is a part of."""
    roles = user.roles_in(store)
    if not roles & set(SELLING):
        return Dispute.objects.none()
    rows = Dispute.objects.filter(store=store, decided_at=None)
    if Role.MANAGER not in roles:
        rows = rows.filter(Q(claimant=user) | Q(holder=user))
    return rows.select_related("lead__customer", "claimant", "holder").order_by("opened_at", "pk")
