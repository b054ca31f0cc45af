"""What of the machine is late, for /healthz, the night page and the people who run it (RELIABILITY 75)."""

import datetime as dt

from accounts.backups.keeping import last_good
from accounts.models import Membership, Store, User
from accounts.roles import Role

from .backing_up import is_late as backup_is_late
from .models import Heartbeat, NightlyRun, Notice, Parked
from .night.chunks import ATTEMPTS, WHOLE
from .notice_words import Kind
from .notices import tell_many
from .sweep import patience, sweep_is_late

DAY = dt.timedelta(days=1)
DONE = NightlyRun.State.DONE


def is_done(run: NightlyRun | None) -> bool:
    return bool(run and run.state == DONE)


def is_running(run: NightlyRun | None, now: dt.datetime) -> bool:
    return bool(run and not is_done(run) and run.lease_until > now)


def night_is_late(store: Store, run: NightlyRun | None, now: dt.datetime) -> bool:
    """Neither done nor being done, though the sweep had time since store midnight; `run` is today's."""
    waited = now - store.start_of_day(store.business_date(now))
    return not (is_done(run) or is_running(run, now)) and waited > patience()


def night_is_cut(run: NightlyRun | None) -> bool:
    """Done, but for a chore that failed as a whole (RELIABILITY 18)."""
    return bool(is_done(run) and run.left_out)


def nights_of_today(now: dt.datetime) -> list[tuple[Store, NightlyRun | None]]:
    """Every store with the night of its own date; two statements."""
    runs = {(run.store_id, run.on): run for run in NightlyRun.objects.filter(on__gte=now.date() - DAY)}
    return [(store, runs.get((store.pk, store.business_date(now)))) for store in Store.objects.order_by("pk")]


def swept_at() -> dt.datetime | None:
    """When the last sweep began."""
    return Heartbeat.objects.filter(name="sweep").values_list("at", flat=True).first()


def late_parts(last_sweep_at: dt.datetime | None, now: dt.datetime) -> list[str]:
    """Of "sweep", "night" and "backup" those that are late; a night that left something out is, too."""
    late = {
        "sweep": last_sweep_at is None or sweep_is_late(last_sweep_at, now),
        "night": any(
            night_is_cut(run) or night_is_late(store, run, now) for store, run in nights_of_today(now)
        ),
        "backup": backup_is_late(last_good(), now),
    }
    return [name for name, is_late in late.items() if is_late]


# --- who runs the store is told, once a day and cause ------------------------------------------


def watch(now: dt.datetime) -> int:
    """Tell what is late or given up to those who run each store; answers how many were told anew."""
    no_backup, notices = backup_is_late(last_good(), now), []
    for store, run in nights_of_today(now):
        found = _found(store, run, no_backup, now)
        people = _told(store) if found else []
        day = store.business_date(now)
        notices += [
            Notice(user=person, store=store, kind=kind, cause=f"{kind}:{store.pk}:{day}", args=args, at=now)
            for kind, args in found.items()
            for person in people
        ]
    return tell_many(notices)


def _found(store: Store, run: NightlyRun | None, no_backup: bool, now: dt.datetime) -> dict[Kind, dict]:
    given_up = Parked.objects.filter(store=store, attempts__gte=ATTEMPTS).exclude(ref_kind=WHOLE).count()
    found = {
        Kind.BACKUP_LATE: no_backup,
        Kind.NIGHT_LATE: night_is_late(store, run, now),
        Kind.NIGHT_CUT: night_is_cut(run),
        Kind.PARKED: given_up,
    }
    return {kind: {"n": given_up} if kind == Kind.PARKED else {} for kind, so in found.items() if so}


def _told(store: Store) -> list[User]:
    """The store's administrators; without one, its managers."""
    for role in (Role.ADMIN, Role.MANAGER):
        members = Membership.objects.filter(store=store, role=role, ends_on=None, user__is_active=True)
        if people := [member.user for member in members.select_related("user").order_by("user_id")]:
            return people
    return []
