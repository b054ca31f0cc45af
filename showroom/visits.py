"""The walk-in register's verbs: a group arrives, and leaves again (SPEC 4, A14, A65)."""

import datetime as dt
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.counters import take
from accounts.errors import NotAllowed, Refused
from accounts.models import Store
from accounts.roles import LOGGING
from followups.cadence import visit_counted
from leads.household import family_lead
from leads.identity import customer_counter, known_customer, new_customer, note_current_car
from leads.intake import add_interest, lead_counter, lead_number, open_lead, record_opening
from leads.log import record
from leads.machine import MONEY, EvidenceKind
from leads.models import CarModel, Lead, Term
from leads.models.log import EventKind, Source
from leads.moves import lock_lead, record_evidence, standing_evidence
from leads.ownership import overtake_proposals, set_owner
from leads.phones import read_phone
from leads.protection import phone_only_ends_on
from leads.reviving import revive
from leads.setters import is_with_the_desk
from leads.steps import Step

from .models import COUNTED_KINDS, Visit
from .outcomes import DECLINED
from .reception import check_people, lead_of, may_take_on, phone_text, settled_since, written


@dataclass(frozen=True)
class Arrival:
    """What the walk-in sheet or a register row says; texts as written."""

    phone_text: str = ""
    name: str = ""
    persons: int = 1
    car_model: CarModel | None = None
    channel: Term | None = None
    area: Term | None = None
    media: Term | None = None
    purpose: str = ""
    remark: str = ""
    other: str = ""  # set = other business, outside every rate (SPEC A14)
    courtesy: bool | None = None  # None = the system decides
    written_serial: str = ""
    lead_id: int | None = None  # a known customer picked from a list: nobody types the number again
    came_by_car: bool = False
    current_car: str = ""  # kept on the card where none stands (SPEC RECP-14)
    declined: bool = False  # asked for a number and gave none (SPEC RECP-12)
    # What only a register that is read in says (SPEC A58, A73).
    left_at: dt.datetime | None = None  # set = the visit is over
    returning: bool = False  # not the first visit
    horizon_days: int | None = None
    grade_written: str = ""


def log_visit(
    store: Store, arrival: Arrival, *, receiver, by, at: dt.datetime, now: dt.datetime, source: str = "screen"
) -> tuple[Visit, bool]:
    """Write an arrival; answers (visit, created). A group still in the house is not written twice.

    A usable number leads to its one customer and lead, new ones when nobody has it: the receiver
    owns a new or pool lead; a colleague's customer, and who is of his family (OWN-03), is a
    courtesy reception and stays his (SPEC RECP-05). Without a number only the register row stands
    (S15). `at` = arrival, UTC. Refused: a moment in the future, nobody came, no receiver. NotAllowed:
    a role that does not receive.
    A register that is read in tells of anybody's work: its rows ask for no role, and a receiver
    who may not own a lead leaves it in the pool. Lead.DoesNotExist: a picked lead of another store.
    """
    if source != Source.IMPORT:
        check_people(store, receiver=receiver, by=by)
    _check_facts(arrival, at=at, now=now)
    log = partial(_log, store, arrival, receiver=receiver, by=by, at=at, now=now, source=source)
    # An import holds the counter of the customers: nobody can be faster.
    return log() if source == Source.IMPORT else written(log)


def _check_facts(arrival, *, at, now) -> None:
    if at > now:
        raise Refused(_("An arrival cannot lie in the future."), field="arrived_at")
    if arrival.persons < 1:
        raise Refused(_("At least one person came."), field="persons")


