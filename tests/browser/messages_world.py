"""Messages in every state, for the pages that show them."""

from followups.models import Contact, Outbox, Template
from leads.models import ContactPoint, Lead
from tests.conftest import at


def messages_on_their_way(store, lead: Lead, chen) -> None:
    """One failed, one that is tried again, one that waits and one sent today; own words for the thanks."""
    point = ContactPoint.objects.filter(customer=lead.customer_id, kind=Contact.Channel.PHONE).first()
    noon = at("2026-03-12 12:00")
    for n, (kind, facts) in enumerate([
        ("thank_you", {"state": "failed", "reason": "unreachable", "attempts": 3, "ended_at": noon}),
        ("appointment", {"reason": "timeout", "attempts": 1}),
        ("promotion", {"not_before": at("2026-03-13 08:00")}),
        ("birthday", {"state": "sent", "attempts": 1, "ended_at": noon}),
    ]):  # fmt: skip
        Outbox.objects.create(
            store=store, key=f"look:{n}", kind=kind, channel="sms", lead=lead, point=point, sender=lead.owner,
            text="x", queued_at=noon, **{"not_before": noon} | facts,
        )  # fmt: skip
    Template.objects.create(
        store=store, kind="thank_you", language="zh-hans", channel="sms", version=3, changed_by=chen,
        changed_at=noon, text="{customer}，感谢光临{store}，期待再见。{person}",
    )  # fmt: skip
