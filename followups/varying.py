"""Vary the way: three times the same one is a hint on sheet and card, never a rule (SPEC CAD-10)."""

from collections.abc import Iterable
from itertools import islice

from django.utils.translation import gettext_lazy as _

from leads.models import Lead

from .models import Contact

IN_A_ROW = 3
HINTS = {
    Contact.Channel.PHONE: _("3 times by phone in a row. Try a message, a visit or an invitation."),
    Contact.Channel.WECHAT: _("3 times by WeChat in a row. Try a call, a visit or an invitation."),
    Contact.Channel.SMS: _("3 text messages in a row. Try a call, a visit or an invitation."),
    Contact.Channel.EMAIL: _("3 e-mails in a row. Try a call, a visit or an invitation."),
    Contact.Channel.IN_PERSON: _("3 times in person in a row. A call or a message will do."),
}


def hint_to_vary(lead: Lead, contacts: Iterable[Contact] | None = None) -> str:
    """In the reader's language, when our last three ways to a customer were the same; else empty.

    Tries and messages count like talks. What was undone and what the customer began do not, and a visit
    to the store is another way: only what came after it is looked at. `contacts` are those of the lead,
    newest first; without them one statement reads them.
    """
    found = _newest(lead) if contacts is None else contacts
    ways = [contact.channel for contact in islice((one for one in found if _counts(one, lead)), IN_A_ROW)]
    same = len(ways) == IN_A_ROW and len({*ways}) == 1
    return str(HINTS[ways[0]]) if same else ""


def _newest(lead: Lead) -> Iterable[Contact]:
    ours = Contact.objects.standing().filter(lead__in=lead.histories(), direction=Contact.Direction.OUT)
    return ours.order_by("-at", "-id")[:IN_A_ROW]


def _counts(contact: Contact, lead: Lead) -> bool:
    ours = contact.direction == Contact.Direction.OUT and contact.undone_at is None
    return ours and (lead.last_visit_at is None or contact.at > lead.last_visit_at)
