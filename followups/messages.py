"""A message one sends by hand: copied, sent from one's own WeChat, and marked as sent (SPEC A15)."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.models import User
from leads.access import may_work_on, works_as_own
from leads.actions import Action, address_of
from leads.models import Customer, Lead
from leads.moves import lock_lead

from .cadence import planned_appointments
from .models import Channel, Contact
from .outbox.kinds import MESSAGE_KINDS
from .outbox.queueing import words_for
from .outbox.reach import OBJECTIONS, objection
from .outbox.recording import write_message
from .outbox.templates import own_words

FIRST = "thank_you"


@dataclass(frozen=True)
class Opening:
    """A kind of message with the words it begins with, filled and signed."""

    code: str
    name: object
    text: str
    subject: str


def openings(lead: Lead, sender: User) -> list[Opening]:
    """What a message to this customer may begin with: the store's templates, in the customer's language.

    Names are in the reader's language. Each is signed with the sender's name: a message without it may
    not go out (SPEC DEV-09). Reminders stand there when an appointment is planned.
    """
    own, planned = own_words(lead.store), planned_appointments(lead)
    found = []
    for kind in MESSAGE_KINDS.values():
        try:
            text = words_for(lead, kind, Channel.SMS, sender, own, planned).text
            subject = words_for(lead, kind, Channel.EMAIL, sender, own, planned).subject
        except Refused:
            continue  # a reminder of nothing
        found.append(Opening(kind.code, kind.label, text, subject))
    return found


@transaction.atomic
def mark_sent(
    lead_id: int, text: str, *, by: User, now: dt.datetime, channel: str = Contact.Channel.WECHAT
) -> Contact:
    """Log a message that somebody says he sent just now: no contact, no attempt, no new date (SPEC A64).

    It closes the thank-you and the birthday greeting, nothing else. Refused: no text, or a customer who
    asked to stop. NotAllowed: a colleague's customer.
    """
    lead = lock_lead(lead_id)
    if not may_work_on(lead, by, now=now):
        raise NotAllowed(_("This is a colleague's customer. Tell the owner instead."))
    if not text.strip():
        raise Refused(_("Write what you sent."), field="text")
    if asked_to_stop(lead.customer, channel):
        raise Refused(str(OBJECTIONS["asked_to_stop"]), field="text")
    return write_message(lead, text.strip(), by=by, now=now, channel=channel, self_declared=True)


def asked_to_stop(customer: Customer, channel: str = Contact.Channel.WECHAT) -> bool:
    """Whether the newest word of the customer on being contacted that way is no (SPEC A16)."""
    return objection(customer, channel) == "asked_to_stop"


def card_line(request: HttpRequest, lead: Lead) -> list[Action]:
    """CARD_ACTIONS: the sheet with a message to copy, for who works on the lead."""
    if not (works_as_own(lead, request.user) and lead.is_active):
        return []
    address = address_of("followups:message", lead.number)
    return [Action(_("WeChat message"), f"{address}?next={request.path}", "brand-wechat")]
