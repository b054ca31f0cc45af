"""Editing the customer card: who saves second is told what the first wrote (A10, A15, A72, CARD-10)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.models import Store

from .access import may_work_on
from .identity import open_card, write_name_keys
from .log import record
from .models import Customer, FieldChange, Lead, LeadModel
from .models.log import EventKind
from .moves import lock_lead
from .organisations import KIND, lock_customer_of, lock_with_leads, regrade

OF_CUSTOMER = (
    "name",
    "kind",
    "birthday",
    "address",
    "occupation",
    "family",
    "hobbies",
    "current_car",
    "language",
    "wechat_added",
)
PRIVATE = ("behaviour", "product_knowledge", "willingness")  # for the reader's eyes only (SPEC TYPE-03)
OF_LEAD = ("channel_id", "media_id", "area_id", "expected_on", "has_need", "has_means", "has_say")
MODELS = "models"  # (ids that were seen, ids that are wanted), the favourite first
MOST_MODELS = 3


@dataclass(frozen=True)
class Seen:
    """The versions of customer and lead that an editor had before their eyes."""

    customer: int
    lead: int


class ChangedMeanwhile(Refused):
    """Somebody else saved first: HTTP 409. Nothing was written."""


@transaction.atomic
def edit_card(lead_id: int, edits: Mapping, *, seen: Seen, by, at: dt.datetime) -> Lead:
    """Write changed fields of customer and lead; `edits` by column name: OF_CUSTOMER, PRIVATE,
    OF_LEAD, MODELS.

    The old value of a personal field stands in FieldChange, the event tells field names only.
    ChangedMeanwhile: the card is no longer the one that was seen. NotAllowed: see `may_work_on`.
    Refused: no name on an open card, a birthday in the future, an expected day in the past.
    """
    if KIND in edits:
        lock_with_leads(lead_id)
    customer, lead = lock_card(lead_id, seen=seen, by=by, at=at)
    _check(lead, edits, today=lead.store.business_date(at))
    changed = _edit_customer(customer, lead.store, edits, by=by, at=at)
    changed += _edit_lead(lead, edits)
    if KIND in changed:
        regrade(lead, by=by, at=at)
    if changed:
        record(lead, EventKind.EDIT, at=at, recorded_at=at, by=by, data={"fields": changed})
    return lead


def lock_card(lead_id: int, *, seen: Seen, by, at: dt.datetime) -> tuple[Customer, Lead]:
    """Customer and lead, locked in this order, as the editor saw them."""
    customer = lock_customer_of(lead_id)
    lead = lock_lead(lead_id)
    if not may_work_on(lead, by, now=at):
        raise NotAllowed(_("This is a colleague's customer. Tell the owner instead."))
    if lead.customer_id != customer.pk or Seen(customer.version, lead.version) != seen:
        raise ChangedMeanwhile(_("Somebody changed this card meanwhile. Look at both, then save."))
    lead.customer = customer
    return customer, lead


def _check(lead: Lead, edits: Mapping, *, today: dt.date) -> None:
    customer = lead.customer
    if customer.card_opened_at and not edits.get("name", customer.name).strip():
        raise Refused(_("A card keeps its name. Write the right one over it."), field="name")
    birthday = edits.get("birthday")
    if birthday and birthday > today:
        raise Refused(_("Nobody is born in the future."), field="birthday")
    expected = edits.get("expected_on")
    if expected and expected < today and expected != lead.expected_on:
        raise Refused(_("The day lies in the past. Pick today or later."), field="expected_on")
    if len(edits.get(MODELS, ((), ()))[1]) > MOST_MODELS:
        raise Refused(_("Three models at most."), field=MODELS)


def _edit_customer(customer: Customer, store: Store, edits: Mapping, *, by, at: dt.datetime) -> list[str]:
    changes = {
        name: edits[name]
        for name in (*OF_CUSTOMER, *PRIVATE)
        if name in edits and edits[name] != getattr(customer, name)
    }
    note_changes(
        customer, {name: (getattr(customer, name), new) for name, new in changes.items()}, by=by, at=at
    )
    for name, new in changes.items():
        setattr(customer, name, new)
    if "wechat_added" in changes:
        customer.wechat_at, customer.wechat_by = at, by
    if changes:
        if "name" in changes:
            _named_anew(customer, store, at=at)
        customer.version += 1
        customer.save()
    return list(changes)


def _named_anew(customer: Customer, store: Store, *, at: dt.datetime) -> None:
    """A name opens the card of whoever can be reached; it is found under the new one."""
    open_card(customer, store, at=at)
    customer.name_keys.all().delete()
    write_name_keys(customer)


def note_changes(customer: Customer, changes: Mapping[str, tuple], *, by, at: dt.datetime) -> None:
    """Old and new value of personal fields by name; erasure may empty the old ones (MODEL choice 5)."""
    facts = {"ref_kind": FieldChange.Of.CUSTOMER, "ref_id": customer.pk, "by": by, "at": at}
    FieldChange.objects.bulk_create(
        FieldChange(field=field, old=str(old or ""), new=str(new or ""), **facts)
        for field, (old, new) in changes.items()
    )


def _edit_lead(lead: Lead, edits: Mapping) -> list[str]:
    changes = {name: edits[name] for name in OF_LEAD if name in edits and edits[name] != getattr(lead, name)}
    for name, new in changes.items():
        setattr(lead, name, new)
    changed = list(changes)
    if MODELS in edits and _edit_models(lead, *edits[MODELS]):
        changed.append(MODELS)
    if changed:
        lead.version += 1
        lead.save(update_fields=[*changes, "version"])
    return changed


def _edit_models(lead: Lead, seen: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """The wanted ones in their order, then those that nobody had seen; the others are dropped."""
    rows = {row.car_model_id: row for row in lead.interests.order_by("rank", "id")}
    order = list(dict.fromkeys([*wanted, *(pk for pk in rows if pk not in seen)]))
    if order == list(rows):
        return False
    lead.interests.exclude(car_model__in=order).delete()
    for rank, pk in enumerate(order, start=1):
        LeadModel.objects.update_or_create(lead=lead, car_model_id=pk, defaults={"rank": rank})
    return True
