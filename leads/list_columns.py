"""The columns of the list of leads, in SQL.

By the ORM, building and compiling this statement took longer than the database took to answer it.
"""

import datetime as dt
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from accounts.prepared import Statement

from .models import Customer
from .models.terms import in_reader_language
from .steps import Step

COLUMNS = Statement("""
    SELECT lead.id, lead.number, lead.grade, lead.step, lead.skipped, lead.priority, lead.status,
           customer.kind, lead.owner_id, lead.next_due_on, lead.wake_on,
           lead.step_entered_at, lead.last_contact_at, lead.last_visit_at,
           customer.name, owner.full_name,
           (SELECT point.value FROM leads_contactpoint point
             WHERE point.customer_id = lead.customer_id AND point.kind = 'phone' AND point.ended_at IS NULL
             ORDER BY point.id LIMIT 1),
           channel.name_en, channel.name_zh, car.name_en, car.name_zh
      FROM leads_lead lead
      JOIN leads_customer customer ON customer.id = lead.customer_id
      LEFT JOIN accounts_user owner ON owner.id = lead.owner_id
      LEFT JOIN leads_term channel ON channel.id = lead.channel_id
      LEFT JOIN leads_carmodel car ON car.id =
           (SELECT wish.car_model_id FROM leads_leadmodel wish
             WHERE wish.lead_id = lead.id ORDER BY wish.rank, wish.id LIMIT 1)
     WHERE lead.id = ANY(%(ids)s)""")


class ListedLead(NamedTuple):
    """The columns of one row, straight from the database: a list of rows needs no models."""

    pk: int
    number: str
    grade: str
    step: int
    skipped: str
    priority: bool
    status: str
    kind: str  # of the customer
    owner_id: int | None
    next_due_on: dt.date | None
    wake_on: dt.date | None
    step_entered_at: dt.datetime
    last_contact_at: dt.datetime | None
    last_visit_at: dt.datetime | None
    customer_name: str
    owner_name: str | None
    phone: str | None
    channel_name: str
    model_name: str

    @property
    def asks_date(self) -> bool:
        """Whether having no next date is an alarm: not for an organisation (SPEC FLOW-09, TYPE-06)."""
        return self.step < Step.FOLLOW_UP and self.kind != Customer.Kind.ORGANISATION


def read(ids: list[int]) -> list[ListedLead]:
    """Everything the rows of some leads show, in one statement and in the order of the ids."""
    if not ids:
        return []
    word = cache(in_reader_language)
    found = {row[0]: _listed(row, word) for row in COLUMNS(ids=ids)}
    return [found[pk] for pk in ids]


def _listed(row: tuple, word: Callable[[str, str], str]) -> ListedLead:
    columns, moments, words = row[:11], map(aware, row[11:14]), row[14:17]
    channel, car = word(row[17] or "", row[18] or ""), word(row[19] or "", row[20] or "")
    return ListedLead(*columns, *moments, *words, channel, car)


def aware(moment: dt.datetime | None) -> dt.datetime | None:
    """An instant as read; SQLite keeps them in UTC and does not say so."""
    return moment.replace(tzinfo=dt.UTC) if moment and moment.tzinfo is None else moment
