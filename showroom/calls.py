"""The call register's verb: somebody calls in (SPEC 3, A64, A65, RECP-10)."""

import datetime as dt
from dataclasses import dataclass
from functools import partial

from django.utils.translation import gettext as _

from accounts.counters import take
from accounts.errors import Refused
from accounts.models import Store
from followups.cadence import open_day_after
from followups.contacts import Said, log_contact
from followups.models import Contact
from followups.outcomes import Outcome
from leads.access import may_work_on
from leads.giving import owner_before_the_pool
from leads.household import family_lead
from leads.identity import customer_counter, known_customer, new_customer
from leads.intake import add_interest, lead_counter, lead_number, open_lead, record_opening
from leads.log import record
from leads.machine import EvidenceKind
from leads.models import CarModel, ContactPoint, Lead, Term
from leads.models.log import EventKind
from leads.moves import lock_lead, record_evidence
from leads.ownership import set_owner
from leads.phones import read_phone
from leads.reviving import revive
from leads.steps import Step

from .models import Call
from .outcomes import DECLINED
from .reception import check_people, lead_of, may_take_on, phone_text, settled_since, written


@dataclass(frozen=True)
class Enquiry:
    """What the call sheet says; texts as written, `ended_at` in UTC (None = the call has just ended)."""

    phone_text: str = ""
    name: str = ""
    outcome: str = Outcome.LOOKING
    read_back: bool = False  # the number was repeated to the caller (SPEC CALL-06)
    ended_at: dt.datetime | None = None
    car_model: CarModel | None = None
    channel: Term | None = None
    area: Term | None = None
    media: Term | None = None
    address: str = ""
    remark: str = ""
    lead_id: int | None = None  # a known customer picked from a list
    declined: bool = False


def log_call(
    store: Store, enquiry: Enquiry, *, receiver, by, at: dt.datetime, now: dt.datetime, source: str = "screen"
) -> tuple[Call, bool]:
    """Write an enquiry call; answers (call, created). The same lead at the same moment is one call.

    A usable number leads to its one customer and lead as for a visit; a new one is reached, stands
    at reception (T03) and has seven days to come (CALL-09). A known customer's owner keeps him; for
    whoever may work on the lead the call is a contact too (SPEC A64). The owner follows up within
    24 hours of the call's end (A65). Without a number only the register row stands. `at` = when it
    rang, UTC. Refused: a moment in the future, an end before the beginning, no outcome, no receiver.
    NotAllowed: a role that does not write registers. Lead.DoesNotExist: a picked lead of another store.
    """
    check_people(store, receiver=receiver, by=by)
    _check_facts(enquiry, at=at, now=now)
    return written(partial(_log, store, enquiry, receiver=receiver, by=by, at=at, now=now, source=source))


def _check_facts(enquiry: Enquiry, *, at: dt.datetime, now: dt.datetime) -> None:
    if at > now or (enquiry.ended_at and enquiry.ended_at > now):
        raise Refused(_("A call cannot lie in the future."), field="called_at")
    if enquiry.ended_at and enquiry.ended_at < at:
        raise Refused(_("The call ended before it began."), field="called_at")
    if enquiry.outcome not in Outcome.values:
        raise Refused(_("Tap what came out of it."), field="outcome")


def _log(store, enquiry, **who) -> tuple[Call, bool]:
    if enquiry.lead_id:
        return _known_caller(store, enquiry, enquiry.lead_id, **who)
    phone = read_phone(enquiry.phone_text, country=store.country, store_code=store.code)
    if phone is None:
        return _write_row(store, enquiry, None, **who), True
    customer = known_customer(store, phone, name=enquiry.name, at=who["at"])
    on = store.business_date(who["at"])
    if customer is None:
        number, *serials = take(customer_counter(store), lead_counter(on), call_counter(store, on))
        customer = new_customer(
            store, phone, number=number, name=enquiry.name, by=who["by"], at=who["at"],
            verified_at=who["at"] if enquiry.read_back else None,
        )  # fmt: skip
        owner = _taker(store, who["receiver"])
        return _first_call(store, enquiry, customer, serials, owner=owner, **who), True
    _verify(enquiry, customer, phone.value, at=who["at"])
    lead_id = lead_of(store, customer)
    if lead_id is None:
        family = family_lead(customer, store)
        serials = take(lead_counter(on), call_counter(store, on))
        owner = family.owner if family else _taker(store, who["receiver"])
        return _first_call(store, enquiry, customer, serials, owner=owner, **who), True
    return _known_caller(store, enquiry, lead_id, **who)


def call_counter(store: Store, on: dt.date) -> tuple[str, str, int]:
    """The gap-free serial of a day's call register (SPEC RECP-10)."""
    return (f"call:{store.pk}", on.isoformat(), 1)


def _verify(enquiry: Enquiry, customer, value: str, *, at: dt.datetime) -> None:
    if enquiry.read_back:
        points = ContactPoint.objects.filter(customer=customer, value=value, ended_at=None, shared=False)
        points.update(verified_at=at)


