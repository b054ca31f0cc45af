"""Dump and restore of SQLite: a copy taken while the store works on."""

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from .failing import Failed


def dump(out: BinaryIO, work: Path) -> dict[str, list]:
    """Write a copy of the database; answers rows and checksum of each table in the copy."""
    copy = work / "database.sqlite3"
    connection.ensure_connection()
    try:
        with closing(sqlite3.connect(copy)) as target:
            connection.connection.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
            found = _tables(target)
    except sqlite3.OperationalError as error:
        raise Failed("disk_full" if "full" in str(error) else "tool_failed", work.parent) from error
    with copy.open("rb") as source:
        shutil.copyfileobj(source, out)
    copy.unlink()
    return found


def tables(database: BaseDatabaseWrapper) -> dict[str, list]:
    """Rows and checksum of each table."""
    database.ensure_connection()
    return _tables(database.connection)


def _tables(database: sqlite3.Connection) -> dict[str, list]:
    found = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    ).fetchall()
    return {name: _of_table(database, name) for (name,) in found}


def _of_table(database: sqlite3.Connection, name: str) -> list:
    columns = [row[1] for row in database.execute(f'PRAGMA table_info("{name}")')]
    quoted = ", ".join(f'quote("{column}")' for column in columns)  # as written, whoever reads it
    rows, total = 0, 0
    for row in database.execute(f'SELECT {quoted} FROM "{name}"'):
        rows += 1
        total += int.from_bytes(hashlib.blake2b(repr(row).encode(), digest_size=8).digest())
    return [rows, str(total)]


def load(file: Path, database: BaseDatabaseWrapper) -> None:
    """Put the copy in the place of everything in the database: whole or not at all."""
    database.ensure_connection()
    try:
        with closing(sqlite3.connect(file)) as source:
            source.execute("PRAGMA quick_check(1)").fetchall()
            source.backup(database.connection)
    except sqlite3.DatabaseError as error:
        raise Failed("tool_failed", error) from error


@contextmanager
def scratch(work: Path) -> Iterator[BaseDatabaseWrapper]:
    """An empty database of its own, gone with the folder it lies in."""
    database = connection.copy()
    database.settings_dict["NAME"] = str(work / "scratch.sqlite3")
    with closing(database):
        yield database
