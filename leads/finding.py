"""Search everywhere: who fits what was typed, in the store; a colleague's customer as a masked card.

Two statements: who fits, then what is shown of them (SPEC A70, A71).
"""

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from accounts.models import Store, User

from .list_columns import ListedLead, read
from .list_pages import Select, select_of
from .masking import mask_name
from .models import Lead
from .models.leads import Status
from .search import Search
from .search_rows import COLUMNS, LOOKED_AT, named, seen_by

SHOWN = 8  # whoever is not among them goes on typing


@dataclass(frozen=True)
class Found:
    """One customer by his lead; `seen` = the reader may open the card, else the name is masked."""

    lead: ListedLead
    name: str
    seen: bool
    mine: bool


@dataclass(frozen=True)
class Answer:
    found: list[Found]
    more: bool = False  # others are left out


def find(store: Store, search: Search, *, user: User, now: dt.datetime) -> Answer:
    """The likeliest customers of a store: those one sees first, one's own before them, the newest on top."""
    if not search:
        return Answer([])
    rows = _one_a_customer(_candidates(store, search, user=user, now=now))
    rows.sort(key=lambda row: (not row[5], row[4] != user.pk, row[3] != Status.ACTIVE, -row[0]))
    picked = rows[:SHOWN]
    listed = read([row[0] for row in picked])
    found = [
        _found(lead, seen=bool(row[5]), mine=row[4] == user.pk)
        for lead, row in zip(listed, picked, strict=True)
    ]
    return Answer(found, more=len(rows) > SHOWN)


def _found(lead: ListedLead, *, seen: bool, mine: bool) -> Found:
    return Found(lead, lead.customer_name if seen else mask_name(lead.customer_name), seen, mine)


def _candidates(store: Store, search: Search, *, user: User, now: dt.datetime) -> list[tuple]:
    """Who fits, as COLUMNS and whether the reader sees him; one statement."""
    fits = _named(store, search, user) if search.by_name else _numbered(store, search)
    if fits is None:
        return []
    seen, values = seen_by(user, store, now=now)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT lead.*, {seen} FROM ({fits[0]}) lead", [*values, *fits[1]])
        return cursor.fetchall()


def _named(store: Store, search: Search, user: User) -> Select | None:
    return named(store, search.name_key, user, enough=SHOWN) if search.name_key else None


def _numbered(store: Store, search: Search) -> Select | None:
    leads = search.among(Lead.objects.filter(store=store))
    return select_of(leads.values_list(*COLUMNS.split(", "))[:LOOKED_AT])


def _one_a_customer(rows: list[tuple]) -> list[tuple]:
    """The lead that stands for each customer: one that is seen, active, the newest car."""
    best: dict[int, tuple] = {}
    for row in rows:
        rank = (bool(row[5]), row[3] == Status.ACTIVE, row[2])
        if row[1] not in best or rank > best[row[1]][0]:
            best[row[1]] = (rank, row)
    return [row for _rank, row in best.values()]
