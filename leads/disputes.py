"""Two say that a customer is theirs: they settle it, or the manager decides (SPEC OWN-02)."""

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.models import Store, User
from accounts.prepared import Prepared
from accounts.roles import SELLING, Role
from accounts.sql import insert, update

from .access import may_own
from .acts import acting, known
from .log import record
from .models import ContactPoint, Dispute, Lead
from .models.log import EventKind, Source
from .moves import lock_lead
from .ownership import set_owner
from .statuses import MERGED

CONCEDED, WITHDRAWN = "conceded", "withdrawn"  # the two settled it
GIVEN, CHANGED_HANDS = "given", "changed_hands"  # an act settled it: the claimant got the lead, or another
READ_WITH = ("store", "lead__customer", "claimant", "holder", "winner")
TOLD_DAYS = 2  # both sides read the end today and tomorrow


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

    Refused: one's own, a folded or a pool lead, no words, no ground (neither received nor the number
    taken), or a dispute that is open already. NotAllowed: somebody who may not own it.
    """
    lead = lock_lead(lead_id)
    if not may_own(lead, by):
        raise NotAllowed(_("Your role owns no customers in this store."))
    _check_claim(lead, by, claim)
    said = {"claimant": by, "holder_id": lead.owner_id, "claim": claim.strip()}
    dispute = Dispute(lead=lead, store_id=lead.store_id, opened_at=at, **said)
    insert(dispute)
    _record(dispute, lead, "opened", by=by, at=at)
    return dispute


def _check_claim(lead: Lead, by: User, claim: str) -> None:
    if lead.owner_id == by.pk:
        raise Refused(_("This customer is yours already."))
    if lead.merged_into_id:
        raise Refused(_("This card was merged into another. Claim that one."))
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
    """The dispute and its lead, locked; Lead.DoesNotExist if there is none."""
    lead = lock_lead(dispute_id, "disputes")
    [dispute] = _of_two(dispute=dispute_id)
    if dispute.decided_at:
        raise Refused(_("This dispute is settled already."))
    return dispute, lead


@Prepared
def _of_two(*, dispute: int) -> QuerySet:
    return Dispute.objects.filter(pk=dispute).select_related("claimant", "holder")


def _settle(dispute: Dispute, lead: Lead, winner: User, *, by, reason: str, at: dt.datetime) -> Dispute:
    _write_end(dispute, winner.pk, by=by, reason=reason, at=at)
    with acting(lead, read={"disputed": False}):  # a lead has one open dispute at most
        _record(dispute, lead, "settled", by=by, at=at)
        if dispute.reason != WITHDRAWN and lead.is_active:
            set_owner(lead, winner, by=by, at=at, recorded_at=at, reason="dispute")
    return dispute


def _write_end(dispute: Dispute, winner_id: int | None, *, by, reason: str, at: dt.datetime) -> None:
    dispute.winner_id, dispute.decided_by, dispute.decided_at, dispute.reason = winner_id, by, at, reason
    update(dispute, ["winner", "decided_by", "decided_at", "reason"])


def _record(dispute: Dispute, lead: Lead, what: str, *, at: dt.datetime, recorded_at=None, **facts) -> None:
    data = {"dispute": dispute.pk, "claimant": dispute.claimant_id, "winner": dispute.winner_id}
    facts |= {"at": at, "recorded_at": recorded_at or at, "to_value": what, "data": data}
    record(lead, EventKind.DISPUTE, **facts)


# --- settled by an act -------------------------------------------------------------------------


def on_lead_event(lead: Lead, event) -> None:
    """LEAD_LISTENERS: who gives the lead away, or lets it go to the pool, settles its dispute too."""
    if event.kind == EventKind.OWNER and event.from_value and known(lead, "disputed") is not False:
        facts = {"by": event.by, "at": event.at, "now": event.recorded_at, "source": event.source}
        for dispute in _open_of(lead=lead.pk):
            _end(dispute, lead, **facts)


@Prepared
def _open_of(*, lead: int) -> QuerySet:
    return Dispute.objects.filter(lead=lead, decided_at=None)


def end_disputes(
    lead_ids: Iterable[int], *, by, at: dt.datetime, now: dt.datetime, source: str = Source.SCREEN
) -> int:
    """Leads changed hands: for the claimant who has his now, without a winner otherwise; rows written."""
    still_open = Dispute.objects.filter(lead__in=lead_ids, decided_at=None)
    disputes = list(still_open.select_related("lead").order_by("pk"))
    for dispute in disputes:
        _end(dispute, dispute.lead, by=by, at=at, now=now, source=source)
    return 2 * len(disputes)


def _end(dispute: Dispute, lead: Lead, *, by, at: dt.datetime, now: dt.datetime, source: str) -> None:
    """What counts is the lead in memory: its act may not be written yet."""
    won = lead.owner_id == dispute.claimant_id
    reason = GIVEN if won else CHANGED_HANDS
    _write_end(dispute, dispute.claimant_id if won else None, by=by, reason=reason, at=now)
    what, why = ("settled", "") if won else ("ended", reason)
    _record(dispute, lead, what, reason=why, by=by, at=at, recorded_at=now, source=source)


def fold_dispute(ledger, folded: Lead, kept: Lead, *, by, at: dt.datetime) -> Dispute | None:
    """A merge: the claim goes to the kept lead, against its owner; the one it ends is answered.

    It ends for the claimant who has the kept lead, and without a winner when that one is in the
    pool or claimed already.
    """
    claimed = Dispute.objects.filter(lead__in=(folded, kept), decided_at=None)
    disputes = {dispute.lead_id: dispute for dispute in claimed}
    dispute = disputes.get(folded.pk)
    if dispute is None:
        return None
    won = kept.owner_id == dispute.claimant_id
    if kept.owner_id and not won and kept.pk not in disputes:
        ledger.put(dispute, lead_id=kept.pk, holder_id=kept.owner_id)
        return None
    winner = dispute.claimant_id if won else None
    ledger.put(dispute, winner_id=winner, decided_at=at, decided_by_id=by.pk, reason=MERGED)
    return dispute


# --- who reads it ------------------------------------------------------------------------------


def disputes_of(user: User, store: Store) -> QuerySet:
    """What a person may read: the manager the store's, everybody else the ones he is a part of."""
    roles = user.roles_in(store)
    if not roles & set(SELLING):
        return Dispute.objects.none()
    rows = Dispute.objects.filter(store=store)
    if Role.MANAGER not in roles:
        rows = rows.filter(Q(claimant=user) | Q(holder=user))
    return rows.select_related(*READ_WITH).order_by("opened_at", "pk")


