"""What the commands that read a file in have in common."""

import datetime as dt
from pathlib import Path

from django.core.management.base import CommandError

from accounts.commands import AnsweringCommand


class ImportingCommand(AnsweringCommand):
    """A command with a file, an import day, a dry run, and progress on standard error."""

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file", type=Path)
        parser.add_argument("--as-of", help="The import day, YYYY-MM-DD in store time; today if left out.")
        parser.add_argument("--dry-run", action="store_true", help="Count, and write nothing.")

    def file(self, options) -> Path:
        if not options["file"].is_file():
            raise CommandError(f"There is no file {options['file']}.")
        return options["file"]

    def as_of(self, options) -> dt.date | None:
        text = options["as_of"]
        try:
            return dt.date.fromisoformat(text) if text else None
        except ValueError:
            raise CommandError(f"{text} is no day. Write it as 2026-06-18.") from None

    def progress(self, done: int, of: int) -> None:
        self.stderr.write(f"\r{done} of {of} rows", ending="\n" if done == of else "")
        self.stderr.flush()

    def answer_import(self, answer: dict, options) -> None:
        if options["dry_run"]:
            self.say("Dry run: nothing was written.")
        self.answer(answer, as_json=options["json"])
