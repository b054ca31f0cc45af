"""import_register FILE --store CODE [--as-of YYYY-MM-DD] [--dry-run] [--json]"""

import datetime as dt
from pathlib import Path

from django.core.management.base import CommandError

from accounts import clock
from accounts.commands import AnsweringCommand, refusals_as_errors, store_of
from leads.importing import run_import
from showroom.register_import import RegisterImport


class Command(AnsweringCommand):
    help = "Read a walk-in register (CSV or XLSX) into a store; the same file again creates nothing."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file", type=Path)
        parser.add_argument("--store", required=True, help="Code of the store.")
        parser.add_argument("--as-of", help="The import day, YYYY-MM-DD in store time; today if left out.")
        parser.add_argument("--dry-run", action="store_true", help="Count, and write nothing.")

    def handle(self, *args, **options):
        store, now = store_of(options["store"]), clock.now()
        if not options["file"].is_file():
            raise CommandError(f"There is no file {options['file']}.")
        as_of = self.day(options["as_of"]) if options["as_of"] else store.business_date(now)
        kind = RegisterImport(store, as_of=as_of, now=now)
        with refusals_as_errors():
            answer = run_import(kind, options["file"], dry_run=options["dry_run"], progress=self.progress)
        if options["dry_run"]:
            self.say("Dry run: nothing was written.")
        self.answer(answer, as_json=options["json"])

    def day(self, text: str) -> dt.date:
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            raise CommandError(f"{text} is no day. Write it as 2026-06-18.") from None

    def progress(self, done: int, of: int) -> None:
        self.stderr.write(f"\r{done} of {of} rows", ending="\n" if done == of else "")
        self.stderr.flush()
