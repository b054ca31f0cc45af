"""A file of sold cars of many stores: each store is found or opened, and gets its rows (SPEC A59)."""

import datetime as dt
import marshal
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from django.db import transaction
from django.utils.text import format_lazy, slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import Refused
from accounts.models import Group, Store

from .files import FileRefused, Row, Sheet, read_rows
from .importing_errors import write_errors
from .importing_run import Progress, Source, nothing, run_source
from .sales_import import Sale, SalesImport
from .sales_rows import COLUMNS, LONGEST
from .stores import create_store
from .text import header_key, one_line

LONGEST_CODE = 40


@dataclass(frozen=True)
class Place:
    """What a file of sales does not say of its stores: the code of their group, zone, country."""

    group: str = "sales"
    zone: str = "America/Chicago"
    country: str = "US"


class SalesOfNamedStores(SalesImport):
    """Here every row says which store sold the car."""

    def read(self, cells: Mapping[str, str]) -> Sale:
        sale = super().read(cells)
        if not sale.row.dealer:
            raise Refused(_("No store. Write the name of the store that sold the car."), field="dealer")
        return sale


def import_sales(
    path: Path,
    place: Place,
    *,
    as_of: dt.date | None = None,
    now: dt.datetime,
    dry_run: bool = False,
    progress: Progress = nothing,
) -> dict:
    """Read a file of sales into the stores it names; answers what became of its rows.

    A run that was cut short goes on behind its last row when the file is sent again. A dry run
    writes nothing, no store either. `as_of` is the import day, today without it. Raises FileRefused,
    and Refused for an unknown zone or country.
    """
    with _by_dealer(path) as dealers, transaction.atomic() if dry_run else nullcontext():
        stores, answer, runs, done = Stores(place), {}, [], 0
        for name, rows in dealers.rows.items():
            store = stores.named(name)
            kind = SalesOfNamedStores(store, as_of=as_of or store.business_date(now), now=now)
            source = Source(path, partial(dealers.sheet, name), path.name)
            result = run_source(kind, source, dry_run=dry_run, errors=False)
            answer = {key: answer.get(key, 0) + figure for key, figure in result.answer.items()}
            runs.append(result.run)
            done += len(rows)
            progress(done, dealers.count)
        if dry_run:
            transaction.set_rollback(True)
    errors_file = None
    if answer["rejected"] and not dry_run:
        errors_file = str(write_errors(f"{place.group}-sales", _sheet(path), runs))
    return {**answer, "stores": stores.opened, "errors_file": errors_file}


def _sheet(path: Path) -> Sheet:
    return read_rows(path, filename=path.name, header_words=COLUMNS.header_words)


@contextmanager
def _by_dealer(path: Path) -> Iterator["_Dealers"]:
    with TemporaryFile() as file:
        yield _Dealers(_sheet(path), file, path.name)


class _Dealers:
    """The rows of each store by its name, kept in a file of their own; raises FileRefused.

    Those without a usable name go along with the first store.
    """

    def __init__(self, whole: Sheet, file: BinaryIO, filename: str):
        self.whole, self.file = whole, file
        self.rows: dict[str, list[int]] = {}  # where each row stands in the file
        self._sort()
        strays = self.rows.pop("", [])
        if not self.rows:
            message = gettext_lazy(
                "{file} names no store. Add a column Dealer_Name, or import it at a store."
            )
            raise FileRefused(format_lazy(message, file=filename))
        first = next(iter(self.rows.values()))
        first += strays
        first.sort()  # in the order of the file

    @property
    def count(self) -> int:
        return sum(map(len, self.rows.values()))

    def sheet(self, name: str) -> Sheet:
        """The table with the rows of one store, to be read once."""
        return replace(self.whole, rows=self._read(self.rows[name]))

    def _read(self, places: list[int]) -> Iterator[Row]:
        for place in places:
            self.file.seek(place)
            yield marshal.load(self.file)

    def _sort(self) -> None:
        header = self.whole.header
        columns = [place for place, name in enumerate(header) if COLUMNS.field_of(name) == "dealer"]
        names: dict[str, str] = {}
        for row in self.whole.rows:
            name = next((one_line(row[1][place]) for place in columns if row[1][place].strip()), "")
            usable = name if header_key(name) and len(name) <= LONGEST["dealer"] else ""
            self.rows.setdefault(names.setdefault(header_key(usable), usable), []).append(self.file.tell())
            marshal.dump(row, self.file)


class Stores:
    """The stores of a group by name; one that is not there is opened."""

    def __init__(self, place: Place):
        self.place, self.opened = place, 0
        self.group, _new = Group.objects.get_or_create(code=place.group, defaults={"name": place.group})
        here = Store.objects.filter(group=self.group).select_related("group")
        self._stores = {header_key(store.name): store for store in here}

    def named(self, name: str) -> Store:
        key = header_key(name)
        if key not in self._stores:
            self._stores[key] = create_store(
                code=_free_code(name),
                name=name,
                zone=self.place.zone,
                country=self.place.country,
                group=self.group,
            )
            self.opened += 1
        return self._stores[key]


def _free_code(name: str) -> str:
    """A code from a store's name that no store has yet."""
    code = re.sub(r"[^a-z0-9-]", "", slugify(name))[:LONGEST_CODE].strip("-") or "store"
    numbered = (code[: LONGEST_CODE - len(f"-{n}")] + f"-{n}" for n in count(2))
    while Store.objects.filter(code=code).exists():
        code = next(numbered)
    return code
