"""A database for one measurement, on PostgreSQL, made empty and dropped again."""

import getpass
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2


@contextmanager
def scratch_database() -> Iterator[None]:
    """Set Django up on a migrated, empty database, on the server of DATABASE_URL or of this machine."""
    given = os.environ.get("DATABASE_URL", "")
    server = (
        given.rpartition("/")[0]
        if given.startswith("postgres")
        else f"postgres://{getpass.getuser()}@localhost:5432"
    )
    name = f"dealer_bench_{os.getpid()}"
    _on_server(server, f'CREATE DATABASE "{name}"')
    try:
        _set_up(f"{server}/{name}")
        yield
    finally:
        if "django" in sys.modules:
            from django.db import connections

            connections.close_all()
        _on_server(server, f'DROP DATABASE "{name}"')


def _on_server(server: str, statement: str) -> None:
    connection = psycopg2.connect(f"{server}/postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def _set_up(address: str) -> None:
    os.environ.update(DATABASE_URL=address, SECRET_KEY="only-for-figures-" + "0" * 32, LOG_LEVEL="WARNING")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealer_crm.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


@contextmanager
def beside_the_floor(now: str) -> Iterator[None]:
    """A scratch database and the addresses of the product with the floor; the clock stands at `now`."""
    with scratch_database():
        from django.test import override_settings

        plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
        with override_settings(
            ROOT_URLCONF="bench.floor", DEALER_NOW=now, STORAGES=plain, ALLOWED_HOSTS=["testserver"]
        ):
            yield


class Statements:
    """Counts the statements that run inside `with connection.execute_wrapper(counter)`."""

    def __init__(self):
        self.count = 0

    def __call__(self, execute, sql, params, many, context):
        self.count += 1
        return execute(sql, params, many, context)


def peak_memory() -> float:
    """The most memory this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
