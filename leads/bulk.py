"""Many customers and leads at once, for files: what `identity` and `intake` write, some hundred a time."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from accounts.counters import take
from accounts.models import Store

from .identity import customer_counter
from .intake import lead_counter, lead_number
from .models import ContactPoint, Customer, Lead, LeadModel, NameKey
from .phones import Phone
from .pinyin import name_keys

CHUNK = 500  # values of one question


@dataclass(frozen=True)
class Person:
    """Somebody a file names: his number, his name ("" when unknown), and when we got them."""

    phone: Phone
    name: str
    at: dt.datetime
    current_car: str = ""


def customers_by_number(store: Store, values: Iterable[str]) -> dict[str, Customer]:
    """The customers of the group who have these numbers, by number (SPEC OWN-01)."""
    wanted, found = sorted(set(values)), {}
    for start in range(0, len(wanted), CHUNK):
        points = ContactPoint.objects.filter(
            group=store.group_id,
            kind=ContactPoint.Kind.PHONE,
            value__in=wanted[start : start + CHUNK],
            shared=False,
            ended_at=None,
        ).select_related("customer")
        found.update({point.value: point.customer for point in points})
    return found


def new_customers(store: Store, people: Sequence[Person], *, by) -> list[Customer]:
    """A customer for each, with number, card and search keys; the caller knows that they are new.

    Numbers come from the group's counter, in one block.
    """
    if not people:
        return []
    (first,) = take(customer_counter(store, len(people)))
    customers = Customer.objects.bulk_create(
        Customer(
            group_id=store.group_id,
            number=first + place,
            name=person.name,
            current_car=person.current_car,
            card_opened_at=person.at if person.name else None,
        )
        for place, person in enumerate(people)
    )
    ContactPoint.objects.bulk_create(
        ContactPoint(
            customer=customer,
            group_id=store.group_id,
            kind=ContactPoint.Kind.PHONE,
            value=person.phone.value,
            tail=person.phone.tail,
            valid=person.phone.valid,
            obtained_at=person.at,
            obtained_by=by,
        )
        for customer, person in zip(customers, people, strict=True)
    )
    add_name_keys((customer, customer.name) for customer in customers if customer.name)
    return customers


def add_name_keys(names: Iterable[tuple[Customer, str]]) -> None:
    """Let customers be found by names; a name they are found by already stays as it is."""
    NameKey.objects.bulk_create(
        (
            NameKey(customer=customer, group_id=customer.group_id, key=key[:120])
            for customer, name in names
            for key in _keys(name)
        ),
        ignore_conflicts=True,
    )


@lru_cache(maxsize=10_000)
def _keys(name: str) -> list[str]:
    return name_keys(name)


def number_leads(days: Sequence[dt.date]) -> list[str]:
    """A lead number for each store day, in order, from blocks of the counters of those days."""
    if not days:
        return []
    counted = sorted(Counter(days).items())
    firsts = take(*((*lead_counter(day)[:2], count) for day, count in counted))
    following = {day: first for (day, _count), first in zip(counted, firsts, strict=True)}
    numbers = []
    for day in days:
        numbers.append(lead_number(day, following[day]))
        following[day] += 1
    return numbers


def next_car_numbers(store: Store, customers: Iterable[Customer]) -> dict[int, int]:
    """The number of the next car of each customer at the store, by customer; 1 where there is none."""
    pks = sorted({customer.pk for customer in customers})
    numbers = dict.fromkeys(pks, 1)
    for start in range(0, len(pks), CHUNK):
        leads = Lead.objects.filter(store=store, customer__in=pks[start : start + CHUNK])
        for customer_id, car_no in leads.values_list("customer_id", "car_no"):
            numbers[customer_id] = max(numbers[customer_id], car_no + 1)
    return numbers


def add_interests(leads: Iterable[tuple[Lead, object]]) -> None:
    """The favourite model of each new lead, where one is known."""
    LeadModel.objects.bulk_create(LeadModel(lead=lead, car_model=car) for lead, car in leads if car)
