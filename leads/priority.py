"""Which customers come first: brought by somebody, or back for the next car (SPEC T18, FUP-05, FUP-10)."""

from .models import Lead, LeadEvent, Term
from .models.log import EventKind

REFERRED = ("owner_referral", "staff_referral")  # codes of channels


def comes_first(*, parent: object = None, referrer: object = None, channel: Term | None = None) -> bool:
    """Whether a lead carries the flag: a second car, a named referrer, or a channel of referrals."""
    return bool(parent or referrer or (channel and channel.code in REFERRED))


def on_lead_event(lead: Lead, event: LeadEvent) -> None:
    """LEAD_LISTENERS: who gives a lead another channel, or names who brought it, sets or drops the flag."""
    edited = event.kind == EventKind.EDIT and "channel_id" in event.data.get("fields", ())
    if not (edited or event.kind == EventKind.REFERRAL):
        return
    first = comes_first(parent=lead.parent_id, referrer=lead.referrer_id, channel=lead.channel)
    if lead.priority != first:
        lead.priority = first
        lead.save(update_fields=["priority"])
