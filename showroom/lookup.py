"""The live answer under the phone field: who this is, and whose (SPEC OWN-01, A14, A70, A72).

Pure of rendering. Two statements for who is known: the full number by its exact index, four digits by
(group, tail), a name by the prefix of its keys; then what is told of them.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from accounts.models import Store, User
from accounts.roles import SELLING, Role
from accounts.rules import setting
from leads.household import family_lead
from leads.masking import mask_name
from leads.models import Customer, Lead
from leads.models.leads import Status
from leads.phones import is_tail, read_phone, shortfall
from leads.pinyin import search_key
from leads.protection import phone_only_ends_on
from leads.text import folded

from .lookup_rows import Light, Told, told, with_name, with_number, with_tail

SHOWN = 8  # rows of a list; whoever is not among them goes on typing
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
        return _list(State.TAIL, with_tail(store, text, now=now), store, user=user, now=now)
    phone = read_phone(text, country=store.country, store_code=store.code)
    if phone:
        return _by_number(store, phone.value, user=user, now=now)
    digits = sum(sign.isdigit() for sign in text)
    if digits < 4:
        return Answer(State.TOO_SHORT)
    return Answer(State.INCOMPLETE, short=shortfall(text, country=store.country))


def answer_for(lead: Lead, *, user: User, now: dt.datetime) -> Answer:
    """The answer to one known customer, picked from a list."""
    match = _match_of(lead, lead.store, user=user, now=now)
    return Answer(match.state, match=match)


def _match_of(lead: Lead | Light, store: Store, *, user: User, now: dt.datetime) -> Match:
    (match,) = _matches([lead], store, user=user, now=now)
    return match


def _by_number(store: Store, value: str, *, user: User, now: dt.datetime) -> Answer:
    customer_id, leads = with_number(store, value)
    if customer_id is None:
        return Answer(State.NEW)
    if not leads:
        return _without_a_lead(store, customer_id, user=user, now=now)
    match = _match_of(_one_a_customer(leads)[0], store, user=user, now=now)
    return Answer(match.state, match=match)


def _without_a_lead(store: Store, customer_id: int, *, user: User, now: dt.datetime) -> Answer:
    """Known, but not here: of a family we have, or a customer of another store of the group."""
    customer = Customer.objects.get(pk=customer_id)
    if family := family_lead(customer, store):
        return Answer(State.FAMILY, match=_match_of(family, store, user=user, now=now))
    elsewhere = Lead.objects.filter(customer=customer).select_related("store").order_by("-pk").first()
    if elsewhere is None:
        return Answer(State.NEW)
    shares = setting(store, "group_shares") and setting(elsewhere.store, "group_shares")
    known_as = f"{customer.name} · {elsewhere.store.name}" if shares else ""
    return Answer(State.KNOWN_IN_GROUP, known_as=known_as)


# --- lists ----------------------------------------------------------------------------


def _by_name(store: Store, text: str, *, user: User, now: dt.datetime) -> Answer:
    key = search_key(text)
    if len(key) < SHORTEST_NAME:
        return Answer(State.TOO_SHORT)
    return _list(
        State.NAMES, with_name(store, key, user=user, now=now, enough=SHOWN), store, user=user, now=now
    )


def _list(state: State, found: list[Light], store: Store, *, user: User, now: dt.datetime) -> Answer:
    """The likeliest customers: expected today first, then one's own, then the newest."""
    picked = _one_a_customer(found)
    picked.sort(key=lambda lead: (not lead.expected, lead.owner_id != user.pk, -lead.pk))
    matches = _matches(picked[:SHOWN], store, user=user, now=now)
    return Answer(state, matches=tuple(matches), more=len(picked) > SHOWN)


def _one_a_customer(leads: list[Light]) -> list[Light]:
    """The lead a visit of each customer belongs to: the newest active one, else the newest."""
    best: dict[int, tuple] = {}
    for lead in leads:
        rank = (lead.status == Status.ACTIVE, lead.car_no)
        if lead.customer_id not in best or rank > best[lead.customer_id][0]:
            best[lead.customer_id] = (rank, lead)
    return [lead for _rank, lead in best.values()]


# --- one row --------------------------------------------------------------------------


def _matches(picked: list[Lead | Light], store: Store, *, user: User, now: dt.datetime) -> list[Match]:
    """The customers of these leads as the reader may see them, in this order; one statement."""
    own = _all_own(picked, store, user)
    rows = told([lead.pk for lead in picked], store, user=user, now=now, own=own)
    return [_match(row, store, user, now) for row in rows]


def _all_own(picked: list[Lead | Light], store: Store, user: User) -> bool:
    """Own leads need no further rule to be seen by who sells (SPEC A71)."""
    return bool(user.roles_in(store) & set(SELLING)) and all(lead.owner_id == user.pk for lead in picked)


def _match(row: Told, store: Store, user: User, now: dt.datetime) -> Match:
    leads_the_floor = bool(user.roles_in(store) & {Role.MANAGER, Role.SUPERVISOR})
    may_close = leads_the_floor or user.pk in (row.here_receiver, row.owner_id)
    last_at = max(filter(None, (row.last_visit_at, row.last_contact_at)), default=None)
    return Match(
        pk=row.pk,
        number=row.number,
        name=row.name if row.seen else mask_name(row.name),
        seen=bool(row.seen),
        state=_state(row, store, user, store.business_date(now)),
        grade=row.grade,
        step=row.step,
        skipped=row.skipped,
        status=row.status,
        car=row.car,
        owner_id=row.owner_id,
        owner_name=row.owner_name or "",
        expected_at=row.expected_at,
        last_on=store.business_date(last_at) if last_at else None,
        here_since=row.here_since,
        closes=row.here_id if may_close else None,
    )


def _state(row: Told, store: Store, user: User, today: dt.date) -> State:
    if row.here_id:
        return State.HERE_NOW
    if row.owner_id is None or row.status not in (Status.ACTIVE, Status.DORMANT):
        return State.POOL
    if row.owner_id == user.pk:
        return State.MINE
    if not (row.receives or row.last_visit_at):
        return State.INVITED
    ends_on = phone_only_ends_on(_called(row, store)) if row.phone_only_since else None
    return State.POOL if ends_on and ends_on <= today else State.COLLEAGUE


def _called(row: Told, store: Store) -> Lead:
    """A lead as the rule of those who only called asks about it."""
    names = ("step", "status", "owner_id", "phone_only_since", "agreed_on", "protected_from")
    return Lead(store=store, **{name: getattr(row, name) for name in names})
