"""A message that was given up is told to who signed it and to who decides about it, once for each."""

import datetime as dt

from accounts.roles import Role
from followups.escalation import Staff
from followups.models import Notice, Outbox
from followups.notice_words import Kind
from followups.notices import tell_many


def tell_of_failed(row: Outbox, code: str, *, now: dt.datetime) -> None:
    """In the caller's transaction; `code` is one of REASONS, `now` UTC.

    The signer's notice opens the customer, a manager's the outbox. A manager who has not read of the
    last failure is not told of the next: a gateway that is down is one notice, and the page holds them all.
    """
    staff = Staff(row.store)
    managers = {user for user, role, _team, _name in staff.held if role == Role.MANAGER}
    told = dict.fromkeys(managers - _not_read(row), Kind.OUTBOX_FAILED)
    if row.sender_id in staff.names:
        told[row.sender_id] = Kind.MESSAGE_FAILED
    tell_many(
        Notice(
            user_id=user,
            store=row.store,
            kind=kind,
            cause=f"message_failed:{row.pk}",
            lead=row.lead if kind == Kind.MESSAGE_FAILED else None,
            args={"reason": code},
            at=now,
        )
        for user, kind in told.items()
    )


def _not_read(row: Outbox) -> set[int]:
    unread = Notice.objects.filter(store=row.store, kind=Kind.OUTBOX_FAILED, read_at=None)
    return {*unread.values_list("user_id", flat=True)}
