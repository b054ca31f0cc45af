"""The full number: who may have it, and that each look is on record (SPEC A56, A72)."""

import datetime as dt
from functools import lru_cache

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import Refused
from accounts.models import AccessEvent, User
from accounts.prepared import Prepared

from .access import is_own, seen_by
from .models import ContactPoint, Lead

REASONS = {
    "for_owner": gettext_lazy("I call for the owner"),
    "customer_asked": gettext_lazy("The customer asked for me"),
    "quality": gettext_lazy("I check how they were served"),
    "complaint": gettext_lazy("Complaint"),
    "arrived": gettext_lazy("They are here or on the way"),
    "maker": gettext_lazy("I enter them in the maker's system"),
}


class ReasonNeeded(Refused):
    """It is not one's own customer: a reason goes on record (SPEC A72)."""


@lru_cache(maxsize=1)
def _viewers(names: tuple[str, ...]) -> list:
    return [import_string(name) for name in names]


def reachable(user: User, number: str, *, now: dt.datetime) -> Lead | None:
    """The lead of a number, with its customer and store, where the person may ask for the phone number:
    one seen whole, or one of NUMBER_VIEWERS.
    """
    if lead := seen_by(user, number, now=now):
        return lead
    called = Q(pk__in=[])
    for viewer in _viewers(tuple(settings.NUMBER_VIEWERS)):
        called |= viewer(user, now)
    leads = Lead.objects.filter(called, number=number.replace("\0", ""))
    return leads.select_related("customer", "store").first()


def reveal(lead: Lead, *, by: User, at: dt.datetime, reason: str = "") -> str:
    """The number to dial, after writing who asked for it; `reason` a code of REASONS, "" for one's own.

    ReasonNeeded for a colleague's customer; Refused when there is no phone on record. The caller
    has checked that the lead is `reachable`.
    """
    if not is_own(lead, by, now=at) and reason not in REASONS:
        raise ReasonNeeded(_("Say why you need the number. It goes on record."), field="reason")
    phone = _phone.first(customer=lead.customer_id)
    if phone is None:
        raise Refused(_("There is no phone number on record."))
    AccessEvent.objects.create(
        by=by,
        store_id=lead.store_id,
        kind=AccessEvent.Kind.REVEAL,
        target_kind="lead",
        target_id=lead.pk,
        reason=reason if reason in REASONS else "",
        at=at,
    )
    return dialled(phone)


@Prepared
def _phone(*, customer: int) -> QuerySet:
    points = ContactPoint.objects.filter(customer=customer, kind=ContactPoint.Kind.PHONE, ended_at=None)
    return points.order_by("-valid", "id").values_list("value", flat=True)[:1]


def dialled(value: str) -> str:
    """A stored number as a phone takes it: +86..., or the digits of a local number."""
    return value.rpartition(":")[2]
