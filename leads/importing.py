"""Reading a file in: what is new is written, and every row is accounted for (SPEC A01, A58).

A kind of import knows what a row means. The run around it is the same for all: one transaction
with a savepoint per row (or per some hundred), so a bad row is put aside with its reason and a
crash leaves nothing.
"""

import csv
import datetime as dt
import hashlib
import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import DataError, IntegrityError, transaction
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Store
from accounts.sql import wait_longer

from .columns import Columns
from .files import Sheet, read_rows
from .formulas import as_written, harmless
from .models import Import, ImportRow

logger = logging.getLogger(__name__)
Outcome = ImportRow.Outcome
Progress = Callable[[int, int], None]  # done, of how many

QUEUE_SECONDS = 120  # how long an import waits for another one of the store
PROGRESS_EVERY = 50
CHUNK = 500
ROWS_KEPT = 500  # at the head of a file, for whoever shows them
RAW_DAYS = 30


def nothing(done: int, of: int) -> None:
    """Progress that nobody watches."""


@dataclass(slots=True)
class Line:
    """One row of the file on its way: its cells, what they mean, what became of it."""

    number: int
    cells: list[str]
    names: list[str]  # of the columns, "" for one that is left out
    row: object = None  # of a long file only the first rows are kept once they are written
    fingerprint: str = ""
    outcome: str = ""
    reason: str = ""
    ref: int | None = None

    @property
    def raw(self) -> dict[str, str]:
        return {name: cell for name, cell in zip(self.names, self.cells, strict=False) if name}

    def reject(self, reason: object) -> None:
        self.outcome, self.reason = Outcome.REJECTED, str(reason)[:200]


@dataclass(frozen=True)
class Result:
    """What a run answers, and each row of the file with what became of it."""

    answer: dict
    lines: list[Line]
    run: Import
    errors_file: Path | None


class ImportKind(ABC):
    """What a row of one kind of file means; one object reads one file into one store.

    `as_of` is the store's import day, `now` when we know it: an import day ahead of the clock
    counts as over.
    """

    code: str
    label: object  # what such a file is called on a page
    columns: Columns
    at_once = 1  # rows that are written together; a refusal among them takes them one by one

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

    def begin(self, rows: list) -> None:  # noqa: B027  (a hook: a kind may need none)
        """Before the first new row is written: take the locks of all of them."""

    @abstractmethod
    def write(self, lines: list[Line]) -> None:
        """Write new rows, `at_once` of them or fewer, and note in each line what it became.

        Raises Refused, with a single row in hand.
        """

    def taken_back(self) -> None:  # noqa: B027  (a hook: a kind may need none)
        """Rows were refused half way: what they wrote is gone."""

    @abstractmethod
    def finish(self) -> tuple[dict, dict]:
        """After the last row: counts for the answer, and notes kept with the run."""


@lru_cache(maxsize=1)
def _kinds(names: tuple[str, ...]) -> dict[str, type[ImportKind]]:
    return {kind.code: kind for kind in map(import_string, names)}


def import_kinds() -> dict[str, type[ImportKind]]:
    """Every kind of file there is, by its code (settings.IMPORT_KINDS)."""
    return _kinds(tuple(settings.IMPORT_KINDS))


def run_import(kind: ImportKind, path: Path, *, dry_run: bool = False, progress: Progress = nothing) -> dict:
    """Read a file into the kind's store; answers what became of its rows (SPEC A58).

    read = created + updated + skipped + rejected. Rejected rows go to `errors_file`, to correct
    and send again. A row that came in before is skipped. A dry run writes nothing and answers the
    same counts. Raises FileRefused. Imports of one store queue.
    """
    sheet = read_rows(path, filename=path.name, header_words=kind.columns.header_words)
    result = run_sheet(kind, sheet, path, dry_run=dry_run, progress=progress)
    errors_file = result.errors_file
    return {**result.answer, "errors_file": str(errors_file) if errors_file else None}


def run_sheet(
    kind: ImportKind,
    sheet: Sheet,
    path: Path,
    *,
    file_name: str = "",
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    progress: Progress = nothing,
) -> Result:
    """The same for a table of that file, or some rows of it; raises FileRefused.

    `mapping` says which column is which field; columns it does not name are left out.
    """
    with translation.override(kind.language):
        names = sheet.header if mapping is None else [mapping.get(name, "") for name in sheet.header]
        lines = [_read(kind, names, number, cells) for number, cells in sheet.rows]
        _fingerprint(kind, lines)
        with transaction.atomic():
            _wait_for_turn(kind.store)
            facts, notes = _write(kind, lines, progress)
            answer = {**_counts(lines), **facts}
            run = _keep(kind, path, file_name or path.name, lines, counts={**answer, **notes})
            if dry_run:
                transaction.set_rollback(True)
        kind.store.refresh_from_db(fields=["rules_stamp"])
        errors_file = None
        if answer["rejected"] and not dry_run:
            errors_file = write_errors(f"{kind.store.code}-{kind.code}-{run.pk}", sheet.header, lines)
    return Result(answer, lines, run, errors_file)


