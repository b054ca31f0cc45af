"""Changes that can be taken back: each value before and after, by row (SPEC A74)."""

import datetime as dt

from django.apps import apps
from django.db.models import Model


class Ledger:
    """Writes values into rows and remembers what stood there before."""

    def __init__(self):
        self._changes: dict[tuple[str, int, str], list] = {}

    def put(self, row: Model, **values) -> None:
        """Save new values of a row; `values` by column name (`customer_id`). Equal ones are left out."""
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        for name, value in changed.items():
            change = self._changes.setdefault(
                (row._meta.label_lower, row.pk, name), [_written(getattr(row, name)), None]
            )
            change[1] = _written(value)
            setattr(row, name, value)
        if changed:
            row.save(update_fields=list(changed))

    def entries(self) -> list[list]:
        """[table, id, field, old, new], in the order it was done."""
        return [[*place, *change] for place, change in self._changes.items()]


def put_back(entries: list[list]) -> None:
    """Old values back into their rows, the last row first; what somebody changed since stays.

    A closed task is not dated anew, nor does a settled dispute go back: only what the merge itself
    had closed opens again.
    """
    rows: dict[tuple[str, int], list] = {}
    for table, pk, *change in reversed(entries):
        rows.setdefault((table, pk), []).append(change)
    for (table, pk), changes in rows.items():
        row = apps.get_model(table).objects.filter(pk=pk).first()
        if row is not None:
            _row_back(row, changes)


def _row_back(row: Model, changes: list) -> None:
    names = {name for name, _old, _new in changes}
    if any(getattr(row, ended, None) and ended not in names for ended in ("closed_at", "decided_at")):
        return
    back = [(name, old) for name, old, new in changes if _read(row, name, new) == getattr(row, name)]
    for name, old in back:
        setattr(row, name, _read(row, name, old))
    if back:
        row.save(update_fields=[name for name, _old in back])


def _written(value):
    return value.isoformat() if isinstance(value, dt.date) else value


def _read(row: Model, name: str, written):
    field = row._meta.get_field(name)
    return field.target_field.to_python(written) if field.is_relation else field.to_python(written)
