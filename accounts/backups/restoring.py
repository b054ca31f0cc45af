"""A backup comes back: beside the store's database to be judged, or in its place (RELIABILITY 71, 74)."""

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from zipfile import ZipFile

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.module_loading import import_string

from accounts.models import Backup, Store

from .archive import DUMP, extract, opened, put_back_files
from .failing import Failed, writing_to
from .kinds import applied, kind, known
from .sealing import unsealed


@dataclass(frozen=True)
class Restored:
    """What came back, and how long it took."""

    version: str
    made_at: str
    tables: int
    rows: int
    files: int
    seconds: float
    migrated: int = 0  # migrations that the backup had not had
    invariants: str = ""  # "ok", or why they were not asked


def verify(path: Path, *, now: dt.datetime) -> Restored:
    """Restore a backup into a database of its own, compare it with its manifest, and drop it again.

    Failed names what is wrong with it, and the backup's row keeps that: it is no good one any more.
    A good one is marked as verified at `now`, UTC.
    """
    rows = Backup.objects.filter(file=str(path))
    try:
        found = _verified(path)
    except Failed as failure:
        if failure.code in ("broken", "differs", "invariants"):
            rows.update(error=failure.kept, verified_at=None)
        raise
    rows.update(verified_at=now)
    return found


def _verified(path: Path) -> Restored:
    started = time.monotonic()
    with _opened(path) as (archive, manifest, work), kind().scratch(work) as database:
        _load(archive, manifest, database, work)
        judged = _invariants(database, manifest)
        files = sum(name != DUMP for name in manifest["parts"])
        return _told(manifest, files, started, invariants=judged)


def restore(path: Path, *, now: dt.datetime, force: bool = False) -> Restored:
    """Put a backup in the place of the database and of the files; nobody stays signed in.

    Refuses a database with stores unless `force`, one that others use, and any file that is not
    whole, of another kind of database or of a newer version: then nothing is changed. Newer
    migrations follow. Whoever stands in AFTER_RESTORE is told the moment `now`, UTC.
    """
    started = time.monotonic()
    if not force and "accounts_store" in connection.introspection.table_names() and Store.objects.exists():
        raise Failed("not_empty", Store.objects.count())
    connection.close()
    with _opened(path) as (archive, manifest, work):
        files = put_back_files(archive, manifest)  # before the rows that name them
        _load(archive, manifest, connection, work)
    connection.close()
    missing = known() - set(manifest["migrations"])
    if missing:
        call_command("migrate", interactive=False, verbosity=0)
    for dotted in settings.AFTER_RESTORE:
        import_string(dotted)(now)
    Session.objects.all().delete()
    cache.clear()
    return _told(manifest, files, started, migrated=len(missing))


@contextmanager
def _opened(path: Path) -> Iterator[tuple[ZipFile, dict, Path]]:
    """A whole backup that this store can read, and a folder to work in."""
    if not path.is_file():
        raise Failed("no_file", path)
    beside = path.parent if os.access(path.parent, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=beside) as folder, writing_to(Path(folder).parent):
        work = Path(folder)
        with unsealed(path, work) as plain, opened(plain) as (archive, manifest):
            _check(manifest)
            yield archive, manifest, work


def _check(manifest: dict) -> None:
    if manifest["database"] != connection.vendor:
        raise Failed("other_kind", manifest["database"])
    if set(manifest["migrations"]) - known():
        raise Failed("newer", manifest["version"])


def _load(archive: ZipFile, manifest: dict, database: BaseDatabaseWrapper, work: Path) -> None:
    """The dump into the database; Failed("differs") names tables that are not as they were."""
    dump = extract(archive, DUMP, work / DUMP)
    kind().load(dump, database)
    dump.unlink()
    found, told = kind().tables(database), manifest["tables"]
    wrong = sorted(name for name in {*found, *told} if found.get(name) != told.get(name))
    if wrong:
        raise Failed("differs", ", ".join(wrong[:5]))


def _invariants(database: BaseDatabaseWrapper, manifest: dict) -> str:
    """Run the promises on the restored database, by a process of its own: no cache of ours is asked."""
    if applied(database) != applied(connection):
        return f"not asked: made by version {manifest['version']}"
    told = subprocess.run(
        [sys.executable, "manage.py", "check_invariants", "--json"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": _url(database), "REDIS_URL": ""},
        capture_output=True,
        text=True,
    )
    if not told.stdout:
        raise Failed("tool_failed", told.stderr.strip()[-200:])
    bad = [check["name"] for check in json.loads(told.stdout)["checks"] if check["bad"]]
    if bad:
        raise Failed("invariants", ", ".join(bad[:5]))
    return "ok"


def _url(database: BaseDatabaseWrapper) -> str:
    named = database.settings_dict
    if database.vendor == "sqlite":
        return f"sqlite:///{named['NAME']}"
    who = quote(named["USER"] or "", safe="")
    secret = f":{quote(named['PASSWORD'], safe='')}" if named["PASSWORD"] else ""
    port = f":{named['PORT']}" if named["PORT"] else ""
    return f"postgres://{who}{secret}@{quote(named['HOST'] or '', safe='')}{port}/{named['NAME']}"


def _told(manifest: dict, files: int, started: float, **more) -> Restored:
    tables = manifest["tables"].values()
    return Restored(
        version=manifest["version"],
        made_at=manifest["made_at"],
        tables=len(tables),
        rows=sum(rows for rows, _checksum in tables),
        files=files,
        seconds=round(time.monotonic() - started, 2),
        **more,
    )
