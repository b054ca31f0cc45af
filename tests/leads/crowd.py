"""Leads by the hundred, in a handful of statements: each as `lead` of the list's tests makes one."""

from collections.abc import Callable

from leads.identity import name_keys
from leads.models import ContactPoint, Customer, Lead, NameKey
from tests.factories import CustomerFactory, LeadFactory, PhoneFactory

from .test_lead_list import TODAY


def crowd(store, count: int, row: Callable[[int], dict]) -> list[Lead]:
    """`row(n)` says of each its `owner`, and what differs of `name`, `due` and the fields of the lead."""
    rows = [{"name": "张三", "due": TODAY, "grade": "A", **row(n)} for n in range(count)]
    customers = Customer.objects.bulk_create(
        CustomerFactory.build(group=store.group, name=fields.pop("name")) for fields in rows
    )
    NameKey.objects.bulk_create(
        NameKey(customer=customer, group_id=customer.group_id, key=key[:120])
        for customer in customers
        for key in name_keys(customer.name)
    )
    ContactPoint.objects.bulk_create(PhoneFactory.build(customer=customer) for customer in customers)
    return Lead.objects.bulk_create(
        LeadFactory.build(
            store=store, customer=customer, has_cadence=fields["due"] is not None,
            next_due_on=fields.pop("due"), **fields,
        )
        for customer, fields in zip(customers, rows, strict=True)
    )  # fmt: skip
