"""What the tests of the outbox share: a customer with a mobile and an e-mail address, and ways out."""

import datetime as dt

from followups.models import Outbox, Task
from followups.outbox.queueing import queue_message
from leads.models import Consent, ContactPoint, Customer
from tests.conftest import at
from tests.factories import PhoneFactory
from tests.followups.worked_leads import make_lead

NOON = at("2026-03-12 12:00")
NUMBER, ADDRESS = "+8613800000001", "chen@example.com"


def make_customer(store, owner, name="陈建国", *, number=NUMBER, address=ADDRESS):
    """An active lead of `owner` whose customer can be reached in both ways; "" leaves one out."""
    lead = make_lead(store, owner, "A", visited="2026-03-10 10:00", contacted="2026-03-11 10:00")
    facts = {"name": name} if name else {"name": "", "card_opened_at": None}
    Customer.objects.filter(pk=lead.customer_id).update(**facts)
    lead.customer.name = name
    if number:
        PhoneFactory(customer=lead.customer, value=number)
    if address:
        ContactPoint.objects.create(
            customer=lead.customer, group=store.group, kind="email", value=address, obtained_at=NOON
        )
    return lead


def object_to(lead, purpose="contact", channel="all", *, given=False, moment=NOON, by=None):
    return Consent.objects.create(
        customer=lead.customer, purpose=purpose, channel=channel, given=given, at=moment, by=by
    )


def thank_you_task(lead, due="2026-03-12 12:05") -> Task:
    return Task.objects.create(
        store=lead.store,
        lead=lead,
        kind="thank_you",
        assignee=lead.owner,
        due_at=at(due),
        due_on=at(due).date(),
        cause=f"thank_you:test:{lead.pk}",
    )


def queued(lead, kind="thank_you", *, channel="sms", key=None, now=NOON, **more) -> Outbox:
    more.setdefault("sender", lead.owner)
    return queue_message(lead, kind, channel=channel, key=key or f"{kind}:{lead.pk}", now=now, **more)


class Clock:
    """A clock that stands still until it is set on."""

    def __init__(self, now: dt.datetime = NOON):
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now

    def go(self, **time) -> dt.datetime:
        self.now += dt.timedelta(**time)
        return self.now
