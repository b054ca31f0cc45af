"""A day's registers and the desk log as lists, and what they add up to (SPEC RECP-02, A14, A18)."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Store, User
from accounts.prepared import Prepared
from accounts.roles import SELLING, Role
from leads.machine import EvidenceKind
from leads.models import Evidence
from leads.models.terms import in_reader_language
from leads.phones import mask

from .access import WHOLE_REGISTER
from .correcting import may_edit_all
from .models import COUNTED_KINDS, Call, Visit
from .outcomes import outcome_label
from .register import first_phone

READERS = (*WHOLE_REGISTER, Role.SUPERVISOR, Role.CONSULTANT)
DESK = (Role.MANAGER, Role.GENERAL_MANAGER)
SEES_CARDS = (Role.MANAGER, Role.GENERAL_MANAGER)


class DaysVisit(NamedTuple):
    """A row of the walk-in register, straight from the database: a page of a hundred needs no models."""

    pk: int
    flow_serial: int
    register_serial: int | None  # None = counted only
    arrived_at: dt.datetime
    left_at: dt.datetime | None
    persons: int
    kind: str
    other: str
    courtesy: bool
    completed: bool
    outcome: str
    name_text: str
    phone_text: str
    voided_at: dt.datetime | None
    lead_id: int | None
    receiver_id: int | None
    assistant_id: int | None
    third_id: int | None
    phone: str | None
    customer_name: str | None
    receiver_name: str | None
    lead_number: str | None
    lead_owner: int | None
    car_en: str | None
    car_zh: str | None
    media_en: str | None
    media_zh: str | None

    @property
    def taken_by(self) -> tuple[int | None, ...]:
        """Who received, and who helped to."""
        return self.receiver_id, self.assistant_id, self.third_id


class DaysCall(NamedTuple):
    """A row of the call register, straight from the database."""

    pk: int
    serial: int
    at: dt.datetime
    outcome: str
    read_back_at: dt.datetime | None
    name_text: str
    phone_text: str
    voided_at: dt.datetime | None
    lead_id: int | None
    receiver_id: int | None
    phone: str | None
    customer_name: str | None
    receiver_name: str | None
    lead_number: str | None
    lead_owner: int | None
    car_en: str | None
    car_zh: str | None
    designated_name: str | None

    @property
    def taken_by(self) -> tuple[int | None, ...]:
        """A call is taken by one."""
        return (self.receiver_id,)


class Line(NamedTuple):
    """One row of a register as its reader may see it; the number is masked (SPEC A72)."""

    row: DaysVisit | DaysCall
    at: dt.datetime
    serial: int | None  # None = counted only
    name: str
    number: str
    outcome: str
    may_edit: bool
    card: str  # the lead's number when the reader opens its card

    @property
    def is_void(self) -> bool:
        return self.row.voided_at is not None


@dataclass(frozen=True)
class Numbers:
    """What a day's visits add up to; other business stands apart and in no rate (SPEC RECP-02, A14)."""

    batches: int
    persons: int
    first: int  # first natural visits, those counted only among them
    carded: int
    returned: int
    other: int
    logged: int  # of the first natural visits
    in_house: int

    @property
    def log_rate(self) -> float | None:
        """Logged of the first natural visits, per cent; None without any (SPEC A40)."""
        return round(100 * self.logged / self.first, 1) if self.first else None


def sees_whole(user: User, store: Store) -> bool:
    return bool(user.roles_in(store) & set(WHOLE_REGISTER))


def visit_lines(store: Store, on: dt.date, *, user: User, now: dt.datetime) -> list[Line]:
    """A day's walk-in register, the newest first; one statement."""
    if sees_whole(user, store):
        rows = _all_visits(store=store.pk, on=on)
    else:
        rows = _visits(_of_the_day(Visit, store, on, user=user, now=now))
    reader, ended = Reader.of(user, store), cache(_ended)
    lines = []
    for visit in map(DaysVisit._make, rows):
        outcome = ended(visit.outcome, visit.completed) if visit.left_at else ""
        lines.append(reader.line(visit, visit.arrived_at, visit.register_serial, outcome))
    return lines


