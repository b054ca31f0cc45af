"""A backup under a key (BACKUP_KEY), by GnuPG: without the key nobody reads it, and the key is not in it."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from .failing import Failed
from .programs import running

ENDING = ".gpg"
OPTIONS = ("--batch", "--yes", "--quiet", "--no-tty", "--pinentry-mode", "loopback", "--no-symkey-cache")
# With the count given, GnuPG starts no agent, which would outlive a killed backup.
NO_AGENT = ("--no-autostart", "--s2k-count", "65011712")
SEALING = ("--symmetric", "--cipher-algo", "AES256", "--compress-algo", "none", "--output", "-")


@contextmanager
def sealed(file: BinaryIO) -> Iterator[BinaryIO]:
    """What is written goes into the file under the key; as it is, where no key is set."""
    if not settings.BACKUP_KEY:
        yield file
        return
    try:
        with _gpg(*SEALING, stdin=subprocess.PIPE, stdout=file) as program:
            yield program.stdin
    except Failed as failure:
        if "No space left" in failure.detail:
            raise Failed("disk_full", Path(file.name).parent.parent) from failure
        raise


@contextmanager
def unsealed(path: Path, work: Path) -> Iterator[Path]:
    """The archive behind a backup: the file itself, or an opened copy in `work`."""
    if path.suffix != ENDING:
        yield path
        return
    if not settings.BACKUP_KEY:
        raise Failed("no_key", path.name)
    copy = work / path.stem
    try:
        with copy.open("wb") as out, _gpg("--decrypt", str(path), stdout=out):
            pass
    except Failed as failure:
        raise Failed(*_why_not(failure, path)) from failure
    yield copy
    copy.unlink()


def _why_not(failure: Failed, path: Path) -> tuple[str, str]:
    wrong = any(
        words in failure.detail for words in ("Bad session key", "Checksum error", "decryption failed")
    )
    if failure.code == "no_tool":
        return failure.code, failure.detail
    return ("wrong_key" if wrong else "broken", path.name)


@contextmanager
def _gpg(*arguments: str, **streams) -> Iterator[subprocess.Popen]:
    """GnuPG in a home of its own, with the key on a pipe that only it reads."""
    with tempfile.TemporaryDirectory() as home:
        key, ours = os.pipe()
        try:
            os.write(ours, settings.BACKUP_KEY.encode() + b"\n")
            os.close(ours)
            told = ("--homedir", home, "--passphrase-fd", str(key))
            with running(
                "gpg", *OPTIONS, *NO_AGENT, *told, *arguments, pass_fds=(key,), **streams
            ) as program:
                yield program
        finally:
            os.close(key)
