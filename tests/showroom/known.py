"""A customer we know: a lead with its phone, name keys and favourite model."""

from itertools import count

from leads.identity import write_name_keys
from leads.models import LeadModel
from tests.conftest import at
from tests.factories import CarModelFactory, CustomerFactory, LeadFactory, PhoneFactory

numbers = count(100_001)  # beyond those that the counter gives to new customers


def know(store, owner, phone, name="张伟", *, car=None, last="2026-03-09 11:00", **facts):
    """A lead of the store with a Chinese mobile, last visited at a wall clock of the showroom."""
    customer = CustomerFactory(
        group=store.group, number=next(numbers), name=name, card_opened_at=at(last) if name else None
    )
    PhoneFactory(customer=customer, value=f"+86{phone}")
    if name:
        write_name_keys(customer)
    lead = LeadFactory(store=store, customer=customer, owner=owner, last_visit_at=at(last), **facts)
    if car:
        model = CarModelFactory(group=store.group, name_en=car, name_zh=car)
        LeadModel.objects.create(lead=lead, car_model=model)
    return lead