def call_lines(store: Store, on: dt.date, *, user: User, now: dt.datetime) -> list[Line]:
    """A day's call register, the newest first; one statement."""
    if sees_whole(user, store):
        rows = _all_calls(store=store.pk, on=on)
    else:
        rows = _calls(_of_the_day(Call, store, on, user=user, now=now))
    reader, said = Reader.of(user, store), cache(outcome_label)
    return [reader.line(call, call.at, call.serial, said(call.outcome)) for call in map(DaysCall._make, rows)]


def _of_the_day(model, store: Store, on: dt.date, *, user: User, now: dt.datetime) -> QuerySet:
    """The rows of a day that a person may see, with the words of `_with_words`."""
    rows = model.objects.all() if sees_whole(user, store) else model.objects.visible_to(user, now=now)
    return _with_words(rows.filter(store=store, on=on))


def _visits(rows: QuerySet) -> QuerySet:
    rows = rows.annotate(media_en=F("media__name_en"), media_zh=F("media__name_zh"))
    return rows.order_by("-flow_serial").values_list(*DaysVisit._fields)


def _calls(rows: QuerySet) -> QuerySet:
    rows = rows.annotate(designated_name=F("designated__full_name"))
    return rows.order_by("-serial").values_list(*DaysCall._fields)


def _with_words(rows: QuerySet) -> QuerySet:
    """With the few words a line shows of what hangs on its row."""
    return rows.annotate(
        phone=first_phone(),
        customer_name=F("customer__name"),
        receiver_name=F("receiver__full_name"),
        lead_number=F("lead__number"),
        lead_owner=F("lead__owner_id"),
        car_en=F("car_model__name_en"),
        car_zh=F("car_model__name_zh"),
    )


_all_visits = Prepared(lambda *, store, on: _visits(_with_words(Visit.objects.filter(store=store, on=on))))
_all_calls = Prepared(lambda *, store, on: _calls(_with_words(Call.objects.filter(store=store, on=on))))


@dataclass(frozen=True)
class Reader:
    """Whose page it is, and what the roles held in its store allow; asked once, not for each row."""

    user: User
    sells: bool
    opens_all: bool
    edits_all: bool

    @classmethod
    def of(cls, user: User, store: Store) -> "Reader":
        roles = user.roles_in(store)
        return cls(
            user=user,
            sells=bool(roles & set(SELLING)),
            opens_all=bool(roles & set(SEES_CARDS)),
            edits_all=may_edit_all(store, by=user),
        )

    def line(self, row: DaysVisit | DaysCall, at: dt.datetime, serial: int | None, outcome: str) -> Line:
        """A row as this reader may see it."""
        opens = self.opens_all or (self.sells and row.lead_owner == self.user.pk)
        number = row.phone or row.phone_text
        return Line(
            row=row,
            at=at,
            serial=serial,
            name=row.customer_name or row.name_text,
            number=number and mask(number),
            outcome=outcome,
            may_edit=self.edits_all or self.user.pk in row.taken_by,
            card=row.lead_number if row.lead_id and opens else "",
        )


def _ended(outcome: str, completed: bool) -> str:
    """How a visit ended that is over."""
    return outcome_label(outcome) if completed else _("not completed")


def numbers(lines: list[Line]) -> Numbers:
    """The sums of a day's walk-in register; void rows count nowhere."""
    return _sums([line.row for line in lines if not line.is_void])


def _sums(visits: Sequence[Visit | DaysVisit]) -> Numbers:
    came = [visit for visit in visits if visit.kind in COUNTED_KINDS]
    kinds = Counter(visit.kind for visit in visits)
    return Numbers(
        batches=len(came),
        persons=sum(visit.persons for visit in came),
        first=kinds[Visit.Kind.FIRST],
        carded=kinds[Visit.Kind.FIRST_CARDED],
        returned=kinds[Visit.Kind.RETURN],
        other=kinds[Visit.Kind.OTHER_BUSINESS],
        logged=sum(is_logged(visit) for visit in came if visit.kind == Visit.Kind.FIRST),
        in_house=sum(visit.left_at is None for visit in came),
    )


