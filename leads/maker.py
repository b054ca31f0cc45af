"""The maker's own system: what stands there already, and a card ready to be copied into it (SPEC A35)."""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import NotAllowed, Refused
from accounts.models import Store, User
from accounts.rules import setting

from .access import may_work_on, works_as_own
from .actions import Action
from .models import Lead, MakerRecord
from .models.leads import Status
from .reveal import reveal

REASON = "maker"  # why the number was shown
FIELDS = {
    "name": gettext_lazy("Name"),
    "phone": gettext_lazy("Phone"),
    "model": gettext_lazy("Model"),
    "grade": gettext_lazy("Grade"),
    "channel": gettext_lazy("Channel"),
    "area": gettext_lazy("Area"),
    "expected_on": gettext_lazy("Buys by"),
    "address": gettext_lazy("Lives at"),
    "occupation": gettext_lazy("Occupation"),
    "owner": gettext_lazy("Owner"),
    "first_on": gettext_lazy("First visit"),
}


@transaction.atomic
def enter_in_makers_system(lead_id: int, number: str, *, by: User, at: dt.datetime) -> MakerRecord:
    """Note under which number the card stands in the maker's system; a later number corrects it.

    Refused: no number, or no open card. NotAllowed: a colleague's customer.
    """
    lead = Lead.objects.select_related("store", "customer").get(pk=lead_id)
    if not may_work_on(lead, by, now=at):
        raise NotAllowed(_("This is a colleague's customer. Tell the owner instead."))
    if not number.strip():
        raise Refused(_("Write the number that the maker's system gave."), field="number")
    if lead.customer.card_opened_at is None:
        raise Refused(_("The card is not open yet: ask the name first."), field="number")
    return MakerRecord.objects.update_or_create(
        kind=MakerRecord.Kind.CARD,
        ref_id=lead.customer_id,
        store=lead.store,
        defaults={"number": number.strip(), "by": by, "at": at},
    )[0]


def entered(lead: Lead) -> MakerRecord | None:
    """The card's record in the maker's system, if it stands there."""
    cards = MakerRecord.objects.filter(kind=MakerRecord.Kind.CARD, store=lead.store, ref_id=lead.customer_id)
    return cards.select_related("by").first()


def not_entered(user: User, store: Store, *, now: dt.datetime) -> QuerySet:
    """Open cards of active leads one sees that do not stand in the maker's system yet, the oldest first."""
    records = MakerRecord.objects.filter(
        kind=MakerRecord.Kind.CARD, store=store, ref_id=OuterRef("customer_id")
    )
    leads = Lead.objects.visible_to(user, now=now).filter(store=store, status=Status.ACTIVE)
    return (
        leads.filter(customer__card_opened_at__isnull=False)
        .exclude(Exists(records))
        .select_related("customer", "owner")
        .order_by("id")
    )


def lines_to_copy(lead: Lead, *, by: User, at: dt.datetime) -> str:
    """The card as lines in the order of the maker's form, with the full number: that look is on record."""
    values = _values(lead, phone=reveal(lead, by=by, at=at, reason=REASON))
    order = [name.strip() for name in setting(lead.store, "maker_field_order").split(",")]
    return "\n".join(f"{FIELDS[name]}: {values[name]}" for name in order if name in FIELDS)


def _values(lead: Lead, *, phone: str) -> dict[str, object]:
    customer = lead.customer
    models = [str(row.car_model) for row in lead.interests.select_related("car_model").order_by("rank", "id")]
    return {
        "name": customer.name,
        "phone": phone,
        "model": " / ".join(models),
        "grade": lead.get_grade_display(),
        "channel": lead.channel or "",
        "area": lead.area or "",
        "expected_on": lead.expected_on or "",
        "address": customer.address,
        "occupation": customer.occupation,
        "owner": lead.owner.full_name if lead.owner else "",
        "first_on": lead.store.business_date(lead.arrived_at),
    }


def card_line(request: HttpRequest, lead: Lead) -> list[Action]:
    """CARD_ACTIONS: the sheet of the maker's system, for who works on an open card."""
    if not (works_as_own(lead, request.user) and lead.customer.card_opened_at):
        return []
    address = reverse("leads:maker", args=[lead.number])
    return [Action(_("Maker's system"), f"{address}?next={request.path}", "clipboard-check")]
