"""The lines of a price talk in the reader's words: objections, and what was asked for (SPEC 12)."""

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet
from django.template.defaultfilters import floatformat
from django.urls import reverse

from accounts.prepared import Prepared
from accounts.templatetags.look import when
from leads.models import Lead

from .models import Concession, Objection
from .register_rows import Row
from .templatetags.choices import called

SHOWN = 20  # objections and concessions, the newest


class Raised(NamedTuple):
    """An objection, straight from the database."""

    pk: int
    at: dt.datetime
    cause: str
    obstacle: str
    technique: str
    text: str
    solved_at: dt.datetime | None


class Asked(NamedTuple):
    """Something that the customer asked for, straight from the database."""

    pk: int
    at: dt.datetime
    kind: str
    asked: str
    amount: Decimal | None
    answer: str
    answer_text: str
    by: str
    answered_by: str | None


ASKED = (*Asked._fields[: Asked._fields.index("by")], "by__full_name", "answered_by__full_name")


def objections(lead: Lead) -> list[Raised]:
    """The open ones first, then the newest; one statement."""
    rows = [Raised(*row) for row in _objections(lead=lead.pk)]
    return sorted(rows, key=lambda row: row.solved_at is not None)


@Prepared
def _objections(*, lead: int) -> QuerySet:
    rows = Objection.objects.filter(lead=lead).order_by("-at", "-id")
    return rows.values_list(*Raised._fields)[:SHOWN]


def concessions(lead: Lead) -> list[Asked]:
    """What was asked for, the newest first; one statement."""
    return [Asked(*row) for row in _concessions(lead=lead.pk)]


@Prepared
def _concessions(*, lead: int) -> QuerySet:
    return Concession.objects.filter(lead=lead).order_by("-at", "-id").values_list(*ASKED)[:SHOWN]


# --- for `{% lines %}` ------------------------------------------------------------------------


def objection_rows(rows: list[Raised], lead: Lead, *, today: dt.date, csrf: str) -> list[Row]:
    """`csrf` is what their forms send along."""
    page = {"store": lead.store, "today": today}
    solve = _address("showroom:objection_solved", lead)
    return [_objection(row, page) | {"solve": f"{solve}{row.pk}/", "csrf": csrf} for row in rows]


def _objection(row: Raised, page: dict) -> Row:
    cause = called(Objection, "cause", row.cause)
    return {
        "said": row.text or cause,
        "when": when(page, row.at),
        "cause": cause if row.text else "",
        "obstacle": row.obstacle and called(Objection, "obstacle", row.obstacle),
        "technique": row.technique and called(Objection, "technique", row.technique),
        "solved": row.solved_at,
    }


def concession_rows(
    rows: list[Asked], lead: Lead, *, leads_floor: bool, today: dt.date, csrf: str
) -> list[Row]:
    """`leads_floor` = the reader grants prices too; `csrf` is what their forms send along."""
    page = {"store": lead.store, "today": today}
    answer = _address("showroom:concession_answered", lead)
    return [
        _concession(row, page)
        | {"grants": leads_floor or row.kind != Concession.Kind.PRICE}
        | {"act": f"{answer}{row.pk}/", "csrf": csrf}
        for row in rows
    ]


def _concession(row: Asked, page: dict) -> Row:
    kind = called(Concession, "kind", row.kind)
    return {
        "asked": row.asked or kind,
        "amount": row.amount and floatformat(row.amount, "-2g"),
        "currency": page["store"].currency,
        "kind": kind,
        "by": row.by,
        "when": when(page, row.at),
        "text": row.answer_text,
        "answer": row.answer and called(Concession, "answer", row.answer),
        "granted": row.answer == Concession.Answer.GRANTED,
        "answered_by": row.answered_by,
    }


def _address(name: str, lead: Lead) -> str:
    """Where the forms of rows of a lead are sent to, without the row's number; asked once for all of them."""
    return reverse(name, args=[lead.number, 0]).removesuffix("0/")
