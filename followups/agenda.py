"""Appointments of a day or a week: who comes when, set by whom, and what became of it (SPEC A13)."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from accounts.models import Store, User
from accounts.prepared import Prepared
from accounts.roles import SELLING, Role
from leads.access import is_visible, works_as_own
from leads.models import Customer, Lead, LeadModel
from leads.models.leads import Status
from leads.models.terms import in_reader_language
from leads.organisations import MEETINGS

from .models import Appointment

VIEWERS = (*SELLING, Role.GENERAL_MANAGER, Role.RECEPTIONIST)
LONGEST = 7  # days of a page
STATES = Appointment.State


@dataclass(frozen=True)
class Line:
    """One appointment; `opens_card` = the reader sees the lead whole, `may_work` = and works on it."""

    appointment: Appointment
    name: str
    car: str
    opens_card: bool
    may_work: bool
    late: bool


class Coming(NamedTuple):
    """An appointment of a day, straight from the database: a screen that refreshes itself needs no models."""

    pk: int
    at: dt.datetime
    kind: str
    state: str
    lead_id: int
    lead_number: str
    lead_store_id: int
    owner_id: int | None
    setter_id: int | None
    owner_name: str | None
    customer_name: str
    car_en: str | None
    car_zh: str | None

    @property
    def lead_key(self) -> tuple:
        """For `visible_among`."""
        return self.lead_id, self.lead_store_id, self.owner_id, self.setter_id

    @property
    def car(self) -> str:
        """The model in the reader's language; "" for none."""
        return in_reader_language(self.car_en or "", self.car_zh or "")

    def is_late(self, now: dt.datetime, *, asks_after: dt.timedelta) -> bool:
        """Planned, and so long past its hour that somebody should ask (SPEC A13)."""
        return self.state == STATES.PLANNED and now > self.at + asks_after


@dataclass(frozen=True)
class Meeting:
    """A meeting of an organisation, at no set hour (SPEC TYPE-07, S39)."""

    lead: Lead
    meeting: str

    @property
    def name(self) -> str:
        return self.lead.customer.name


@dataclass(frozen=True)
class Agenda:
    """The days of the page in order, each with its meetings and then its lines; `counts` by state."""

    days: list[tuple[dt.date, list[Meeting | Line]]]
    counts: Counter

    @property
    def states(self) -> list[tuple[str, int]]:
        """How many of each state, in their order; one that moved is counted where it went."""
        counted = [state for state in STATES if state != STATES.MOVED and self.counts[state]]
        return [(STATES(state).label, self.counts[state]) for state in counted]


def appointments_visible_to(user: User, *, now: dt.datetime) -> QuerySet:
    """Those of leads one sees; reception sees who comes to its store (SPEC A13, A71)."""
    of_leads = Q(lead__in=Lead.objects.visible_to(user, now=now).values("pk"))
    return Appointment.objects.filter(of_leads | Q(store_id__in=user.stores_as(Role.RECEPTIONIST)))


def sees_appointment(appointment: Appointment, user: User, *, now: dt.datetime) -> bool:
    """Whether an appointment, read with its lead, is among `appointments_visible_to`."""
    receives = appointment.store_id in user.stores_as(Role.RECEPTIONIST)
    return receives or is_visible(appointment.lead, user, now=now)


def coming_on(store: Store, on: dt.date) -> list[Coming]:
    """Every appointment of a store day, by its hour; one statement. Whoever reads them: `shown_to`."""
    rows = _coming(store=store.pk, start=store.start_of_day(on), end=store.end_of_day(on))
    return [Coming(*row) for row in rows]


@Prepared
def _coming(*, store: int, start: dt.datetime, end: dt.datetime) -> QuerySet:
    rows = Appointment.objects.filter(store=store, at__range=(start, end)).order_by("at", "id")
    return _with_cars(rows).values_list(
        "pk", "at", "kind", "state", "lead_id", "lead__number", "lead__store_id", "lead__owner_id",
        "lead__setter_id", "lead__owner__full_name", "lead__customer__name", "car_en", "car_zh",
    )  # fmt: skip


def shown_to(user: User, store: Store, rows: list[Coming], *, seen: set[int]) -> list[Coming]:
    """`appointments_visible_to` for rows that are read; `seen` = the leads that the person sees."""
    if store.pk in user.stores_as(Role.RECEPTIONIST):
        return rows
    return [row for row in rows if row.lead_id in seen]


def build(
    user: User, store: Store, first: dt.date, last: dt.date, *, asks_after: dt.timedelta, now: dt.datetime
) -> Agenda:
    """The agenda from a store day to a store day, both included, in two statements.

    An appointment that moved stands on its old day too, crossed out; `asks_after` its hour it is late.
    """
    lines: dict[dt.date, list[Line]] = {}
    start, end = store.start_of_day(first), store.day(last)[1]
    rows = appointments_visible_to(user, now=now).filter(store=store, at__range=(start, end))
    for row in _with_words(rows, user, now):
        row.lead.store = store
        planned = row.state == STATES.PLANNED
        line = Line(
            appointment=row,
            name=row.lead.customer.name,
            car=in_reader_language(row.car_en or "", row.car_zh or ""),
            opens_card=row.is_seen,
            may_work=row.is_seen and works_as_own(row.lead, user),
            late=planned and now > row.at + asks_after,
        )
        lines.setdefault(store.business_date(row.at), []).append(line)
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    counts = Counter(line.appointment.state for day in lines.values() for line in day)
    meetings = _meetings(user, store, first, last, now)
    return Agenda([(day, [*meetings.get(day, []), *lines.get(day, [])]) for day in days], counts)


def _meetings(
    user: User, store: Store, first: dt.date, last: dt.date, now: dt.datetime
) -> dict[dt.date, list[Meeting]]:
    """Meetings of organisations that are worked on, of leads one sees, by day."""
    span = (first, last)
    leads = Lead.objects.visible_to(user, now=now).filter(
        Q(organisation__selection_on__range=span) | Q(organisation__tender_on__range=span),
        store=store,
        status__in=(Status.ACTIVE, Status.DORMANT),
        customer__kind=Customer.Kind.ORGANISATION,
    )
    found: dict[dt.date, list[Meeting]] = {}
    for lead in leads.select_related("organisation", "customer", "owner").order_by("number"):
        for name, words in MEETINGS.items():
            if (on := getattr(lead.organisation, name)) and first <= on <= last:
                found.setdefault(on, []).append(Meeting(lead, str(words)))
    return found


def _with_words(rows: QuerySet, user: User, now: dt.datetime) -> QuerySet:
    seen = Lead.objects.visible_to(user, now=now).filter(pk=OuterRef("lead_id"))
    rows = rows.select_related("lead__customer", "lead__owner", "set_by", "moved_to")
    return _with_cars(rows.annotate(is_seen=Exists(seen))).order_by("at", "id")


def _with_cars(rows: QuerySet) -> QuerySet:
    favourite = LeadModel.objects.filter(lead=OuterRef("lead_id")).order_by("rank", "id")
    return rows.annotate(
        car_en=Subquery(favourite.values("car_model__name_en")[:1]),
        car_zh=Subquery(favourite.values("car_model__name_zh")[:1]),
    )
