"""The call register's verb: somebody calls in (SPEC 3, A64, A65, RECP-10)."""

import datetime as dt
from dataclasses import dataclass
from functools import partial

from django.utils.translation import gettext as _

from accounts.counters import take
from accounts.errors import Refused
from accounts.models import Store, User
from accounts.sql import insert
from followups.contacts import Said, check_said, tell_contact, write_contact
from followups.models import Contact
from followups.outcomes import REACHED, Outcome
from followups.timers import open_timers
from leads.access import may_work_on
from leads.acts import acting, write
from leads.by_number import NEW, Opening, lead_by_number, written
from leads.identity import live_points
from leads.intake import add_interest, record_opening
from leads.log import record
from leads.machine import EvidenceKind
from leads.models import CarModel, Lead, Term
from leads.models.leads import Status
from leads.models.log import EventKind, Source
from leads.moves import record_evidence
from leads.ownership import set_owner
from leads.phones import read_phone
from leads.reviving import revive
from leads.steps import Step

from .call_messages import take_message
from .judging import judge
from .models import Call
from .outcomes import DECLINED
from .reception import Standing, check_people, lock_known, may_take_on, phone_text, what_stands
from .rota_turns import Known, keep_call


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
    designated: User | None = None  # whom the caller asked for (SPEC CALL-01)
    message: str | None = None  # set = they did not answer, and this was left for them (SPEC CALL-02)
    grade: str = ""  # when they buy, by the words of the grade; empty = it was not said
    grade_reason: str = ""
    next_on: dt.date | None = None  # a store day
    agreed: bool = False
    coming_at: dt.datetime | None = None  # an appointment (SPEC A13)

    @property
    def came_of_it(self) -> str:
        """The outcome of the talk; empty where nobody talked yet."""
        if self.declined:
            return DECLINED
        return self.outcome if self.message is None else ""

    @property
    def said(self) -> Said:
        """The call as a contact."""
        dates = {"next_on": self.next_on, "agreed": self.agreed, "coming_at": self.coming_at}
        return Said(self.outcome, direction=Contact.Direction.IN, **dates)

    @property
    def plans(self) -> bool:
        """Whether it says when they buy, or when to talk or meet next."""
        return bool(self.grade or self.next_on or self.coming_at)


def log_call(
    store: Store, enquiry: Enquiry, *, receiver, by, at: dt.datetime, now: dt.datetime, source: str = "screen"
) -> tuple[Call, bool]:
    """Write an enquiry call; answers (call, created). The same lead at the same moment is one call.

    A usable number leads to its one customer and lead as for a visit; a new one is reached, stands
    at reception (T03) and has seven days to come (CALL-09). A known customer's owner keeps him; for
    whoever may work on the lead the call is a contact too (SPEC A64). The owner follows up within
    24 hours of the call's end (A65). When they buy, a next date and an appointment are set along, for
    who may work on the lead. Without a number only the register row stands. Who was asked for
    (`designated`) is the receiver; with a `message` nobody talked yet: no contact, and a task to call
    back (S05). Else the up list tells whose turn it was (CALL-04). `at` = when it rang, UTC. Refused: a
    message for nobody, a moment in the future, an end before the beginning, no outcome, no receiver,
    dates as for `log_contact`, a grade as for `choose_grade`, both of a colleague's customer.
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
    if enquiry.message is not None and enquiry.designated is None:
        raise Refused(_("Say for whom the message is."), field="designated")
    if enquiry.outcome not in REACHED:  # whoever calls was reached
        raise Refused(_("Tap what came out of it."), field="outcome")
    check_said(enquiry.said, at=at, now=now)


def _log(store, enquiry, **who) -> tuple[Call, bool]:
    if enquiry.lead_id:
        return _known_caller(store, enquiry, enquiry.lead_id, **who)
    phone = read_phone(enquiry.phone_text, country=store.country, store_code=store.code)
    if phone is None:
        return _write_row(store, enquiry, None, **who), True
    by, at, now = who["by"], who["at"], who["now"]
    on = store.business_date(at)
    terms = {"channel": enquiry.channel, "area": enquiry.area, "media": enquiry.media}
    # Who calls is reached, stands at reception (T03) and has seven days to come (CALL-09).
    dates = {"last_visit_at": None, "phone_only_since": on}
    if enquiry.message is None:
        dates |= {"first_attempt_at": at, "last_contact_at": at}
    opening = Opening(
        _taker(store, who["receiver"]),
        Step.RECEPTION,
        {**terms, **dates},
        verified_at=at if enquiry.read_back else None,
    )
    counters = (call_counter(store, on),)
    found = lead_by_number(store, phone, opening, name=enquiry.name, by=by, at=at, now=now, also=counters)
    if found.opened:
        known = Known(found.opened.owner_id, family=True) if found.of_family else None
        return _first_call(store, enquiry, found.opened, found.serials[0], known=known, **who), True
    if enquiry.read_back:
        live_points(store.group_id, phone.value).update(verified_at=at)
    return _known_caller(store, enquiry, found.lead_id, **who)


def call_counter(store: Store, on: dt.date) -> tuple[str, str, int]:
    """The gap-free serial of a day's call register (SPEC RECP-10)."""
    return (f"call:{store.pk}", on.isoformat(), 1)


def _taker(store: Store, receiver):
    """Who owns a lead that is nobody's: whoever took the call."""
    return receiver if may_take_on(store, receiver) else None