def _log(store, arrival, *, receiver, by, at, now, source) -> tuple[Visit, bool]:
    if arrival.lead_id and not arrival.other:
        return _known_visitor(
            store, arrival, arrival.lead_id, receiver=receiver, by=by, at=at, now=now, source=source
        )
    phone = read_phone(arrival.phone_text, country=store.country, store_code=store.code)
    if phone is None or arrival.other:
        return _write_row(store, arrival, None, receiver=receiver, at=at, now=now, source=source), True
    who = {"receiver": receiver, "by": by, "at": at, "now": now, "source": source}
    customer = known_customer(store, phone, name=arrival.name, at=at)
    if customer is None:
        return _stranger(store, arrival, phone, **who), True
    lead_id = lead_of(store, customer)
    if lead_id is None:
        family = family_lead(customer, store)
        owner = family.owner if family else _new_owner(store, arrival, receiver)
        return _first_visit(store, arrival, customer, take(*_serials(store, at)), owner=owner, **who), True
    return _known_visitor(store, arrival, lead_id, **who)


def _stranger(store, arrival, phone, *, by, at, **who) -> Visit:
    """Nobody has this number: all four numbers in one statement, the customer's first."""
    number, *serials = take(customer_counter(store), *_serials(store, at))
    customer = new_customer(store, phone, number=number, name=arrival.name, by=by, at=at)
    owner = _new_owner(store, arrival, who["receiver"])
    return _first_visit(store, arrival, customer, serials, owner=owner, by=by, at=at, **who)


def _serials(store: Store, at: dt.datetime) -> list[tuple[str, str, int]]:
    on = store.business_date(at)
    return [lead_counter(on), *day_counters(store, on)]


def _first_visit(store, arrival, customer, serials, *, owner, receiver, by, at, now, source) -> Visit:
    lead_serial, flow, register = serials
    lead = open_lead(
        store,
        customer,
        number=lead_number(store.business_date(at), lead_serial),
        owner=owner,
        step=Step.RECEPTION,
        at=at,
        recorded_at=now,
        channel=arrival.channel,
        area=arrival.area,
        media=arrival.media,
    )
    visit = _write_row(
        store,
        arrival,
        lead,
        receiver=receiver,
        at=at,
        now=now,
        source=source,
        kind=_kind_of_unknown(arrival),
        serials=(flow, register),
    )
    record_opening(lead, by=by, source=source, data={"visit": visit.pk})
    _note(lead, visit, arrival, by=by, now=now, source=source)
    return visit


def _known_visitor(store, arrival, lead_id, *, receiver, by, at, now, source) -> tuple[Visit, bool]:
    lead = lock_lead(lead_id)
    if lead.merged_into_id:
        lead = lock_lead(lead.merged_into_id)
    if lead.store_id != store.pk:
        raise Lead.DoesNotExist
    if source == Source.SCREEN and (here := _in_the_house(lead, on=store.business_date(at))):
        return here, False
    kind = Visit.Kind.RETURN if lead.last_visit_at else Visit.Kind.FIRST_CARDED
    owner = _new_owner(store, arrival, receiver)
    if not lead.is_active:
        if not settled_since(lead, EventKind.STATUS, at, now):
            revive(lead, owner=owner, by=by, at=at, now=now, source=source)
    elif owner and _is_anybodys(lead, at) and not settled_since(lead, EventKind.OWNER, at, now):
        set_owner(lead, owner, by=by, at=at, recorded_at=now, reason="visit", source=source)
    elif lead.lapses_on and lead.lapses_on <= store.business_date(at):
        overtake_proposals(lead, at=now)
    visit = _write_row(store, arrival, lead, receiver=receiver, at=at, now=now, source=source, kind=kind)
    record(
        lead, "visit", at=at, recorded_at=now, by=by, source=source, to_value=kind, data={"visit": visit.pk}
    )
    _note(lead, visit, arrival, by=by, now=now, source=source)
    visit_counted(lead, visit_id=visit.pk, at=at, by=by)
    return visit, True


def _is_anybodys(lead: Lead, at: dt.datetime) -> bool:
    """Whether whoever receives owns: of the pool, brought in by the invitation desk (A12), or who only
    called a week ago (SPEC CALL-09, A69)."""
    if lead.owner_id is None or is_with_the_desk(lead):
        return True
    ends_on = phone_only_ends_on(lead)
    over = ends_on is not None and ends_on <= lead.store.business_date(at)
    return over and not standing_evidence(lead) & MONEY


