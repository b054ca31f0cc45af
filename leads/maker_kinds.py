"""What is entered in the maker's system: cards, orders, deliveries, losses; what is not yet (SPEC A35)."""

import datetime as dt

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from accounts.models import Store, User
from accounts.roles import Role

from .access import may_work_on
from .machine import EvidenceKind
from .models import Evidence, Lead, LostRecord, MakerRecord
from .models.leads import Status
from .models.log import Source
from .steps import Step

Kind = MakerRecord.Kind
PROVEN_BY = {Kind.ORDER: EvidenceKind.CONTRACT, Kind.DELIVERY: EvidenceKind.HANDED_OVER}
REACHED = {Kind.ORDER: Step.DEAL, Kind.DELIVERY: Step.FOLLOW_UP}


def keys_for(user: User, store: Store) -> bool:
    """Whether somebody keys the store's records into the maker's system: the data clerk (SPEC A71)."""
    return user.is_active and Role.DATA_CLERK in user.roles_in(store)


def keys(lead: Lead, user: User, store: Store) -> bool:
    """Whether a person keys the records of a lead for a store; asks no database."""
    ours = lead.store_id == store.pk and lead.merged_into_id is None
    return ours and lead.customer.card_opened_at is not None and keys_for(user, store)


def leads_to_key(user: User, store: Store, *, now: dt.datetime) -> QuerySet:
    """The leads whose records a person may enter: those one sees; the data clerk the store's open cards."""
    leads = Lead.objects.filter(store=store, merged_into=None)
    if keys_for(user, store):
        return leads.filter(customer__card_opened_at__isnull=False)
    return leads.visible_to(user, now=now)


def may_enter(lead: Lead, user: User, *, now: dt.datetime) -> bool:
    """Who works on the lead, and the data clerk."""
    return keys_for(user, lead.store) or may_work_on(lead, user, now=now)


def having(leads: QuerySet, kind: str) -> QuerySet:
    """Those of some leads of which there is such a record to enter, each with its `ref`.

    A card that is open, of a lead worked on; an order signed and a car handed over as their evidence
    proves, imported sales apart; a loss that was confirmed.
    """
    leads = leads.annotate(ref=_ref(kind))
    if kind == Kind.CARD:
        return leads.filter(status=Status.ACTIVE, customer__card_opened_at__isnull=False)
    if kind == Kind.LOSS:
        return leads.filter(status=Status.LOST, ref__isnull=False)
    proof = Evidence.objects.filter(lead=OuterRef("pk"), kind=PROVEN_BY[kind], revoked_at=None)
    return leads.filter(Exists(proof.exclude(source=Source.IMPORT)), step__gte=REACHED[kind])


def _ref(kind: str):
    """What the record points to: the customer, the lead, or its newest confirmed loss."""
    if kind == Kind.CARD:
        return F("customer_id")
    if kind != Kind.LOSS:
        return F("pk")
    confirmed = LostRecord.objects.filter(lead=OuterRef("pk"), decision=LostRecord.Decision.CONFIRMED)
    return Subquery(confirmed.order_by("-pk").values("pk")[:1])


def records_of(kind: str, store: Store) -> QuerySet:
    return MakerRecord.objects.filter(kind=kind, store=store)


def not_entered(user: User, store: Store, *, kind: str = Kind.CARD, now: dt.datetime) -> QuerySet:
    """Records of a kind that do not stand in the maker's system yet, as leads, the oldest first."""
    leads = having(leads_to_key(user, store, now=now), kind)
    there = Exists(records_of(kind, store).filter(ref_id=OuterRef("ref")))
    return leads.filter(~Q(there)).select_related("customer", "owner").order_by("id")


def enter_many(store: Store, kind: str, numbers: dict[int, str], *, by: User, at: dt.datetime) -> None:
    """Note the maker's numbers of some records by `ref`; a later number corrects the one before."""
    rows = [
        MakerRecord(kind=kind, ref_id=ref, store=store, number=number, by=by, at=at)
        for ref, number in numbers.items()
    ]
    MakerRecord.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["kind", "ref_id", "store"],
        update_fields=["number", "by", "at"],
    )
