"""Numbers without gaps (MODEL choice 11): taken late, given back by a rollback."""

from django.db import connection

from .models import Counter

Want = tuple[str, str, int]  # scope, period, how many


def take(*wanted: Want) -> list[int]:
    """The first of each run of consecutive numbers, in one statement, in the order asked for.

    Call inside a transaction, after every other lock: the counter rows stay locked until it ends,
    and whoever wants the same ones queues. A rollback gives the numbers back.
    """
    table = connection.ops.quote_name(Counter._meta.db_table)
    rows = ", ".join(["(%s, %s, %s)"] * len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (scope, period, last) VALUES {rows}"
            f" ON CONFLICT (scope, period) DO UPDATE SET last = {table}.last + excluded.last"
            " RETURNING scope, period, last",
            [value for want in wanted for value in want],
        )
        last = {(scope, period): value for scope, period, value in cursor.fetchall()}
    return [last[scope, period] - count + 1 for scope, period, count in wanted]
