"""What a store's people are told outside the house: their own address, or the store's group (SPEC A43)."""

import datetime as dt

from followups.models import Channel, Outbox, StaffChannel

from .quiet import sending_from
from .rows import put


def queue_staff(
    channel: StaffChannel, *, key: str, kind: str, subject: str, text: str, now: dt.datetime, urgent: bool
) -> Outbox | None:
    """Put a message to a person or group of the store on its way, in the caller's transaction.

    `key` names the cause and the channel ("overdue:12:channel:3"): the same key again answers the row
    that is there. What is urgent goes at once, the rest waits for the end of the quiet hours (SPEC A61).
    None for a channel that has ended, or takes only what is urgent. The text holds no name, phone or
    plate of a customer (SPEC A43): counts, a lead number and a link. `now` UTC.
    """
    if channel.ended_at or (channel.urgent_only and not urgent):
        return None
    return put(
        Outbox(
            store_id=channel.store_id,
            key=key,
            kind=kind,
            channel=Channel.STAFF,
            staff_channel=channel,
            subject=subject,
            text=text,
            queued_at=now,
            not_before=now if urgent else sending_from(channel.store, now),
        )
    )
