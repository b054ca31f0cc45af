"""Where a message goes, and what the customer has said about being written to (SPEC A10, A16)."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.prepared import Prepared
from followups.models import Channel
from leads.models import Consent, ContactPoint, Customer
from leads.phones import takes_texts

from .kinds import Purpose

POINT_OF = {Channel.SMS: ContactPoint.Kind.PHONE, Channel.EMAIL: ContactPoint.Kind.EMAIL}
OBJECTIONS = {
    "asked_to_stop": _("This customer asked us to stop. Do not write to them."),
    "no_offers": _("This customer wants no offers and invitations."),
}


def points_of(customer_id: int) -> dict[str, ContactPoint]:
    """By channel, where a message goes: the oldest live mobile, the oldest live address; one statement."""
    points = ContactPoint.objects.filter(
        customer=customer_id, kind__in=POINT_OF.values(), ended_at=None, valid=True
    ).order_by("-pk")
    channels = {kind: channel for channel, kind in POINT_OF.items()}
    return {channels[point.kind]: point for point in points if can_receive(point)}


def can_receive(point: ContactPoint) -> bool:
    """Whether a message may be sent there now."""
    live = point.valid and point.ended_at is None
    return live and (point.kind != ContactPoint.Kind.PHONE or takes_texts(point.value))


def objection(customer: Customer | int, channel: str, purpose: str = Purpose.SERVICE) -> str:
    """A code of OBJECTIONS, or "": the newest word of the customer on each purpose decides (SPEC A16).

    A word on every way counts for each; who asked to stop gets no offers either.
    """
    return objection_in(words_said(customer), channel, purpose)


def words_said(customer: Customer | int) -> list[Consent]:
    """Everything a customer said about being written to, the oldest first."""
    return _said_by(customer=customer.pk if isinstance(customer, Customer) else customer)


@Prepared
def _said_by(*, customer: int) -> QuerySet:
    return Consent.objects.filter(customer=customer).order_by("at", "id")


def objection_in(said: list[Consent], channel: str, purpose: str) -> str:
    """The same of words that were read already."""
    newest = {consent.purpose: consent.given for consent in said if consent.channel in ("all", channel)}
    if not newest.get(Purpose.SERVICE, True):
        return "asked_to_stop"
    return "" if newest.get(purpose, True) else "no_offers"
