"""Who sees the register, and whom a visit lets see a lead (SPEC A71)."""

import datetime as dt

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from accounts.models import User
from accounts.prepared import Prepared
from accounts.roles import Role
from leads.access import is_visible
from leads.models import Lead, LeadEvent
from leads.models.log import EventKind
from leads.steps import Step

from .models import Call, Visit

WHOLE_REGISTER = (Role.RECEPTIONIST, Role.MANAGER, Role.GENERAL_MANAGER)  # all rows, and what they add up to


def visits_visible_to(visits: QuerySet, user: User, now: dt.datetime) -> QuerySet:
    """Reception and managers the store's register, a consultant what he received or whose customer came."""
    if not user.is_active:
        return visits.none()
    whole = user.stores_as(*WHOLE_REGISTER)
    seen = Q(store_id__in=whole) | Q(receiver=user) | Q(assistant=user) | Q(third=user)
    visible_leads = Lead.objects.visible_to(user, now=now)
    return visits.filter(seen | Q(lead__in=visible_leads.values("pk")))


def calls_visible_to(calls: QuerySet, user: User, now: dt.datetime) -> QuerySet:
    """Reception and managers the store's register, a consultant the calls he took or of his customers."""
    if not user.is_active:
        return calls.none()
    whole = user.stores_as(*WHOLE_REGISTER)
    seen = Q(store_id__in=whole) | Q(receiver=user) | Q(designated=user)
    visible_leads = Lead.objects.visible_to(user, now=now)
    return calls.filter(seen | Q(lead__in=visible_leads.values("pk")))


def sees_row(row: Visit | Call, user: User, *, now: dt.datetime) -> bool:
    """Whether a row, read with its lead, is among `visits_visible_to` or `calls_visible_to`.

    Of the whole register and of what is one's own no database is asked.
    """
    if not user.is_active:
        return False
    if row.store_id in user.stores_as(*WHOLE_REGISTER) or user.pk in _people_of(row):
        return True
    return row.lead is not None and is_visible(row.lead, user, now=now)


def _people_of(row: Visit | Call) -> tuple:
    if isinstance(row, Call):
        return row.receiver_id, row.designated_id
    return row.receiver_id, row.assistant_id, row.third_id


def received_today(user: User, now: dt.datetime) -> Q:
    """LEAD_VIEWERS: the receiver of a visit sees its lead until that day ends, store time."""
    days = {m.store_id: m.store.business_date(now) for m in user.current_memberships}
    received = Q(pk__in=[])
    for store_id, today in days.items():
        rows = _received.part(store=store_id, on=today, receiver=user.pk)
        received |= Q(pk__in=RawSQL(*rows))  # by id: a lead of three visits must not be found three times
    return received


@Prepared
def _received(*, store: int, on: dt.date, receiver: int) -> QuerySet:
    visits = Visit.objects.filter(store=store, on=on, receiver=receiver, lead__isnull=False)
    return visits.values("lead_id")


def on_todays_register(user: User, now: dt.datetime) -> Q:
    """NUMBER_VIEWERS: reception may call who stands on today's registers of the store (SPEC A72)."""
    stores = [m.store for m in user.current_memberships if m.role == Role.RECEPTIONIST]
    rows = Q(pk__in=[])
    for store in stores:
        rows |= Q(store=store, on=store.business_date(now))
    known = {"voided_at": None, "lead__isnull": False}
    visits, calls = Visit.objects.filter(rows, **known), Call.objects.filter(rows, **known)
    return Q(pk__in=visits.values("lead_id")) | Q(pk__in=calls.values("lead_id"))


def has_received(lead: Lead, user: User) -> bool:
    """CLAIM_GROUNDS: the person received a visit of this customer's lead (SPEC OWN-02)."""
    return Visit.objects.filter(lead=lead, receiver=user, voided_at=None).exists()


def courtesy_signer(lead: Lead) -> int | None:
    """CREDIT_PROPOSALS: who received the customer as a courtesy on the day he moved the lead to the deal."""
    deal = LeadEvent.objects.filter(lead=lead, kind=EventKind.STEP, to_value=Step.DEAL.code)
    signed = deal.order_by("-at", "-id").first()
    if signed is None or signed.by_id is None:
        return None
    day = lead.store.business_date(signed.at)
    received = Visit.objects.filter(lead=lead, on=day, courtesy=True, receiver=signed.by_id, voided_at=None)
    return signed.by_id if received.exists() else None
