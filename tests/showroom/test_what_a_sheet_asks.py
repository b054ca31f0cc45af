"""The walk-in and the call sheet ask for what the store has, and for nothing that it has not."""

import pytest

from leads.models import Term
from showroom.forms import CHIPS
from tests.conftest import at
from tests.factories import CarModelFactory

pytestmark = pytest.mark.django_db
SHEETS = ("/walk-in/", "/call/")
ASKED = ("other_model", "area", "media")


@pytest.fixture(autouse=True)
def _afternoon(settings):
    settings.DEALER_NOW = at("2026-03-12 14:06").isoformat()


def asked(client, sheet: str) -> set[str]:
    page = client.get(sheet).content.decode()
    return {name for name in ("car_model", *ASKED) if f'name="{name}"' in page}


@pytest.mark.parametrize("sheet", SHEETS)
def test_areas_media_and_models_beyond_the_chips_are_asked_for(client, store, li, sheet):
    for number in range(CHIPS + 1):
        CarModelFactory(group=store.group, name_en=f"Model {number}")
    for kind in ("area", "media"):
        Term.objects.create(store=store, list=kind, code="north", name_en="North", name_zh="北", rank=1)
    client.force_login(li)
    assert asked(client, sheet) == {"car_model", *ASKED}


@pytest.mark.parametrize("sheet", SHEETS)
def test_what_a_store_does_not_have_is_not_asked_for(client, store, li, sheet):
    Term.objects.filter(list__in=("area", "media")).delete()
    client.force_login(li)
    assert asked(client, sheet) == set()
