"""Two cards of one person become one, and two again within 30 days (SPEC OWN-09, A67, A74)."""

import datetime as dt
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.roles import Role

from .disputes import fold_dispute
from .household import SEEN_FROM_THE_OTHER
from .ledger import Ledger, put_back
from .log import record
from .models import Customer, CustomerLink, Dispute, LapseProposal, Lead, Merge, ReferralReward
from .models.leads import Status
from .models.log import EventKind
from .organisations import profile_of
from .protection import SETTLED, settle
from .statuses import MERGED

UNDO_WITHIN = dt.timedelta(days=30)
MERGING = frozenset({Role.MANAGER, Role.SUPERVISOR})


@dataclass
class Folding:
    """One merge while it is done; the higher floors add what they move (MERGERS)."""

    kept: Customer
    folded: Customer
    by: object
    at: dt.datetime
    ledger: Ledger = field(default_factory=Ledger)
    pairs: list[tuple[Lead, Lead]] = field(default_factory=list)  # (folded, kept) for the same purchase
    moved: list[Lead] = field(default_factory=list)  # other leads, now the kept customer's
    disputes: list[Dispute] = field(default_factory=list)  # ended by the merge


@transaction.atomic
def merge(kept_id: int, folded_id: int, *, by, at: dt.datetime, reason: str = "") -> Merge:
    """Fold one customer of the group into another; both rows stay (SPEC A67).

    Active leads of one store are the same purchase: the folded one is void, reason "merged", its
    tasks are void, its appointments move, and the kept one is dated from both histories. Other
    leads move with the next free car number. Owner, step and grade stay those of the kept lead.
    Refused: one card, two groups, a card that is folded already. NotAllowed: see `may_merge`.
    """
    cards = _lock({kept_id, folded_id})
    folding = Folding(kept=cards[kept_id], folded=cards[folded_id], by=by, at=at)
    leads = list(_locked_leads(folding))
    _check(folding, leads)
    _fold_leads(folding, leads)
    _move_card(folding)
    for name in settings.MERGERS:
        import_string(name)(folding)
    for _folded, kept in folding.pairs:
        _settle(folding.ledger, kept)
    merged = Merge.objects.create(
        group_id=folding.kept.group_id,
        kept=folding.kept,
        folded=folding.folded,
        by=by,
        at=at,
        reason=reason.strip(),
        moved=folding.ledger.entries(),
    )
    _tell(folding, merged)
    return merged


def may_merge(user, store) -> bool:
    """Managers and supervisors of the store; consultants open a dispute instead."""
    return bool(user.roles_in(store) & MERGING)


def card_that_stays(customer: Customer) -> Customer:
    """The card a folded one leads to, over any number of merges."""
    while customer.merged_into_id:
        customer = customer.merged_into
    return customer


def _lock(ids: set[int]) -> dict[int, Customer]:
    rows = Customer.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    found = {customer.pk: customer for customer in rows}
    if len(ids) < 2 or len(found) < 2:
        raise Refused(_("Choose two different cards."))
    return found


def _locked_leads(folding: Folding):
    """The leads of both customers, locked in the order of their ids."""
    leads = Lead.objects.select_for_update(of=("self",), no_key=True).select_related("store")
    for lead in leads.filter(customer__in=(folding.kept, folding.folded)).order_by("pk"):
        lead.customer = folding.kept if lead.customer_id == folding.kept.pk else folding.folded
        yield lead


def _check(folding: Folding, leads: list[Lead]) -> None:
    kept, folded = folding.kept, folding.folded
    if kept.group_id != folded.group_id:
        raise Refused(_("These cards belong to different groups of stores."))
    if kept.kind != folded.kind:
        raise Refused(_("One card is a person, the other an organisation. Correct the kind on a card first."))
    if kept.erased_at or folded.erased_at:
        raise Refused(_("One of these cards was erased."))
    if kept.merged_into_id or folded.merged_into_id:
        raise Refused(_("One of these cards was merged already. Load the page again."))
    for customer in (kept, folded):
        stores = [lead.store for lead in leads if lead.customer_id == customer.pk]
        if not any(may_merge(folding.by, store) for store in stores):
            raise NotAllowed(_("Only the manager merges cards."))


