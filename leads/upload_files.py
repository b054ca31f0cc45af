"""Where uploaded files lie: a private folder, under random names, never served, deleted after a month."""

import datetime as dt
import fcntl
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

from accounts.models import Store

from .importing import RAW_DAYS
from .models import Upload


def folder() -> Path:
    path = Path(settings.VAR_DIR) / "uploads"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(upload: Upload) -> Path:
    return folder() / upload.stored


def store_file(chunks: Iterator[bytes]) -> str:
    """Write a file under a random name; answers the name."""
    name = uuid.uuid4().hex
    with (folder() / name).open("xb") as file:
        (folder() / name).chmod(0o600)
        for chunk in chunks:
            file.write(chunk)
    return name


@contextmanager
def held(upload: Upload) -> Iterator[bool]:
    """Whether the file is ours to work on; the system lets go of it when a worker dies."""
    with path_of(upload).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def is_worked_on(upload: Upload) -> bool:
    """Whether a worker holds the file at this moment."""
    with suppress(FileNotFoundError), held(upload) as ours:
        return not ours
    return False


# --- how far it is: a transaction shows nothing of itself, a file beside it does ------------


def _progress_path(upload: Upload) -> Path:
    return folder() / f"{upload.stored}.progress"


def keep_progress(upload: Upload, done: int, of: int) -> None:
    _progress_path(upload).write_text(f"{done} {of}")


def progress_of(upload: Upload) -> tuple[int, int]:
    """Rows done, and of how many; zeros before the first."""
    try:
        done, of = map(int, _progress_path(upload).read_text().split())
    except (FileNotFoundError, ValueError):  # not there yet, or just being written
        return 0, 0
    return done, of


def drop_progress(upload: Upload) -> None:
    _progress_path(upload).unlink(missing_ok=True)


# --- what is no longer needed -----------------------------------------------------------------


def errors_path(upload: Upload) -> Path:
    return Path(settings.VAR_DIR) / "imports" / Path(upload.errors_file).name


def forget_files(store: Store, *, on: dt.date) -> int:
    """Delete the files of 30 days before a store day, and what the check kept of them; answers how many."""
    before = store.start_of_day(on - dt.timedelta(days=RAW_DAYS))
    old = Upload.objects.filter(store=store, changed_at__lt=before).exclude(stored="")
    old = old.exclude(state__in=[Upload.State.CHECKING, Upload.State.IMPORTING])
    for upload in old:
        path_of(upload).unlink(missing_ok=True)
        drop_progress(upload)
        if upload.errors_file:
            errors_path(upload).unlink(missing_ok=True)
        upload.stored, upload.errors_file = "", ""
        upload.report = {key: upload.report[key] for key in ("counts",) if key in upload.report}
        upload.save(update_fields=["stored", "errors_file", "report"])
    return len(old)
