"""The worker's part: checks and reads in the files that wait; the database says which."""

import datetime as dt
import logging

from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.errors import Refused

from .importing import ImportKind, import_kinds
from .importing_run import Result, Source, run_source
from .models import Import, Upload
from .upload_files import drop_progress, held, keep_progress, path_of
from .uploads import AT_WORK, State, sheet_of

log = logging.getLogger(__name__)
ATTEMPTS = 3  # of which the worker died or something broke


def run_waiting(now: dt.datetime) -> int:
    """Do everything that waits and that nobody else is doing; answers how many files.

    Safe at any time, and twice at once: a file is worked on by whoever holds it.
    """
    waiting = (
        Upload.objects.filter(state__in=AT_WORK).order_by("changed_at", "pk").values_list("pk", flat=True)
    )
    return sum(_run_one(pk, now) for pk in list(waiting))


def _run_one(pk: int, now: dt.datetime) -> bool:
    upload = Upload.objects.select_related("store", "by", "run").get(pk=pk)
    try:
        with held(upload) as ours, translation.override(upload.by.language):
            return ours and _claim(upload, now) and _work(upload, now)
    except FileNotFoundError:
        with translation.override(upload.by.language):
            _stop(upload, _("The file is gone. Choose it again."), now)
        return True


def _claim(upload: Upload, now: dt.datetime) -> bool:
    """Count the attempt; false when it is done meanwhile, or was tried too often."""
    standing = Upload.objects.filter(pk=upload.pk, state=upload.state)
    if standing.filter(attempts__lt=ATTEMPTS).update(attempts=F("attempts") + 1):
        return True
    if standing.exists():
        _stop(upload, _stopped_too_often(upload), now)
    return False


def _work(upload: Upload, now: dt.datetime) -> bool:
    kind = import_kinds()[upload.kind](
        upload.store, as_of=upload.store.business_date(upload.changed_at), now=now, by=upload.by
    )
    try:
        if upload.state == State.CHECKING:
            _check(upload, kind, now)
        else:
            _read_in(upload, kind, now)
    except Refused as refusal:
        _stop(upload, str(refusal.message), now)
    except Exception as error:
        # The message of the error may hold personal data.
        log.exception("upload %d: %s", upload.pk, type(error).__name__, exc_info=False)
        _stop(upload, _something_broke(upload), now)
    finally:
        drop_progress(upload)
    return True


def _stopped_too_often(upload: Upload) -> str:
    if upload.state == State.CHECKING:
        return _("It stopped three times on its way. Nothing of it was read in.")
    return _("It stopped three times on its way. What came in stays. Read in again, and it goes on there.")


def _something_broke(upload: Upload) -> str:
    if upload.state == State.CHECKING:
        return _("Something broke on our side. Nothing of it was read in. Try again.")
    return _("Something broke on our side. What came in stays. Read in again, and it goes on there.")


def _check(upload: Upload, kind: ImportKind, now: dt.datetime) -> None:
    """The whole way in, and back: what it would do, and nothing written."""
    result = _run(upload, kind, dry_run=True)
    samples = upload.report.get("samples", {})
    good = _good(kind, result)
    upload.report = {"samples": samples, "counts": result.answer, "good": good, "bad": result.bad}
    upload.state, upload.changed_at = State.CHECKED, now
    upload.save(update_fields=["report", "state", "changed_at"])


def _read_in(upload: Upload, kind: ImportKind, now: dt.datetime) -> None:
    """Chunk by chunk, each kept at once: whoever comes after a crash goes on behind the last one."""
    result = _run(upload, kind, dry_run=False)
    upload.report = {"counts": result.answer, "bad": result.bad}
    upload.state, upload.changed_at = State.DONE, now
    upload.errors_file = result.errors_file.name if result.errors_file else ""
    upload.save(update_fields=["report", "state", "changed_at", "errors_file"])


def _run(upload: Upload, kind: ImportKind, *, dry_run: bool) -> Result:
    def keep_run(run: Import) -> None:
        upload.run = run
        upload.save(update_fields=["run"])

    return run_source(
        kind,
        Source(path_of(upload), lambda: sheet_of(upload), upload.file_name, upload.mapping),
        run=upload.run,
        began=keep_run,
        dry_run=dry_run,
        progress=lambda done, of: keep_progress(upload, done, of),
    )


def _good(kind: ImportKind, result: Result) -> list[dict]:
    """The first rows that come in, as they will be: masked, and as text."""
    shown = []
    for line in result.good:
        cells = {
            field: "" if value is None else str(value) for field, value in kind.as_shown(line.row).items()
        }
        shown.append({"line": line.number, "outcome": line.outcome, "cells": cells})
    return shown


def _stop(upload: Upload, reason: str, now: dt.datetime) -> None:
    upload.state, upload.error, upload.changed_at = State.FAILED, reason[:300], now
    upload.save(update_fields=["state", "error", "changed_at"])
