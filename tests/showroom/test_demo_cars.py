"""Settings: the demo cars and the versions of the drive agreement."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.errors import Refused
from showroom.demo_cars import save_demo_car, write_agreement
from showroom.drives import standing_agreement
from showroom.models import AgreementText, DemoCar
from tests.conftest import at
from tests.showroom.cars import make_car

pytestmark = pytest.mark.django_db
NOW = at("2026-03-07 09:00")


@pytest.fixture
def as_chen(client, chen, settings):
    settings.DEALER_NOW = "2026-03-07T09:00:00+08:00"
    client.force_login(chen)
    return client


def test_a_car_is_added_once_and_changed(as_chen, store):
    model = make_car(store).car_model
    page = reverse("showroom:demo_cars")
    token = as_chen.get(page).context["form"]["token"].value()
    fields = {"token": token, "car_model": model.pk, "plate": "浙A 12345", "insured_until": "2026-12-31"}
    for _sent in range(2):
        assert as_chen.post(page, fields).status_code == 302
    car = DemoCar.objects.get(plate="浙A 12345")
    answer = as_chen.post(
        reverse("showroom:demo_car", args=[car.pk]),
        {"car_model": model.pk, "plate": "浙A 54321", "label": "N7"},
    )
    assert answer.status_code == 302
    car.refresh_from_db()
    assert (car.plate, str(car), car.active, car.insured_until) == ("浙A 54321", "N7", False, None)


def test_who_saves_second_sees_both_values(as_chen, store):
    car = make_car(store, "T1", insured_until=dt.date(2026, 12, 31))
    page = reverse("showroom:demo_car", args=[car.pk])
    seen = as_chen.get(page).context["form"]["seen"].value()
    DemoCar.objects.update(plate="T2")
    fields = {"seen": seen, "car_model": car.car_model_id, "plate": "T3", "insured_until": "2026-12-31"}
    answer = as_chen.post(page, fields | {"active": "on"})
    assert answer.status_code == 409
    assert [(clash.theirs, clash.yours) for clash in answer.context["form"].clashes] == [("T2", "T3")]
    assert DemoCar.objects.get().plate == "T2"


def test_a_plate_stands_once_in_a_store(store, chen):
    car = make_car(store, "T1")
    with pytest.raises(Refused) as refused:
        save_demo_car(store, car_model=car.car_model, plate=" T1 ", by=chen, at=NOW)
    assert refused.value.field == "plate"


def test_a_new_version_of_the_agreement_begins_on_its_day(store, chen):
    first = write_agreement(store, text_en="A", text_zh="", valid_from=dt.date(2026, 3, 1), by=chen, at=NOW)
    second = write_agreement(store, text_en="B", text_zh="", valid_from=dt.date(2026, 3, 10), by=chen, at=NOW)
    assert (first.version, second.version) == (1, 2)
    assert standing_agreement(store, now=at("2026-03-09 23:59:59")) == first
    assert standing_agreement(store, now=at("2026-03-10 00:00")) == second


def test_an_agreement_without_words_or_from_yesterday_is_refused(as_chen, store, chen):
    with pytest.raises(Refused, match="at least one language"):
        write_agreement(store, text_en=" ", text_zh="", valid_from=dt.date(2026, 3, 7), by=chen, at=NOW)
    write_agreement(store, text_en="A", text_zh="", valid_from=dt.date(2026, 3, 7), by=chen, at=NOW)
    page = reverse("showroom:agreement")
    token = as_chen.get(page).context["form"]["token"].value()
    answer = as_chen.post(page, {"token": token, "text_zh": "小心驾驶", "valid_from": "2026-03-06"})
    assert answer.status_code == 422
    assert "小心驾驶" in answer.content.decode()
    assert AgreementText.objects.count() == 1