def _taker(store: Store, receiver):
    """Who owns a lead that is nobody's: whoever took the call."""
    return receiver if may_take_on(store, receiver) else None


def _first_call(store, enquiry, customer, serials, *, owner, receiver, by, at, now, source) -> Call:
    lead_serial, serial = serials
    on = store.business_date(at)
    lead = open_lead(
        store,
        customer,
        number=lead_number(on, lead_serial),
        owner=owner,
        step=Step.PROSPECTING,
        at=at,
        recorded_at=now,
        channel=enquiry.channel,
        area=enquiry.area,
        media=enquiry.media,
        first_attempt_at=at,
        last_contact_at=at,
        phone_only_since=on,
    )
    call = _write_row(
        store, enquiry, lead, receiver=receiver, by=by, at=at, now=now, source=source, serial=serial
    )
    record_opening(lead, by=by, source=source, data={"call": call.pk})
    _note(lead, call, enquiry, by=by, now=now, source=source)
    Contact.objects.create(
        lead=lead,
        by=receiver,
        for_user_id=lead.owner_id,
        at=at,
        recorded_at=now,
        channel=Contact.Channel.PHONE,
        direction=Contact.Direction.IN,
        outcome=enquiry.outcome,
        kind=Contact.Kind.CONTACT,
    )
    open_day_after(lead, what="call", ref_id=call.pk, ended_at=call.ended_at)
    return call


def _known_caller(store, enquiry, lead_id, *, receiver, by, at, now, source) -> tuple[Call, bool]:
    lead = lock_lead(lead_id)
    if lead.store_id != store.pk:
        raise Lead.DoesNotExist
    if same := Call.objects.filter(lead=lead, at=at, voided_at=None).first():
        return same, False
    _bring_in(lead, receiver, by=by, at=at, now=now, source=source)
    call = _write_row(store, enquiry, lead, receiver=receiver, by=by, at=at, now=now, source=source)
    record(
        lead, EventKind.CALL, at=at, recorded_at=now, by=by, source=source, to_value=enquiry.outcome,
        data={"call": call.pk},
    )  # fmt: skip
    _note(lead, call, enquiry, by=by, now=now, source=source)
    if may_work_on(lead, receiver, now=now):
        said = Said(enquiry.outcome, direction=Contact.Direction.IN)
        log_contact(lead.pk, said, by=receiver, at=at, now=now)
    open_day_after(lead, what="call", ref_id=call.pk, ended_at=call.ended_at)
    return call, True


def _bring_in(lead: Lead, receiver, *, by, at, now, source) -> None:
    """A closed lead is live again (T31, T33, T41), and one of the pool goes to whoever took the call.

    Not to the one it lapsed from: only a visit gives it back to him (SPEC A70). Who has not come
    yet has seven days to do so.
    """
    owner = _taker(lead.store, receiver)
    if not lead.is_active:
        if settled_since(lead, EventKind.STATUS, at, now):
            return
        revive(lead, owner=owner, by=by, at=at, now=now, source=source)
        lead.phone_only_since = lead.phone_only_ended_on = None
    elif lead.owner_id is None and owner and _may_have_it(lead, owner, at, now):
        set_owner(lead, owner, by=by, at=at, recorded_at=now, reason="call", source=source)
    if lead.last_visit_at is None and lead.phone_only_since is None:
        lead.phone_only_since = lead.store.business_date(at)
        lead.save(update_fields=["phone_only_since", "phone_only_ended_on"])


def _may_have_it(lead: Lead, owner, at: dt.datetime, now: dt.datetime) -> bool:
    return not settled_since(lead, EventKind.OWNER, at, now) and owner_before_the_pool(lead) != owner.pk


def _note(lead: Lead, call: Call, enquiry: Enquiry, *, by, now, source) -> None:
    if enquiry.car_model:
        add_interest(lead, enquiry.car_model)
    record_evidence(
        lead,
        EvidenceKind.CALL,
        ref_kind="call",
        ref_id=call.pk,
        by=by,
        at=call.at,
        recorded_at=now,
        source=source,
    )


def _write_row(store, enquiry, lead, *, receiver, by, at, now, source, serial=None) -> Call:
    on = store.business_date(at)
    if serial is None:
        (serial,) = take(call_counter(store, on))
    return Call.objects.create(
        store=store,
        on=on,
        serial=serial,
        at=at,
        ended_at=enquiry.ended_at or at,
        recorded_at=now,
        receiver=receiver,
        read_back_at=at if enquiry.read_back else None,
        outcome=DECLINED if enquiry.declined else enquiry.outcome,
        lead=lead,
        customer=lead.customer if lead else None,
        name_text=enquiry.name,
        phone_text=phone_text(enquiry.phone_text, lead),
        address=enquiry.address,
        car_model=enquiry.car_model,
        channel=enquiry.channel,
        area=enquiry.area,
        media=enquiry.media,
        remark=enquiry.remark,
        source=source,
    )
