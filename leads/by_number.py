"""Who comes, calls or writes by a number: the lead there is, or a new one (SPEC OWN-01, OWN-03, T01, T02)."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Case, Max, OuterRef, QuerySet, Subquery, Value, When

from accounts.counters import Want, take
from accounts.models import Store, User
from accounts.prepared import Prepared

from .household import family_lead
from .identity import customer_counter, live_points, name_customer, new_customer
from .intake import lead_counter, lead_number, open_lead
from .models import ContactPoint, Customer, Lead
from .models.leads import Status
from .phones import Phone
from .steps import Step

TRIES = 4  # two may meet on one new number: the loser reads again and finds it
Written = TypeVar("Written")

# What is known of a lead that was opened a moment ago (leads.acts).
NEW = {
    "opened": True,
    "evidence": frozenset(),
    "planned": [],
    "has_tasks": False,
    "shared": False,
    "disputed": False,
    "writable": True,
}


@dataclass(frozen=True)
class Opening:
    """How a lead begins when there is none; `facts` are further columns of it."""

    owner: User | None  # of a lead that is nobody's: the customer's family may have an owner already
    step: int
    facts: Mapping = field(default_factory=dict)
    verified_at: dt.datetime | None = None  # the number was read back


@dataclass(frozen=True)
class Found:
    """A lead of the store: one there was, or `opened`, with the `serials` taken along for it."""

    lead_id: int
    opened: Lead | None = None
    serials: tuple[int, ...] = ()
    of_family: bool = False  # it went to the owner of the customer's family


def written(write: Callable[[], Written]) -> Written:
    """What `write` answers, in a transaction; tried again when somebody wrote the same number."""
    for _try in range(TRIES - 1):
        try:
            with transaction.atomic():
                return write()
        except (IntegrityError, ContactPoint.DoesNotExist):
            continue
    with transaction.atomic():
        return write()


def lead_by_number(
    store: Store,
    phone: Phone,
    opening: Opening,
    *,
    name: str,
    by,
    at: dt.datetime,
    now: dt.datetime,
    also: tuple[Want, ...] = (),
    but_delivered: bool = False,
) -> Found:
    """The newest active lead, else the newest, of the customer who has the number; else a new one.

    `also` names counters whose numbers a new lead's row needs; `but_delivered` leaves out who has his
    car. A name is kept where none was known. The caller locks a lead that was there, and writes the
    "created" event of a new one. Two at once on a new number: `written` lets one of them try again.
    """
    wanted = (lead_counter(store.business_date(at)), *also)
    somebody = _with_number.part(group=store.group_id, value=phone.value)
    numbers = take(customer_counter(store), *wanted, unless=somebody)
    if numbers:
        number, *serials = numbers
        customer = new_customer(
            store, phone, number=number, name=name, by=by, at=at, verified_at=opening.verified_at
        )
        return _open(store, customer, opening, serials, at=at, now=now)
    customer, lead_id = _known(store, phone, but_delivered)
    if name and not customer.name:
        name_customer(customer, name, at=at)
    if lead_id:
        return Found(lead_id)
    family = family_lead(customer, store)
    highest = Lead.objects.filter(customer=customer, store=store).aggregate(no=Max("car_no"))["no"] or 0
    owner = family.owner if family else opening.owner
    opened = _open(store, customer, opening, take(*wanted), owner=owner, car_no=highest + 1, at=at, now=now)
    return replace(opened, of_family=family is not None)


@Prepared
def _with_number(*, group: int, value: str) -> QuerySet:
    return live_points(group, value).values_list(Value(1))


def _known(store: Store, phone: Phone, but_delivered: bool) -> tuple[Customer, int | None]:
    leads = Lead.objects.filter(customer=OuterRef("customer"), store=store)
    if but_delivered:
        leads = leads.filter(step__lt=Step.FOLLOW_UP)
    active_first = Case(When(status=Status.ACTIVE, then=Value(0)), default=Value(1))
    newest = leads.order_by(active_first, "-car_no").values("pk")[:1]
    points = live_points(store.group_id, phone.value).select_related("customer")
    point = points.annotate(lead_id=Subquery(newest)).get()
    return point.customer, point.lead_id


def _open(store, customer: Customer, opening: Opening, serials, *, at, now, **facts) -> Found:
    serial, *others = serials
    facts = {"owner": opening.owner, **opening.facts, **facts}
    number = lead_number(store.business_date(at), serial)
    lead = open_lead(store, customer, number=number, step=opening.step, at=at, recorded_at=now, **facts)
    return Found(lead.pk, lead, tuple(others))
