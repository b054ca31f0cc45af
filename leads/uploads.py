"""A file on its way in by hand: taken in, its columns named, checked, read in (SPEC A58, A59)."""

import datetime as dt
import logging
import re
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import Refused
from accounts.models import Store, User

from .columns import Columns
from .files import MAX_FILE_BYTES, MB, FileRefused, FileTooLarge, Sheet, read_rows
from .importing import import_kinds
from .models import Upload
from .phones import mask
from .tasks import run_uploads
from .text import folded, one_line
from .upload_files import folder, is_worked_on, path_of, store_file

log = logging.getLogger(__name__)
State = Upload.State
SAMPLED = 20  # rows looked at for a value of each column
_LONG_NUMBER = re.compile(r"\d{9}")
AT_WORK = (State.CHECKING, State.IMPORTING)
MAPPABLE = (State.CHOSEN, State.CHECKED, State.FAILED)


def take_in(store: Store, kind: str, file: UploadedFile, *, by: User, now: dt.datetime) -> Upload:
    """Keep a file that somebody sent, and guess what its columns are; reads no rows into the store.

    Raises FileTooLarge, and FileRefused for what is no table.
    """
    name = one_line(file.name)[-200:] or "file"
    if file.size > MAX_FILE_BYTES:
        message = gettext_lazy("{file} is larger than {limit} MB. Split it and send the parts.")
        raise FileTooLarge(format_lazy(message, file=name[-80:], limit=MAX_FILE_BYTES // MB))
    columns = import_kinds()[kind].columns
    stored = store_file(file.chunks())
    try:
        header, samples = _look(folder() / stored, name, columns)
    except FileRefused:
        (folder() / stored).unlink()
        raise
    return Upload.objects.create(
        store=store,
        kind=kind,
        file_name=name,
        stored=stored,
        size=file.size,
        columns=header,
        mapping=guess(store, kind, header),
        report={"samples": samples},
        by=by,
        at=now,
        changed_at=now,
    )


def _look(path: Path, name: str, columns: Columns) -> tuple[list[str], dict[str, str]]:
    """The column names of a file, and a masked value of each; a CSV beyond the limits is refused at once."""
    try:
        sheet = read_rows(path, filename=name, header_words=columns.header_words)
    except FileTooLarge:
        raise
    except FileRefused:
        sheet = read_rows(path, filename=name, header_words=())
    samples: dict[str, str] = {}
    for _line, cells in islice(sheet.rows, SAMPLED):
        for column, cell in zip(sheet.header, cells, strict=False):
            if cell.strip():
                samples.setdefault(column, _sample(cell, columns.field_of(column)))
    if sheet.kind == "csv":
        for _row in sheet.rows:
            pass
    return [column for column in sheet.header if column], samples


def _sample(cell: str, field: str | None) -> str:
    text = one_line(cell)[:40]
    is_number = field == "phone" or _LONG_NUMBER.search(re.sub(r"[\s()+-]", "", folded(text)))
    return mask(text) if is_number else text


def sheet_of(upload: Upload) -> Sheet:
    """The table of an upload, to be read once; raises FileRefused."""
    return read_rows(path_of(upload), filename=upload.file_name, header_words=upload.columns)


def guess(store: Store, kind: str, header: list[str]) -> dict[str, str]:
    """What each column is: as somebody said before in this store, else by its name; each field once."""
    columns, taken, mapping = import_kinds()[kind].columns, set(), {}
    said = _said_before(store, kind)
    for column in header:
        field = said.get(column, columns.field_of(column)) or ""
        mapping[column] = "" if field in taken or field not in columns.words else field
        taken.add(field)
    return mapping


def _said_before(store: Store, kind: str) -> dict[str, str]:
    before = Upload.objects.filter(store=store, kind=kind).exclude(state=State.CHOSEN).order_by("-at", "-pk")
    return before.values_list("mapping", flat=True).first() or {}


@transaction.atomic
def check(upload_id: int, mapping: Mapping[str, str], *, by: User, now: dt.datetime) -> Upload:
    """Say what the columns are, and have the worker try the file without writing.

    Refused: a field without a column that the kind needs, two columns for one field, another file
    of the store at work, a file that was read in already.
    """
    upload = _locked(upload_id)
    if upload.state not in MAPPABLE or not upload.stored:
        raise Refused(_("This file was read in already, or is just being read. Choose a file again."))
    columns = import_kinds()[upload.kind].columns
    upload.mapping = {column: mapping.get(column, "") for column in upload.columns}
    fields = [field for field in upload.mapping.values() if field]
    _check_mapping(columns, fields)
    upload.report = {"samples": upload.report.get("samples", {})}
    upload.run = None  # of other columns than those that were read in
    return _start(upload, State.CHECKING, by=by, now=now)


def _check_mapping(columns: Columns, fields: list[str]) -> None:
    if set(fields) - columns.words.keys():
        raise Refused(_("Choose what each column is."))
    twice = next((field for field in fields if fields.count(field) > 1), None)
    if twice:
        raise Refused(_("Two columns are called {field}. Keep one.").format(field=columns.labels[twice]))
    missing = next((field for field in columns.required if field not in fields), None)
    if missing:
        message = _("No column is called {field}. Choose the one that is.")
        raise Refused(message.format(field=columns.labels[missing]))


@transaction.atomic
def commit(upload_id: int, *, by: User, now: dt.datetime) -> Upload:
    """Have the worker read a checked file in, or again one whose reading stopped.

    A second call while it is at work, or when it is done, changes nothing. Refused: a file that
    was not checked, another file of the store at work.
    """
    upload = _locked(upload_id)
    if upload.state in (State.IMPORTING, State.DONE):
        return upload
    if not ("counts" in upload.report and upload.stored and upload.state in (State.CHECKED, State.FAILED)):
        raise Refused(_("Check the file first."))
    return _start(upload, State.IMPORTING, by=by, now=now)


def _locked(upload_id: int) -> Upload:
    return (
        Upload.objects.select_for_update(of=("self",), no_key=True).select_related("store").get(pk=upload_id)
    )


def _start(upload: Upload, state: str, *, by: User, now: dt.datetime) -> Upload:
    # The store's row is the queue: of two at once the second sees the first.
    Store.objects.select_for_update(no_key=True).get(pk=upload.store_id)
    other = Upload.objects.filter(store=upload.store_id, state__in=AT_WORK).exclude(pk=upload.pk).first()
    if other:
        raise Refused(
            _("{file} is just being read for this store. Wait until it is done.").format(file=other.file_name)
        )
    upload.state, upload.attempts, upload.error = state, 0, ""
    upload.by, upload.changed_at = by, now
    upload.save(update_fields=["mapping", "report", "run", "state", "attempts", "error", "by", "changed_at"])
    transaction.on_commit(wake_worker)
    return upload


def wake_worker() -> None:
    """Say that there is work; when the queue is down, the next sweep finds it."""
    try:
        run_uploads.delay()
    except Exception as error:
        log.warning("the queue did not take the wake-up: %s", type(error).__name__)


def was_interrupted(upload: Upload) -> bool:
    """Whether whoever worked on it is gone: the next sweep checks anew, or reads on behind the last row."""
    return upload.state in AT_WORK and upload.attempts > 0 and not is_worked_on(upload)
