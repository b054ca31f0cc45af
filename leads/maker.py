"""The maker's own system: what stands there already, and a card ready to be copied into it (SPEC A35)."""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import NotAllowed, Refused
from accounts.models import User
from accounts.prepared import Prepared
from accounts.rules import setting

from .access import works_as_own
from .actions import Action, address_of
from .maker_kinds import Kind, enter_many, having, may_enter
from .models import Lead, MakerRecord
from .reveal import reveal

NOT_YET = {
    Kind.CARD: gettext_lazy("The card is not open yet: ask the name first."),
    Kind.ORDER: gettext_lazy("Nothing is signed yet."),
    Kind.DELIVERY: gettext_lazy("The car is not handed over yet."),
    Kind.LOSS: gettext_lazy("No loss is confirmed."),
}
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
def enter_in_makers_system(
    lead_id: int, number: str, *, by: User, at: dt.datetime, kind: str = Kind.CARD
) -> MakerRecord:
    """Note under which number a card, order, delivery or loss stands in the maker's system.

    A later number corrects it. Refused: no number, or no such record yet. NotAllowed: see `may_enter`.
    """
    [lead] = _with_customer(lead=lead_id)
    if not may_enter(lead, by, now=at):
        raise NotAllowed(_("This is a colleague's customer. Tell the owner instead."))
    if not number.strip():
        raise Refused(_("Write the number that the maker's system gave."), field="number")
    ref = ref_of(lead, kind)
    if ref is None:
        raise Refused(NOT_YET[kind], field="number")
    enter_many(lead.store, kind, {ref: number.strip()}, by=by, at=at)
    [record] = _records(kind=str(kind), store=lead.store_id, ref=ref)
    return record


@Prepared
def _with_customer(*, lead: int) -> QuerySet:
    return Lead.objects.filter(pk=lead).select_related("store", "customer")


def ref_of(lead: Lead, kind: str) -> int | None:
    """What a record of a kind points to; None while there is none. A card may be entered at any status."""
    if kind == Kind.CARD:
        return lead.customer_id if lead.customer.card_opened_at else None
    return having(Lead.objects.filter(pk=lead.pk), kind).values_list("ref", flat=True).first()


def entered(lead: Lead, kind: str = Kind.CARD) -> MakerRecord | None:
    """The record in the maker's system, if it stands there."""
    ref = ref_of(lead, kind)
    return _records.first(kind=str(kind), store=lead.store_id, ref=ref) if ref else None


@Prepared
def _records(*, kind: str, store: int, ref: int) -> QuerySet:
    return MakerRecord.objects.filter(kind=kind, store=store, ref_id=ref).select_related("by")


def lines_to_copy(lead: Lead, *, by: User, at: dt.datetime) -> str:
    """The card as lines in the order of the maker's form, with the full number: that look is on record."""
    values = values_of(lead, phone=reveal(lead, by=by, at=at, reason=REASON))
    order = [name.strip() for name in setting(lead.store, "maker_field_order").split(",")]
    return "\n".join(f"{FIELDS[name]}: {values[name]}" for name in order if name in FIELDS)


def values_of(lead: Lead, *, phone: str) -> dict[str, object]:
    """The fields of the maker's form by name; the wished cars are read at once for many leads."""
    customer = lead.customer
    wishes = sorted(lead.interests.all(), key=lambda row: (row.rank, row.pk))
    models = [str(row.car_model) for row in wishes]
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
    address = address_of("leads:maker", lead.number)
    return [Action(_("Maker's system"), f"{address}?next={request.path}", "clipboard-check")]
