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
from accounts.sql import insert
from followups.cadence import is_newest, visit_counted
from leads.acts import acting
from leads.by_number import NEW, Opening, lead_by_number, written
from leads.identity import note_current_car
from leads.intake import add_interest, record_opening
from leads.log import record
from leads.machine import MONEY, EvidenceKind
from leads.models import CarModel, Lead, Term
from leads.models.leads import Status
from leads.models.log import EventKind, Source
from leads.moves import record_evidence, standing_evidence
from leads.ownership import overtake_proposals, set_owner
from leads.phones import read_phone
from leads.protection import phone_only_ends_on
from leads.reviving import revive
from leads.setters import is_with_the_desk
from leads.steps import Step

from .models import COUNTED_KINDS, Visit
from .outcomes import DECLINED
from .reception import Standing, check_people, lock_known, may_take_on, phone_text, what_stands
from .rota_turns import Known, OutOfTurn, turn_of_visit


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
    out_of_turn: OutOfTurn | None = None  # why it is not whose turn it is (SPEC RECP-07)
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
    who = {"receiver": receiver, "by": by, "at": at, "now": now, "source": source}
    if arrival.lead_id and not arrival.other:
        return _known_visitor(store, arrival, arrival.lead_id, **who)
    phone = read_phone(arrival.phone_text, country=store.country, store_code=store.code)
    if phone is None or arrival.other:
        row = _write_row(store, arrival, None, receiver=receiver, by=by, at=at, now=now, source=source)
        return row, True
    terms = {"channel": arrival.channel, "area": arrival.area, "media": arrival.media}
    opening = Opening(_new_owner(store, arrival, receiver), Step.RECEPTION, terms)
    counters = tuple(day_counters(store, store.business_date(at)))
    found = lead_by_number(store, phone, opening, name=arrival.name, by=by, at=at, now=now, also=counters)
    if found.opened is None:
        return _known_visitor(store, arrival, found.lead_id, **who)
    known = Known(found.opened.owner_id, family=True) if found.of_family else None
    return _first_visit(store, arrival, found.opened, found.serials, known=known, **who), True


def _first_visit(store, arrival, lead, serials, *, receiver, by, at, now, source, known) -> Visit:
    with acting(lead, read=NEW):
        visit = _write_row(
            store,
            arrival,
            lead,
            receiver=receiver,
            by=by,
            at=at,
            now=now,
            source=source,
            kind=_kind_of_unknown(arrival),
            serials=serials,
            known=known,
        )
        record_opening(lead, by=by, source=source, data={"visit": visit.pk})
        _note(lead, visit, arrival, by=by, now=now, source=source)
    return visit


def _known_visitor(store, arrival, lead_id, *, receiver, by, at, now, source) -> tuple[Visit, bool]:
    lead = lock_known(store, lead_id)
    stands = what_stands(lead, receiver, came_on=store.business_date(at))
    if source == Source.SCREEN and stands.again:
        return Visit.objects.get(pk=stands.again), False
    kind = Visit.Kind.RETURN if lead.last_visit_at else Visit.Kind.FIRST_CARDED
    told = {"at": at, "recorded_at": now, "by": by, "source": source}
    with acting(lead, met=is_newest(lead, at), read=stands.read):
        anybodys = _is_anybodys(lead, at)
        known = Known(lead.owner_id) if lead.owner_id and not anybodys else None
        owner = _new_owner(store, arrival, receiver)
        _bring_in(lead, stands, owner, anybodys=anybodys, by=by, at=at, now=now, source=source)
        visit = _write_row(
            store,
            arrival,
            lead,
            receiver=receiver,
            by=by,
            at=at,
            now=now,
            source=source,
            kind=kind,
            known=known,
        )
        record(lead, EventKind.VISIT, to_value=kind, data={"visit": visit.pk}, **told)
        _note(lead, visit, arrival, by=by, now=now, source=source)
        visit_counted(lead, visit_id=visit.pk, at=at, by=by)
    return visit, True


def _bring_in(lead: Lead, stands: Standing, owner, *, anybodys: bool, by, at, now, source) -> None:
    """A closed lead is live again (T31, T33, T41), and one that is anybody's goes to who receives."""
    if not lead.is_active:
        if not stands.settled_since(EventKind.STATUS, at, now):
            revive(lead, owner=owner, by=by, at=at, now=now, source=source)
    elif owner and anybodys and not stands.settled_since(EventKind.OWNER, at, now):
        set_owner(lead, owner, by=by, at=at, recorded_at=now, reason="visit", source=source)
    elif lead.lapses_on and lead.lapses_on <= lead.store.business_date(at):
        overtake_proposals(lead, at=now)


def _is_anybodys(lead: Lead, at: dt.datetime) -> bool:
    """Whether whoever receives owns: lost or invalid, of the pool, brought in by the invitation desk
    (A12), or who only called a week ago (SPEC CALL-09, A69)."""
    if not lead.is_active:
        return lead.status in (Status.LOST, Status.VOID)
    if lead.owner_id is None or is_with_the_desk(lead):
        return True
    ends_on = phone_only_ends_on(lead)
    over = ends_on is not None and ends_on <= lead.store.business_date(at)
    return over and not standing_evidence(lead) & MONEY


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
        just_written=True,
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


def _write_row(
    store,
    arrival,
    lead,
    *,
    receiver,
    by,
    at,
    now,
    source,
    kind=None,
    serials=None,
    known: Known | None = None,
) -> Visit:
    on = store.business_date(at)
    flow, register = serials or take(*day_counters(store, on))
    turn = None
    if source == Source.SCREEN and not arrival.other:
        turn = turn_of_visit(store, receiver=receiver, by=by, at=at, known=known, said=arrival.out_of_turn)
    visit = Visit(
        store=store,
        on=on,
        flow_serial=flow,
        register_serial=register,
        arrived_at=at,
        recorded_at=now,
        receiver=receiver,
        lead=lead,
        customer=lead.customer if lead else None,
        kind=kind or _kind_of_unknown(arrival),
        courtesy=_is_courtesy(lead, receiver) if arrival.courtesy is None else arrival.courtesy,
        phone_text=phone_text(arrival.phone_text, lead),
        closed_at=now if arrival.left_at else None,
        source=source,
        **_as_said(arrival),
    )
    insert(visit)
    if turn:
        turn.keep(visit=visit)
    return visit


SAID = (
    "persons", "other", "purpose", "car_model", "channel", "area", "media", "remark", "written_serial",
    "left_at", "horizon_days", "grade_written",
)  # fmt: skip


def _as_said(arrival: Arrival) -> dict:
    """The columns of a visit that hold what was said of it."""
    return {name: getattr(arrival, name) for name in SAID} | {
        "came_by_car": arrival.came_by_car or bool(arrival.current_car),
        "name_text": arrival.name,
        "outcome": DECLINED if arrival.declined else "",
        "completed": bool(arrival.left_at),
    }


def _is_courtesy(lead: Lead | None, receiver) -> bool:
    """Somebody else's customer, received for him (SPEC RECP-05)."""
    return bool(lead and lead.owner_id and lead.owner_id != receiver.pk)


def is_counted(visit: Visit) -> bool:
    """Whether a visit counts for cadence and protection (SPEC A65)."""
    return visit.kind in COUNTED_KINDS and visit.lead_id is not None