def is_logged(visit: Visit | DaysVisit) -> bool:
    """Left a contact point; a visit that the night had to close counts as visited only (SPEC A14)."""
    closed_by_the_night = visit.left_at is not None and not visit.completed
    return visit.lead_id is not None and not closed_by_the_night


def media(lines: list[Line]) -> list[tuple[str, int]]:
    """Visits by the medium that brought them, the most first; sums to the batches (SPEC RECP-20)."""
    came = [line.row for line in lines if not line.is_void and line.row.kind in COUNTED_KINDS]
    asked = Counter((visit.media_en or "", visit.media_zh or "") for visit in came)
    seen = Counter()
    for names, count in asked.items():
        seen[in_reader_language(*names)] += count
    named = sorted((pair for pair in seen.items() if pair[0]), key=lambda pair: -pair[1])
    return [*named, (_("not asked"), seen[""])] if named and seen[""] else named


# --- the desk log -----------------------------------------------------------------------


@dataclass(frozen=True)
class DeskLine:
    """One visit as the desk sees it (SPEC A18)."""

    visit: Visit
    name: str
    drove: bool
    quoted: bool
    sold: bool
    minutes: int  # in the house so far
    why_not: str

    @property
    def is_here(self) -> bool:
        return self.visit.left_at is None

    @property
    def left_unmet(self) -> bool:
        """Left without a deal and without a manager."""
        return not self.is_here and not self.sold and self.visit.manager_met_at is None


@dataclass(frozen=True)
class Desk:
    """The desk log of a day; `numbers` counts those too that were counted only."""

    lines: list[DeskLine]
    numbers: Numbers
    left: int
    met: int
    drives: int
    sold: int
    unmet: int


def desk_log(store: Store, on: dt.date, *, user: User, now: dt.datetime) -> Desk:
    """A day's visits in one table, the newest first, other business apart (SPEC A18); one statement."""
    proof = Evidence.objects.filter(lead=OuterRef("lead_id"), revoked_at=None, at__range=store.day(on))
    visits = list(
        _of_the_day(Visit, store, on, user=user, now=now)
        .filter(voided_at=None)
        .annotate(
            lead_grade=F("lead__grade"),
            drove=Exists(proof.filter(kind=EvidenceKind.DRIVE_STARTED)),
            quoted=Exists(proof.filter(kind=EvidenceKind.QUOTE)),
            sold=Exists(proof.filter(kind__in=(EvidenceKind.DEPOSIT, EvidenceKind.CONTRACT))),
        )
        .order_by("-flow_serial")
    )
    shown = [v for v in visits if v.kind in COUNTED_KINDS and v.register_serial is not None]
    lines = [_desk_line(visit, now) for visit in shown]
    left = [line for line in lines if not line.is_here]
    return Desk(
        lines=lines,
        numbers=_sums(visits),
        left=len(left),
        met=sum(line.visit.manager_met_at is not None for line in left),
        drives=sum(line.drove for line in lines),
        sold=sum(line.sold for line in lines),
        unmet=sum(line.left_unmet for line in left),
    )


def _desk_line(visit: Visit, now: dt.datetime) -> DeskLine:
    unsold = visit.left_at is not None and not visit.sold
    said = (_ended(visit.outcome, visit.completed), visit.remark) if unsold else ()
    return DeskLine(
        visit=visit,
        name=visit.customer_name or visit.name_text,
        drove=visit.drove,
        quoted=visit.quoted,
        sold=visit.sold,
        minutes=int((now - visit.arrived_at).total_seconds() // 60),
        why_not=" · ".join(filter(None, said)),
    )
