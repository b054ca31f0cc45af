"""The little SQL that the ORM has no word for; both databases know it."""

from collections.abc import Sequence
from functools import cache

from django.db import DatabaseError, connection, models

from .prepared import Write

PLANNED_ROWS = 8  # of a statement that is kept
AS_IT_IS = {
    models.BooleanField: bool,
    models.CharField: str,
    models.TextField: str,
    models.ForeignKey: int,
    models.IntegerField: int,
    models.PositiveIntegerField: int,
    models.PositiveSmallIntegerField: int,
    models.SmallIntegerField: int,
}


def insert(*rows: models.Model) -> None:
    """Insert new rows of one model in one statement, which gives them their keys; no signal is sent."""
    if len(rows) > PLANNED_ROWS:
        type(rows[0]).objects.bulk_create(rows)
        return
    keys = _insertion(rows, f"RETURNING {rows[0]._meta.pk.column}").rows(*_values(rows))
    _give_keys(rows, keys)


def insert_together(*kinds: Sequence[models.Model]) -> None:
    """Insert new rows of several models that need no key of each other; on PostgreSQL in one statement."""
    if connection.vendor != "postgresql" or len(kinds) < 2 or max(map(len, kinds)) > PLANNED_ROWS:
        for rows in kinds:
            insert(*rows)
        return
    parts = tuple((rows[0]._meta.db_table, _columns(rows[0]), len(rows)) for rows in kinds)
    keys = _written_together(parts).rows(*(value for rows in kinds for value in _values(rows)))
    for place, rows in enumerate(kinds):
        _give_keys(rows, [(key,) for part, key in keys if part == place])


def _give_keys(rows: Sequence[models.Model], keys: Sequence[tuple]) -> None:
    for row, (key,) in zip(rows, keys, strict=True):
        row.pk, row._state.adding, row._state.db = key, False, connection.alias


def insert_unless_there(row: models.Model) -> bool:
    """Insert a row unless a unique constraint says it exists; True when it was written.

    One statement. Waits for a transaction that is just writing the same row. Sets no primary key.
    """
    return _insertion([row], "ON CONFLICT DO NOTHING").count(*_values([row])) == 1


def _values(rows: Sequence[models.Model]) -> list:
    fields = _fields(type(rows[0]), keyed=rows[0].pk is not None)
    return [_value(row, *field, add=True) for row in rows for field in fields]


@cache
def _fields(model: type[models.Model], *, keyed: bool) -> list[tuple]:
    """The columns of a row, without its key where the database gives one; each with what stays as it is."""
    fields = [field for field in model._meta.concrete_fields if keyed or not field.primary_key]
    return [(field, AS_IT_IS.get(type(field))) for field in fields]


def _value(row: models.Model, field: models.Field, as_it_is: type | None, *, add: bool):
    """The value of a column for the database. Most are so already: to have the field say it took longer."""
    if as_it_is:
        value = getattr(row, field.attname)
        if value is None or value.__class__ is as_it_is:
            return value
    return field.get_db_prep_save(field.pre_save(row, add=add), connection)


def _insertion(rows: Sequence[models.Model], end: str) -> Write:
    return _written(rows[0]._meta.db_table, _columns(rows[0]), len(rows), end)


def _columns(row: models.Model) -> tuple[str, ...]:
    return tuple(field.column for field, _as_it_is in _fields(type(row), keyed=row.pk is not None))


@cache
def _written(table: str, columns: tuple[str, ...], rows: int, end: str) -> Write:
    return Write(f"{_insert(table, columns, rows)} {end}")


@cache
def _written_together(parts: tuple[tuple[str, tuple[str, ...], int], ...]) -> Write:
    """The keys come out of it by the place of their part."""
    written = [f"rows{place} AS ({_insert(*part)} RETURNING id)" for place, part in enumerate(parts)]
    keys = [f"SELECT {place}, id FROM rows{place}" for place, _part in enumerate(parts)]
    return Write(f"WITH {', '.join(written)} {' UNION ALL '.join(keys)}")


def _insert(table: str, columns: tuple[str, ...], rows: int) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    marks = ", ".join([f"({', '.join(['%s'] * len(columns))})"] * rows)
    return f'INSERT INTO "{table}" ({names}) VALUES {marks}'


