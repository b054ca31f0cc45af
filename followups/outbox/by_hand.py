"""What somebody does about a message with their own hand: send it, try it again, call it off."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.models import Store, User
from accounts.roles import Role
from followups.models import Outbox
from leads.models import Lead
from leads.moves import lock_lead
from leads.phones import mask

from .backends import is_set_up
from .kinds import MESSAGE_KINDS, Purpose
from .queueing import Typed, offers_are_full, queue_message, sent_on_day
from .quiet import sending_from
from .reach import objection_in, points_of, words_said
from .templates import CHANNELS
from .waking import wake_after_commit

MAY_DECIDE = (Role.MANAGER, Role.GENERAL_MANAGER)


@dataclass(frozen=True)
class Ways:
    """How a message may go to a customer now."""

    masked: dict[str, str]  # by channel, where to
    by_hand: bool  # from one's own WeChat
    offers: bool  # whether they may be offers
    full: bool  # whether one more offer is one too many today
    held_until: dt.datetime | None  # quiet hours


def ways_to(lead: Lead, kind: str, *, now: dt.datetime) -> Ways:
    """What the message sheet offers for a kind of message; three statements. `now` UTC."""
    said, points = words_said(lead.customer_id), points_of(lead.customer_id)
    about = MESSAGE_KINDS[kind]
    offer = about.purpose == Purpose.MARKETING
    open_ways = [one for one in CHANNELS if is_set_up(one) and one in points]
    may = {one: objection_in(said, one, about.purpose) for one in (*open_ways, "wechat")}
    goes_at = sending_from(lead.store, now)
    return Ways(
        masked={one: mask(points[one].value) for one in open_ways if not may[one]},
        by_hand=may["wechat"] != "asked_to_stop",
        offers=not offer or not all(code == "no_offers" for code in may.values()),
        full=offer and offers_are_full(lead.store, list(sent_on_day(lead, goes_at))),
        held_until=goes_at if goes_at > now else None,
    )


@transaction.atomic
def send_by_hand(
    lead_id: int, kind: str, typed: Typed, *, channel: str, key: str, by: User, now: dt.datetime
) -> Outbox:
    """Put what somebody wrote on its way, signed by them; CannotSend and Refused as in `queue_message`."""
    lead = lock_lead(lead_id)
    row = queue_message(lead, kind, channel=channel, sender=by, by=by, key=key, now=now, typed=typed)
    wake_after_commit()
    return row


def may_decide(user: User, store: Store) -> bool:
    """Who says what becomes of a message that waits or failed."""
    return bool(user.roles_in(store) & set(MAY_DECIDE))


@transaction.atomic
def try_again(rows, *, by: User, store: Store, now: dt.datetime) -> int:
    """Have parked messages tried anew, three times each; answers how many. All rights are asked for again.

    `rows` is a queryset of messages of the store. NotAllowed: not who leads it. Refused: none failed.
    """
    _must_decide(by, store)
    facts = {"state": Outbox.State.QUEUED, "reason": "", "attempts": 0, "ended_at": None}
    failed = rows.filter(store=store, state=Outbox.State.FAILED)
    again = failed.update(**facts, not_before=sending_from(store, now), lease_until=None)
    if not again:
        raise Refused(_("It has not failed: look at its state."))
    wake_after_commit()
    return again


@transaction.atomic
def call_off(rows, *, by: User, store: Store, now: dt.datetime) -> int:
    """Let waiting or parked messages be; answers how many. What is just leaving cannot be called back.

    NotAllowed: not who leads the store. Refused: none waits any more.
    """
    _must_decide(by, store)
    waiting = rows.filter(store=store, state__in=[Outbox.State.QUEUED, Outbox.State.FAILED])
    called_off = waiting.update(state=Outbox.State.CANCELLED, reason="called_off", ended_at=now)
    if not called_off:
        raise Refused(_("It does not wait any more: look at its state."))
    return called_off


def _must_decide(by: User, store: Store) -> None:
    if not may_decide(by, store):
        raise NotAllowed(_("Only the manager decides about messages."))
