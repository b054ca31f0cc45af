"""A made-up March: leads as the verbs write them, at moments that can be counted on fingers."""

from itertools import count

from leads.intake import open_lead, record_opening
from leads.models import Customer, Lead, LeadEvent
from leads.moves import adopt, advance, lock_lead
from leads.steps import Step
from tests.conftest import at
from tests.factories import CustomerFactory

NUMBERS = count(20_000_000)  # out of the way of those that the register takes


def opened(store, owner, when, *, step=Step.RECEPTION, known=None, **facts):
    """A lead opened at a moment of the store's clock, written down then or at `known`."""
    lead = open_lead(
        store,
        CustomerFactory(group=store.group, number=next(NUMBERS), card_opened_at=at(when)),
        number=f"L-260301-{next(NUMBERS)}",
        owner=owner,
        step=step,
        at=at(when),
        recorded_at=at(known or when),
        **facts,
    )
    record_opening(lead, by=owner)
    return lead


def moved(lead, to, when, by=None, reason="said so"):
    return advance(lead.pk, to=to, by=by or lead.owner, at=at(when), reason=reason).lead


def reached(lead, to, when, known=None):
    """Straight to a step whose guards a hand move could not pass, as an older record tells it."""
    return adopt(
        lock_lead(lead.pk), to, [], by=None, at=at(when), recorded_at=at(known or when), source="screen"
    )


def march(store, li, wang):
    """Three leads of Li: one walks to the drive, one leaves it out. Two of Wang, one of them in April."""
    first = opened(store, li, "2026-03-02 10:00")
    moved(first, 3, "2026-03-02 16:00")
    moved(first, 4, "2026-03-04 16:00")
    moved(first, 5, "2026-03-05 16:00")
    second = opened(store, li, "2026-03-03 10:00")
    moved(second, 3, "2026-03-03 14:00")
    moved(second, 4, "2026-03-09 14:00")
    moved(second, 6, "2026-03-10 14:00", reason="no wish to drive")
    third = opened(store, li, "2026-03-31 23:59")
    other = opened(store, wang, "2026-03-20 09:00")
    moved(other, 3, "2026-03-20 11:00")
    april = opened(store, wang, "2026-04-01 00:00")
    return {"first": first, "second": second, "third": third, "other": other, "april": april}


def many_leads(store, owner, number):
    """So many leads of 2 March at once, each opened and moved once, after the report of that day."""
    first = 1_000_000
    customers = Customer.objects.bulk_create(
        Customer(group=store.group, number=first + place, name="张三") for place in range(number)
    )
    when = at("2026-03-02 17:00")
    moments = {"created_at": when, "arrived_at": when, "step_entered_at": when}
    leads = Lead.objects.bulk_create(
        Lead(store=store, customer=customer, number=f"L-{customer.number}", owner=owner, step=3, **moments)
        for customer in customers
    )
    steps = (("created", "", "reception"), ("step", "reception", "needs"))
    LeadEvent.objects.bulk_create(
        LeadEvent(
            lead=lead, store=store, kind=kind, at=when, recorded_at=when, by=owner,
            from_value=before, to_value=after, data={"skipped": []},
        )
        for lead in leads
        for kind, before, after in steps
    )  # fmt: skip
