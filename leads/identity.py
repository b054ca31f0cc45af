"""Who it is: a number leads to one customer of the group, whoever writes it down (SPEC OWN-01, A10)."""

import datetime as dt

from django.db.models import F, QuerySet

from accounts.models import Store
from accounts.prepared import Prepared
from accounts.rules import setting
from accounts.sql import insert

from .models import ContactPoint, Customer, NameKey
from .phones import Phone
from .pinyin import name_keys


def live_points(group_id: int, value: str) -> QuerySet:
    """The live, unshared contact point of a phone value in a group: one row at most."""
    phones = ContactPoint.objects.filter(group=group_id, kind=ContactPoint.Kind.PHONE, value=value)
    return phones.filter(shared=False, ended_at=None)


def live_contact_point(group_id: int, value: str) -> ContactPoint | None:
    """The live, unshared owner of a phone value in the group, with its customer."""
    return _live_with_customer.first(group=group_id, value=value)


@Prepared
def _live_with_customer(*, group: int, value: str) -> QuerySet:
    return live_points(group, value).select_related("customer")


def customer_counter(store: Store, count: int = 1) -> tuple[str, str, int]:
    """The counter that numbers the customers of a group; taken before any other lock."""
    return (f"customer:{store.group_id}", "", count)


def new_customer(
    store: Store,
    phone: Phone,
    *,
    number: int,
    name: str,
    by,
    at: dt.datetime,
    verified_at: dt.datetime | None = None,
) -> Customer:
    """A customer with this number; the caller takes his own from `customer_counter`.

    Two at once: the database lets one in, the other raises IntegrityError and is tried again by
    the verb that called.
    """
    opened_at = at if name else None
    customer = Customer(group_id=store.group_id, number=number, name=name, card_opened_at=opened_at)
    insert(customer)
    insert(
        ContactPoint(
            customer=customer,
            group_id=store.group_id,
            kind=ContactPoint.Kind.PHONE,
            value=phone.value,
            tail=phone.tail,
            valid=phone.valid,
            obtained_at=at,
            obtained_by=by,
            verified_at=verified_at,
        )
    )
    if name:
        write_name_keys(customer)
    return customer


def name_customer(customer: Customer, name: str, *, at: dt.datetime) -> None:
    """Give a customer his name; with a contact point on record this opens the card."""
    customer.name = name
    customer.card_opened_at = customer.card_opened_at or at
    customer.version += 1
    customer.save(update_fields=["name", "card_opened_at", "version"])
    customer.name_keys.all().delete()
    write_name_keys(customer)


def open_card(customer: Customer, store: Store, *, at: dt.datetime) -> bool:
    """Open the card once there is a name and a way to reach the customer (SPEC CARD-01, A10).

    A Chinese store asks for a phone (`card_needs_phone`). True when it opened; the caller saves.
    """
    if customer.card_opened_at or not customer.name:
        return False
    ways = customer.contact_points.filter(ended_at=None)
    if store.language.startswith("zh") and setting(store, "card_needs_phone"):
        ways = ways.filter(kind=ContactPoint.Kind.PHONE)
    if ways.exists():
        customer.card_opened_at = at
    return customer.card_opened_at is not None


def note_current_car(customer: Customer, car: str) -> None:
    """What he drives now, where nobody has written it yet (SPEC RECP-14)."""
    unknown = Customer.objects.filter(pk=customer.pk, current_car="")
    unknown.update(current_car=car, version=F("version") + 1)


def write_name_keys(customer: Customer) -> None:
    """Write the keys under which the name is found (pinyin, initials, the name itself)."""
    keys = name_keys(customer.name)
    if keys:
        insert(*(NameKey(customer=customer, group_id=customer.group_id, key=key[:120]) for key in keys))
