"""Today's register as a list: who came, who received, who is still in the house (SPEC RECP-10)."""

import datetime as dt
from typing import NamedTuple

from django.db.models import Case, OuterRef, QuerySet, Subquery, Value, When

from accounts.models import Store, User
from accounts.prepared import Prepared
from accounts.roles import Role
from leads.models import ContactPoint

from .models import Visit

SEES_REGISTER = (Role.RECEPTIONIST, Role.MANAGER)  # the whole of it, on the walk-in page
NEWEST = 20  # rows beside the walk-in sheet


class TodaysVisit(NamedTuple):
    """What one row tells of a visit, straight from the database."""

    store: Store
    pk: int
    flow_serial: int
    arrived_at: dt.datetime
    left_at: dt.datetime | None
    persons: int
    other: str
    outcome: str
    courtesy: bool
    name_text: str
    phone_text: str
    receiver_id: int | None
    assistant_id: int | None
    lead_id: int | None
    phone: str | None
    customer_name: str | None
    receiver_name: str | None
    lead_number: str | None
    owner_id: int | None
    car_en: str | None
    car_zh: str | None


COLUMNS = (
    *TodaysVisit._fields[1 : TodaysVisit._fields.index("customer_name")],
    "customer__name", "receiver__full_name", "lead__number", "lead__owner_id",
    "car_model__name_en", "car_model__name_zh",
)  # fmt: skip


def sees_register(user: User, store: Store) -> bool:
    return bool(user.roles_in(store) & set(SEES_REGISTER))


def todays_visits(store: Store, *, now: dt.datetime) -> tuple[list[TodaysVisit], bool]:
    """The day so far for who sees the whole of it: in the house first, then the newest; whether more came.

    One statement.
    """
    rows = _newest(store=store.pk, on=store.business_date(now))
    return [TodaysVisit(store, *row) for row in rows[:NEWEST]], len(rows) > NEWEST


@Prepared
def _newest(*, store: int, on: dt.date) -> QuerySet:
    rows = Visit.objects.filter(store=store, on=on, voided_at=None, register_serial__isnull=False)
    here_first = Case(When(left_at=None, then=Value(0)), default=Value(1))
    rows = rows.annotate(phone=first_phone()).order_by(here_first, "-flow_serial")
    return rows.values_list(*COLUMNS)[: NEWEST + 1]


def first_phone() -> Subquery:
    """The customer's first living phone of a visit."""
    points = ContactPoint.objects.filter(
        customer=OuterRef("customer_id"), kind=ContactPoint.Kind.PHONE, ended_at=None
    )
    return Subquery(points.order_by("id").values("value")[:1])