def forget_raw_rows(store: Store, *, on: dt.date) -> int:
    """Empty the copies of rows that came in more than 30 days before a store day; answers how many."""
    before = store.start_of_day(on - dt.timedelta(days=RAW_DAYS))
    return ImportRow.objects.filter(store=store, run__at__lt=before).exclude(raw={}).update(raw={})


def _read(kind: ImportKind, names: list[str], number: int, cells: list[str]) -> Line:
    line = Line(number, [as_written(cell) for cell in cells], names)
    if len(cells) > len(names):
        line.reject(_("More cells than column names: a comma too many, or a missing quotation mark."))
        return line
    try:
        line.row = kind.read(line.raw)
    except Refused as refusal:
        line.reject(refusal.message)
    return line


def _fingerprint(kind: ImportKind, lines: list[Line]) -> None:
    """Name each row by store, kind, what makes it the same, and the how manyeth such row it is."""
    seen: Counter = Counter()
    for line in lines:
        same = tuple(line.cells) if line.row is None else kind.identity(line.row)
        seen[same] += 1
        name = "\x1f".join([kind.store.code, kind.code, *same, str(seen[same])])
        line.fingerprint = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()


def _wait_for_turn(store: Store) -> None:
    wait_longer(QUEUE_SECONDS)
    Store.objects.select_for_update(no_key=True).get(pk=store.pk)


def _write(kind: ImportKind, lines: list[Line], progress: Progress) -> tuple[dict, dict]:
    readable = [line for line in lines if not line.outcome]
    known = _known(kind, [line.fingerprint for line in readable])
    for line in readable:
        if line.fingerprint in known:
            line.outcome, line.ref = Outcome.SKIPPED, known[line.fingerprint]
    new = [line for line in readable if not line.outcome]
    kind.begin([line.row for line in new])
    rest, done = iter(new), 0
    while some := list(islice(rest, kind.at_once)):
        _write_some(kind, some)
        done += len(some)
        if done > ROWS_KEPT:
            _forget_rows(some)
        if done % PROGRESS_EVERY == 0 or done == len(new):
            progress(done, len(new))
    return kind.finish()


def _forget_rows(lines: list[Line]) -> None:
    for line in lines:
        line.row = None


def _known(kind: ImportKind, fingerprints: list[str]) -> dict[str, int]:
    """Rows that came in before, and what they became."""
    rows = ImportRow.objects.filter(
        store=kind.store, kind=kind.code, outcome__in=[Outcome.CREATED, Outcome.UPDATED]
    )
    known = {}
    for start in range(0, len(fingerprints), CHUNK):
        chunk = fingerprints[start : start + CHUNK]
        known.update(rows.filter(fingerprint__in=chunk).values_list("fingerprint", "ref"))
    return known


def _write_some(kind: ImportKind, lines: list[Line]) -> None:
    try:
        with transaction.atomic():
            kind.write(lines)
        return
    except Refused as refusal:
        reason = refusal.message
    except (DataError, IntegrityError) as error:
        # The message of the database may hold personal data.
        logger.error("import %s: line %d: %s", kind.code, lines[0].number, type(error).__name__)
        reason = _("The database did not take this row. Look for odd signs in it.")
    kind.taken_back()
    if len(lines) == 1:
        lines[0].reject(reason)
        return
    for line in lines:
        line.outcome, line.ref = "", None
        _write_some(kind, [line])


def _counts(lines: list[Line]) -> dict[str, int]:
    outcomes = Counter(line.outcome for line in lines)
    return {"read": len(lines), **{outcome: outcomes[outcome] for outcome in Outcome.values}}


def _keep(kind: ImportKind, path: Path, file_name: str, lines: list[Line], *, counts: dict) -> Import:
    """The run and its rows, for the record."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    run = Import.objects.create(
        store=kind.store,
        kind=kind.code,
        file_name=file_name[-200:],
        sha256=digest,
        as_of=kind.as_of,
        counts=counts,
        by=kind.by,
        at=kind.now,
    )
    for start in range(0, len(lines), CHUNK):
        ImportRow.objects.bulk_create(_kept(run, line) for line in lines[start : start + CHUNK])
    return run


def _kept(run: Import, line: Line) -> ImportRow:
    return ImportRow(
        run=run,
        store=run.store,
        kind=run.kind,
        line=line.number,
        fingerprint=line.fingerprint,
        outcome=line.outcome,
        reason=line.reason,
        raw={} if line.outcome == Outcome.SKIPPED else line.raw,
        ref=line.ref,
    )


def write_errors(name: str, header: list[str], lines: list[Line]) -> Path:
    """The rejected rows as CSV that spreadsheets open, with line and reason behind their cells."""
    folder = Path(settings.VAR_DIR) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.csv"
    rejected = [line for line in lines if line.outcome == Outcome.REJECTED]
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        path.chmod(0o600)
        writer = csv.writer(file)
        writer.writerow([*map(harmless, header), _("Line"), _("Reason")])
        for line in rejected:
            writer.writerow([*map(harmless, line.cells), line.number, harmless(line.reason)])
    return path