def _in_the_house(lead: Lead, *, on: dt.date) -> Visit | None:
    return Visit.objects.filter(lead=lead, left_at=None, on=on, voided_at=None).first()


def _new_owner(store: Store, arrival: Arrival, receiver):
    """Who owns a lead that is nobody's: its receiver, unless it was a courtesy (SPEC A73)."""
    return receiver if may_take_on(store, receiver) and not arrival.courtesy else None


def _kind_of_unknown(arrival: Arrival) -> str:
    if arrival.other:
        return Visit.Kind.OTHER_BUSINESS
    return Visit.Kind.RETURN if arrival.returning else Visit.Kind.FIRST


def _note(lead: Lead, visit: Visit, arrival: Arrival, *, by, now, source) -> None:
    if arrival.car_model:
        add_interest(lead, arrival.car_model)
    if arrival.current_car:
        note_current_car(lead.customer, arrival.current_car)
    record_evidence(
        lead,
        EvidenceKind.VISIT,
        ref_kind="visit",
        ref_id=visit.pk,
        by=by,
        at=visit.arrived_at,
        recorded_at=now,
        source=source,
    )


def day_counters(store: Store, on: dt.date) -> list[tuple[str, str, int]]:
    """The two gap-free serials of a day: everybody who came, and the register (SPEC RECP-10)."""
    return [(f"flow:{store.pk}", on.isoformat(), 1), (f"walkin:{store.pk}", on.isoformat(), 1)]


@transaction.atomic
def tally(store: Store, *, persons: int, by, at: dt.datetime, now: dt.datetime) -> Visit:
    """Count a group that nobody could take down (SPEC RECP-02).

    It has a flow serial, no register serial and no customer; it counts as a first visit that came,
    and in no cadence (A65). `at` = arrival, UTC. Refused and NotAllowed as for `log_visit`.
    """
    if not by.roles_in(store) & set(LOGGING):
        raise NotAllowed(_("Your role does not write the registers."))
    _check_facts(Arrival(persons=persons), at=at, now=now)
    on = store.business_date(at)
    (flow,) = take(day_counters(store, on)[0])
    return Visit.objects.create(
        store=store, on=on, flow_serial=flow, register_serial=None, kind=Visit.Kind.FIRST, persons=persons,
        arrived_at=at, left_at=at, recorded_at=now, closed_at=now, completed=True,
    )  # fmt: skip


def _write_row(store, arrival, lead, *, receiver, at, now, source, kind=None, serials=None) -> Visit:
    on = store.business_date(at)
    flow, register = serials or take(*day_counters(store, on))
    return Visit.objects.create(
        store=store,
        on=on,
        flow_serial=flow,
        register_serial=register,
        arrived_at=at,
        recorded_at=now,
        persons=arrival.persons,
        receiver=receiver,
        lead=lead,
        customer=lead.customer if lead else None,
        kind=kind or _kind_of_unknown(arrival),
        other=arrival.other,
        courtesy=_is_courtesy(lead, receiver) if arrival.courtesy is None else arrival.courtesy,
        purpose=arrival.purpose,
        came_by_car=arrival.came_by_car or bool(arrival.current_car),
        name_text=arrival.name,
        phone_text=phone_text(arrival.phone_text, lead),
        car_model=arrival.car_model,
        channel=arrival.channel,
        area=arrival.area,
        media=arrival.media,
        remark=arrival.remark,
        outcome=DECLINED if arrival.declined else "",
        written_serial=arrival.written_serial,
        left_at=arrival.left_at,
        closed_at=now if arrival.left_at else None,
        completed=bool(arrival.left_at),
        horizon_days=arrival.horizon_days,
        grade_written=arrival.grade_written,
        source=source,
    )


def _is_courtesy(lead: Lead | None, receiver) -> bool:
    """Somebody else's customer, received for him (SPEC RECP-05)."""
    return bool(lead and lead.owner_id and lead.owner_id != receiver.pk)


def is_counted(visit: Visit) -> bool:
    """Whether a visit counts for cadence and protection (SPEC A65)."""
    return visit.kind in COUNTED_KINDS and visit.lead_id is not None
