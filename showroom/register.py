"""Today's register as a list: who came, who received, who is still in the house (SPEC RECP-10)."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import F, OuterRef, Subquery

from accounts.models import Store, User
from accounts.roles import Role
from leads.models import ContactPoint
from leads.phones import mask

from .closing import may_close
from .models import Visit

SEES_REGISTER = (Role.RECEPTIONIST, Role.MANAGER)  # the whole of it, on the walk-in page


@dataclass(frozen=True)
class Row:
    """One visit of the register; the number is masked (SPEC A72)."""

    visit: Visit
    name: str
    number: str
    may_close: bool

    @property
    def is_here(self) -> bool:
        return self.visit.left_at is None


def sees_register(user: User, store: Store) -> bool:
    return bool(user.roles_in(store) & set(SEES_REGISTER))


def todays_rows(store: Store, *, user: User, now: dt.datetime) -> list[Row]:
    """Today's visits that a person may see: those in the house first, then the newest; one statement."""
    visits = (
        Visit.objects.visible_to(user, now=now)
        .filter(store=store, on=store.business_date(now), voided_at=None, register_serial__isnull=False)
        .select_related("store", "receiver", "customer", "lead", "car_model")
        .annotate(phone=first_phone())
        .order_by(F("left_at").asc(nulls_first=True), "-flow_serial")
    )
    rows = [_row(visit, user) for visit in visits]
    return [row for row in rows if row.is_here] + sorted(
        (row for row in rows if not row.is_here), key=lambda row: -row.visit.flow_serial
    )


def first_phone() -> Subquery:
    """The customer's first living phone of a visit."""
    points = ContactPoint.objects.filter(
        customer=OuterRef("customer_id"), kind=ContactPoint.Kind.PHONE, ended_at=None
    )
    return Subquery(points.order_by("id").values("value")[:1])


def _row(visit: Visit, user: User) -> Row:
    owner_id = visit.lead.owner_id if visit.lead else None
    known = visit.customer.name if visit.customer else ""
    return Row(
        visit=visit,
        name=known or visit.name_text,
        number=mask(visit.phone or visit.phone_text),
        may_close=may_close(visit, owner_id=owner_id, by=user),
    )
