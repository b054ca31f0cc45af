"""Search everywhere: who fits what was typed, in the store; a colleague's customer as a masked card.

Two statements: who fits, then what is shown of them (SPEC A70, A71).
"""

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Store, User

from .list_columns import ListedLead, read
from .list_pages import select_of
from .masking import mask_name
from .models import Lead
from .models.leads import Status
from .search import Search

SHOWN = 8  # whoever is not among them goes on typing
LOOKED_AT = 200  # candidates weighed for those
COLUMNS = ("id", "customer_id", "car_no", "status", "owner_id", "seen")


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
    """Who fits; by name the reader's own apart from all others, of whom only so many are weighed."""
    leads = Lead.objects.filter(store=store)
    if not search.by_name:
        return _rows([search.among(leads)], user, now)
    keys = search.name_keys
    own = leads.filter(
        Exists(keys.filter(customer=OuterRef("customer_id"))), owner=user, status=Status.ACTIVE
    )
    near = leads.filter(customer_id__in=keys.values("customer_id")[:LOOKED_AT])
    return _rows([own, near], user, now)


def _rows(parts: list[QuerySet], user: User, now: dt.datetime) -> list[tuple]:
    seen = Exists(Lead.objects.visible_to(user, now=now).filter(pk=OuterRef("pk")))
    asked = [select_of(leads.annotate(seen=seen).values_list(*COLUMNS)[:LOOKED_AT]) for leads in parts]
    asked = [found for found in asked if found]
    if not asked:
        return []
    union = " UNION ".join(f"SELECT * FROM ({sql}) AS part{place}" for place, (sql, _) in enumerate(asked))
    with connection.cursor() as cursor:
        cursor.execute(union, [value for _, values in asked for value in values])
        return cursor.fetchall()


def _one_a_customer(rows: list[tuple]) -> list[tuple]:
    """The lead that stands for each customer: one that is seen, active, the newest car."""
    best: dict[int, tuple] = {}
    for row in rows:
        rank = (bool(row[5]), row[3] == Status.ACTIVE, row[2])
        if row[1] not in best or rank > best[row[1]][0]:
            best[row[1]] = (rank, row)
    return [row for _rank, row in best.values()]