# --- leads ------------------------------------------------------------------------------------


def _fold_leads(folding: Folding, leads: list[Lead]) -> None:
    standing = {
        lead.store_id: lead for lead in leads if lead.customer_id == folding.kept.pk and lead.is_active
    }
    for lead in reversed([lead for lead in leads if lead.customer_id == folding.folded.pk]):
        kept = standing.pop(lead.store_id, None) if lead.is_active else None
        if kept:
            _fold_lead(folding, lead, kept)
        elif not lead.merged_into_id:
            _move_lead(folding, lead)


def _fold_lead(folding: Folding, lead: Lead, kept: Lead) -> None:
    """The lead is void, and the kept one knows its last visit, contact and first try."""
    ledger = folding.ledger
    for earlier in lead.folded_leads.all():
        ledger.put(earlier, merged_into_id=kept.pk)
    ledger.put(
        lead,
        status=Status.VOID,
        void_reason=MERGED,
        merged_into_id=kept.pk,
        has_cadence=False,
        next_due_on=None,
        lapses_on=None,
    )
    ledger.put(
        kept,
        last_visit_at=_newest(kept.last_visit_at, lead.last_visit_at),
        last_contact_at=_newest(kept.last_contact_at, lead.last_contact_at),
        first_attempt_at=min(filter(None, (kept.first_attempt_at, lead.first_attempt_at)), default=None),
    )
    if (known := profile_of(lead)) and profile_of(kept) is None:
        ledger.put(known, lead_id=kept.pk)
    for proposal in LapseProposal.objects.filter(lead=lead, decision=""):
        ledger.put(proposal, decision=LapseProposal.Decision.OVERTAKEN, decided_at=folding.at)
    if dispute := fold_dispute(ledger, lead, kept, by=folding.by, at=folding.at):
        folding.disputes.append(dispute)
    folding.pairs.append((lead, kept))


def _newest(*moments: dt.datetime | None) -> dt.datetime | None:
    return max(filter(None, moments), default=None)


def _move_lead(folding: Folding, lead: Lead) -> None:
    cars = Lead.objects.filter(customer=folding.kept, store=lead.store_id)
    car_no = (cars.aggregate(last=Max("car_no"))["last"] or 0) + 1
    folding.ledger.put(lead, customer_id=folding.kept.pk, car_no=car_no)
    folding.moved.append(lead)


def _settle(ledger: Ledger, lead: Lead) -> None:
    before = {name: getattr(lead, name) for name in SETTLED}
    settle(lead)
    after = {name: getattr(lead, name) for name in SETTLED}
    for name, value in before.items():
        setattr(lead, name, value)
    ledger.put(lead, **after)


# --- the card ---------------------------------------------------------------------------------


def _move_card(folding: Folding) -> None:
    """How to reach and find the person, what they agreed to, whom they sent, who belongs to them."""
    ledger, kept, folded = folding.ledger, folding.kept, folding.folded
    known = set(kept.name_keys.values_list("key", flat=True))
    rows = [*folded.contact_points.all(), *folded.consents.all()]
    rows += folded.name_keys.exclude(key__in=known)
    for row in rows:
        ledger.put(row, customer_id=kept.pk)
    for lead in Lead.objects.filter(referrer=folded).exclude(customer=kept):
        ledger.put(lead, referrer_id=kept.pk)
    for reward in ReferralReward.objects.filter(referrer=folded):
        ledger.put(reward, referrer_id=kept.pk)
    _move_links(folding)
    ledger.put(folded, merged_into_id=kept.pk)


def _move_links(folding: Folding) -> None:
    """A family counts as the kept customer's; somebody linked to both stays linked once."""
    kept, folded = folding.kept.pk, folding.folded.pk
    pairs = CustomerLink.objects.filter(Q(one=kept) | Q(other=kept)).values_list("one", "other")
    known = {kept, *(pk for pair in pairs for pk in pair)}
    for link in CustomerLink.objects.filter(Q(one=folded) | Q(other=folded)):
        theirs = link.other_id if link.one_id == folded else link.one_id
        if theirs in known:
            continue
        turned = (link.one_id == folded) != (kept < theirs)
        relation = SEEN_FROM_THE_OTHER.get(link.relation, link.relation) if turned else link.relation
        folding.ledger.put(link, one_id=min(kept, theirs), other_id=max(kept, theirs), relation=relation)


