"""Organisations have no fixed rhythm: a reminder only when nobody spoke to them for long (SPEC TYPE-06)."""

import datetime as dt

from django.db.models import Q, QuerySet

from accounts.models import Store
from accounts.rules import setting
from leads.models import Customer, Grade, Lead
from leads.models.leads import Status
from leads.models.log import EventKind
from leads.steps import Step

from .cadence import void_tasks

DAYS = {Grade.A: "organisation_a_days", Grade.B: "organisation_days", Grade.C: "organisation_days"}
TELLING = (EventKind.GRADE, EventKind.STEP, EventKind.EDIT)


def is_reminded(lead: Lead) -> bool:
    """Whether a lead is an organisation's that may bring a reminder: active, before step 9, with a grade."""
    return (
        lead.is_active and lead.step <= Step.DELIVERY and lead.customer.is_organisation and lead.grade in DAYS
    )


def reminded(leads: QuerySet) -> QuerySet:
    """The leads of which `is_reminded` is true."""
    return leads.filter(
        status=Status.ACTIVE,
        step__lte=Step.DELIVERY,
        customer__kind=Customer.Kind.ORGANISATION,
        grade__in=list(DAYS),
    )


def silent(leads: QuerySet, store: Store, on: dt.date) -> QuerySet:
    """Those of them with whom nobody has spoken for the days of their grade, on a store day."""
    too_long = Q(pk__in=[])
    for grade, key in DAYS.items():
        before = store.start_of_day(on - dt.timedelta(days=setting(store, key) - 1))
        too_long |= (
            Q(grade=grade, arrived_at__lt=before)
            & (Q(last_contact_at=None) | Q(last_contact_at__lt=before))
            & (Q(last_visit_at=None) | Q(last_visit_at__lt=before))
        )
    return reminded(leads).filter(too_long)


def reminder_on(lead: Lead) -> dt.date:
    """The store day on which the reminder falls due: so many days after the last talk, else the arrival."""
    last = max(filter(None, (lead.last_contact_at, lead.last_visit_at)), default=lead.arrived_at)
    return lead.store.business_date(last) + dt.timedelta(days=setting(lead.store, DAYS[Grade(lead.grade)]))


def on_lead_event(lead: Lead, event) -> None:
    """LEAD_LISTENERS: the reminder goes with the grade, the steps and the kind of customer."""
    if event.kind not in TELLING or is_reminded(lead):
        return
    if lead.customer.is_organisation or event.kind == EventKind.EDIT:
        void_tasks(lead, "not_reminded", at=event.recorded_at)
