"""What became of a message, written down in one transaction with the state of its row."""

import datetime as dt

from django.db import transaction

from accounts.models import User
from accounts.sql import wait_longer
from followups.cadence import close_tasks
from followups.models import Contact, Outbox
from followups.outcomes import Outcome
from leads.log import record
from leads.models import Lead
from leads.moves import lock_lead

from .failing import tell_of_failed

PATIENCE = 30  # seconds: a message that left is written down, whoever holds the lead meanwhile


def write_message(
    lead: Lead, text: str, *, by: User, now: dt.datetime, channel: str, self_declared: bool, **data
) -> Contact:
    """A message to the customer of a lead that the caller has locked: no contact, no attempt, no new date.

    It closes the thank-you and the birthday greeting, nothing else (SPEC A64). `data` goes into its
    event: codes and ids.
    """
    message = Contact.objects.create(
        lead=lead,
        by=by,
        for_user_id=lead.owner_id,
        at=now,
        recorded_at=now,
        channel=channel,
        direction=Contact.Direction.OUT,
        kind=Contact.Kind.MESSAGE,
        outcome=Outcome.SENT,
        text=text,
        self_declared=self_declared,
    )
    data = {"contact": message.pk, "channel": str(channel), **data}
    record(lead, "message", at=now, recorded_at=now, by=by, to_value=Outcome.SENT, data=data)
    close_tasks(lead, "message", by=by, at=now, contact=message)
    return message


@transaction.atomic
def sent(row: Outbox, *, now: dt.datetime) -> bool:
    """The message left: from now on it stands in the customer's history. False: another run took it over."""
    wait_longer(PATIENCE)
    lead = lock_lead(row.lead_id) if row.lead_id else None
    if not _end(row, Outbox.State.SENT, "", now=now):
        return False
    if lead:
        write_message(
            lead, row.text, by=row.sender, now=now, channel=row.channel, self_declared=False, outbox=row.pk
        )
    return True


@transaction.atomic
def failed(row: Outbox, code: str, *, now: dt.datetime) -> bool:
    """It is parked until somebody has it tried again, and told. False: somebody else took it over."""
    if not _end(row, Outbox.State.FAILED, code, now=now):
        return False
    tell_of_failed(row, code, now=now)
    return True


def later(row: Outbox, code: str, *, at: dt.datetime) -> bool:
    """It waits for its next try. False: somebody else took it over."""
    return _mine(row).update(state=Outbox.State.QUEUED, reason=code, not_before=at, lease_until=None) == 1


def _end(row: Outbox, state: str, reason: str, *, now: dt.datetime) -> bool:
    return _mine(row).update(state=state, reason=reason, ended_at=now, lease_until=None) == 1


def _mine(row: Outbox):
    """The row as long as it is ours: with the lease that we took."""
    return Outbox.objects.filter(pk=row.pk, state=Outbox.State.SENDING, lease_until=row.lease_until)