def _tell(folding: Folding, merged: Merge) -> None:
    facts = {"at": folding.at, "recorded_at": folding.at, "by": folding.by}
    for lead, kept in folding.pairs:
        record(
            lead,
            EventKind.STATUS,
            from_value=Status.ACTIVE,
            to_value=Status.VOID,
            reason=MERGED,
            data={"merge": merged.pk},
            **facts,
        )
        record(kept, EventKind.MERGE, data={"merge": merged.pk, "folded": lead.pk}, **facts)
    for lead in folding.moved:
        record(lead, EventKind.MERGE, data={"merge": merged.pk, "car_no": lead.car_no}, **facts)
    for dispute in folding.disputes:
        data = {"merge": merged.pk, "dispute": dispute.pk, "claimant": dispute.claimant_id}
        data["winner"] = dispute.winner_id
        what = "settled" if dispute.winner_id else "ended"
        record(dispute.lead, EventKind.DISPUTE, to_value=what, reason=MERGED, data=data, **facts)


# --- and apart again --------------------------------------------------------------------------


@transaction.atomic
def unmerge(merge_id: int, *, by, at: dt.datetime) -> Merge:
    """Put back every row that a merge moved; twice writes once (SPEC A74).

    A value that somebody changed since stays: later work belongs to the kept card. Refused: more
    than 30 days later, or the kept card was folded meanwhile. NotAllowed: see `may_unmerge`.
    """
    merged = Merge.objects.get(pk=merge_id)
    cards = _lock({merged.kept_id, merged.folded_id})
    merged = Merge.objects.select_for_update(of=("self",)).get(pk=merge_id)
    if merged.undone_at:
        return merged
    leads = {lead.pk: lead for lead in _leads_of(merged)}
    if not any(may_unmerge(merged, by, lead.store) for lead in leads.values()):
        raise NotAllowed(_("Only the manager takes a merge back."))
    if at > merged.at + UNDO_WITHIN:
        raise Refused(_("A merge can be undone for 30 days. They are over."))
    if cards[merged.kept_id].merged_into_id:
        raise Refused(_("The kept card was merged again. Undo that merge first."))
    put_back(merged.moved)
    merged.undone_at, merged.undone_by = at, by
    merged.save(update_fields=["undone_at", "undone_by"])
    _tell_apart(merged, leads, by=by, at=at)
    return merged


def may_unmerge(merged: Merge, user, store) -> bool:
    """The manager, or the supervisor who merged (SPEC A74)."""
    roles = user.roles_in(store)
    return Role.MANAGER in roles or (Role.SUPERVISOR in roles and merged.by_id == user.pk)


def lasts(merged: Merge, now: dt.datetime) -> bool:
    """Whether a merge may still be undone."""
    return merged.undone_at is None and now <= merged.at + UNDO_WITHIN


def _leads_of(merged: Merge):
    leads = Lead.objects.select_for_update(of=("self",), no_key=True).select_related("store", "customer")
    return leads.filter(customer__in=(merged.kept_id, merged.folded_id)).order_by("pk")


def _tell_apart(merged: Merge, leads: dict[int, Lead], *, by, at: dt.datetime) -> None:
    """The listeners bring what was worked on since into line; an undoing event for each one told before."""
    told = Q(kind=EventKind.MERGE) | Q(kind__in=(EventKind.STATUS, EventKind.DISPUTE), reason=MERGED)
    for lead in leads.values():
        lead.refresh_from_db()
        if lead.is_active:
            settle(lead)
            lead.save(update_fields=SETTLED)
        for event in lead.events.filter(told, data__merge=merged.pk):
            record(
                lead,
                EventKind.UNDO,
                at=at,
                recorded_at=at,
                by=by,
                to_value="dispute" if event.kind == EventKind.DISPUTE else "merge",
                data={"merge": merged.pk},
                undoes_id=event.pk,
            )
