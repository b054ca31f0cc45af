"""Today's register as a list: who came, who received, who is still in the house (SPEC RECP-10)."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Case, OuterRef, QuerySet, Subquery, Value, When

from accounts.models import Store, User
from accounts.prepared import Prepared
from accounts.roles import Role
from leads.models import ContactPoint
from leads.phones import mask

from .closing import may_close
from .models import Visit

SEES_REGISTER = (Role.RECEPTIONIST, Role.MANAGER)  # the whole of it, on the walk-in page
NEWEST = 20  # rows beside the walk-in sheet


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


def todays_rows(store: Store, *, user: User, now: dt.datetime) -> tuple[list[Row], bool]:
    """The day so far for who sees the whole of it: in the house first, then the newest; whether more came.

    One statement.
    """
    visits = _newest(store=store.pk, on=store.business_date(now))
    for visit in visits:
        visit.store = store
    return [_row(visit, user) for visit in visits[:NEWEST]], len(visits) > NEWEST


@Prepared
def _newest(*, store: int, on: dt.date) -> QuerySet:
    rows = Visit.objects.filter(store=store, on=on, voided_at=None, register_serial__isnull=False)
    rows = rows.select_related("receiver", "customer", "lead", "car_model").annotate(phone=first_phone())
    here_first = Case(When(left_at=None, then=Value(0)), default=Value(1))
    return rows.order_by(here_first, "-flow_serial")[: NEWEST + 1]


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
