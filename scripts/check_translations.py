"""The Chinese catalogue is complete and up to date: nothing new, gone, open or in doubt.

    scripts/check_translations.py           compare, in a copy; the sources stay as they are
    scripts/check_translations.py --write   bring the catalogue up to date in place, and compile it

Only templates and Python speak: scripts get their words from data- attributes.
"""

import gettext
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
CATALOGUE = Path("locale/zh_Hans/LC_MESSAGES/django.po")
SOURCES = ("accounts", "leads", "followups", "showroom", "reports", "dealer_crm", "templates", "locale")
# Without places and line breaks the file changes only where the words do.
STABLE = ("--locale=zh_Hans", "--no-location", "--no-wrap", "--no-obsolete")


def extract(folder: Path):
    """Bring the catalogue in the folder up to date with the sources there."""
    ignored = [f"--ignore={path.name}" for path in folder.iterdir() if path.name not in SOURCES]
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-m", "django", "makemessages", *STABLE, *ignored]
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)


def compile_catalogue(source: Path, target: Path):
    subprocess.run(["msgfmt", "--check-format", "-o", target, source], check=True)


def words(catalogue: Path, *which: str) -> set[str]:
    """The entries of a catalogue as text, one by one, without its header."""
    shown = subprocess.run(
        ["msgattrib", "--no-wrap", "--no-obsolete", *which, catalogue],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return {entry for entry in shown.strip().split("\n\n")[1:] if entry}


def compiled(file: Path) -> dict:
    with file.open("rb") as stream:
        return gettext.GNUTranslations(stream)._catalog


def faults() -> dict[str, set[str]]:
    """What is wrong with the committed catalogue, under a name for each kind."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for source in SOURCES:
            shutil.copytree(BASE / source, folder / source)
        extract(folder)
        committed, fresh = BASE / CATALOGUE, folder / CATALOGUE
        compile_catalogue(committed, folder / "django.mo")
        stale = compiled(folder / "django.mo") != compiled(committed.with_suffix(".mo"))
        return {
            "new in the sources (make messages)": words(fresh) - words(committed),
            "gone from the sources (make messages)": words(committed) - words(fresh),
            "not translated": words(fresh, "--untranslated"),
            "in doubt": words(fresh, "--only-fuzzy"),
            "not compiled (make messages)": {str(CATALOGUE.with_suffix(".mo"))} if stale else set(),
        }


def main() -> int:
    if "--write" in sys.argv:
        extract(BASE)
        compile_catalogue(BASE / CATALOGUE, (BASE / CATALOGUE).with_suffix(".mo"))
        return 0
    found = {kind: entries for kind, entries in faults().items() if entries}
    for kind, entries in found.items():
        print(f"{kind}: {len(entries)}", *sorted(entries), sep="\n\n", end="\n\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
