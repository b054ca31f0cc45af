"""The run around every import: chunk by chunk, each a short transaction (SPEC A01, A58, RELIABILITY 34).

Whoever needs a number of the store meanwhile, a walk-in, waits for one chunk and no longer. A run that
was cut short goes on behind the last row it wrote; memory does not grow with the file.
"""

import fcntl
import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import DataError, IntegrityError, transaction
from django.db.models import Count, Max
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Store
from accounts.sql import wait_longer

from .files import Sheet, read_rows
from .formulas import as_written
from .importing import ImportKind, Line, Outcome
from .importing_errors import write_errors
from .models import Import, ImportRow

logger = logging.getLogger(__name__)
Progress = Callable[[int, int], None]  # rows done, of how many

QUEUE_SECONDS = 120  # how long an import waits for another one of the store
PAUSE = 0.1
GOOD_KEPT = 20
BAD_KEPT = 200
WRITTEN = (Outcome.CREATED, Outcome.UPDATED)


def nothing(done: int, of: int) -> None:
    """Progress that nobody watches."""


def no_run(run: Import) -> None:
    """Nobody wants to know which run it is."""


@dataclass(frozen=True)
class Source:
    """A file, or the rows of it that are meant: `sheet` opens its table, as often as it is called.

    `mapping` says which column is which field; columns it does not name are left out.
    """

    path: Path
    sheet: Callable[[], Sheet]
    file_name: str
    mapping: Mapping[str, str] | None = None

    @cached_property
    def sha256(self) -> str:
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def count(self) -> int:
        """How many rows there are; raises FileRefused where a limit is passed or the file is damaged."""
        return sum(1 for _row in self.sheet().rows)

    def lines(self) -> Iterator[Line]:
        """The rows, read once more."""
        sheet = self.sheet()
        known = self.mapping
        names = sheet.header if known is None else [known.get(name, "") for name in sheet.header]
        for number, cells in sheet.rows:
            yield Line(number, [as_written(cell) for cell in cells], names)


@dataclass
class Result:
    """What a run answers, the first rows that came in, and the first that did not."""

    answer: dict
    run: Import | None  # None: a trial
    errors_file: Path | None = None
    good: list[Line] = field(default_factory=list)
    bad: list[tuple[int, str]] = field(default_factory=list)  # line, reason


def source_of(kind: ImportKind, path: Path) -> Source:
    """A file whose columns are known by their names."""
    words = kind.columns.header_words
    return Source(path, partial(read_rows, path, filename=path.name, header_words=words), path.name)


def run_import(kind: ImportKind, path: Path, *, dry_run: bool = False, progress: Progress = nothing) -> dict:
    """Read a file into the kind's store; answers what became of its rows (SPEC A58).

    read = created + updated + skipped + rejected. Rejected rows go to `errors_file`, to correct
    and send again. A row that came in before is skipped. A dry run writes nothing and answers the
    same counts. Raises FileRefused. Imports of one store queue.
    """
    result = run_source(kind, source_of(kind, path), dry_run=dry_run, progress=progress)
    errors_file = result.errors_file
    return {**result.answer, "errors_file": str(errors_file) if errors_file else None}


def run_source(
    kind: ImportKind,
    source: Source,
    *,
    run: Import | None = None,
    began: Callable[[Import], None] = no_run,
    dry_run: bool = False,
    errors: bool = True,
    progress: Progress = nothing,
) -> Result:
    """The same for a table of a file, or some rows of it; raises FileRefused, and Refused for a full queue.

    `run` goes on with a run of that file which was cut short; `began` is told a new one, in the
    transaction that keeps it.
    """
    with translation.override(kind.language), _turn(kind.store):
        of = source.count()
        if dry_run:
            result = _Trial(kind, source, None, of, progress).result()
        else:
            result = _Run(kind, source, run or _open_run(kind, source, began), of, progress).result()
        kind.store.refresh_from_db(fields=["rules_stamp"])
        if errors and not dry_run and result.answer["rejected"]:
            name = f"{kind.store.code}-{kind.code}-{result.run.pk}"
            result.errors_file = write_errors(name, source.sheet(), [result.run])
    return result


@contextmanager
def _turn(store: Store) -> Iterator[None]:
    """One import of a store at a time; the system lets go when a process dies."""
    folder = Path(settings.VAR_DIR) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"store-{store.pk}.lock").open("w") as file:
        until = time.monotonic() + QUEUE_SECONDS
        while not _is_ours(file):
            if time.monotonic() > until:
                raise Refused(_("Another file of this store is just being read. Wait until it is done."))
            time.sleep(PAUSE)
        yield


def _is_ours(file) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@transaction.atomic
def _open_run(kind: ImportKind, source: Source, began: Callable[[Import], None]) -> Import:
    """The run that this file began and did not finish, else a new one."""
    what = {
        "store": kind.store,
        "kind": kind.code,
        "sha256": source.sha256,
        "as_of": kind.as_of,
        "mapping": dict(source.mapping or {}),
    }
    begun = Import.objects.filter(**what, finished_at=None, upload=None)
    run = begun.order_by("pk").last() or Import.objects.create(
        **what, file_name=source.file_name[-200:], by=kind.by, at=kind.now
    )
    began(run)
    return run


