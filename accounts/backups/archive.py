"""The file of a backup: a zip of the dump, the private files, and a manifest that says what is in it."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

from django.conf import settings

from .failing import Failed

MANIFEST, DUMP, FILES = "manifest.json", "database", "files"
CHUNK = 1024 * 1024


class Measured:
    """A stream that counts and hashes what is written to it."""

    def __init__(self, out: BinaryIO):
        self.out, self.bytes, self.digest = out, 0, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.bytes += len(data)
        self.digest.update(data)
        return self.out.write(data)

    def as_part(self) -> dict:
        return {"bytes": self.bytes, "sha256": self.digest.hexdigest()}


@contextmanager
def part(archive: ZipFile, name: str, parts: dict) -> Iterator[Measured]:
    """A new part of the archive; its size and checksum stand in `parts` when the block ends."""
    with archive.open(name, "w", force_zip64=True) as out:
        measured = Measured(out)
        yield measured
    parts[name] = measured.as_part()


def private_files() -> Iterator[tuple[str, Path]]:
    """Name in the archive and place of each file that the database alone does not hold."""
    for folder in settings.BACKUP_FILES:
        for path in sorted((Path(settings.VAR_DIR) / folder).rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield f"{FILES}/{path.relative_to(settings.VAR_DIR).as_posix()}", path


def add_files(archive: ZipFile, parts: dict) -> None:
    for name, path in private_files():
        try:
            source = path.open("rb")
        except FileNotFoundError:
            continue  # deleted since it was listed
        with source, part(archive, name, parts) as out:
            shutil.copyfileobj(source, out, CHUNK)


@contextmanager
def opened(path: Path) -> Iterator[tuple[ZipFile, dict]]:
    """The archive and its manifest, once every part was found whole; Failed("broken") names what is not."""
    try:
        archive = ZipFile(path)
    except BadZipFile as error:
        raise Failed("broken", error) from error
    except OSError as error:
        raise Failed("no_file", path) from error
    with archive:
        yield archive, examined(archive)


def examined(archive: ZipFile) -> dict:
    """The manifest, when every part has the size and checksum that it says."""
    try:
        manifest = json.loads(archive.read(MANIFEST))
        parts = manifest["parts"]
        damaged = [name for name in parts if measured(archive, name) != parts[name]]
    except (BadZipFile, KeyError, ValueError, EOFError) as error:
        raise Failed("broken", error) from error
    if damaged:
        raise Failed("broken", ", ".join(damaged[:3]))
    return manifest


def measured(archive: ZipFile, name: str) -> dict:
    digest, size = hashlib.sha256(), 0
    with archive.open(name) as source:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return {"bytes": size, "sha256": digest.hexdigest()}


def extract(archive: ZipFile, name: str, to: Path) -> Path:
    """Write a part to a file that only we read, whole or not at all."""
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = to.with_name(f".{to.name}.new")
    with archive.open(name) as source, fresh.open("wb") as out:
        fresh.chmod(0o600)
        shutil.copyfileobj(source, out, CHUNK)
    return fresh.replace(to)


def put_back_files(archive: ZipFile, manifest: dict) -> int:
    """The private files in their places; answers how many. A name that leads elsewhere is damage."""
    names = [name for name in manifest["parts"] if name.startswith(f"{FILES}/")]
    for name in names:
        inside = PurePosixPath(name).relative_to(FILES)
        if ".." in inside.parts or inside.parts[0] not in settings.BACKUP_FILES:
            raise Failed("broken", name)
        extract(archive, name, Path(settings.VAR_DIR, *inside.parts))
    return len(names)
