"""backup [--to FOLDER] | backup --verify [FILE]: exit 1 with the reason when there is no good one."""

from dataclasses import asdict
from pathlib import Path

from django.core.management.base import CommandError

from accounts.backups import take, verify
from accounts.backups.failing import words_of
from accounts.backups.keeping import last_good, own_folder
from accounts.clock import now
from accounts.commands import AnsweringCommand, refusals_as_errors


class Command(AnsweringCommand):
    help = "Write the database and the private files into one file, or try whether one can be read back."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--to", metavar="FOLDER", help="default: BACKUP_FOLDER")
        parser.add_argument(
            "--verify", metavar="FILE", nargs="?", const="", help="restore it beside; default: the last one"
        )

    def handle(self, *, to, verify: str | None, json: bool, **options):
        data = self.written(to) if verify is None else self.verified(verify)
        self.answer(data, as_json=json)

    def written(self, to: str | None) -> dict:
        folder = Path(to).absolute() if to else own_folder()
        if folder is None:
            raise CommandError("Say where: --to FOLDER, or set BACKUP_FOLDER.")
        backup = take(folder, now=now())
        if backup.error:
            raise CommandError(words_of(backup.error))
        return {"file": backup.file, "bytes": backup.bytes, "seconds": backup.seconds}

    def verified(self, file: str) -> dict:
        path = Path(file).absolute() if file else self.newest()
        self.say(f"{path}: restoring beside ...")
        with refusals_as_errors():
            return {"file": str(path), **asdict(verify(path, now=now()))}

    def newest(self) -> Path:
        backup = last_good()
        if backup is None:
            raise CommandError("There is no backup yet. Take one: manage.py backup --to FOLDER")
        return Path(backup.file)
