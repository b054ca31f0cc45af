"""A chore over many rows: in chunks, each a transaction, around the rows that fail (RELIABILITY 17)."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

from django.db import InterfaceError, OperationalError, connection, models, transaction
from django.db.models import F, Func, QuerySet, Value

from accounts.models import Store
from accounts.stopping import rest
from followups.catch_up import CHUNK
from followups.models import Parked

ATTEMPTS = 3  # then a row is left alone until somebody has it tried again
WHOLE = Store._meta.model_name  # the kind of row that stands for a whole chore
WAIT = "60s"  # for a row that a page holds; no page holds one that long
LONG = f"""
    SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '{WAIT}'; SET LOCAL enable_seqscan = off
"""


@dataclass(frozen=True)
class Counts:
    """What a chore did: business rows written, and those that have a name of their own."""

    changed: int = 0
    lapse_proposed: int = 0
    lapsed: int = 0
    missed: int = 0
    escalated: int = 0
    parked: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(mine + more for mine, more in zip(astuple(self), astuple(other), strict=True)))


Work = Callable[[list[int]], Counts]


class Job:
    """One chore over the rows of one model in one store."""

    def __init__(self, name: str, model: type[models.Model], store: Store, *, now: dt.datetime):
        self.name, self.kind, self.store, self.now = name, model._meta.model_name, store, now
        rows = Parked.objects.filter(job=name, store=store).values_list("ref_kind", "ref_id", "attempts")
        tries = {(kind, ref_id): attempts for kind, ref_id, attempts in rows}
        self.attempts = {ref_id: attempts for (kind, ref_id), attempts in tries.items() if kind == self.kind}
        self.blamed = (WHOLE, store.pk) in tries
        self.given_up = [ref_id for ref_id, tries in self.attempts.items() if tries >= ATTEMPTS]

    def over(self, candidates: QuerySet, work: Work, *, order: str) -> Counts:
        """Do the work for every candidate, a chunk of ids at a time, in the order of an indexed column.

        `work` is given ids, does what it does in few statements inside a transaction, and asks
        again whether the rows still qualify: a page may have been faster. Stopping when the worker is
        asked to stop, between two chunks.
        """
        done = Counts()
        for ids in _pages(candidates.exclude(pk__in=self.given_up), order):
            rest()
            done += self.do(ids, work)
        return done

    def do(self, ids: list[int], work: Work) -> Counts:
        """The work for these ids; a chunk that fails is halved until the bad row stands alone."""
        try:
            with long_transaction():
                done = work(ids)
                self._unpark(ids)
                if self.blamed and done.changed:  # it got further than the try before
                    mend(self.store, self.name)
                    self.blamed = False
            return done
        except Exception as error:
            if len(ids) == 1:
                return self._park(ids[0], error)
        half = len(ids) // 2
        return self.do(ids[:half], work) + self.do(ids[half:], work)

    def _unpark(self, ids: list[int]) -> None:
        if mended := self.attempts.keys() & set(ids):
            Parked.objects.filter(job=self.name, ref_kind=self.kind, ref_id__in=mended).delete()

    def _park(self, ref_id: int, error: Exception) -> Counts:
        if isinstance(error, OperationalError | InterfaceError):
            raise error  # the machine's fault, not the row's: a lost connection, a full disk
        park(self.name, self.kind, ref_id, store=self.store, error=describe(error), now=self.now)
        return Counts(parked=1)


def park(job: str, ref_kind: str, ref_id: int, *, store: Store, error: str, now: dt.datetime) -> None:
    """Count one more failed try; after ATTEMPTS of them it is left alone."""
    facts = {"store": store, "error": error, "at": now}
    Parked.objects.update_or_create(
        job=job,
        ref_kind=ref_kind,
        ref_id=ref_id,
        defaults={**facts, "attempts": F("attempts") + 1},
        create_defaults=facts,
    )


def mend(store: Store, job: str) -> None:
    """Forget what was counted against a whole chore."""
    Parked.objects.filter(job=job, ref_kind=WHOLE, ref_id=store.pk).delete()


def retry_parked(parked_id: int) -> Parked:
    """Have a parked row tried again by the next night; Parked.DoesNotExist when it is mended already."""
    parked = Parked.objects.get(pk=parked_id)
    parked.attempts = 0
    parked.save(update_fields=["attempts"])
    return parked


@contextmanager
def long_transaction() -> Iterator[None]:
    """A transaction that may take longer than a page's, and finds its rows by index.

    No statistics know of the rows that the night has just written: for the planner a table of them is
    empty, and it walks all of them for each row of a chunk.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(LONG)
        yield


class After(Func):
    """(column, id) > (place, pk) as one comparison, so that an index over both starts right there."""

    output_field = models.BooleanField()

    def as_sql(self, compiler, connection, **_options):
        parts = [compiler.compile(expression) for expression in self.get_source_expressions()]
        column, pk, place, last = (sql for sql, _ in parts)
        return f"({column}, {pk}) > ({place}, {last})", [param for _, params in parts for param in params]


def _pages(candidates: QuerySet, order: str) -> Iterator[list[int]]:
    rest, field = candidates, candidates.model._meta.get_field(order)
    while True:
        with long_transaction():
            keys = list(rest.order_by(order, "pk").values_list("pk", order)[:CHUNK])
        if keys:
            yield [pk for pk, _ in keys]
        if len(keys) < CHUNK:
            return
        last, place = keys[-1]
        rest = candidates.filter(After(F(order), F("pk"), Value(place, field), Value(last)))


def describe(error: Exception) -> str:
    """What went wrong without a word of the row itself: names of errors, constraints and lines only."""
    diagnosis = getattr(error.__cause__, "diag", None)
    place = getattr(diagnosis, "constraint_name", None) or getattr(error.__cause__, "sqlite_errorname", None)
    return f"{type(error).__name__}: {place or _line(error)}"[:300]


def _line(error: Exception) -> str:
    trace = error.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name} line {trace.tb_lineno}"
