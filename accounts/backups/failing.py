"""What can go wrong with a backup: a code that is kept, and its words for the reader."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from accounts.errors import Refused

WORDS = {
    "disk_full": _("The disk of %(detail)s is full. Make room there, or name another folder."),
    "no_folder": _("No file can be written to %(detail)s. Create the folder and let the CRM write to it."),
    "no_tool": _("%(detail)s is not installed on this machine."),
    "tool_failed": _("The backup was refused: %(detail)s"),
    "no_file": _("%(detail)s is not there, or cannot be read."),
    "broken": _("The file is damaged: %(detail)s"),
    "no_key": _("%(detail)s is encrypted. Set BACKUP_KEY to the key it was made with."),
    "wrong_key": _("BACKUP_KEY is not the key with which %(detail)s was made."),
    "other_kind": _("The file holds a database of %(detail)s; this store runs on another one."),
    "newer": _("The file was made by version %(detail)s. Install that version or a newer one first."),
    "not_empty": _(
        "The database already holds %(detail)s stores. --force puts the backup in the place of all they have."
    ),
    "in_use": _("%(detail)s other programs use the database. Stop web, worker and beat first."),
    "no_scratch": _(
        "The database user %(detail)s may not create a database to restore beside. Run this as the owner."
    ),
    "differs": _("What came back is not what was saved: %(detail)s"),
    "invariants": _("The data that came back breaks promises: %(detail)s"),
}


class Failed(Refused):
    """A backup or restore that was not done; nothing half is left behind."""

    def __init__(self, code: str, detail: object = ""):
        self.code, self.detail = code, str(detail)
        super().__init__(WORDS[code] % {"detail": self.detail})

    @property
    def kept(self) -> str:
        """As a row keeps it."""
        return f"{self.code}: {self.detail}"[:300]


def words_of(kept: str) -> str:
    """A kept failure in the reader's language."""
    code, _colon, detail = kept.partition(": ")
    return str(WORDS[code]) % {"detail": detail}


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """What the disk refuses, in words; whatever else the system refuses goes up."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Failed("disk_full", folder) from error
        if error.errno in (errno.EACCES, errno.ENOENT, errno.ENOTDIR, errno.EROFS, errno.EPERM):
            raise Failed("no_folder", folder) from error
        raise
