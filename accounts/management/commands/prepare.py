"""Everything that must be true before the web may start, in one process (PERFORMANCE: start)."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


class Command(BaseCommand):
    help = "Make folders, migrate, collect static files, load the demo into an empty SQLite database."

    def handle(self, *args, **options):
        self.make_folders()
        self.migrate()
        self.collect_static()
        self.load_demo()

    def make_folders(self):
        for name in ("queue", "processed", "control"):
            (settings.QUEUE_DIR / name).mkdir(parents=True, exist_ok=True)
        if connection.vendor == "sqlite":
            Path(settings.DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)

    def migrate(self):
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.say("Migrating the database")
            call_command("migrate", interactive=False, verbosity=0)

    def collect_static(self):
        stamp, fingerprint = settings.STATIC_ROOT / ".collected", fingerprint_of_static_files()
        if stamp.exists() and stamp.read_text() == fingerprint:
            return
        self.say("Collecting static files")
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(fingerprint)

    def load_demo(self):
        if connection.vendor == "sqlite":  # who set up a server wants a store of their own in it
            call_command("demo", if_needed=True, stdout=self.stderr)
        call_command("demo", logins=True, stdout=self.stdout)

    def say(self, line: str):
        self.stderr.write(line, ending="\n")
        self.stderr.flush()


def fingerprint_of_static_files() -> str:
    """Changes when a file is added, removed, renamed or written, or the storage is another one."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for path, storage in finder.list(None):
            stat = Path(storage.path(path)).stat()
            digest.update(f"{path}:{stat.st_size}:{stat.st_mtime_ns};".encode())
    return digest.hexdigest()
