"""The store's demo cars and the wording of its drive agreement (SPEC 10, A36)."""

import datetime as dt
from functools import lru_cache

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Store, User
from accounts.rules import record_change
from leads.models import CarModel

from .models import AgreementText, DemoCar


@lru_cache(maxsize=256)
def _on_the_road(store_id: int, stamp: str) -> tuple[DemoCar, ...]:
    cars = DemoCar.objects.filter(store=store_id, active=True).select_related("car_model")
    return tuple(cars.order_by("id"))


def cars_on_the_road(store: Store) -> tuple[DemoCar, ...]:
    """The store's cars that may be booked, in memory until one of its rules changes; not to be changed."""
    return _on_the_road(store.pk, store.rules_stamp)


@transaction.atomic
def save_demo_car(
    store: Store,
    *,
    car_model: CarModel,
    plate: str,
    label: str = "",
    insured_until: dt.date | None = None,
    active: bool = True,
    car: DemoCar | None = None,
    by: User,
    at: dt.datetime,
) -> DemoCar:
    """Add a demo car, or change one. Refused: no plate, a plate the store has already."""
    plate = plate.strip()
    if not plate:
        raise Refused(_("Write down the plate."), field="plate")
    car = car or DemoCar(store=store)
    car.car_model, car.plate, car.label = car_model, plate, label.strip()
    car.insured_until, car.active = insured_until, active
    car.version += 1 if car.pk else 0
    try:
        with transaction.atomic():
            car.save()
    except IntegrityError as same:
        raise Refused(_("Another demo car has this plate already."), field="plate") from same
    record_change(store, f"demo_car:{car.pk}", None, {"plate": plate, "active": active}, by=by, at=at)
    return car


@transaction.atomic
def write_agreement(
    store: Store, *, text_en: str, text_zh: str, valid_from: dt.date, by: User, at: dt.datetime
) -> AgreementText:
    """Write the next version of the agreement; earlier ones stay as they were signed.

    Refused: no words in either language, a first day in the past.
    """
    text_en, text_zh = text_en.strip(), text_zh.strip()
    if not (text_en or text_zh):
        raise Refused(_("Write the agreement in at least one language."), field="text_zh")
    texts = AgreementText.objects.filter(store=store)
    if valid_from < store.business_date(at) and texts.exists():
        raise Refused(_("A new version begins today or later."), field="valid_from")
    Store.objects.select_for_update(no_key=True).get(pk=store.pk)  # one version after the other
    version = (texts.aggregate(newest=Max("version"))["newest"] or 0) + 1
    text = AgreementText.objects.create(
        store=store, version=version, text_en=text_en, text_zh=text_zh, valid_from=valid_from, by=by
    )
    record_change(store, "drive_agreement", version - 1 or None, version, by=by, at=at)
    return text
