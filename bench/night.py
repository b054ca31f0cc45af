"""The night over many open leads, beside the same work in plain SQL (PERFORMANCE.md)."""

import datetime as dt
import statistics
import time
from contextlib import contextmanager

from .night_sql import FLOOR, UPDATE_ALL, WORLD
from .scratch import Statements, peak_memory, scratch_database

ON = dt.date(2026, 6, 19)


def add_arguments(parser) -> None:
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=50, help="consultants who own them")
    parser.add_argument(
        "--pairs", type=int, default=5, help="runs of the night and of the plain SQL, in turn"
    )


def run(options) -> None:
    with scratch_database():
        store = build(options.leads, options.people)
        ratios = [paired_ratio(store) for _ in range(options.pairs)]
        first, again, already = (
            measured_night(store),
            measured_night(store, forget=True),
            measured_night(store),
        )
        report(options, first, again, already, ratios)


def build(leads: int, people: int):
    """A store of open leads on the eve of the night; `night_sql` says what is in store for them."""
    from django.db import connection

    from leads.stores import create_staff, create_store

    store = create_store(code="bench", name="Bench", zone="Asia/Shanghai", country="CN")
    for n in range(people):
        create_staff(store, username=f"bench{n}", name=f"Bench {n}", roles=["consultant"], on=ON)
    values = {"store": store.pk, "group": store.group_id, "leads": leads, "people": people}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for statement in WORLD:
            cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")
    return store


def paired_ratio(store) -> tuple[float, float]:
    """Rows per second of the night by those of the same work in plain SQL, and of one UPDATE."""
    job_rows, job_seconds = timed(store, lambda: plain(FLOOR))
    night_rows, night_seconds = timed(store, lambda: the_night(store).changed)
    update_rows, update_seconds = timed(store, lambda: plain([UPDATE_ALL]))
    if job_rows != night_rows:
        raise SystemExit(f"the plain SQL wrote {job_rows} rows, the night {night_rows}")
    rate = night_rows / night_seconds
    return rate / (job_rows / job_seconds), rate / (update_rows / update_seconds)


def timed(store, work) -> tuple[int, float]:
    """Rows and seconds of some work; nothing of it stays."""
    from django.db import connection, transaction

    with transaction.atomic():
        started = time.perf_counter()
        rows = work()
        seconds = time.perf_counter() - started
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM leads_lead, followups_task, leads_lapseproposal")
    return rows, seconds


def plain(statements: list[str]) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        rows = 0
        for statement in statements:
            cursor.execute(statement)
            rows += cursor.rowcount
    return rows


def the_night(store):
    from followups.night import run_night

    return run_night(store, ON, now=store.start_of_day(ON))


def measured_night(store, *, forget: bool = False) -> dict:
    """Run the night for good; with `forget` as if it had never run, so that it looks at everything again."""
    from followups.models import NightlyRun

    if forget:
        NightlyRun.objects.all().delete()
    before, started = peak_memory(), time.perf_counter()
    with counted() as statements:
        result = the_night(store)
    seconds = time.perf_counter() - started
    return {
        "result": result,
        "seconds": seconds,
        "statements": statements.count,
        "growth": peak_memory() - before,
    }


@contextmanager
def counted():
    from django.db import connection

    statements = Statements()
    with connection.execute_wrapper(statements):
        yield statements


LINE = "{:<20}{:>9}{:>14}{:>9}{:>10}{:>12}{:>12}"


def report(options, first: dict, again: dict, already: dict, ratios: list[tuple[float, float]]) -> None:
    print(f"{options.leads:,} open leads of {options.people} people, night of {ON}")
    print(LINE.format("run", "state", "rows written", "seconds", "rows/s", "statements", "memory +MB"))
    for name, night in (("first", first), ("again, unrecorded", again), ("again", already)):
        result, seconds = night["result"], night["seconds"]
        rate = f"{result.changed / seconds:,.0f}"
        rows, growth = f"{result.changed:,}", f"{night['growth']:.1f}"
        print(LINE.format(name, result.state, rows, f"{seconds:.2f}", rate, night["statements"], growth))
    result = first["result"]
    print(f"missed {result.missed:,}, escalated {result.escalated:,}, proposed {result.lapse_proposed:,}")
    job, update = (statistics.median(column) for column in zip(*ratios, strict=True))
    print(
        f"rows/s beside the same work in plain SQL: {job:.0%}; beside one UPDATE of every task: {update:.0%}"
    )
    print(f"(medians of {len(ratios)} pairs run in turn; peak memory of the process {peak_memory():.0f} MB)")
