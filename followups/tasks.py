"""What the queue may ask for: only ever to look."""

import datetime as dt
from contextlib import suppress

from celery import shared_task

from accounts.clock import now
from accounts.stopping import Stopping
from followups.backing_up import back_up_when_due
from followups.night import NightResult
from followups.outbox.sending import send_due
from followups.outbox.thanks import queue_thanks
from followups.rework_run import run_reworks
from followups.sweep import sweep as sweep_stores
from followups.telling import tell_what_happened, tell_what_is_due
from followups.watching import watch


@shared_task(name="followups.tasks.sweep")
def sweep() -> None:
    """Woken by the beat every few minutes, and once when the worker starts."""
    with suppress(Stopping):
        sweep_all(now())


def sweep_all(moment: dt.datetime) -> dict[str, NightResult]:
    """All that a sweep does at a moment, UTC; answers the nights by store code.

    Stopping when the worker is asked to stop: what follows a night would judge half of it.
    """
    nights = sweep_stores(moment)
    run_reworks(moment)
    watch(moment)
    tell_what_is_due(moment)
    return nights


@shared_task(name="followups.tasks.send_messages")
def send_messages() -> None:
    """Woken every minute, and when somebody queued a message."""
    tell_what_happened(now())
    queue_thanks(now())
    send_due(now)


@shared_task(name="followups.tasks.rework")
def rework() -> None:
    """Woken when a rule changed in a big store; should the wake-up be lost, the sweep does it."""
    run_reworks(now())


@shared_task(name="followups.tasks.back_up")
def back_up() -> None:
    """Woken by the beat; a long dump holds up no sweep, as it has a worker of its own."""
    back_up_when_due(now())
