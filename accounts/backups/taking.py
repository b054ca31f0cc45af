"""A backup is taken: written beside its name, read back, renamed, and noted down (RELIABILITY 71, 75)."""

import datetime as dt
import json
import logging
import os
import shutil
import tempfile
import time
from pathlib import Path
from zipfile import ZipFile

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from accounts.models import Backup

from .archive import DUMP, MANIFEST, add_files, opened, part
from .failing import Failed, writing_to
from .keeping import forget_old, own_folder
from .kinds import applied, kind
from .sealing import ENDING, sealed, unsealed

FORMAT = 1
WORK = ".dealer-crm-unfinished-"
ABANDONED = 24 * 3600  # seconds after which an unfinished one was left behind by a kill

log = logging.getLogger(__name__)


def take(folder: Path, *, now: dt.datetime) -> Backup:
    """Write a backup of this moment into the folder; answers its row, with `error` when it failed.

    `now` is UTC and gives the file its name. A failure leaves nothing in the folder. In the store's
    own folder (BACKUP_FOLDER) older files go by the rule of `keeping`; elsewhere nothing is deleted.
    """
    started, path = time.monotonic(), folder / name_of(now)
    try:
        size = _write(path, now)
    except Failed as failure:
        log.error("backup %s failed: %s", path, failure.kept)
        return _note(path, now, started, error=failure.kept)
    backup = _note(path, now, started, bytes=size)
    if folder == own_folder():
        forget_old(folder, now=now)
    return backup


def name_of(now: dt.datetime) -> str:
    """ "dealer-crm-20261122-020000Z.zip", and ".gpg" behind it under a key."""
    return f"dealer-crm-{now.astimezone(dt.UTC):%Y%m%d-%H%M%S}Z.zip" + (ENDING if settings.BACKUP_KEY else "")


def _note(path: Path, now: dt.datetime, started: float, **result) -> Backup:
    seconds = round(time.monotonic() - started, 2)
    return Backup.objects.create(at=now, file=str(path)[-200:], seconds=seconds, **result)


def _write(path: Path, now: dt.datetime) -> int:
    with writing_to(path.parent), tempfile.TemporaryDirectory(prefix=WORK, dir=path.parent) as folder:
        _clear_away(path.parent)
        work = Path(folder)
        fresh = work / path.name
        with fresh.open("wb") as file:
            fresh.chmod(0o600)
            with sealed(file) as out, ZipFile(out, "w") as archive:
                _fill(archive, work, now)
            os.fsync(file.fileno())
        _read_back(fresh, work)
        fresh.replace(path)
        return path.stat().st_size


def _fill(archive: ZipFile, work: Path, now: dt.datetime) -> None:
    """The dump first, the files after it: a row's file is there, or was deleted since."""
    parts = {}
    with part(archive, DUMP, parts) as out:
        tables = kind().dump(out, work)
    add_files(archive, parts)
    manifest = {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "version": import_string("dealer_crm.__version__"),
        "database": connection.vendor,
        "migrations": applied(connection),
        "tables": tables,
        "parts": parts,
    }
    archive.writestr(MANIFEST, json.dumps(manifest, indent=1))


def _read_back(file: Path, work: Path) -> None:
    """What the disk gives back is what was written."""
    with unsealed(file, work) as plain, opened(plain):
        pass


def _clear_away(folder: Path) -> None:
    """What a killed backup left behind."""
    for left in folder.glob(f"{WORK}*"):
        if time.time() - left.stat().st_mtime > ABANDONED:
            shutil.rmtree(left, ignore_errors=True)
