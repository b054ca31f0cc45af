"""Nothing leaves the house until an admin says go (RELIABILITY 74)."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed
from accounts.models import User
from accounts.roles import Role
from accounts.sql import insert_unless_there
from followups.models import Outbox, SendingPause


def pause(reason: str, now: dt.datetime, by: User | None = None) -> SendingPause:
    """Stop all sending, of every store; `reason` one of SendingPause.Reason, `now` UTC.

    Answers the pause that stands already when there is one for this reason. Sending asks before each
    message, so at most what is just leaving still leaves.
    """
    insert_unless_there(SendingPause(reason=SendingPause.Reason(reason), since=now, by=by))
    return SendingPause.objects.get(reason=reason, ended_at=None)


def standing_pauses() -> list[SendingPause]:
    """Why nothing is sent now, the oldest reason first; empty when messages go out."""
    return list(SendingPause.objects.filter(ended_at=None).select_related("by").order_by("since", "pk"))


def is_paused() -> bool:
    return SendingPause.objects.filter(ended_at=None).exists()


def may_say_go(user: User) -> bool:
    return user.is_active and user.has_role(Role.ADMIN)


@transaction.atomic
def go_on(*, by: User, now: dt.datetime, call_off_waiting: bool = False) -> int:
    """End every pause; with `call_off_waiting` what waits is called off first. Answers how many were.

    After a restore what waits may have been sent before: the admin decides. NotAllowed: no admin.
    """
    if not may_say_go(by):
        raise NotAllowed(_("Only an administrator lets messages go out again."))
    called_off = 0
    if call_off_waiting:
        waiting = Outbox.objects.filter(state__in=[Outbox.State.QUEUED, Outbox.State.SENDING])
        called_off = waiting.update(state=Outbox.State.CANCELLED, ended_at=now, reason="called_off")
    SendingPause.objects.filter(ended_at=None).update(ended_at=now, ended_by=by)
    return called_off
