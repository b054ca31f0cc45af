"""What is done to the open tasks of a lead: at once, or all that an act does in one statement."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from leads.acts import at_end, known, remember
from leads.models import Lead

from .models import Task


class Sql(NamedTuple):
    """A condition on the columns of a task, or a value made of them, and its parameters."""

    text: str
    params: tuple = ()


Change = tuple[Sql, dict]
NEVER = Sql("1 = 0")


def open_tasks(lead: Lead) -> QuerySet:
    return Task.objects.filter(lead=lead, state=Task.State.OPEN)


def of_kinds(kinds: Iterable[str]) -> Sql:
    """The tasks of some kinds."""
    kinds = tuple(kinds)
    return Sql(f"kind IN ({', '.join(['%s'] * len(kinds))})", kinds) if kinds else NEVER


def closable_by(person_id: int | None) -> Sql:
    """What anybody may close, and what this person alone may; nobody's own are the system's."""
    if person_id is None:
        return Sql("(NOT only_assignee OR assignee_id IS NULL)")
    return Sql("(NOT only_assignee OR assignee_id = %s)", (person_id,))


def both(one: Sql, other: Sql) -> Sql:
    return Sql(f"{one.text} AND {other.text}", one.params + other.params)


def change_tasks(lead: Lead, which: Sql, **facts) -> None:
    """Give columns of the open tasks that `which` names other values, together with the rest of an act.

    As one after the other would: what a change settles is out of reach of those that follow, and of
    two dates the later one stands. Tasks that the same act opens are not meant.
    """
    if not lead.act:
        _write(lead, [(which, facts)])
        return
    changes = _and(known(lead, "task_changes") or [], which, facts)
    remember(lead, "task_changes", changes)
    at_end(lead, "task_changes", lambda: _write(lead, changes))


def _and(before: list[Change], which: Sql, facts: dict) -> list[Change]:
    """One change more; the same tasks are settled by the first, dated by the last."""
    alike = [change for change in before if change[0] == which and change[1].keys() == facts.keys()]
    if alike and "state" in facts:
        return before
    return [*(change for change in before if change not in alike), (which, facts)]


def _write(lead: Lead, changes: list[Change]) -> None:
    """One UPDATE; put together by the ORM it took five times as long as the database takes for it."""
    names = dict.fromkeys(name for _which, facts in changes for name in facts)
    columns = [_column(name, changes) for name in names]
    meant = " OR ".join(f"({which.text})" for which, _facts in changes)
    sql = f"""UPDATE followups_task SET {", ".join(column.text for column in columns)}
               WHERE lead_id = %s AND state = 'open' AND ({meant})"""
    parts = [*columns, Sql("", (lead.pk,)), *(which for which, _facts in changes)]
    with connection.cursor() as cursor:
        cursor.execute(sql, [param for part in parts for param in part.params])


def _column(name: str, changes: list[Change]) -> Sql:
    """What a column becomes: what settles comes first and leaves the others be, then the latest date."""
    column = f'"{Task._meta.get_field(name).column}"'
    settling = [change for change in changes if "state" in change[1]]
    dating = [change for change in reversed(changes) if "state" not in change[1] and name in change[1]]
    cases = [(which, _value(name, facts, column)) for which, facts in (*settling, *dating)]
    if len(changes) == 1:
        value = cases[0][1]
        return Sql(f"{column} = {value.text}", value.params)
    whens = " ".join(f"WHEN {which.text} THEN {value.text}" for which, value in cases)
    params = tuple(param for which, value in cases for param in which.params + value.params)
    return Sql(f"{column} = CASE {whens} ELSE {column} END", params)


def _value(name: str, facts: dict, column: str) -> Sql:
    value = facts.get(name, Sql(column))
    if isinstance(value, Sql):
        return value
    field = Task._meta.get_field(name)
    return Sql("%s", (field.get_db_prep_save(getattr(value, "pk", value), connection),))
