"""restore FILE [--force]: a backup in the place of this store's database and files."""

from dataclasses import asdict
from pathlib import Path

from accounts.backups import restore
from accounts.clock import now
from accounts.commands import AnsweringCommand, refusals_as_errors


class Command(AnsweringCommand):
    help = "Restore a backup into an empty database; --force: in the place of everything there."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file")
        parser.add_argument("--force", action="store_true", help="even where stores stand in the database")

    def handle(self, *, file: str, force: bool, json: bool, **options):
        with refusals_as_errors():
            told = restore(Path(file).absolute(), now=now(), force=force)
        self.answer(asdict(told), as_json=json)
        self.say("Nobody is signed in any more. Nothing is sent until an administrator says go.")