def open_disputes(user: User, store: Store) -> QuerySet:
    """Those of them that nobody has settled."""
    return disputes_of(user, store).filter(decided_at=None)


def told_disputes(user: User, store: Store, *, now: dt.datetime) -> QuerySet:
    """Those of them that are open, or ended today or the store day before; `now` UTC."""
    since = _told_since(store, now)
    return disputes_of(user, store).filter(Q(decided_at=None) | Q(decided_at__gte=since))


def told_dispute(pk: int, user: User, store: Store, *, now: dt.datetime) -> Dispute | None:
    """The one of them that has this key; None where the person does not read it."""
    roles, since = user.roles_in(store), _told_since(store, now)
    for found in _with_people(dispute=pk) if roles & set(SELLING) else ():
        parted = Role.MANAGER in roles or user.pk in (found.claimant_id, found.holder_id)
        told = found.decided_at is None or found.decided_at >= since
        return found if found.store_id == store.pk and parted and told else None
    return None


@Prepared
def _with_people(*, dispute: int) -> QuerySet:
    return Dispute.objects.filter(pk=dispute).select_related(*READ_WITH, "lead__store")


def _told_since(store: Store, now: dt.datetime) -> dt.datetime:
    return store.start_of_day(store.business_date(now) - dt.timedelta(days=TOLD_DAYS - 1))


def outcome(dispute: Dispute) -> str:
    """How a settled dispute ended, in a sentence; "" while it is open."""
    if not dispute.decided_at:
        return ""
    ways = {
        CONCEDED: _("%(holder)s left the customer to %(claimant)s."),
        WITHDRAWN: _("%(claimant)s withdrew the claim."),
        GIVEN: _("%(claimant)s was given the customer."),
        CHANGED_HANDS: _("The lead changed hands; the claim has ended."),
        MERGED: _("The card was merged with another; the claim has ended."),
    }
    decided = _("The manager decided for %(winner)s: %(reason)s")
    return ways.get(dispute.reason, decided) % {
        "holder": dispute.holder or "",
        "claimant": dispute.claimant,
        "winner": dispute.winner or "",
        "reason": dispute.reason,
    }
