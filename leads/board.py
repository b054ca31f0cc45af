"""The board: the leads of a filter as columns by step, each a page at a time, the hottest first."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import Store, User
from accounts.roles import Role
from accounts.rules import setting

from .list_columns import ListedLead, read
from .list_pages import Cursor, by_priority, cursor_of, select_of
from .list_rows import Row, Words, row_of
from .lists import CAP, days_allowed, in_words, is_stuck
from .models.leads import Status
from .models.terms import GRADE_ORDER
from .steps import Step, step_label

CARDS = 8  # of a column at first
MORE = 25  # that "more" brings
PLACES = ("id", "step", "rank", "next_due_on")
FOLDED = (Step.PROSPECTING, Step.DELIVERY, Step.FOLLOW_UP)  # narrow on a wide screen


@dataclass(frozen=True)
class Card:
    """A lead on the board: its row, and the days it stands too long in the step (0 = in time)."""

    number: str
    row: Row
    stuck_days: int
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

    @property
    def code(self) -> str:
        return self.step.code


class CardWords(Words):
    """The words of a board's cards; `back` is the address that a move leads back to."""

    def __init__(self, store: Store, *, user: User, today: dt.date, back: str):
        super().__init__(store, today=today)
        self.move_url = f"{reverse('leads:move', args=['0']).replace('0', '%s')}?{urlencode({'next': back})}"
        self.move_text = _("Move %(name)s")
        self.user, roles = user, user.roles_in(store)
        self.leads = bool(roles & {Role.SUPERVISOR, Role.MANAGER})
        self.invites = Role.BDC_AGENT in roles

    def moves(self, lead: ListedLead) -> bool:
        """Whether the reader works on a lead of his board (SPEC A71); the rest he only reads.

        What an invitation agent sees and does not own he has set, and works on until reception.
        """
        if self.leads or lead.owner_id == self.user.pk:
            return True
        return self.invites and lead.step <= Step.RECEPTION


def board(
    leads: QuerySet, store: Store, *, user: User, today: dt.date, back: str, few: bool = False
) -> list[Column]:
    """The nine columns of active leads, in three statements; `few` = those of one person."""
    table = _table(leads, few=few)
    found = _first(table, CARDS + 1) if table else []
    counts = _counts(table) if table else dict.fromkeys(Step, 0)
    listed = {lead.pk: lead for lead in read([pk for _step, pk in found])}
    labels, words = setting(store, "step_labels"), CardWords(store, user=user, today=today, back=back)
    return [
        Column(
            step=step,
            name=str(step_label(step, labels)),
            count=in_words(counts[step]),
            allowed=days_allowed(store, step),
            folded=step in FOLDED,
            page=_page([listed[pk] for of, pk in found if of == step], CARDS, words),
        )
        for step in Step
    ]


# All columns are one common table, compiled once and cut by step here: by the ORM, nine columns and
# nine counts took longer to compile than the database took to answer.


def _table(leads: QuerySet, *, few: bool) -> tuple[str, tuple] | None:
    """The common table of a board, and its values; None when it cannot hold anybody.

    The few leads of one person are gathered first; of a whole store each column is read out of its index.
    """
    asked = select_of(leads.filter(status=Status.ACTIVE).annotate(rank=GRADE_ORDER).values_list(*PLACES))
    if asked is None:
        return None
    sql, values = asked
    return f"WITH leads AS {'MATERIALIZED' if few else 'NOT MATERIALIZED'} ({sql})", values


def _first(table: tuple[str, tuple], look: int) -> list[tuple[int, int]]:
    """The first leads of each step by priority, as (step, id), in one statement."""
    order = "rank, next_due_on ASC NULLS LAST, id"
    parts = [
        f"SELECT * FROM (SELECT {step:d} AS piece, id, rank, next_due_on FROM leads WHERE step = {step:d}"
        f" ORDER BY {order} LIMIT {look:d}) of_{step:d}"
        for step in Step
    ]
    union = " UNION ALL ".join(parts)
    with connection.cursor() as cursor:
        cursor.execute(f"{table[0]} SELECT piece, id FROM ({union}) found ORDER BY piece, {order}", table[1])
        return cursor.fetchall()


def _counts(table: tuple[str, tuple]) -> dict[int, int]:
    """How many leads stand in each step, CAP + 1 at most, in one statement."""
    parts = [
        f"(SELECT COUNT(*) FROM (SELECT 1 FROM leads WHERE step = {step:d} LIMIT {CAP + 1:d}) capped)"
        for step in Step
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"{table[0]} SELECT {', '.join(parts)}", table[1])
        return dict(zip(Step, cursor.fetchone(), strict=True))


def more_of(
    leads: QuerySet, step: Step, after: Cursor, store: Store, *, user: User, today: dt.date, back: str
) -> Cards:
    """The next cards of one column."""
    leads = leads.filter(status=Status.ACTIVE, step=step)
    return _page(
        read(by_priority(leads, after, MORE + 1)), MORE, CardWords(store, user=user, today=today, back=back)
    )


def _page(leads: list[ListedLead], size: int, words: CardWords) -> Cards:
    shown = leads[:size]
    after = cursor_of(shown[-1], graded=True) if len(leads) > size else None
    return Cards([_card(lead, words) for lead in shown], after)


def _card(lead: ListedLead, words: CardWords) -> Card:
    entered_on = words.store.business_date(lead.step_entered_at)
    late = is_stuck(lead.step, entered_on, store=words.store, today=words.today)
    days = (words.today - entered_on).days
    row = row_of(lead, words)
    move_url = words.move_url.replace("%s", lead.number, 1) if words.moves(lead) else ""
    return Card(lead.number, row, days if late else 0, move_url, words.move_text % {"name": row["name"]})
