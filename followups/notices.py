"""What a person is told, once per cause: the bell, and for what is urgent the person's own channel."""

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from django.db.models import Q, QuerySet

from accounts.models import Store, User
from accounts.sql import insert_new
from leads.models import Lead

from .models import Notice
from .notice_words import NOTICE_KINDS, Kind
from .staff_channels import send_notice

CHUNK = 500  # rows of one statement
MOST_UNREAD = 99  # the bell counts to here


def tell(
    user: User,
    *,
    store: Store,
    kind: str,
    cause: str,
    now: dt.datetime,
    lead: Lead | None = None,
    args: dict | None = None,
    urgent: bool = False,
) -> bool:
    """Tell a person something once; True when nobody had told it yet.

    `cause` names what happened ("given:12:2026-03-02T07:00"): the same cause again is nothing. `args`
    holds codes and counts, nothing of a customer (SPEC A43). What is urgent also goes to the person's
    own channels at once, in the caller's transaction. `now` UTC.
    """
    notice = Notice(
        user=user,
        store=store,
        kind=Kind(kind),
        cause=cause,
        lead=lead,
        args=args or {},
        urgent=urgent,
        at=now,
    )
    return bool(tell_many([notice]))


def tell_many(notices: Iterable[Notice]) -> int:
    """The same for many, written in one order so that two at once do not wait for each other."""
    rows = iter(sorted(notices, key=lambda notice: (notice.user_id, notice.cause)))
    told = 0
    while chunk := list(islice(rows, CHUNK)):
        for notice in chunk:
            notice.urgent = notice.urgent or NOTICE_KINDS[Kind(notice.kind)].urgent
        new = set(insert_new(chunk, "user", "cause"))
        told += len(new)
        for notice in chunk:
            if (notice.user_id, notice.cause) in new and (notice.urgent or notice.kind == Kind.DIGEST):
                send_notice(notice)
    return told


class Unread(NamedTuple):
    """What the bell shows: how many (MOST_UNREAD + 1 at most), and the newest with its urgency."""

    count: int
    newest: int
    urgent: bool


def unread_of(user: User) -> Unread:
    """One statement."""
    rows = list(_unread(user).order_by("-at", "-pk").values_list("pk", "urgent")[: MOST_UNREAD + 1])
    newest = max(rows, default=(0, False))
    return Unread(len(rows), *newest)


def read(notice: Notice, *, now: dt.datetime) -> None:
    """Mark one as read; the first time stays."""
    _unread(notice.user).filter(pk=notice.pk).update(read_at=now)


def read_all(user: User, *, upto: int, now: dt.datetime) -> int:
    """Mark all as read that the person had before them: up to an id. Answers how many."""
    return _unread(user).filter(pk__lte=upto).update(read_at=now)


def _unread(user: User) -> QuerySet:
    return Notice.objects.filter(user=user, read_at=None)


def newest_first(user: User, *, before: tuple[dt.datetime, int] | None, most: int) -> Sequence[Notice]:
    """A person's notices, from the newest or from behind one (its time and id) on."""
    notices = Notice.objects.filter(user=user).select_related("lead__customer", "store")
    if before:
        at, pk = before
        notices = notices.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk), at__lte=at)
    return list(notices.order_by("-at", "-pk")[:most])
