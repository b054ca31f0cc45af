"""How a customer may be reached: contact points, and what they agreed to (SPEC A10, A16, A72)."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import Refused
from accounts.prepared import Prepared

from .editing import Seen, lock_card, note_changes
from .identity import open_card
from .log import record
from .models import Consent, ContactPoint, Customer, Lead
from .models.log import EventKind
from .ownership import own_by_number
from .phones import Phone, read_email, read_phone

PURPOSES = {"contact": gettext_lazy("Follow-up"), "marketing": gettext_lazy("Offers and invitations")}
CHANNELS = {
    "all": gettext_lazy("Every way"),
    "phone": gettext_lazy("Phone"),
    "wechat": gettext_lazy("WeChat"),
    "sms": gettext_lazy("Text message"),
    "email": gettext_lazy("E-mail"),
}
EVIDENCE = {
    "said": gettext_lazy("said so"),
    "written": gettext_lazy("wrote so"),
    "signed": gettext_lazy("signed"),
}
WORDING = "1"  # of the sentence that asks for consent
READS = {
    ContactPoint.Kind.PHONE: gettext_lazy("This is no whole phone number."),
    ContactPoint.Kind.EMAIL: gettext_lazy("This is no e-mail address."),
    ContactPoint.Kind.WECHAT: gettext_lazy("Type the WeChat name."),
}


@transaction.atomic
def add_contact_point(
    lead_id: int, kind: str, text: str, *, shared: bool = False, seen: Seen, by, at: dt.datetime
) -> ContactPoint:
    """A new phone, e-mail address or WeChat name of the customer; the old ones stay until they are ended.

    The first one of somebody who was only named makes `by` the owner (SPEC OWN-05, A21).
    Refused: not readable, on this card already, or somebody else's and not marked as shared.
    """
    customer, lead = lock_card(lead_id, seen=seen, by=by, at=at)
    phone = _read(lead, kind, text)
    standing = set(_ways(customer=customer.pk))
    if (kind, phone.value) in standing:
        raise Refused(_("This stands on the card already."), field="value")
    try:
        with transaction.atomic():
            point = ContactPoint.objects.create(
                customer=customer,
                group_id=customer.group_id,
                kind=kind,
                value=phone.value,
                tail=phone.tail,
                valid=phone.valid,
                shared=shared,
                obtained_at=at,
                obtained_by=by,
            )
    except IntegrityError:
        raise Refused(
            _("Another card has this. One person: ask the manager to merge. A family: tick “shared”."),
            field="value",
        ) from None
    if open_card(customer, lead.store, at=at):
        customer.save(update_fields=["card_opened_at"])
    _told(customer, lead, kind, "", point.value, by=by, at=at)
    if not standing:
        own_by_number(lead, by, at=at)
    return point


@Prepared
def _ways(*, customer: int) -> QuerySet:
    """The contact points that are theirs still, as (kind, value)."""
    return ContactPoint.objects.filter(customer=customer, ended_at=None).values_list("kind", "value")


def _read(lead: Lead, kind: str, text: str) -> Phone:
    found = None
    if kind == ContactPoint.Kind.PHONE:
        found = read_phone(text, country=lead.store.country, store_code=lead.store.code)
    elif kind == ContactPoint.Kind.EMAIL:
        address = read_email(text)
        found = Phone(address, "", valid=True) if address else None
    elif text.strip():
        found = Phone(text.strip()[:120], "", valid=True)
    if found is None:
        raise Refused(str(READS[ContactPoint.Kind(kind)]), field="value")
    return found


@transaction.atomic
def end_contact_point(lead_id: int, point_id: int, *, seen: Seen, by, at: dt.datetime) -> ContactPoint:
    """It is no longer theirs; the row stays, and somebody else may have it from now on.

    Refused: the last one of a card, ended before. ContactPoint.DoesNotExist: not of this card.
    """
    customer, lead = lock_card(lead_id, seen=seen, by=by, at=at)
    point = _standing(customer, point_id)
    if len(_ways(customer=customer.pk)) < 2:
        raise Refused(_("A card needs one way to reach the customer. Add the new one first."))
    point.ended_at = at
    point.save(update_fields=["ended_at"])
    _told(customer, lead, point.kind, point.value, "", by=by, at=at)
    return point


@transaction.atomic
def share_contact_point(lead_id: int, point_id: int, *, seen: Seen, by, at: dt.datetime) -> ContactPoint:
    """A family or company uses it together: it identifies nobody from now on (SPEC A10)."""
    customer, lead = lock_card(lead_id, seen=seen, by=by, at=at)
    point = _standing(customer, point_id)
    point.shared = True
    point.save(update_fields=["shared"])
    _told(customer, lead, "shared", "", point.kind, by=by, at=at)
    return point


def _standing(customer: Customer, point_id: int) -> ContactPoint:
    point = point_of(customer.pk, point_id)
    if point.ended_at:
        raise Refused(_("This was ended already."))
    return point


def point_of(customer_id: int, point_id: int) -> ContactPoint:
    """A contact point by its key; ContactPoint.DoesNotExist where the customer has none of it."""
    for point in _points(customer=customer_id, point=point_id):
        return point
    raise ContactPoint.DoesNotExist


@Prepared
def _points(*, customer: int, point: int) -> QuerySet:
    return ContactPoint.objects.filter(customer=customer, pk=point)


def _told(customer: Customer, lead: Lead, field: str, old: str, new: str, *, by, at: dt.datetime) -> None:
    note_changes(customer, {field: (old, new)}, by=by, at=at)
    customer.version += 1
    customer.save(update_fields=["version"])
    record(lead, EventKind.EDIT, at=at, recorded_at=at, by=by, data={"fields": [field]})


@transaction.atomic
def set_consent(
    lead_id: int, purpose: str, channel: str, *, given: bool, evidence: str, seen: Seen, by, at: dt.datetime
) -> Consent:
    """What the customer agreed to or took back; the newest row of purpose and channel decides (A16)."""
    customer, lead = lock_card(lead_id, seen=seen, by=by, at=at)
    if purpose not in PURPOSES or channel not in CHANNELS or evidence not in EVIDENCE:
        raise Refused(_("Choose for what, and on which way."), field="purpose")
    consent = Consent.objects.create(
        customer=customer,
        purpose=purpose,
        channel=channel,
        given=given,
        at=at,
        by=by,
        wording_version=WORDING if given else "",
        evidence=evidence,
    )
    customer.version += 1
    customer.save(update_fields=["version"])
    record(lead, EventKind.EDIT, at=at, recorded_at=at, by=by, data={"fields": ["consent"], "given": given})
    return consent


def consents_now(customer: Customer) -> list[Consent]:
    """The newest word on each purpose and channel, the newest first."""
    newest: dict[tuple[str, str], Consent] = {}
    for consent in customer.consents.select_related("by").order_by("-at", "-id"):
        newest.setdefault((consent.purpose, consent.channel), consent)
    return list(newest.values())
