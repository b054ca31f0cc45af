"""Dump and restore of PostgreSQL, by its own programs."""

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from django.db import ProgrammingError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from .failing import Failed
from .programs import running

CHUNK = 1024 * 1024
# The rows of one table as one number that does not depend on their order.
TABLE = """
SELECT count(*), COALESCE(sum(('x' || substr(md5(t::text), 1, 16))::bit(64)::bigint::numeric), 0)::text
  FROM {table} t"""
ANEW = (
    "DROP SCHEMA public CASCADE",
    "CREATE SCHEMA public AUTHORIZATION pg_database_owner",
    "GRANT USAGE ON SCHEMA public TO PUBLIC",
)
OTHERS = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""


def dump(out: BinaryIO, work: Path) -> dict[str, list]:
    """Write the dump; answers rows and checksum of each table at the very moment of the dump."""
    with closing(connection.copy()) as aside:
        aside.set_autocommit(False)
        with aside.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute(
                "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
            )
            cursor.execute("SELECT pg_export_snapshot()")
            (moment,) = cursor.fetchone()
        _dump(out, moment)
        return tables(aside)


def _dump(out: BinaryIO, moment: str) -> None:
    options = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={moment}")
    patience = "--lock-wait-timeout=60s"
    with running(
        "pg_dump", *options, patience, environment=address_of(connection), stdout=subprocess.PIPE
    ) as program:
        while chunk := program.stdout.read(CHUNK):
            out.write(chunk)


def tables(database: BaseDatabaseWrapper) -> dict[str, list]:
    """Rows and checksum of each table."""
    with database.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        names = sorted(database.introspection.table_names(cursor))
        return {name: _of_table(cursor, database.ops.quote_name(name)) for name in names}


def _of_table(cursor, table: str) -> list:
    cursor.execute(TABLE.format(table=table))
    return list(cursor.fetchone())


def load(file: Path, database: BaseDatabaseWrapper) -> None:
    """Put the dump in the place of everything in the database, in one transaction: whole or not at all."""
    with closing(database.copy()) as aside, aside.cursor() as cursor:
        cursor.execute(OTHERS)
        (others,) = cursor.fetchone()
    if others:
        raise Failed("in_use", others)
    anew = [part for statement in ANEW for part in ("-c", statement)]
    once = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction")
    reading = running(
        "pg_restore", "--no-owner", "--no-privileges", "-f", "-", str(file), stdout=subprocess.PIPE
    )
    writing = running(
        "psql", *once, *anew, "-f", "-",
        environment=address_of(database), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    with writing as target, reading as source:  # should the source fail, the target is killed: no commit
        while chunk := source.stdout.read(CHUNK):
            target.stdin.write(chunk)


@contextmanager
def scratch(work: Path) -> Iterator[BaseDatabaseWrapper]:
    """An empty database beside ours, dropped at the end."""
    name = f"dealer_verify_{secrets.token_hex(6)}"
    with closing(_another("postgres")) as server:
        try:
            _tell(server, f'CREATE DATABASE "{name}"')
        except ProgrammingError as error:
            raise Failed("no_scratch", server.settings_dict["USER"]) from error
        try:
            with closing(_another(name)) as database:
                yield database
        finally:
            _tell(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _another(name: str) -> BaseDatabaseWrapper:
    database = connection.copy()
    database.settings_dict["NAME"] = name
    return database


def _tell(server: BaseDatabaseWrapper, statement: str) -> None:
    with server.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(statement)


NAMED = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


def address_of(database: BaseDatabaseWrapper) -> dict[str, str]:
    """The connection's settings as the environment of PostgreSQL's programs."""
    given = database.get_connection_params()
    name = given.get("dbname") or given.get("database")
    return {"PGDATABASE": name} | {NAMED[key]: str(value) for key, value in given.items() if key in NAMED}
