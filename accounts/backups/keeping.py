"""Which backups stay: the last one of each of seven days, and of each of four weeks."""

import datetime as dt
import re
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from accounts.models import Backup

NAME = re.compile(r"dealer-crm-(\d{8}-\d{6})Z\.zip(\.gpg)?")
ERRORS_KEPT = dt.timedelta(days=30)
STALE = dt.timedelta(hours=26)  # a day, and time for the next one to be late
LOOKED_AT = 60  # rows


def own_folder() -> Path | None:
    """Where the store keeps its backups (BACKUP_FOLDER); None where it keeps none."""
    return Path(settings.BACKUP_FOLDER).absolute() if settings.BACKUP_FOLDER else None


def forget_old(folder: Path, *, now: dt.datetime) -> list[Path]:
    """Delete the backups of the folder that the rule does not keep, and their rows; answers the files."""
    made = {path: moment for path in folder.iterdir() if (moment := made_at(path))}
    stay = to_keep(made.values(), daily=settings.BACKUP_DAILY, weekly=settings.BACKUP_WEEKLY)
    gone = [path for path, moment in made.items() if moment not in stay]
    for path in gone:
        path.unlink(missing_ok=True)
    Backup.objects.filter(file__in=map(str, gone)).delete()
    Backup.objects.filter(at__lt=now - ERRORS_KEPT).exclude(error="").delete()
    return gone


def made_at(path: Path) -> dt.datetime | None:
    """The moment in the name of a backup; None for any other file."""
    named = NAME.fullmatch(path.name)
    return dt.datetime.strptime(f"{named[1]}+0000", "%Y%m%d-%H%M%S%z") if named else None


def to_keep(moments: Iterable[dt.datetime], *, daily: int, weekly: int) -> set[dt.datetime]:
    """Of each of the newest `daily` days and `weekly` weeks that have any, the last; days in UTC."""
    by_day, by_week = {}, {}
    for moment in sorted(moments):
        by_day[moment.date()] = moment
        by_week[moment.isocalendar()[:2]] = moment
    return {*_newest(by_day, daily), *_newest(by_week, weekly)}


def _newest(last_of: dict, count: int) -> list[dt.datetime]:
    return sorted(last_of.values())[-count:] if count else []


def last_good() -> Backup | None:
    """The newest backup that was written whole and still lies where it was put, with its size."""
    for backup in Backup.objects.filter(error="").order_by("-at", "-pk")[:LOOKED_AT]:
        if is_there(backup):
            return backup
    return None


def is_there(backup: Backup) -> bool:
    path = Path(backup.file)
    return path.is_file() and path.stat().st_size == backup.bytes


def is_stale(backup: Backup | None, now: dt.datetime) -> bool:
    """Whether the last good backup is older than 26 hours, or there is none (RELIABILITY 75)."""
    return backup is None or now - backup.at > STALE