class _Run:
    """One file on its way into one store."""

    def __init__(self, kind: ImportKind, source: Source, run: Import | None, of: int, progress: Progress):
        self.kind, self.source, self.run, self.of, self.progress = kind, source, run, of, progress
        self.good: list[Line] = []
        self.bad: list[tuple[int, str]] = []
        self._seen: Counter = Counter()

    def result(self) -> Result:
        self.kind.begin(self.run.counts)
        self._finish_earlier()
        self._take_all(behind=self.run.rows.aggregate(last=Max("line"))["last"] or 0)
        self.kind.finish(self.run)
        self._close()
        answer = {**self._outcomes(), **self.kind.facts()}
        return Result(answer, self.run, good=self.good, bad=self._bad())

    def _take_all(self, *, behind: int) -> None:
        done = 0
        for lines in _parts(map(self._read, self.source.lines()), self.kind.chunk):
            self._take([line for line in lines if line.number > behind])
            done += len(lines)
            self.progress(done, self.of)

    def _read(self, line: Line) -> Line:
        """Say what is in a row, and name it by store, kind, what makes it the same, and the how manyeth."""
        if len(line.cells) > len(line.names):
            line.reject(_("More cells than column names: a comma too many, or a missing quotation mark."))
        else:
            try:
                line.row = self.kind.read(line.raw)
            except Refused as refusal:
                line.reject(refusal.message)
        same = tuple(line.cells) if line.row is None else self.kind.identity(line.row)
        name = hashlib.sha256("\x1f".join(same).encode(errors="surrogatepass")).digest()
        self._seen[name] += 1
        whole = "\x1f".join([self.kind.store.code, self.kind.code, *same, str(self._seen[name])])
        line.fingerprint = hashlib.sha256(whole.encode(errors="surrogatepass")).hexdigest()
        return line

    @transaction.atomic
    def _take(self, lines: list[Line]) -> None:
        """A chunk: its rows and what is kept of them, all or nothing."""
        if not lines:
            return
        self._write(lines)
        ImportRow.objects.bulk_create(self._kept(line) for line in lines)
        self.run.counts = {**self.kind.facts(), **self.kind.notes()}
        self.run.save(update_fields=["counts"])

    def _write(self, lines: list[Line]) -> None:
        wait_longer(QUEUE_SECONDS)
        _skip_known(self.kind, lines)
        new = [line for line in lines if not line.outcome]
        if new:
            self.kind.lock([line.row for line in new])
        for some in _parts(new, self.kind.at_once):
            _write_some(self.kind, some)
        self.good += [line for line in new if line.outcome in WRITTEN][: GOOD_KEPT - len(self.good)]

    def _kept(self, line: Line) -> ImportRow:
        return ImportRow(
            run=self.run,
            store=self.kind.store,
            kind=self.kind.code,
            line=line.number,
            fingerprint=line.fingerprint,
            outcome=line.outcome,
            reason=line.reason,
            raw={} if line.outcome == Outcome.SKIPPED else line.raw,
            ref=line.ref,
        )

    def _finish_earlier(self) -> None:
        """What a run of another file left undone when it was cut short for good."""
        runs = Import.objects.filter(store=self.kind.store, kind=self.kind.code, finished_at=None)
        for run in runs.exclude(pk=self.run.pk):
            self.kind.finish(run)
            Import.objects.filter(pk=run.pk).update(finished_at=self.kind.now)

    def _close(self) -> None:
        self.run.counts = {**self._outcomes(), **self.kind.facts(), **self.kind.notes()}
        self.run.finished_at = self.kind.now
        self.run.save(update_fields=["counts", "finished_at"])

    def _outcomes(self) -> dict[str, int]:
        rows = self.run.rows.values("outcome").annotate(rows=Count("pk")).values_list("outcome", "rows")
        return _counted(dict(rows))

    def _bad(self) -> list[tuple[int, str]]:
        rejected = self.run.rows.filter(outcome=Outcome.REJECTED).order_by("line")
        return list(rejected.values_list("line", "reason")[:BAD_KEPT])


class _Trial(_Run):
    """The whole way in, each chunk rolled back: what it would do, nothing written and nobody kept waiting."""

    def result(self) -> Result:
        self.kind.trial = True
        self._found: Counter = Counter()
        self.kind.begin({})
        self._take_all(behind=0)
        return Result({**_counted(self._found), **self.kind.facts()}, None, good=self.good, bad=self.bad)

    def _take(self, lines: list[Line]) -> None:
        with transaction.atomic():
            self._write(lines)
            transaction.set_rollback(True)
        self.kind.tried()
        self._found.update(line.outcome for line in lines)
        rejected = ((line.number, line.reason) for line in lines if line.outcome == Outcome.REJECTED)
        self.bad = [*self.bad, *rejected][:BAD_KEPT]


def _parts(lines: Iterable[Line], size: int) -> Iterator[list[Line]]:
    rest = iter(lines)
    while some := list(islice(rest, size)):
        yield some


def _counted(found: Mapping[str, int]) -> dict[str, int]:
    return {"read": sum(found.values()), **{outcome: found.get(outcome, 0) for outcome in Outcome.values}}


def _skip_known(kind: ImportKind, lines: list[Line]) -> None:
    """Rows that came in before are left as they are."""
    rows = ImportRow.objects.filter(
        store=kind.store,
        kind=kind.code,
        outcome__in=WRITTEN,
        fingerprint__in=[line.fingerprint for line in lines if not line.outcome],
    )
    known = dict(rows.values_list("fingerprint", "ref"))
    for line in lines:
        if not line.outcome and line.fingerprint in known:
            line.outcome, line.ref = Outcome.SKIPPED, known[line.fingerprint]


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
