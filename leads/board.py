"""The board: the leads of a filter as columns by step, each a page at a time, the hottest first."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import Store
from accounts.rules import setting

from .list_columns import ListedLead, read
from .list_pages import Cursor, by_priority, cursor_of, first_of
from .list_rows import Row, Words, row_of
from .lists import capped_counts, days_allowed, in_words, is_stuck
from .models.leads import Status
from .steps import Step, step_label

CARDS = 8  # of a column at first
MORE = 25  # that "more" brings
FOLDED = (Step.PROSPECTING, Step.DELIVERY, Step.FOLLOW_UP)  # narrow on a wide screen


@dataclass(frozen=True)
class Card:
    """A lead on the board: its row, and the days it stands too long in the step (0 = in time)."""

    pk: int
    number: str
    row: Row
    stuck_days: int


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


def board(leads: QuerySet, store: Store, *, today: dt.date) -> list[Column]:
    """The nine columns of active leads, in three statements."""
    leads = leads.filter(status=Status.ACTIVE)
    columns = {step: leads.filter(step=step) for step in Step}
    found = first_of({int(step): column for step, column in columns.items()}, CARDS + 1)
    counts = capped_counts(store, columns)
    listed = {lead.pk: lead for lead in read([pk for _step, pk in found])}
    labels, words = setting(store, "step_labels"), Words(store, today=today)
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


def more_of(leads: QuerySet, step: Step, after: Cursor, store: Store, *, today: dt.date) -> Cards:
    """The next cards of one column."""
    leads = leads.filter(status=Status.ACTIVE, step=step)
    return _page(read(by_priority(leads, after, MORE + 1)), MORE, Words(store, today=today))


def _page(leads: list[ListedLead], size: int, words: Words) -> Cards:
    shown = leads[:size]
    after = cursor_of(shown[-1], graded=True) if len(leads) > size else None
    return Cards([_card(lead, words) for lead in shown], after)


def _card(lead: ListedLead, words: Words) -> Card:
    entered_on = words.store.business_date(lead.step_entered_at)
    late = is_stuck(lead.step, entered_on, store=words.store, today=words.today)
    days = (words.today - entered_on).days
    return Card(lead.pk, lead.number, row_of(lead, words), days if late else 0)
