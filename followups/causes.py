"""What others did with one's customers, read from the log every minute: no save waits for it (S05, A43)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

from django.db import transaction

from accounts.models import Store
from leads.models import Dispute, LeadEvent
from leads.models.leads import Status
from leads.models.log import EventKind, Source

from .escalation import Staff
from .models import Heartbeat, Notice, Task
from .notice_words import NOTICE_KINDS, Kind
from .notices import tell_many
from .task_kinds import TaskKind

HEARD = (
    EventKind.OWNER, EventKind.VISIT, EventKind.EDIT, EventKind.CREATED, EventKind.STATUS,
    EventKind.DISPUTE, EventKind.COLLABORATOR,
)  # fmt: skip
OVERLAP = dt.timedelta(minutes=10)  # a save that took long is found all the same
FURTHEST = dt.timedelta(days=1)  # after a longer outage the day's counts say enough
FRESH = dt.timedelta(hours=2)  # who came longer ago is no longer at the door
FEW = 3  # more at one moment are one notice


@transaction.atomic
def tell_of_events(store: Store, *, now: dt.datetime) -> int:
    """Tell of the events since the last time, and of call-backs that are due; answers how many were told."""
    name = f"events:{store.pk}"
    last = Heartbeat.objects.filter(name=name).values_list("at", flat=True).first() or now
    since = max(last - OVERLAP, now - FURTHEST)
    events = list(_events(store, since, now))
    calls = _call_backs(store, now)
    told = 0
    if events or calls:
        staff = Staff(store)
        told = tell_many([*_of_events(events, staff, now), *calls])
    if events or now - last >= OVERLAP or last == now:
        Heartbeat.objects.update_or_create(name=name, defaults={"at": now})
    return told


def _events(store: Store, since: dt.datetime, now: dt.datetime):
    events = LeadEvent.objects.filter(store=store, kind__in=HEARD, at__gt=since, at__lte=now)
    return events.exclude(source=Source.IMPORT).select_related("lead", "store").order_by("at", "pk")


def _call_backs(store: Store, now: dt.datetime) -> list[Notice]:
    """The calls that somebody took for a colleague and that are not late yet."""
    tasks = Task.objects.filter(store=store, state=Task.State.OPEN, kind=TaskKind.CALL_BACK, due_at__gte=now)
    return [
        Notice(
            user_id=task.assignee_id,
            store=store,
            kind=Kind.CALL_BACK,
            cause=f"call_back:{task.pk}",
            lead=task.lead,
            args={"time": f"{task.due_at.astimezone(store.zone):%H:%M}"},
            at=now,
        )
        for task in tasks.filter(assignee__isnull=False).select_related("lead")
    ]


def _of_events(events: list[LeadEvent], staff: Staff, now: dt.datetime) -> Iterator[Notice]:
    """One notice for each person and event; many of one kind at one moment are told together."""
    holders = _holders(events)
    found: dict[tuple, list[LeadEvent]] = defaultdict(list)
    for event in events:
        for user, kind in _hearing(event, holders, now):
            if user in staff.names and user != event.by_id:
                found[user, kind, event.at].append(event)
    for (user, kind, at), same in found.items():
        if len(same) > FEW:
            many = {"n": len(same), "of": str(kind)}
            cause = f"many:{kind}:{same[0].store_id}:{at.isoformat()}"
            store, urgent = same[0].store, NOTICE_KINDS[kind].urgent
            yield Notice(
                user_id=user, store=store, kind=Kind.MANY, cause=cause, args=many, urgent=urgent, at=now
            )
            continue
        for event in same:
            cause = f"event:{event.pk}:{kind}"
            yield Notice(user_id=user, store=event.store, kind=kind, cause=cause, lead=event.lead, at=now)


def _holders(events: list[LeadEvent]) -> dict[int, int]:
    """Who held the lead of each dispute told of."""
    ids = {event.data["dispute"] for event in events if event.kind == EventKind.DISPUTE}
    return dict(Dispute.objects.filter(pk__in=ids).values_list("pk", "holder_id")) if ids else {}


def _hearing(event: LeadEvent, holders: dict[int, int], now: dt.datetime) -> Iterator[tuple[int, Kind]]:
    """Who is to hear of an event, as what."""
    owner = event.lead.owner_id
    match event.kind:
        case EventKind.OWNER:
            if event.to_value and event.to_value == str(owner):
                yield owner, Kind.GIVEN
            if event.from_value:
                yield int(event.from_value), Kind.LAPSED if event.reason == "lapsed" else Kind.TAKEN
        case EventKind.VISIT if owner and event.at >= now - FRESH:
            yield owner, Kind.AT_THE_DOOR
        case EventKind.EDIT if owner and event.reason == "asked_again":
            yield owner, Kind.ASKED_AGAIN
        case EventKind.CREATED if owner and event.data.get("enquiry"):
            yield owner, Kind.ENQUIRY_NEW
        case EventKind.STATUS if owner and event.from_value == Status.LOST_PENDING:
            if kind := LOSSES.get(event.to_value):
                yield owner, kind
        case EventKind.COLLABORATOR if event.to_value:
            yield int(event.to_value), Kind.ALONG
        case EventKind.DISPUTE:
            yield from _of_dispute(event, holders)


LOSSES = {Status.ACTIVE: Kind.LOSS_REFUSED, Status.LOST: Kind.LOSS_CONFIRMED}


def _of_dispute(event: LeadEvent, holders: dict[int, int]) -> Iterator[tuple[int, Kind]]:
    holder = holders.get(event.data["dispute"])
    if event.to_value == "opened":
        yield holder, Kind.CLAIMED
        return
    for user in {holder, event.data["claimant"]}:
        yield user, Kind.SETTLED
