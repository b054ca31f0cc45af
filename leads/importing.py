"""Reading a file in: what a row of each kind of file means (SPEC A01, A58).

A kind of import knows its rows; the run around it (`importing_run`) is the same for all.
"""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import Store

from .columns import Columns
from .models import Import, ImportRow
from .written_names import WrittenNames

Outcome = ImportRow.Outcome
RAW_DAYS = 30


@dataclass(slots=True)
class Line:
    """One row of the file on its way: its cells, what they mean, what became of it."""

    number: int
    cells: list[str]
    names: list[str]  # of the columns, "" for one that is left out
    row: object = None
    fingerprint: str = ""
    outcome: str = ""
    reason: str = ""
    ref: int | None = None

    @property
    def raw(self) -> dict[str, str]:
        return {name: cell for name, cell in zip(self.names, self.cells, strict=False) if name}

    def reject(self, reason: object) -> None:
        self.outcome, self.reason = Outcome.REJECTED, str(reason)[:200]


class ImportKind(ABC):
    """What a row of one kind of file means; one object reads one file into one store.

    `as_of` is the store's import day, `now` when we know it: an import day ahead of the clock
    counts as over. Rows come some at a time, each time in a transaction of its own; in a `trial`
    it is rolled back, so a kind keeps in mind what a row before would have made.
    """

    code: str
    label: object  # what such a file is called on a page
    columns: Columns
    chunk = 50  # rows of one transaction: whoever needs a number of the store waits for one chunk
    at_once = 1  # rows that are written together; a refusal among them takes them one by one
    trial = False

    def __init__(self, store: Store, *, as_of: dt.date, now: dt.datetime, by=None):
        self.store, self.as_of, self.by = store, as_of, by
        self.language = by.language if by else store.language  # of the reasons
        self.now = now if store.business_date(now) >= as_of else store.end_of_day(as_of)

    @abstractmethod
    def read(self, cells: Mapping[str, str]) -> object:
        """The row in these cells; raises Refused."""

    @abstractmethod
    def identity(self, row) -> tuple[str, ...]:
        """What makes it the same row when it is sent again."""

    @abstractmethod
    def as_shown(self, row) -> dict[str, object]:
        """The row as it will be, by field, for somebody who checks the file; numbers are masked."""

    def begin(self, counted: Mapping) -> None:  # noqa: B027  (a hook: a kind may need none)
        """Before the first row; `counted` are facts and notes of an attempt that was cut short."""

    def lock(self, rows: list) -> None:  # noqa: B027  (a hook: a kind may need none)
        """Before these new rows are written, in their transaction: take the locks of all of them."""

    @abstractmethod
    def write(self, lines: list[Line]) -> None:
        """Write new rows, `at_once` of them or fewer, and note in each line what it became.

        Raises Refused, with a single row in hand.
        """

    def taken_back(self) -> None:  # noqa: B027  (a hook: a kind may need none)
        """Rows were refused half way: what they wrote is gone."""

    def tried(self) -> None:  # noqa: B027  (a hook: a kind may need none)
        """The chunk of a trial was rolled back."""

    def finish(self, run: Import) -> None:  # noqa: B027  (a hook: a kind may need none)
        """All rows of a run are in: what can be said of them as a whole only.

        In transactions of its own; may be cut short and called again.
        """

    def facts(self) -> dict:
        """What was counted so far, for the answer."""
        return {}

    def notes(self) -> dict:
        """What is kept with the run beside it."""
        return {}


class NamingKind(ImportKind):
    """A kind whose rows name terms, car models and people; unknown ones are made."""

    def __init__(self, store: Store, *, as_of: dt.date, now: dt.datetime, by=None):
        super().__init__(store, as_of=as_of, now=now, by=by)
        self.names: WrittenNames | None = None
        self.customers = self.leads = 0  # new ones
        self._staff: list[str] = []

    def begin(self, counted: Mapping) -> None:
        self.names = WrittenNames(self.store, on=self.as_of)
        self.customers, self.leads = counted.get("customers", 0), counted.get("leads", 0)
        self._staff = list(counted.get("staff_created", []))

    def taken_back(self) -> None:
        self.names.reload()

    def tried(self) -> None:
        self._staff = self.staff_created
        self.names.reload()

    @property
    def staff_created(self) -> list[str]:
        return self._staff + [name for name in self.names.staff_created if name not in self._staff]


@lru_cache(maxsize=1)
def _kinds(names: tuple[str, ...]) -> dict[str, type[ImportKind]]:
    return {kind.code: kind for kind in map(import_string, names)}


def import_kinds() -> dict[str, type[ImportKind]]:
    """Every kind of file there is, by its code (settings.IMPORT_KINDS)."""
    return _kinds(tuple(settings.IMPORT_KINDS))


def forget_raw_rows(store: Store, *, on: dt.date) -> int:
    """Empty the copies of rows that came in more than 30 days before a store day; answers how many."""
    before = store.start_of_day(on - dt.timedelta(days=RAW_DAYS))
    return ImportRow.objects.filter(store=store, run__at__lt=before).exclude(raw={}).update(raw={})
