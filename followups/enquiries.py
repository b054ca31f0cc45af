"""An enquiry that came in writing: a new number is a lead to call, a known one asks again (SPEC A19, T01)."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Store, User
from leads.access import may_own
from leads.by_number import Opening, lead_by_number, written
from leads.intake import add_interest, record_opening
from leads.log import record
from leads.models import CarModel, Lead, Term
from leads.models.log import EventKind
from leads.moves import lock_lead
from leads.phones import Phone, read_phone
from leads.reviving import revive
from leads.steps import Step

from .ladder import start_ladder


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
    return written(partial(_take_in, store, enquiry, phone, owner=owner, by=by, at=at))


def _take_in(store, enquiry, phone: Phone, *, owner, by, at) -> tuple[Lead, Came]:
    facts = {"channel": enquiry.channel, "media": enquiry.media}
    opening = Opening(owner, Step.PROSPECTING, facts)
    found = lead_by_number(store, phone, opening, name=enquiry.name, by=by, at=at, now=at, but_delivered=True)
    if found.opened is None:
        return _ask_again(lock_lead(found.lead_id), enquiry, owner=owner, by=by, at=at), Came.AGAIN
    lead = found.opened
    record_opening(lead, by=by, data={"enquiry": True})
    if enquiry.car_model:
        add_interest(lead, enquiry.car_model)
    start_ladder(lead, since=at, cause=f"created:{lead.pk}")
    return lead, Came.NEW


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
