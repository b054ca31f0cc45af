"""The verb that opens a lead (SPEC T01, T02)."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import QuerySet

from accounts.models import Store
from accounts.prepared import Prepared
from accounts.sql import insert, insert_new, insert_unless_there

from . import acts
from .log import record
from .models import CarModel, Customer, Lead, LeadModel
from .priority import comes_first
from .protection import lapses_on
from .steps import Step


def lead_counter(on: dt.date) -> tuple[str, str, int]:
    """The counter that numbers the leads of a day."""
    return ("lead", f"{on:%y%m%d}", 1)


def lead_number(on: dt.date, serial: int) -> str:
    """A permanent lead number, such as L-260302-07 (SPEC OWN-13)."""
    return f"L-{on:%y%m%d}-{serial:02d}"


def open_lead(
    store: Store,
    customer: Customer,
    *,
    number: str,
    owner,
    step: int,
    at: dt.datetime,
    recorded_at: dt.datetime,
    car_no: int = 1,
    **facts,
) -> Lead:
    """A new lead of a customer at a store; `facts` are channel, media, area, expected_on, setter, dates.

    `step` 1 for a lead nobody met, 2 for a first walk-in (T02). The caller takes the number from
    `lead_counter` and writes the "created" event when what it points to is there.
    """
    lead = Lead(
        number=number,
        customer=customer,
        store=store,
        car_no=car_no,
        step=step,
        owner=owner,
        created_at=recorded_at,
        arrived_at=at,
        step_entered_at=at,
        **{"last_visit_at": at if step == Step.RECEPTION else None, **facts},
    )
    lead.lapses_on = lapses_on(lead)
    lead.priority = comes_first(parent=lead.parent_id, referrer=lead.referrer_id, channel=lead.channel)
    insert(lead)
    return lead


def record_opening(
    lead: Lead, *, by, source: str = "screen", data: dict | None = None, step: int | None = None
) -> None:
    """The "created" event of a lead, at its arrival; `step` where it has gone on since."""
    record(
        lead,
        "created",
        at=lead.arrived_at,
        recorded_at=lead.created_at,
        by=by,
        source=source,
        to_value=Step(step or lead.step).code,
        data={"owner": lead.owner_id, **(data or {})},
    )


def interests_of(lead: Lead) -> list[int]:
    """The ids of the models that the lead wants to see, the favourite first."""
    return _interests(lead=lead.pk)


@Prepared
def _interests(*, lead: int) -> QuerySet:
    wanted = LeadModel.objects.filter(lead=lead).order_by("rank", "id")
    return wanted.values_list("car_model_id", flat=True)


def add_interests(lead: Lead, car_models: Sequence[CarModel], *, rank: int) -> None:
    """Note several models that are new to the lead, in their order from a rank on."""
    new = enumerate(car_models, rank)
    insert_new([LeadModel(lead=lead, car_model=model, rank=place) for place, model in new], "id")


def add_interest(lead: Lead, car_model: CarModel, *, rank: int = 1) -> bool:
    """Note a model the customer wants to see; True when it was new."""
    interest = LeadModel(lead=lead, car_model=car_model, rank=rank)
    if acts.known(lead, "opened"):
        acts.insert(lead, interest)
        return True
    return insert_unless_there(interest)
