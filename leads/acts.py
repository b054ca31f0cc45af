"""One act on one lead: what its verbs change is held, and written once at its end (PERFORMANCE)."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby

from django.db import models

from accounts import sql

from .models import Lead


class Act:
    """What is being done to a locked lead.

    `read` holds by name what the act has read after the lock, so that nobody asks for it again.
    `met`: the customer is met in it, so that the act itself closes every task and dates the lead.
    """

    def __init__(self, lead: Lead, *, met: bool, read: Mapping):
        self.lead, self.met, self.read = lead, met, dict(read)
        self.fields: dict[str, None] = {}
        self.rows: list[models.Model] = []
        self.last: dict[str, Callable[[], object]] = {}
        self.before = _columns(lead)

    def finish(self) -> None:
        """One UPDATE of the lead where a column differs, what waits for it, one INSERT of all rows."""
        now = _columns(self.lead)
        names = {name: Lead._meta.get_field(name).attname for name in self.fields}
        changed = [name for name, column in names.items() if now[column] != self.before[column]]
        if changed:
            sql.update(self.lead, changed)
        for run in self.last.values():
            run()
        by_table = sorted(self.rows, key=lambda row: row._meta.db_table)
        sql.insert_together(*(list(rows) for _model, rows in groupby(by_table, key=type)))


def _columns(lead: Lead) -> dict:
    return {field.attname: getattr(lead, field.attname) for field in lead._meta.concrete_fields}


@contextmanager
def acting(lead: Lead, *, met: bool = False, read: Mapping | None = None) -> Iterator[Act]:
    """Hold what the verbs inside write of a lead until the block ends; the caller holds its row.

    Inside, the lead in memory is what counts, and an event has no number yet. An act within an act
    is a part of it. If the block raises nothing is written.
    """
    if lead.act:
        yield lead.act
        return
    lead.act = Act(lead, met=met, read=read or {})
    try:
        yield lead.act
        lead.act.finish()
    finally:
        lead.act = None


def write(lead: Lead, *fields: str) -> None:
    """Save columns of a lead: at once, or with all others at the end of its act."""
    if lead.act:
        lead.act.fields |= dict.fromkeys(fields)
    else:
        sql.update(lead, fields)


def insert(lead: Lead, row: models.Model) -> models.Model:
    """Insert a row about a lead: at once, or with its like at the end of the act."""
    if lead.act:
        lead.act.rows.append(row)
    else:
        sql.insert(row)
    return row


def at_end(lead: Lead, what: str, run: Callable[[], object]) -> None:
    """Do something at once, or once by this name before the rows of the act are inserted."""
    if lead.act:
        lead.act.last[what] = run
    else:
        run()


def remember(lead: Lead, what: str, value) -> None:
    """Let the rest of the act know it, if there is one."""
    if lead.act:
        lead.act.read[what] = value


def held(lead: Lead, table: type[models.Model]) -> list:
    """The rows of a table that the lead's act inserts at its end."""
    return [row for row in lead.act.rows if isinstance(row, table)] if lead.act else []


def known(lead: Lead, what: str):
    """What the lead's act has read; None when there is no act, or it did not look."""
    return lead.act.read.get(what) if lead.act else None


def is_met(lead: Lead) -> bool:
    """Whether an act is under way that meets the customer: it leaves no open task and a new date."""
    return bool(lead.act and lead.act.met)
