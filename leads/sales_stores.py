"""A file of sold cars of many stores: each store is found or opened, and gets its rows (SPEC A59)."""

import datetime as dt
import re
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from django.db import transaction
from django.utils.text import format_lazy, slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import Refused
from accounts.models import Group, Store

from .files import FileRefused, Row, Sheet, read_rows
from .importing import Line, Progress, nothing, run_sheet, write_errors
from .models import ImportRow
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

    Each store's rows are one transaction: a run that was cut short goes on with the next store
    when it is sent again. A dry run writes nothing, no store either. `as_of` is the import day,
    today without it. Raises FileRefused, and Refused for an unknown zone or country.
    """
    sheet = read_rows(path, filename=path.name, header_words=COLUMNS.header_words)
    dealers = _by_dealer(sheet, path.name)
    total, done, answer, rejected = sum(map(len, dealers.values())), 0, {}, []
    with transaction.atomic() if dry_run else nullcontext():
        stores = Stores(place)
        while dealers:
            name = next(iter(dealers))
            rows = dealers.pop(name)
            store = stores.named(name)
            kind = SalesOfNamedStores(store, as_of=as_of or store.business_date(now), now=now)
            result = run_sheet(kind, replace(sheet, rows=iter(rows)), path, dry_run=dry_run)
            answer = {key: answer.get(key, 0) + figure for key, figure in result.answer.items()}
            rejected += [line for line in result.lines if line.outcome == ImportRow.Outcome.REJECTED]
            done += len(rows)
            progress(done, total)
        if dry_run:
            transaction.set_rollback(True)
    errors_file = _write_errors(place, sheet, rejected) if rejected and not dry_run else None
    return {**answer, "stores": stores.opened, "errors_file": errors_file}


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


def _by_dealer(sheet: Sheet, filename: str) -> dict[str, list[Row]]:
    """The rows of each store by its name; those without a usable name go along with the first store."""
    columns = [place for place, header in enumerate(sheet.header) if COLUMNS.field_of(header) == "dealer"]
    names: dict[str, str] = {}
    dealers: dict[str, list[Row]] = {}
    for row in sheet.rows:
        name = next((one_line(row[1][place]) for place in columns if row[1][place].strip()), "")
        usable = name if header_key(name) and len(name) <= LONGEST["dealer"] else ""
        dealers.setdefault(names.setdefault(header_key(usable), usable), []).append(row)
    strays = dealers.pop("", [])
    if not dealers:
        message = gettext_lazy("{file} names no store. Add a column Dealer_Name, or import it at a store.")
        raise FileRefused(format_lazy(message, file=filename))
    next(iter(dealers.values())).extend(strays)
    return dealers


def _free_code(name: str) -> str:
    """A code from a store's name that no store has yet."""
    code = re.sub(r"[^a-z0-9-]", "", slugify(name))[:LONGEST_CODE].strip("-") or "store"
    numbered = (code[: LONGEST_CODE - len(f"-{n}")] + f"-{n}" for n in count(2))
    while Store.objects.filter(code=code).exists():
        code = next(numbered)
    return code


def _write_errors(place: Place, sheet: Sheet, rejected: list[Line]) -> str:
    rejected.sort(key=lambda line: line.number)
    return str(write_errors(f"{place.group}-sales", sheet.header, rejected))
