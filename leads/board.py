"""The board: the leads of a filter as columns by step, each a page at a time, the hottest first."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import TypedDict

from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Store, User
from accounts.roles import Role
from accounts.rules import setting

from .list_columns import ListedLead, read
from .list_pages import GRADED, Cursor, Select, by_grade, cursor_of, table_of
from .list_rows import Words, last_of
from .lists import CAP, days_allowed, in_words
from .models.leads import Status
from .steps import Step, step_label

CARDS = 8  # of a column at first
MORE = 25  # that "more" brings
FOLDED = (Step.PROSPECTING, Step.DELIVERY, Step.FOLLOW_UP)  # narrow on a wide screen


class Card(TypedDict):
    """A lead on the board, in the reader's words."""

    number: str
    url: str
    plate: str
    name: str
    model: str
    stuck: str  # how long it stands here, when that is too long
    due: str
    last: str
    owner: str
    move_url: str  # the sheet "move to", which leads back to the board; "" = read only
    move_text: str


@dataclass(frozen=True)
class Cards:
    """A page of a column; `after` is where the next one starts, None at its end."""

    cards: list[Card]
    after: Cursor | None


@dataclass(frozen=True)
class Column:
    step: Step
    name: str
    count: str
    allowed: int  # days a lead may stand here, 0 = no limit
    folded: bool
    page: Cards


class CardWords(Words):
    """The words of a board's cards; `back` is the address that a move leads back to."""

    def __init__(self, store: Store, *, user: User, today: dt.date, back: str):
        super().__init__(store, today=today)
        self.move_url = f"{reverse('leads:move', args=['0']).replace('0', '%s')}?{urlencode({'next': back})}"
        self.move_text = _("Move %(name)s")
        self.user, roles = user, user.roles_in(store)
        self.leads = bool(roles & {Role.SUPERVISOR, Role.MANAGER})
        self.invites = Role.BDC_AGENT in roles
        self.allowed = cache(lambda step: days_allowed(store, step))
        self.days_here = cache(_days_here)

    def moves(self, lead: ListedLead) -> bool:
        """Whether the reader works on a lead of his board (SPEC A71); the rest he only reads.

        What an invitation agent sees and does not own he has set, and works on until reception.
        """
        if self.leads or lead.owner_id == self.user.pk:
            return True
        return self.invites and lead.step <= Step.RECEPTION

    def stuck(self, lead: ListedLead) -> str:
        """How long a lead stands in its step, when the store allows less (SPEC FLOW-04)."""
        days, allowed = (
            (self.today - self.store.business_date(lead.step_entered_at)).days,
            self.allowed(lead.step),
        )
        return self.days_here(days) if allowed and days > allowed else ""


def _days_here(days: int) -> str:
    return ngettext("%(days)s day here", "%(days)s days here", days) % {"days": days}


def board(
    leads: QuerySet, store: Store, *, user: User, today: dt.date, back: str, few: bool = False
) -> list[Column]:
    """The nine columns of active leads, in two statements; `few` = those of one person."""
    table = table_of(leads, few=few)
    found, counts = (_few if few else _many)(table, CARDS + 1) if table else ([], dict.fromkeys(Step, 0))
    listed = {lead.pk: lead for lead in read([pk for _step, pk in found])}
    labels, words = setting(store, "step_labels"), CardWords(store, user=user, today=today, back=back)
    return [
        Column(
            step=step,
            name=str(step_label(step, labels)),
            count=in_words(counts[step]),
            allowed=words.allowed(step),
            folded=step in FOLDED,
            page=_page([listed[pk] for of, pk in found if of == step], CARDS, words),
        )
        for step in Step
    ]


Found = tuple[list[tuple[int, int]], dict[int, int]]  # the first leads as (step, id); how many each step has


# One plan for all columns: nine parts of a union took longer to plan than to run.
COLUMNS = f"""
    {{table}}, steps(step) AS (VALUES {", ".join(f"({step:d})" for step in Step)})
    SELECT steps.step,
           (SELECT {{joined}} FROM (SELECT id FROM leads WHERE leads.step = steps.step
                                     ORDER BY {GRADED} LIMIT {{look}}) first),
           (SELECT COUNT(*) FROM (SELECT 1 FROM leads WHERE leads.step = steps.step LIMIT {CAP + 1}) capped)
      FROM steps"""
JOINED = {"postgresql": "string_agg(CAST(id AS text), ',')", "sqlite": "group_concat(id)"}


def _many(table: Select, look: int) -> Found:
    """Of a whole store: each column read out of its index, counted to CAP + 1."""
    asked = COLUMNS.format(table=table[0], joined=JOINED[connection.vendor], look=look)
    with connection.cursor() as cursor:
        cursor.execute(asked, table[1])
        rows = cursor.fetchall()
    first = [(step, int(pk)) for step, ids, _among in rows for pk in (ids or "").split(",") if pk]
    return first, {step: among for step, _ids, among in rows}


def _few(table: Select, look: int) -> Found:
    """Of one person: all of them gathered and numbered, in one statement."""
    numbered = (
        f"SELECT step, id, ROW_NUMBER() OVER (PARTITION BY step ORDER BY {GRADED}) AS place,"
        " COUNT(*) OVER (PARTITION BY step) AS among FROM leads"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"{table[0]} SELECT step, id, among FROM ({numbered}) numbered WHERE place <= {look:d}"
            " ORDER BY step, place",
            table[1],
        )
        rows = cursor.fetchall()
    return [row[:2] for row in rows], dict.fromkeys(Step, 0) | {step: among for step, _pk, among in rows}


def more_of(
    leads: QuerySet, step: Step, after: Cursor, store: Store, *, user: User, today: dt.date, back: str
) -> Cards:
    """The next cards of one column."""
    leads = leads.filter(status=Status.ACTIVE, step=step)
    return _page(
        read(by_grade(leads, after, MORE + 1)), MORE, CardWords(store, user=user, today=today, back=back)
    )


def _page(leads: list[ListedLead], size: int, words: CardWords) -> Cards:
    shown = leads[:size]
    after = cursor_of(shown[-1], graded=True) if len(leads) > size else None
    return Cards([_card(lead, words) for lead in shown], after)


def _card(lead: ListedLead, words: CardWords) -> Card:
    name = lead.customer_name or words.nameless
    return Card(
        number=lead.number,
        url=words.card % lead.number,
        plate=words.plate(lead.grade),
        name=name,
        model=lead.model_name,
        stuck=words.stuck(lead),
        due=words.due(lead.next_due_on, lead.asks_date),
        last=last_of(lead, words)[0],
        owner=lead.owner_name or words.pool,
        move_url=words.move_url.replace("%s", lead.number, 1) if words.moves(lead) else "",
        move_text=words.move_text % {"name": name},
    )
