"""The rows that did not come in, as a file to correct and send again (RELIABILITY 34, 35)."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from .files import Row, Sheet
from .formulas import as_written, harmless
from .models import Import, ImportRow


def write_errors(name: str, sheet: Sheet, runs: Iterable[Import]) -> Path:
    """The rejected rows of these runs of a table as CSV that spreadsheets open.

    Line and reason stand behind the cells.
    """
    folder = Path(settings.VAR_DIR) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        path.chmod(0o600)
        writer = csv.writer(file)
        writer.writerow([*map(harmless, sheet.header), _("Line"), _("Reason")])
        for (line, cells), reason in _rejected(sheet, runs):
            writer.writerow([*(harmless(as_written(cell)) for cell in cells), line, harmless(reason)])
    return path


def _rejected(sheet: Sheet, runs: Iterable[Import]) -> Iterator[tuple[Row, str]]:
    """Table and rejections side by side; both are in the order of their lines."""
    rejected = ImportRow.objects.filter(run__in=list(runs), outcome=ImportRow.Outcome.REJECTED)
    reasons = rejected.order_by("line").values_list("line", "reason").iterator()
    line, reason = next(reasons, (None, ""))
    for row in sheet.rows:
        if row[0] == line:
            yield row, reason
            line, reason = next(reasons, (None, ""))
