"""The live answer under the phone field: who this is, and whose (SPEC OWN-01, A14, A70, A72).

Pure of rendering. At most four statements: the full number by its exact index, four digits by
(group, tail), a name by the prefix of its keys.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, Value

from accounts.models import Membership, Store, User
from accounts.roles import RECEIVING, SELLING, Role
from accounts.rules import setting
from followups.models import Appointment
from leads.access import sees_all_of
from leads.household import family_lead
from leads.identity import live_contact_point
from leads.masking import mask_name
from leads.models import Customer, Lead, NameKey
from leads.models.leads import Status
from leads.models.terms import in_reader_language
from leads.phones import is_tail, read_phone, shortfall
from leads.pinyin import search_key
from leads.protection import phone_only_ends_on
from leads.text import folded

SHOWN = 8  # rows of a list; whoever is not among them goes on typing
LOOKED_AT = 200  # candidates weighed for those rows
SHORTEST_NAME = 2


class State(StrEnum):
    EMPTY = "empty"
    TOO_SHORT = "too_short"
    INCOMPLETE = "incomplete"  # digits that are no phone yet
    TAIL = "tail"
    NAMES = "names"
    NEW = "new"
    MINE = "mine"
    COLLEAGUE = "colleague"
    POOL = "pool"  # nobody's, lost before, or called a week ago: whoever receives owns
    KNOWN_IN_GROUP = "known_in_group"
    INVITED = "invited"  # an invitation agent's: whoever receives owns, unless he named somebody (A12)
    FAMILY = "family"  # new here, but counts as one with a customer we have (SPEC OWN-03)
    HERE_NOW = "here_now"


@dataclass(frozen=True)
class Match:
    """One known customer by his lead; the name is masked unless the reader may see the card."""

    pk: int
    number: str
    name: str
    seen: bool  # the reader may open the card
    state: State
    grade: str
    step: int
    skipped: str
    status: str
    car: str
    owner_id: int | None
    owner_name: str
    expected_at: dt.datetime | None  # an appointment of today
    last_on: dt.date | None  # last visit or contact
    here_since: dt.datetime | None
    closes: int | None  # the open visit that the reader may close


@dataclass(frozen=True)
class Answer:
    """What the typed text leads to; `short` = digits a mobile still lacks, `more` = rows left out.

    `known_as` = who it is in another store of the group, where the stores share names (SPEC A11).
    """

    state: State
    match: Match | None = None
    matches: tuple[Match, ...] = ()
    more: bool = False
    short: int = 0
    known_as: str = ""


def answer(store: Store, typed: str, *, user: User, now: dt.datetime) -> Answer:
    """The answer to what stands in the phone field: a number, its last four digits, or a name."""
    text = folded(typed)
    if not text:
        return Answer(State.EMPTY)
    if any(sign.isalpha() for sign in text):
        return _by_name(store, text, user=user, now=now)
    if is_tail(text):
        return _list(State.TAIL, _with_tail(store, text), store, user=user, now=now)
    phone = read_phone(text, country=store.country, store_code=store.code)
    if phone:
        return _by_number(store, phone.value, user=user, now=now)
    digits = sum(sign.isdigit() for sign in text)
    if digits < 4:
        return Answer(State.TOO_SHORT)
    return Answer(State.INCOMPLETE, short=shortfall(text, country=store.country))


def answer_for(lead: Lead, *, user: User, now: dt.datetime) -> Answer:
    """The answer to one known customer, picked from a list."""
    (match,) = _matches([light(lead)], lead.store, user=user, now=now)
    return Answer(match.state, match=match)


def _by_number(store: Store, value: str, *, user: User, now: dt.datetime) -> Answer:
    known = live_contact_point(store.group, value)
    if known is None:
        return Answer(State.NEW)
    leads = Lead.objects.filter(store=store, customer_id=known.customer_id)
    picked = _one_a_customer(leads.values_list(*LIGHT))
    if not picked:
        return _without_a_lead(store, known.customer, user=user, now=now)
    (match,) = _matches(picked[:1], store, user=user, now=now)
    return Answer(match.state, match=match)


def _without_a_lead(store: Store, customer: Customer, *, user: User, now: dt.datetime) -> Answer:
    """Known, but not here: of a family we have, or a customer of another store of the group."""
    if family := family_lead(customer, store):
        (match,) = _matches([light(family)], store, user=user, now=now)
        return Answer(State.FAMILY, match=match)
    elsewhere = Lead.objects.filter(customer=customer).select_related("store").order_by("-pk").first()
    if elsewhere is None:
        return Answer(State.NEW)
    shares = setting(store, "group_shares") and setting(elsewhere.store, "group_shares")
    known_as = f"{customer.name} · {elsewhere.store.name}" if shares else ""
    return Answer(State.KNOWN_IN_GROUP, known_as=known_as)


# --- lists ----------------------------------------------------------------------------

LIGHT = ("pk", "customer_id", "car_no", "status", "owner_id")
light = attrgetter(*LIGHT)


def _with_tail(store: Store, tail: str) -> list[tuple]:
    points = {"group_id": store.group_id, "tail": tail, "ended_at": None}
    leads = Lead.objects.filter(
        store=store, **{f"customer__contact_points__{field}": value for field, value in points.items()}
    )
    return list(leads.values_list(*LIGHT)[:LOOKED_AT])


def _by_name(store: Store, text: str, *, user: User, now: dt.datetime) -> Answer:
    key = search_key(text)
    if len(key) < SHORTEST_NAME:
        return Answer(State.TOO_SHORT)
    keys = NameKey.objects.filter(group_id=store.group_id, key__startswith=key)
    # The reader's own are few; of all others only so many are weighed, however short the key.
    own = Lead.objects.active().filter(store=store, owner=user)
    own = own.filter(Exists(keys.filter(customer=OuterRef("customer_id"))))
    near = Lead.objects.filter(store=store, customer_id__in=keys.values("customer_id")[:LOOKED_AT])
    found = [*own.values_list(*LIGHT)[:LOOKED_AT], *near.values_list(*LIGHT)[:LOOKED_AT]]
    return _list(State.NAMES, found, store, user=user, now=now)


def _list(state: State, found: list[tuple], store: Store, *, user: User, now: dt.datetime) -> Answer:
    """The likeliest customers: expected today first, then one's own, then the newest."""
    picked = _one_a_customer(found)
    expected = set(_expected(store, [row[0] for row in picked], now)) if picked else set()
    picked.sort(key=lambda row: (row[0] not in expected, row[4] != user.pk, -row[0]))
    matches = _matches(picked[:SHOWN], store, user=user, now=now)
    return Answer(state, matches=tuple(matches), more=len(picked) > SHOWN)


