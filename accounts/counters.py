"""Numbers without gaps (MODEL choice 11): taken late, given back by a rollback."""

from functools import lru_cache

from .prepared import Write

Want = tuple[str, str, int]  # scope, period, how many


def take(*wanted: Want, unless: tuple[str, tuple] | None = None) -> list[int]:
    """The first of each run of consecutive numbers, in one statement, in the order asked for.

    None at all, an empty list, when `unless`, a SELECT with its values, finds a row.

    Call inside a transaction, after every other lock: the counter rows stay locked until it ends,
    and whoever wants the same ones queues. A rollback gives the numbers back.
    """
    values = [value for want in wanted for value in want]
    free, known = unless or ("", ())
    rows = _taken(len(wanted), free).rows(*values, *known)
    last = {(scope, period): value for scope, period, value in rows}
    return [last[scope, period] - count + 1 for scope, period, count in wanted if last]


@lru_cache
def _taken(count: int, unless: str) -> Write:
    rows = f"VALUES {', '.join(['(%s, %s, CAST(%s AS bigint))'] * count)}"
    if unless:
        rows = f"SELECT * FROM ({rows}) AS wanted WHERE NOT EXISTS ({unless})"
    return Write(f"""INSERT INTO accounts_counter (scope, period, last) {rows}
        ON CONFLICT (scope, period) DO UPDATE SET last = accounts_counter.last + excluded.last
        RETURNING scope, period, last""")
