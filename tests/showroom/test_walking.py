"""The walkaround: positions of the store, aspects by priority, the brochure, and what it proves."""

import pytest

from accounts.errors import NotAllowed, Refused
from leads.models import Term
from leads.steps import Step
from showroom.models import Walkaround
from showroom.needs import answer
from showroom.walk_positions import positions
from showroom.walking import Shown, aspects_for, is_complete, keep_walkaround
from tests.conftest import at
from tests.factories import CarModelFactory, LeadFactory
from tests.statements import statements

pytestmark = pytest.mark.django_db
NOW = at("2026-03-07 10:00")
SIX = ("front", "driver", "rear_seat", "boot", "side", "engine")


@pytest.fixture
def lead(store, li):
    return LeadFactory(store=store, owner=li, step=Step.NEEDS)


def all_round(**more):
    return Shown(positions=SIX, brochure_given=True, **more)


def test_a_new_store_has_six_positions_in_both_languages(store):
    assert [term.code for term in positions(store)] == list(SIX)
    assert Term.objects.get(store=store, code="rear_seat").name_zh == "后排"


def test_once_round_the_car_is_complete_and_proves_the_step(store, lead, li):
    row = keep_walkaround(lead.pk, all_round(features=[" 360 camera ", ""]), by=li, at=NOW)
    lead.refresh_from_db()
    assert lead.step == Step.WALKAROUND
    assert (row.features, row.version) == (["360 camera"], 1)
    assert is_complete(row, positions(store))


def test_not_all_the_way_asks_for_the_focus(store, lead, li):
    some = {"positions": ("front", "driver"), "brochure_given": False}
    with pytest.raises(Refused) as refused:
        keep_walkaround(lead.pk, Shown(**some), by=li, at=NOW)
    assert refused.value.field == "focus"
    row = keep_walkaround(lead.pk, Shown(**some, focus="seats only"), by=li, at=NOW)
    assert (row.focus, is_complete(row, positions(store))) == ("seats only", False)


@pytest.mark.parametrize(
    ("shown", "field"),
    [
        (Shown(brochure_given=True), "positions"),
        (Shown(positions=("roof",), brochure_given=True), "positions"),
        (Shown(positions=SIX), "brochure_given"),
        (Shown(positions=SIX, brochure_given=True, features=["x"] * 61), "features"),
    ],
    ids=["nothing shown", "no such position", "brochure not asked", "too much equipment"],
)
def test_what_is_missing_is_said_at_its_field(lead, li, shown, field):
    with pytest.raises(Refused) as refused:
        keep_walkaround(lead.pk, shown, by=li, at=NOW)
    assert refused.value.field == field
    assert not Walkaround.objects.exists()


def test_the_same_day_carries_it_on_and_another_day_begins_a_second(lead, li):
    keep_walkaround(lead.pk, all_round(), by=li, at=NOW)
    again = keep_walkaround(lead.pk, all_round(drive_wanted=True), by=li, at=at("2026-03-07 10:30"))
    assert (Walkaround.objects.count(), again.drive_wanted, again.version) == (1, True, 2)
    keep_walkaround(lead.pk, all_round(), by=li, at=at("2026-03-08 10:00"))
    assert Walkaround.objects.count() == 2


def test_safety_stands_first_for_who_cares_most_for_it(lead, li):
    assert aspects_for(lead) == ["safety", "power", "comfort", "styling", "value"]
    said = {"matters": {"chips": ["value", "comfort"], "text": ""}}
    answer(lead.pk, said, by=li, at=NOW)
    assert aspects_for(lead) == ["value", "comfort", "safety", "power", "styling"]


def test_the_model_shown_is_one_they_are_interested_in(store, lead, li):
    car = CarModelFactory(group=store.group)
    keep_walkaround(lead.pk, all_round(car_model=car), by=li, at=NOW)
    assert [row.car_model for row in lead.interests.all()] == [car]


def test_a_colleague_shows_no_car(lead, wang):
    with pytest.raises(NotAllowed):
        keep_walkaround(lead.pk, all_round(), by=wang, at=NOW)


def test_a_save_is_fifteen_statements_at_most(store, lead, li):
    car = CarModelFactory(group=store.group)
    with statements() as asked:
        keep_walkaround(lead.pk, all_round(car_model=car), by=li, at=NOW)
    assert len(asked) <= 15, asked