def _one_a_customer(rows) -> list[tuple]:
    """The lead a visit of each customer belongs to: the newest active one, else the newest."""
    best: dict[int, tuple] = {}
    for row in rows:
        _pk, customer, car_no, status, _owner = row
        rank = (status == Status.ACTIVE, car_no)
        if customer not in best or rank > best[customer][0]:
            best[customer] = (rank, row)
    return [row for _rank, row in best.values()]


def _expected(store: Store, lead_ids: list[int], now: dt.datetime):
    today = store.business_date(now)
    planned = Appointment.objects.filter(
        lead_id__in=lead_ids,
        state=Appointment.State.PLANNED,
        at__range=(store.start_of_day(today), store.end_of_day(today)),
    )
    return planned.values_list("lead_id", flat=True)


# --- one row --------------------------------------------------------------------------


def _matches(picked: list[tuple], store: Store, *, user: User, now: dt.datetime) -> list[Match]:
    """The customers of these leads as the reader may see them, in this order; one statement."""
    if not picked:
        return []
    rows = _looked_up(Lead.objects.filter(pk__in=[row[0] for row in picked]), store, now=now)
    if sees_all_of(user, store) or _all_own(picked, store, user):
        rows = rows.annotate(seen=Value(True))
    else:
        rows = rows.annotate(seen=Exists(Lead.objects.visible_to(user, now=now).filter(pk=OuterRef("pk"))))
    by_id: dict[int, Lead] = {}
    for row in rows:
        by_id.setdefault(row.pk, row)
    return [_match(by_id[row[0]], store, user, now) for row in picked if row[0] in by_id]


def _all_own(picked: list[tuple], store: Store, user: User) -> bool:
    """Own leads need no further rule to be seen by who sells (SPEC A71)."""
    return bool(user.roles_in(store) & set(SELLING)) and all(row[4] == user.pk for row in picked)


def _looked_up(leads: QuerySet, store: Store, *, now: dt.datetime) -> QuerySet:
    """With what a row tells; of several cars or visits in the house the first row has the first of each."""
    today = store.business_date(now)
    day = (store.start_of_day(today), store.end_of_day(today))
    planned = Appointment.objects.filter(
        lead=OuterRef("pk"), state=Appointment.State.PLANNED, at__range=day
    ).order_by("at")
    receives = Membership.objects.filter(
        store=store, user=OuterRef("owner_id"), role__in=RECEIVING, ends_on=None
    )
    here = Q(visits__on=today, visits__left_at=None, visits__voided_at=None)
    return leads.annotate(
        here=FilteredRelation("visits", condition=here),
        here_id=F("here__pk"),
        here_since=F("here__arrived_at"),
        here_receiver=F("here__receiver_id"),
        customer_name=F("customer__name"),
        owner_name=F("owner__full_name"),
        car_en=F("interests__car_model__name_en"),
        car_zh=F("interests__car_model__name_zh"),
        expected_at=Subquery(planned.values("at")[:1]),
        receives=Exists(receives),
    ).order_by("here__arrived_at", "interests__rank", "interests__pk")


def _match(row: Lead, store: Store, user: User, now: dt.datetime) -> Match:
    row.store = store
    leads_the_floor = bool(user.roles_in(store) & {Role.MANAGER, Role.SUPERVISOR})
    may_close = leads_the_floor or user.pk in (row.here_receiver, row.owner_id)
    name = row.customer_name
    last_at = max(filter(None, (row.last_visit_at, row.last_contact_at)), default=None)
    return Match(
        pk=row.pk,
        number=row.number,
        name=name if row.seen else mask_name(name),
        seen=row.seen,
        state=_state(row, user, store.business_date(now)),
        grade=row.grade,
        step=row.step,
        skipped=row.skipped,
        status=row.status,
        car=in_reader_language(row.car_en or "", row.car_zh or ""),
        owner_id=row.owner_id,
        owner_name=row.owner_name or "",
        expected_at=row.expected_at,
        last_on=store.business_date(last_at) if last_at else None,
        here_since=row.here_since,
        closes=row.here_id if may_close else None,
    )


def _state(row: Lead, user: User, today: dt.date) -> State:
    if row.here_id:
        return State.HERE_NOW
    if row.owner_id is None or row.status not in (Status.ACTIVE, Status.DORMANT):
        return State.POOL
    if row.owner_id == user.pk:
        return State.MINE
    if not (row.receives or row.last_visit_at):
        return State.INVITED
    ends_on = phone_only_ends_on(row)
    return State.POOL if ends_on and ends_on <= today else State.COLLEAGUE