def update(row: models.Model, names: Sequence[str]) -> None:
    """Save some fields of a row; DatabaseError when it is not there any more. No signal is sent."""
    fields = [row._meta.get_field(name) for name in names]
    values = [_value(row, field, AS_IT_IS.get(type(field)), add=False) for field in fields]
    columns = tuple(field.column for field in fields)
    if not _updated(row._meta.db_table, columns, row._meta.pk.column).count(*values, row.pk):
        raise DatabaseError(f"no row {row.pk} of {row._meta.label} to save")


@cache
def _updated(table: str, columns: tuple[str, ...], key: str) -> Write:
    sets = ", ".join(f'"{column}" = %s' for column in columns)
    return Write(f'UPDATE "{table}" SET {sets} WHERE "{key}" = %s')


def insert_new(rows: Sequence[models.Model], *answer: str) -> list[tuple]:
    """Insert the rows that no unique constraint says exist, in one statement; answers some columns of these.

    Waits for a transaction that is just writing one of them: give rows of several in one order everywhere.
    """
    if not rows:
        return []
    model, quote = type(rows[0]), connection.ops.quote_name
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    values = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection) for row in rows for field in fields
    ]
    marks = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * len(rows))
    columns = ", ".join(quote(field.column) for field in fields)
    wanted = ", ".join(quote(model._meta.get_field(name).column) for name in answer)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES {marks}"
            f" ON CONFLICT DO NOTHING RETURNING {wanted}",
            values,
        )
        return cursor.fetchall()


def update_rows(model: type[models.Model], fields: list[str], rows: Sequence[tuple]) -> int:
    """Give each row values of its own, in one statement; answers how many were there.

    `rows` holds (primary key, value, ...) with the values in the order of `fields`.
    """
    if not rows:
        return 0
    wanted = [model._meta.get_field(name) for name in fields]
    quote, casts = connection.ops.quote_name, connection.features.requires_casted_case_in_updates
    sets = ", ".join(
        # PostgreSQL takes a column of nothing but NULLs for text unless told.
        f"{quote(field.column)} = new.column{place}{f'::{field.db_type(connection)}' if casts else ''}"
        for place, field in enumerate(wanted, start=2)
    )
    marks = ", ".join([f"({', '.join(['%s'] * (len(wanted) + 1))})"] * len(rows))
    values = [
        field.get_db_prep_save(value, connection)
        for row in rows
        for field, value in zip([model._meta.pk, *wanted], row, strict=True)
    ]
    table, pk = quote(model._meta.db_table), quote(model._meta.pk.column)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {sets} FROM (VALUES {marks}) AS new WHERE {table}.{pk} = new.column1", values
        )
        return cursor.rowcount


def insert_from(model: type[models.Model], rows: models.QuerySet, **columns) -> int:
    """Insert a row of `model` for each of `rows`, in one statement; answers how many it wrote.

    `columns` gives a field of the new row as an expression over `rows`, such as F("pk"), or as a
    plain value; a field that is not named takes its default.
    """
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    given = [columns.get(field.name, field.get_default()) for field in fields]
    chosen = [
        value if hasattr(value, "resolve_expression") else models.Value(value, output_field=field)
        for field, value in zip(fields, given, strict=True)
    ]
    select, params = rows.values_list(*chosen).query.sql_with_params()
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {quote(model._meta.db_table)} ({names}) {select}", params)
        return cursor.rowcount


def first_of(rows: models.QuerySet, column: str = "pk") -> models.Subquery:
    """A column of the first of the rows that belong to an outer row, None without any; by index each time.

    For a chunk out of very many rows: of `Exists` PostgreSQL makes a join or a hash of a whole table,
    by figures that do not know yet what was written a moment ago.
    """
    return models.Subquery(rows.values(column)[:1])


def wait_longer(seconds: int) -> None:
    """Let the rest of this transaction wait so long for a lock; pages give up after a few seconds."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            limits = (f"SET LOCAL {name} = '{seconds:d}s'" for name in ("lock_timeout", "statement_timeout"))
            cursor.execute("; ".join(limits))