def _first_call(store, enquiry, lead, serial, *, receiver, by, at, now, source, known) -> Call:
    with acting(lead, met=enquiry.message is None, read=NEW):
        call = _write_row(
            store, enquiry, lead, receiver=receiver, by=by, at=at, now=now, source=source, serial=serial,
            known=known,
        )  # fmt: skip
        record_opening(lead, by=by, source=source, data={"call": call.pk}, step=Step.PROSPECTING)
        codes = {"from_value": Step.PROSPECTING.code, "to_value": Step(lead.step).code}
        data = {"skipped": [], "by_hand": False, "evidence": EvidenceKind.CALL}
        record(lead, EventKind.STEP, at=at, recorded_at=now, by=by, source=source, data=data, **codes)
        _note(lead, call, enquiry, by=by, now=now, source=source)
        if enquiry.message is None:
            lead.needs_declined = False
            _grade(lead, enquiry, wants=False, by=by, at=at, now=now)
            write_contact(lead, enquiry.said, by=receiver, at=at, now=now)
            open_timers(lead, what="call", ref_id=call.pk, ended_at=call.ended_at, now=now)
    return call


def _grade(lead: Lead, enquiry: Enquiry, *, wants: bool, by, at, now) -> None:
    """The grade by the horizon that was said; nobody has to ask for it on the phone (SPEC GRD-14).

    `wants`: a model was known before the call. The grade they tap says the horizon, so one is enough.
    """
    if enquiry.grade and not lead.customer.is_organisation:
        judge(
            lead,
            grade=enquiry.grade,
            reason=enquiry.grade_reason,
            horizon_days=None,
            models=int(wants or enquiry.car_model is not None),
            by=by,
            at=at,
            now=now,
        )


def _known_caller(store, enquiry, lead_id, *, receiver, by, at, now, source) -> tuple[Call, bool]:
    lead = lock_known(store, lead_id)
    stands = what_stands(lead, receiver, called_at=at)
    if stands.again:
        return Call.objects.get(pk=stands.again), False
    owner = _becomes_owner(lead, stands, receiver, at=at, now=now)
    talked = enquiry.message is None
    met = talked and (owner is not None or may_work_on(lead, receiver, now=now))
    if talked and enquiry.plans and not met:
        raise Refused(_("A colleague's customer: grade and dates are the owner's. Write it in a word."))
    known = Known(lead.owner_id) if lead.owner_id and lead.is_active else None
    told = {"at": at, "recorded_at": now, "by": by, "source": source}
    with acting(lead, met=met, read=stands.read):
        _bring_in(lead, stands, owner, by=by, at=at, now=now, source=source)
        call = _write_row(
            store, enquiry, lead, receiver=receiver, by=by, at=at, now=now, source=source, known=known
        )
        record(lead, EventKind.CALL, to_value=enquiry.came_of_it, data={"call": call.pk}, **told)
        _note(lead, call, enquiry, by=by, now=now, source=source)
        if met:
            _grade(lead, enquiry, wants=stands.read["has_models"], by=by, at=at, now=now)
            tell_contact(lead, *write_contact(lead, enquiry.said, by=receiver, at=at, now=now))
        if talked:
            open_timers(lead, what="call", ref_id=call.pk, ended_at=call.ended_at, now=now)
    return call, True


def _becomes_owner(lead: Lead, stands: Standing, receiver, *, at, now) -> User | None:
    """Whoever took the call, of a lead that is nobody's any more, or lost or invalid (T33, T41).

    Not who it lapsed from: only a visit gives it back to him (SPEC A70).
    """
    owner = _taker(lead.store, receiver)
    if lead.status in (Status.LOST, Status.VOID):
        return None if stands.settled_since(EventKind.STATUS, at, now) else owner
    if lead.owner_id or not owner or stands.last_owner == str(owner.pk):
        return None
    settled = EventKind.OWNER if lead.is_active else EventKind.STATUS
    return None if stands.settled_since(settled, at, now) else owner


def _bring_in(lead: Lead, stands: Standing, owner, *, by, at, now, source) -> None:
    """A closed lead is live again, one of the pool has an owner; who has not come has seven days to do so."""
    if not lead.is_active:
        if stands.settled_since(EventKind.STATUS, at, now):
            return
        revive(lead, owner=owner, by=by, at=at, now=now, source=source)
        lead.phone_only_since = lead.phone_only_ended_on = None
    elif owner:
        set_owner(lead, owner, by=by, at=at, recorded_at=now, reason="call", source=source)
    if lead.last_visit_at is None and lead.phone_only_since is None:
        lead.phone_only_since = lead.store.business_date(at)
    write(lead, "phone_only_since", "phone_only_ended_on")


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
        just_written=True,
    )


def _write_row(
    store, enquiry, lead, *, receiver, by, at, now, source, serial=None, known: Known | None = None
) -> Call:
    on = store.business_date(at)
    if serial is None:
        (serial,) = take(call_counter(store, on))
    call = Call(
        store=store,
        on=on,
        serial=serial,
        at=at,
        ended_at=enquiry.ended_at or at,
        recorded_at=now,
        receiver=receiver if enquiry.message is None else None,
        designated=enquiry.designated,
        read_back_at=at if enquiry.read_back else None,
        outcome=enquiry.came_of_it,
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
    insert(call)
    if enquiry.message is not None:
        take_message(call, for_user=enquiry.designated, text=enquiry.message, by=by)
    elif source == Source.SCREEN:
        keep_call(call, by=by, known=known)
    return call
