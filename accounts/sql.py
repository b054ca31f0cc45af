"""The little SQL that the ORM has no word for; both databases know it."""

from collections.abc import Sequence

from django.db import connection, models


def insert_unless_there(row: models.Model) -> bool:
    """Insert a row unless a unique constraint says it exists; True when it was written.

    One statement. Waits for a transaction that is just writing the same row. Sets no primary key.
    """
    fields = [f for f in row._meta.concrete_fields if not (f.primary_key and row.pk is None)]
    columns = ", ".join(connection.ops.quote_name(f.column) for f in fields)
    values = [f.get_db_prep_save(f.pre_save(row, add=True), connection) for f in fields]
    marks = ", ".join(["%s"] * len(fields))
    table = connection.ops.quote_name(row._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT DO NOTHING", values)
        return cursor.rowcount == 1


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
