"""Numbers without gaps (MODEL choice 11): taken late, given back by a rollback."""

from django.db import connection
from django.db.models import QuerySet, Value

from .models import Counter

Want = tuple[str, str, int]  # scope, period, how many


def take(*wanted: Want, unless: QuerySet | None = None) -> list[int]:
    """The first of each run of consecutive numbers, in one statement, in the order asked for.

    None at all, an empty list, when a row of `unless` exists.

    Call inside a transaction, after every other lock: the counter rows stay locked until it ends,
    and whoever wants the same ones queues. A rollback gives the numbers back.
    """
    table = connection.ops.quote_name(Counter._meta.db_table)
    rows = f"VALUES {', '.join(['(%s, %s, %s)'] * len(wanted))}"
    values = [value for want in wanted for value in want]
    if unless is not None:
        found, params = unless.order_by().values_list(Value(1)).query.sql_with_params()
        rows, values = f"SELECT * FROM ({rows}) AS wanted WHERE NOT EXISTS ({found})", [*values, *params]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (scope, period, last) {rows}"
            f" ON CONFLICT (scope, period) DO UPDATE SET last = {table}.last + excluded.last"
            " RETURNING scope, period, last",
            values,
        )
        last = {(scope, period): value for scope, period, value in cursor.fetchall()}
    return [last[scope, period] - count + 1 for scope, period, count in wanted if last]
