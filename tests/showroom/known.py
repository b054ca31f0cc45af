"""A customer we know: a lead with its phone, name keys and favourite model."""

from itertools import count

from leads.grades import Suggestion, choose_grade
from leads.identity import write_name_keys
from leads.models import Lead, LeadModel
from leads.moves import lock_lead
from leads.ownership import set_owner
from leads.setting_aside import set_aside
from showroom.calls import Enquiry, log_call
from showroom.visits import Arrival, log_visit
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


KINDS_OF_KNOWN = ("own", "colleague's", "pool", "dormant", "lost", "invalid")
ASIDE = {
    "dormant": {"status": "dormant", "wake_on": "2026-05-01"},
    "lost": {"status": "lost"},
    "invalid": {"status": "void", "void_reason": "test"},
}


def known_as(kind, store, li, wang):
    """An A lead as the verbs leave it: Li's own with its task, Wang's, or what became of hers.

    Who is lost or invalid only called; everybody else was here on 9 March.
    """
    owner, met = li if kind == "own" else wang, at("2026-03-09 11:00")
    who = {"receiver": owner, "by": owner, "at": met, "now": met}
    if kind in ("lost", "invalid"):
        row, _new = log_call(store, Enquiry(phone_text="13620878805", name="张伟"), **who)
    else:
        row, _new = log_visit(store, Arrival(phone_text="13620878805", name="张伟"), **who)
        type(row).objects.filter(pk=row.pk).update(left_at=met)
    lead = lock_lead(row.lead_id)
    choose_grade(lead, "A", by=owner, at=met, recorded_at=met, suggestion=Suggestion("A"))
    later = {"by": owner, "at": at("2026-03-10 09:00")}
    if kind == "pool":
        set_owner(lead, None, recorded_at=later["at"], reason="lapsed", **later)
    elif kind in ASIDE:
        set_aside(lead, now=later["at"], **ASIDE[kind], **later)
    return Lead.objects.get(pk=lead.pk)
