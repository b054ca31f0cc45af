"""A message one sends by hand: copied, sent from one's own WeChat, and marked as sent (SPEC A15)."""

import datetime as dt

from django.db import transaction
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import NotAllowed, Refused
from accounts.models import User
from leads.access import may_work_on, works_as_own
from leads.actions import Action, address_of
from leads.log import record
from leads.models import Consent, Customer, Lead
from leads.moves import lock_lead

from .models import Contact
from .outcomes import Outcome

OPENINGS = {
    "thanks": (
        gettext_lazy("Thank you for the visit"),
        gettext_lazy(
            "Hello %(customer)s, thank you for visiting %(store)s today."
            " Whatever you would like to know, I am glad to help. %(person)s"
        ),
    ),
    "invite": (
        gettext_lazy("Come and see"),
        gettext_lazy(
            "Hello %(customer)s, the car you asked about stands in our showroom."
            " When would it suit you to come? %(person)s, %(store)s"
        ),
    ),
    "greeting": (
        gettext_lazy("How are you"),
        gettext_lazy(
            "Hello %(customer)s, this is %(person)s of %(store)s."
            " How are your plans for the car? I am here when you need me."
        ),
    ),
}


def openings(lead: Lead, sender: User) -> list[tuple[str, str, str]]:
    """Code, name in the reader's language, and the text in the customer's own, signed with the sender's name.

    A message without the salesperson's name may not go out (SPEC DEV-09).
    """
    names = {code: str(name) for code, (name, _text) in OPENINGS.items()}
    words = {"customer": lead.customer.name, "store": lead.store.name, "person": sender.full_name}
    with translation.override(lead.customer.language or lead.store.language):
        return [(code, names[code], str(text) % words) for code, (_name, text) in OPENINGS.items()]


@transaction.atomic
def mark_sent(
    lead_id: int, text: str, *, by: User, now: dt.datetime, channel: str = Contact.Channel.WECHAT
) -> Contact:
    """Log a message that somebody says he sent just now: no contact, no attempt, no new date (SPEC A64).

    Refused: no text, or a customer who asked to stop. NotAllowed: a colleague's customer.
    """
    lead = lock_lead(lead_id)
    if not may_work_on(lead, by, now=now):
        raise NotAllowed(_("This is a colleague's customer. Tell the owner instead."))
    if not text.strip():
        raise Refused(_("Write what you sent."), field="text")
    if asked_to_stop(lead.customer):
        raise Refused(_("This customer asked us to stop. Do not write to them."), field="text")
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
        text=text.strip(),
        self_declared=True,
    )
    data = {"contact": message.pk, "channel": str(channel)}
    record(lead, "message", at=now, recorded_at=now, by=by, to_value=Outcome.SENT, data=data)
    return message


def asked_to_stop(customer: Customer) -> bool:
    """Whether the newest word of the customer on being contacted is no (SPEC A16)."""
    newest = Consent.objects.filter(customer=customer, purpose="contact").order_by("-at", "-id").first()
    return newest is not None and not newest.given


def card_line(request: HttpRequest, lead: Lead) -> list[Action]:
    """CARD_ACTIONS: the sheet with a message to copy, for who works on the lead."""
    if not (works_as_own(lead, request.user) and lead.is_active):
        return []
    address = address_of("followups:message", lead.number)
    return [Action(_("WeChat message"), f"{address}?next={request.path}", "brand-wechat")]
