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

from .access import is_own
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


def reachable_by(user: User, *, now: dt.datetime) -> QuerySet:
    """The leads whose number a person may ask for: those seen whole, and those of NUMBER_VIEWERS."""
    seen = Q(pk__in=Lead.objects.visible_to(user, now=now).values("pk"))
    for viewer in _viewers(tuple(settings.NUMBER_VIEWERS)):
        seen |= viewer(user, now)
    return Lead.objects.filter(seen)


def reveal(lead: Lead, *, by: User, at: dt.datetime, reason: str = "") -> str:
    """The number to dial, after writing who asked for it; `reason` a code of REASONS, "" for one's own.

    ReasonNeeded for a colleague's customer; Refused when there is no phone on record. The caller
    has checked that the lead is among `reachable_by`.
    """
    if not is_own(lead, by, now=at) and reason not in REASONS:
        raise ReasonNeeded(_("Say why you need the number. It goes on record."), field="reason")
    points = ContactPoint.objects.filter(
        customer=lead.customer_id, kind=ContactPoint.Kind.PHONE, ended_at=None
    )
    phone = points.order_by("-valid", "id").first()
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
    return dialled(phone.value)


def dialled(value: str) -> str:
    """A stored number as a phone takes it: +86..., or the digits of a local number."""
    return value.rpartition(":")[2]
