"""When the day's backup is due, who takes it, and what a restore stops (RELIABILITY 71, 74, 75)."""

import datetime as dt
import logging

from django.db.models import Min

from accounts.backups import take
from accounts.backups.keeping import STALE, is_stale, own_folder
from accounts.models import Backup, Store
from accounts.sql import insert_unless_there

from .models import Heartbeat, NightlyRun, SendingPause
from .outbox.pausing import pause

TRIED_AGAIN_AFTER = dt.timedelta(hours=1)  # a failed one, and one whose taker died
WITHOUT_NIGHT_AFTER = dt.timedelta(hours=6)  # after midnight: a night that fails must not cost the backup

log = logging.getLogger(__name__)


def pause_sending(now: dt.datetime) -> None:
    """After a restore nothing leaves the house until an administrator says go (AFTER_RESTORE)."""
    pause(SendingPause.Reason.RESTORED, now)


def back_up_when_due(now: dt.datetime) -> Backup | None:
    """Take the day's backup into BACKUP_FOLDER, once however many ask at a time; None when nothing was due.

    Due after the first store's night, store time; a failed one is tried again every hour. `now` UTC.
    """
    if not is_due(now) or not _claim(now):
        return None
    backup = take(own_folder(), now=now)
    log.info("backup %s: %s", backup.file, backup.error or f"{backup.bytes} bytes in {backup.seconds} s")
    return backup


def is_due(now: dt.datetime) -> bool:
    """Whether today, in the first store's time, has had no good backup and its night is over."""
    store, folder = Store.objects.order_by("pk").first(), own_folder()
    if folder is None or store is None:
        return False
    today = store.business_date(now)
    midnight = store.start_of_day(today)
    if Backup.objects.filter(at__gte=midnight, error="", file__startswith=f"{folder}/").exists():
        return False
    done = NightlyRun.objects.filter(store=store, on=today, state=NightlyRun.State.DONE)
    return now - midnight > WITHOUT_NIGHT_AFTER or done.exists()


def _claim(now: dt.datetime) -> bool:
    """Whether it is ours to take: nobody began one within the hour. One statement decides."""
    if insert_unless_there(Heartbeat(name="backup", at=now)):
        return True
    return bool(Heartbeat.objects.filter(name="backup", at__lte=now - TRIED_AGAIN_AFTER).update(at=now))


def is_late(good: Backup | None, now: dt.datetime) -> bool:
    """Whether the store's own folder has had no good backup for 26 hours; `good` is the last one."""
    if own_folder() is None:
        return False
    if good:
        return is_stale(good, now)
    first_night = NightlyRun.objects.aggregate(at=Min("started_at"))["at"]
    return bool(first_night and now - first_night > STALE)
