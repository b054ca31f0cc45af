"""The whole suite on everything that answers here; what was left out is named at the end.

    scripts/test.py [--nothing-left-out | --faults] [pytest arguments]

Without a server everything runs on SQLite. Where PostgreSQL answers each test runs once: the scenarios
and what needs a server there with Redis, the rest on SQLite; then the browser tests, where Chromium
is. DATABASE_URL and REDIS_URL say where; otherwise the standard local ports are asked. With
--nothing-left-out, as in CI, everything runs on both databases and the thorough tests with it, and a
service that is missing is a failure. --faults is `make faults`: real processes are broken, one test after
the other, on PostgreSQL and Redis.
"""

import getpass
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

import psycopg2
import redis

BASE = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
TOGETHER = ["-q", "-n", "2", "--dist", "loadfile"]
FAULTS = ["tests/faults", "tests/test_store_computer.py", "tests/accounts/test_backups.py"]
ONE_BY_ONE = [*TOGETHER, "--dist", "load", "--maxschedchunk", "1"]  # each test has a world of its own


def postgresql() -> str:
    """The address of a PostgreSQL in which this person may create databases, or nothing."""
    given = os.environ.get("DATABASE_URL", "")
    if given:
        return given if given.startswith("postgres") else ""
    # Checkouts side by side must not share a test database.
    name = f"dealer_{zlib.crc32(str(BASE).encode()):08x}"
    for user in dict.fromkeys([getpass.getuser(), "postgres"]):
        if may_create_databases(f"postgres://{user}@localhost:5432/postgres"):
            return f"postgres://{user}@localhost:5432/{name}"
    return ""


def may_create_databases(address: str) -> bool:
    try:
        connection = psycopg2.connect(address, connect_timeout=3)
    except psycopg2.OperationalError:
        return False
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
        may = cursor.fetchone()[0]
    connection.close()
    return may


def redis_server() -> str:
    address = os.environ.get("REDIS_URL") or "redis://localhost:6379/15"
    try:
        redis.Redis.from_url(address, socket_connect_timeout=3).ping()
    except redis.RedisError:
        return ""
    return address


class Round:
    """One run of pytest; `ended` says whether it was green. A round without tests of its marks is."""

    def __init__(self, title: str, marks: str, services: dict[str, str], options: list[str], aside=False):
        """`aside`: it runs beside another round, and what it prints is shown when it ends."""
        print(f"\n== {title}{' (beside the next)' if aside else ''}", flush=True)
        self.title, self.started = title, time.monotonic()
        self.output = tempfile.TemporaryFile() if aside else None  # noqa: SIM115 (as long as the round)
        # An empty value also hides what .env says of a real installation. What one process compiled, the
        # others read: each of them compiles no test of its own.
        empty = {"DATABASE_URL": "sqlite://:memory:", "REDIS_URL": "", "PYTHONDONTWRITEBYTECODE": ""}
        environment = os.environ | empty | services
        command = [sys.executable, "-m", "pytest", "-m", marks, *options]
        self.process = subprocess.Popen(command, cwd=BASE, env=environment, stdout=self.output)

    def ended(self) -> bool:
        code = self.process.wait()
        if self.output:
            self.output.seek(0)
            print(f"\n== {self.title}\n{self.output.read().decode()}", end="", flush=True)
        print(f"== {self.title}: {time.monotonic() - self.started:.0f} s", flush=True)
        return code in (0, 5)


def faults(options: list[str]) -> int:
    database, queue = postgresql(), redis_server()
    if not (database and queue):
        print("PostgreSQL and Redis have to answer: name them by DATABASE_URL and REDIS_URL.")
        return 1
    os.environ["SUITE"] = "whole"
    marks = "not browser" if shutil.which("docker-compose") else "not browser and not compose"
    services = {"DATABASE_URL": database, "REDIS_URL": queue}
    return 0 if Round("Faults", marks, services, ["-q", *FAULTS, *options]).ended() else 1


def main() -> int:
    strict, options = sys.argv[1:2] == ["--nothing-left-out"], sys.argv[1:]
    options = options[1:] if strict else options
    database, queue = postgresql(), redis_server()
    services = {"DATABASE_URL": database} | ({"REDIS_URL": queue} if queue else {}) if database else {}
    os.environ["SUITE"] = "whole" if strict else "short"  # tests/sizes.py
    left_out, title = [], "PostgreSQL and Redis" if queue else "PostgreSQL"

    composed = "" if shutil.which("docker-compose") else " and not compose"
    chosen = composed + ("" if strict else " and not thorough")
    # CI's databases come from the migrations, as a store's does; here the tables are made at once.
    options += [] if strict else ["--no-migrations"]
    elsewhere = (" and not once" + ("" if strict else " and not scenario")) if database else ""
    here = "not postgres and not browser" + elsewhere + chosen
    core = [*options, "--ignore=tests/browser"]
    unread = ["--ignore=tests/scenarios"] if database and not strict else []
    sqlite = Round("SQLite", here, {}, TOGETHER + core + unread, aside=bool(database))
    green = []
    if database:
        # Some of them wait for processes and locks: three share two cores well.
        together = [*TOGETHER, "-n", "3"]
        there = "not browser" if strict else "not browser and (scenario or once or postgres)"
        green.append(Round(title, there + chosen, services, together + core).ended())
    else:
        left_out.append("everything on PostgreSQL (no server answers)")
    green.append(sqlite.ended())
    if not queue:
        left_out.append("everything on Redis (no server answers)")
    if not strict:
        twice = f", the scenarios on SQLite, and on {title} what is no scenario" if database else ""
        left_out.append("the thorough tests" + twice)
        print("CI runs all of it: make test TESTFLAGS=--nothing-left-out (minutes more)")
    if composed:
        left_out.append("docker-compose.yml as docker-compose reads it (not installed)")
    if any(map(shutil.which, BROWSERS)):
        green.append(Round("Browser", "browser" + chosen, services, ONE_BY_ONE + options).ended())
    else:
        left_out.append("browser tests (no Chromium)")

    for what in left_out:
        print(f"left out: {what}")
    return 0 if all(green) and not (strict and left_out) else 1


if __name__ == "__main__":
    sys.exit(faults(sys.argv[2:]) if sys.argv[1:2] == ["--faults"] else main())
