"""A customer wants another car: a lead of its own beside the first one (SPEC T18, FUP-10, A11)."""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.counters import take
from accounts.errors import NotAllowed, Refused
from accounts.models import User
from accounts.prepared import Prepared

from .access import may_own, may_work_on
from .intake import add_interest, lead_counter, lead_number, open_lead, record_opening
from .models import CarModel, Lead
from .moves import lock_lead
from .organisations import lock_customer_of
from .steps import Step

OWNERS = "owners"  # source group: customers who have a car from us (SPEC DEV-04)


class WantsAnotherAlready(Refused):
    """The customer has an open lead for the next car; `lead` is that one."""

    def __init__(self, lead: Lead):
        super().__init__(_("There is a lead for the next car already: %(number)s.") % {"number": lead.number})
        self.lead = lead


@transaction.atomic
def another_lead(
    lead_id: int,
    *,
    by,
    at: dt.datetime,
    car_model: CarModel | None = None,
    expected_on: dt.date | None = None,
) -> Lead:
    """Open a lead at step 1 for the customer's next car; the first one stays at its step (SPEC T18).

    It goes to the owner of the first one while he sells here, else to `by`. NotAllowed: a
    colleague's customer. Refused: a lead that is not worked on; WantsAnotherAlready: one for the next
    car is open and not bought yet.
    """
    # The customer's row queues two people with the same thought (MODEL: customer before lead).
    customer = lock_customer_of(lead_id)
    first = lock_lead(lead_id)
    if not may_work_on(first, by, now=at):
        raise NotAllowed(_("This is a colleague's customer. Tell the owner instead."))
    if not first.is_active:
        raise Refused(_("Bring this lead back instead: it is not worked on."))
    siblings = {"customer": customer.pk, "store": first.store_id}
    for open_one in _next_cars(**siblings):
        raise WantsAnotherAlready(open_one)
    lead = open_lead(
        first.store,
        first.customer,
        number=_number(first, at),
        owner=_owner(first, by),
        step=Step.PROSPECTING,
        at=at,
        recorded_at=at,
        car_no=max(_cars(**siblings)) + 1,
        parent=first,
        channel=first.channel,
        source_group=OWNERS,
    )
    if car_model:
        add_interest(lead, car_model)
    record_opening(lead, by=by, data={"parent": first.number})
    return lead


@Prepared
def _next_cars(*, customer: int, store: int) -> QuerySet:
    leads = Lead.objects.active().filter(customer=customer, store=store)
    return leads.filter(parent__isnull=False, step__lt=Step.DEAL).order_by("pk")[:1]


@Prepared
def _cars(*, customer: int, store: int) -> QuerySet:
    return Lead.objects.filter(customer=customer, store=store).values_list("car_no", flat=True)


def _owner(first: Lead, by) -> User:
    """Whose the next car is: the first one's owner's while he sells here."""
    owner = by if first.owner_id == by.pk else first.owner
    return owner if owner and may_own(first, owner) else by


def _number(first: Lead, at: dt.datetime) -> str:
    on = first.store.business_date(at)
    return lead_number(on, take(lead_counter(on))[0])
