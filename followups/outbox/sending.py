"""Sending what is due: claimed in one transaction, sent outside any, written down in another (DESIGN 5).

At least once, and at most one repeat for each crash (RELIABILITY section 0): who dies after sending
leaves a lease behind, and whoever finds it run out sends again.
"""

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.stopping import is_stopping
from followups.models import Channel, Outbox, Task
from followups.night.chunks import describe
from leads.access import may_work_on

from .backends import SendFailed, sms_backend
from .backends.apprise import notify
from .failing import tell_of_failed
from .kinds import MESSAGE_KINDS, Purpose
from .mail import send_mail
from .pausing import is_paused
from .queueing import hindrance
from .quiet import sending_from
from .recording import failed, later, sent
from .within import within

log = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=2)  # of one message; many times what its sending may take
BACKOFF = (dt.timedelta(minutes=1), dt.timedelta(minutes=5))  # before the second and the third try
ATTEMPTS = len(BACKOFF) + 1  # then it is parked until somebody has it tried again
RUN = dt.timedelta(seconds=40)  # no run goes on longer: the next one does the rest
SILENCE = dt.timedelta(minutes=1)  # a way out that hung is left alone so long, by every run
JOINED = ("store", "lead__store", "lead__customer", "task", "point", "sender", "staff_channel")


@dataclass
class Run:
    """One run over the outbox: what it did, and the ways out that did not answer."""

    clock: Callable[[], dt.datetime]
    done: dict[str, int] = field(default_factory=dict)
    shut: set[tuple] = field(default_factory=set)

    def count(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1


def send_due(clock: Callable[[], dt.datetime]) -> dict[str, int]:
    """Send every message that is due, one by one, for at most 40 seconds; answers how many by outcome.

    `clock` tells the present moment in UTC: a run takes a while, and a lease counts from its own
    claim. A way out that does not answer is left alone for the rest of the run, one that hung by all runs
    for a minute: it costs one time limit a minute, however many messages wait. Nothing is sent while a
    pause stands (RELIABILITY 31, 74), nothing more once the worker is to stop. Two runs at once share the
    work.
    """
    run, until = Run(clock, shut=silent_ways(clock())), clock() + RUN
    while clock() <= until and not (is_paused() or is_stopping()):
        row = claim(run)
        if row is None:
            break
        if row.state == Outbox.State.SENDING:
            send(row, run)
    return run.done


# --- claiming --------------------------------------------------------------------------------


def due(now: dt.datetime) -> QuerySet:
    """What may be taken: waiting and due, or on its way with a lease that ran out; the oldest first."""
    waits = Q(state=Outbox.State.QUEUED) | Q(state=Outbox.State.SENDING, lease_until__lt=now)
    return Outbox.objects.filter(waits, not_before__lte=now).order_by("not_before", "id")


def silent_ways(now: dt.datetime) -> set[tuple]:
    """Ways out, as in `Run.shut`, that hung less than a minute ago: the message they kept waits again."""
    lately = Q()
    for tries, wait in enumerate(BACKOFF, start=1):
        lately |= Q(attempts=tries, not_before__gt=now + wait - SILENCE, not_before__lte=now + wait)
    hung = Outbox.objects.filter(lately, state=Outbox.State.QUEUED, reason="timeout")
    return set(hung.values_list("channel", "staff_channel"))


@transaction.atomic
def claim(run: Run) -> Outbox | None:
    """Take the next message: to send, or called off, held back, given up; None when nothing is due.

    Taken to be sent it is leased for two minutes and counted as tried. Whether it may go out still is
    asked here, just before.
    """
    now = run.clock()
    row = _next(now, run.shut)
    if row is None:
        return None
    if reason := why_not(row, now):
        _put(row, run, Outbox.State.CANCELLED, reason=reason, ended_at=now)
    elif row.attempts >= ATTEMPTS:
        _put(row, run, Outbox.State.FAILED, reason="interrupted", ended_at=now)
        tell_of_failed(row, "interrupted", now=now)
    elif (held := _held_until(row, now)) > now:
        _put(row, run, Outbox.State.QUEUED, not_before=held)
    else:
        row.attempts += 1
        _put(row, run, Outbox.State.SENDING, lease_until=now + LEASE)
    return row


def _next(now: dt.datetime, shut: set[tuple]) -> Outbox | None:
    rows = due(now)
    for channel, staff_channel in shut:
        rows = rows.exclude(channel=channel, **({"staff_channel": staff_channel} if staff_channel else {}))
    found = rows.select_for_update(skip_locked=True, of=("self",), no_key=True).values_list("pk", flat=True)
    pk = found.first()
    return Outbox.objects.select_related(*JOINED).get(pk=pk) if pk else None


def _put(row: Outbox, run: Run, state: str, **facts) -> None:
    row.state, row.lease_until = state, None
    for name, value in facts.items():
        setattr(row, name, value)
    row.save(update_fields=["state", "lease_until", "attempts", *facts])
    if state != Outbox.State.SENDING:
        run.count(str(state))


def why_not(row: Outbox, now: dt.datetime) -> str:
    """A code of REASONS why a message that was queued may not go out now, or ""."""
    if row.channel == Channel.STAFF:
        return "channel_ended" if row.staff_channel.ended_at else ""
    if row.task and row.task.state != Task.State.OPEN:
        return "task_closed"
    if not (row.sender.is_active and may_work_on(row.lead, row.sender, now=now)):
        return "no_rights" if row.lead.is_active else "not_active"
    kind = MESSAGE_KINDS.get(row.kind)
    return hindrance(row.lead, row.channel, kind.purpose if kind else Purpose.MARKETING, row.point)


def _held_until(row: Outbox, now: dt.datetime) -> dt.datetime:
    """Quiet hours hold messages to customers; to staff, only what is urgent was queued in them."""
    return now if row.channel == Channel.STAFF else sending_from(row.store, now)


# --- sending ---------------------------------------------------------------------------------


def send(row: Outbox, run: Run) -> None:
    """Hand a claimed message over and write down what became of it; the caller is in no transaction."""
    try:
        within(settings.SEND_TIMEOUT, lambda: deliver(row))
    except Exception as error:
        _failed(row, run, _as_failure(error))
    else:
        run.count("sent" if sent(row, now=run.clock()) else "taken_over")


def deliver(row: Outbox) -> None:
    """Hand a message to its way out; touches no database. SendFailed, or whatever the way out raises."""
    if row.channel == Channel.STAFF:
        notify(row.staff_channel.url, subject=row.subject, text=row.text)
    elif row.channel == Channel.EMAIL:
        send_mail(row.point.value, row.subject, row.text, key=row.key)
    else:
        sms_backend().send(row.point.value, row.text, key=row.key)


def _as_failure(error: Exception) -> SendFailed:
    """A failure by its code; the log holds neither number nor address nor words."""
    if isinstance(error, SendFailed):
        return error
    if isinstance(error, TimeoutError):
        return SendFailed("timeout")
    log.error("a message could not be handed over: %s", describe(error))
    return SendFailed("no_backend" if isinstance(error, ImproperlyConfigured) else "unreachable")


def _failed(row: Outbox, run: Run, failure: SendFailed) -> None:
    now = run.clock()
    if not failure.final or failure.code == "no_backend":
        run.shut.add((row.channel, row.staff_channel_id))
    if failure.final or row.attempts >= ATTEMPTS:
        failed(row, failure.code, now=now)
        run.count("failed")
    else:
        later(row, failure.code, at=now + BACKOFF[row.attempts - 1])
        run.count("tried")
