"""What is done to the open tasks of a lead: at once, or all that an act does in one statement."""

from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import BigIntegerField, Case, F, Model, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable

from leads.acts import at_end, known, remember
from leads.models import Lead

from .models import Task

Change = tuple[Q, dict]


def open_tasks(lead: Lead) -> QuerySet:
    return Task.objects.filter(lead=lead, state=Task.State.OPEN)


def change_tasks(lead: Lead, which: Q, **facts) -> None:
    """Give columns of the open tasks that `which` names other values, together with the rest of an act.

    As one after the other would: what a change settles is out of reach of those that follow, and of
    two dates the later one stands. Tasks that the same act opens are not meant.
    """
    if not lead.act:
        open_tasks(lead).filter(which).update(**facts)
        return
    changes = _and(known(lead, "task_changes") or [], which, facts)
    remember(lead, "task_changes", changes)
    at_end(lead, "task_changes", lambda: _write(lead, changes))


def _and(before: list[Change], which: Q, facts: dict) -> list[Change]:
    """One change more; the same tasks are settled by the first, dated by the last."""
    alike = [change for change in before if change[0] == which and change[1].keys() == facts.keys()]
    if alike and "state" in facts:
        return before
    return [*(change for change in before if change not in alike), (which, facts)]


def _write(lead: Lead, changes: list[Change]) -> None:
    if len(changes) == 1:
        ((which, facts),) = changes
    else:
        which, facts = _as_one(changes)
    open_tasks(lead).filter(which).update(**facts)


def _as_one(changes: list[Change]) -> Change:
    """Several changes as one, a CASE for each column: what settles comes first, then the latest date."""
    names = dict.fromkeys(name for _which, facts in changes for name in facts)
    same = {name: F(Task._meta.get_field(name).attname) for name in names}
    settling = [(which, same | facts) for which, facts in changes if "state" in facts]
    dating = [change for change in reversed(changes) if "state" not in change[1]]
    meant = reduce(or_, (which for which, _facts in changes))
    return meant, {name: _column(name, [*settling, *dating], same[name]) for name in names}


def _column(name: str, changes: Iterable[Change], same: F) -> Case:
    field = Task._meta.get_field(name)
    kind = BigIntegerField() if field.is_relation else field
    cases = [When(which, then=_value(facts[name], kind)) for which, facts in changes if name in facts]
    return Case(*cases, default=same, output_field=kind)


def _value(value, kind) -> Combinable:
    if isinstance(value, Combinable):
        return value
    return Value(value.pk if isinstance(value, Model) else value, output_field=kind)
