"""An enquiry that came in writing: a new number is a lead to call, a known one asks again (SPEC A19, T01)."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.counters import take
from accounts.errors import Refused
from accounts.models import Store, User
from leads.access import may_own
from leads.identity import customer_counter, known_customer, new_customer
from leads.intake import add_interest, lead_counter, lead_number, open_lead, record_opening
from leads.log import record
from leads.models import CarModel, Customer, Lead, Term
from leads.models.log import EventKind
from leads.moves import lock_lead
from leads.phones import Phone, read_phone
from leads.reviving import revive
from leads.steps import Step

from .ladder import start_ladder

TRIES = 4  # two may paste one new number at once: the loser reads again and finds it


class Came(StrEnum):
    NEW = "new"
    AGAIN = "again"


@dataclass(frozen=True)
class Enquiry:
    """What somebody wrote to us; texts as written."""

    phone_text: str
    name: str = ""
    car_model: CarModel | None = None
    channel: Term | None = None
    media: Term | None = None


def take_in(
    store: Store, enquiry: Enquiry, *, owner: User | None, by: User, at: dt.datetime
) -> tuple[Lead, Came]:
    """Open a lead at step 1 for an unknown number, and its call ladder; `at` = when it is taken in, UTC.

    A known number stays its owner's, who sees that the customer asked again; a lost or invalid lead
    comes back and goes to `owner`. Refused: no usable number, or an owner who may not own a lead here.
    """
    if owner is not None and not may_own(Lead(store=store), owner):
        raise Refused(_("Choose somebody who may own a lead in this store."), field="owner")
    phone = read_phone(enquiry.phone_text, country=store.country, store_code=store.code)
    if phone is None:
        raise Refused(_("This is no usable phone number."), field="phone")
    for _try in range(TRIES - 1):
        try:
            with transaction.atomic():
                return _take_in(store, enquiry, phone, owner=owner, by=by, at=at)
        except IntegrityError:
            continue
    with transaction.atomic():
        return _take_in(store, enquiry, phone, owner=owner, by=by, at=at)


def _take_in(store, enquiry, phone: Phone, *, owner, by, at) -> tuple[Lead, Came]:
    customer = known_customer(store, phone, name=enquiry.name, at=at)
    if customer is None:
        number, serial = take(customer_counter(store), lead_counter(store.business_date(at)))
        customer = new_customer(store, phone, number=number, name=enquiry.name, by=by, at=at)
        return _open(store, enquiry, customer, serial, owner=owner, by=by, at=at), Came.NEW
    leads = Lead.objects.filter(customer=customer, store=store, step__lt=Step.FOLLOW_UP)
    newest = leads.order_by("-car_no").values_list("pk", flat=True).first()
    if newest is None:
        serial = take(lead_counter(store.business_date(at)))[0]
        return _open(store, enquiry, customer, serial, owner=owner, by=by, at=at), Came.NEW
    return _ask_again(lock_lead(newest), enquiry, owner=owner, by=by, at=at), Came.AGAIN


def _open(store, enquiry, customer: Customer, serial: int, *, owner, by, at) -> Lead:
    highest = Lead.objects.filter(customer=customer, store=store).order_by("-car_no").first()
    lead = open_lead(
        store,
        customer,
        number=lead_number(store.business_date(at), serial),
        owner=owner,
        step=Step.PROSPECTING,
        at=at,
        recorded_at=at,
        car_no=highest.car_no + 1 if highest else 1,
        channel=enquiry.channel,
        media=enquiry.media,
    )
    record_opening(lead, by=by, data={"enquiry": True})
    if enquiry.car_model:
        add_interest(lead, enquiry.car_model)
    start_ladder(lead, since=at, cause=f"created:{lead.pk}")
    return lead


def _ask_again(lead: Lead, enquiry: Enquiry, *, owner, by, at) -> Lead:
    if not lead.is_active:
        revive(lead, owner=owner, by=by, at=at, now=at)
    if enquiry.car_model:
        add_interest(lead, enquiry.car_model, rank=lead.interests.count() + 1)
    event = record(
        lead,
        EventKind.EDIT,
        at=at,
        recorded_at=at,
        by=by,
        reason="asked_again",
        data={"channel": enquiry.channel.pk if enquiry.channel else None},
    )
    start_ladder(lead, since=at, cause=f"asked:{event.pk}", asked_again=True)
    return lead
