"""The walkaround on a phone: large taps, aspects by priority, one save, and the drive as the next step."""

import pytest
from django.urls import reverse

from leads.intake import add_interest
from leads.steps import Step
from showroom.models import Walkaround
from showroom.needs import answer
from tests.conftest import at
from tests.factories import CarModelFactory, LeadFactory
from tests.statements import statements

pytestmark = pytest.mark.django_db
NOW = at("2026-03-07 10:00")
SIX = ["front", "driver", "rear_seat", "boot", "side", "engine"]


@pytest.fixture
def lead(store, li):
    return LeadFactory(store=store, owner=li, step=Step.NEEDS)


@pytest.fixture
def as_li(client, li, settings):
    settings.DEALER_NOW = "2026-03-07T10:00:00+08:00"
    client.force_login(li)
    return client


def page(lead):
    return reverse("showroom:walkaround", args=[lead.number])


def test_what_matters_to_them_stands_first(as_li, lead, li):
    answer(lead.pk, {"matters": {"chips": ["comfort", "value"], "text": ""}}, by=li, at=NOW)
    form = as_li.get(page(lead)).context["form"]
    assert [code for code, _label in form.fields["aspects"].choices] == [
        "comfort", "value", "safety", "power", "styling",
    ]  # fmt: skip
    assert [code for code, _label in form.fields["positions"].choices] == SIX


def test_one_save_keeps_all_and_offers_the_drive(as_li, lead, store):
    car = CarModelFactory(group=store.group)
    typed = {"positions": SIX, "aspects": ["safety"], "car_model": car.pk, "signals": ["touches"]}
    typed |= {"features": "360 camera\n\nSunroof", "brochure_given": "yes", "drive_wanted": "yes"}
    assert as_li.post(page(lead), typed)["Location"] == page(lead)
    row = Walkaround.objects.get()
    assert (row.features, row.brochure_given, row.drive_wanted) == (["360 camera", "Sunroof"], True, True)
    lead.refresh_from_db()
    assert lead.step == Step.WALKAROUND
    shown = as_li.get(page(lead)).context
    assert shown["next"]["first"] == "drive"
    assert shown["next"]["drive"] == f"{reverse('showroom:book_drive')}?lead={lead.number}"
    assert shown["form"]["positions"].value() == SIX


def test_no_wish_to_drive_leads_past_it_with_the_reason(as_li, lead):
    as_li.post(page(lead), {"positions": SIX, "brochure_given": "no", "drive_wanted": "no"})
    next_steps = as_li.get(page(lead)).context["next"]
    assert next_steps["first"] == "past"
    sheet = as_li.get(next_steps["past"]).content.decode()
    assert 'value="negotiation" checked' in sheet
    assert "no wish to drive" in sheet


def test_not_all_the_way_round_takes_a_chip(as_li, lead):
    typed = {"positions": ["driver"], "brochure_given": "no"}
    answer = as_li.post(page(lead), typed | {"features": "座椅加热"})
    assert answer.status_code == 422
    assert "Not all the way round" in answer.context["form"].errors["focus"][0]
    assert "座椅加热" in answer.content.decode()
    as_li.post(page(lead), typed | {"focus": "time", "focus_word": "school at four"})
    assert Walkaround.objects.get().focus == "Short of time: school at four"


def test_the_one_model_they_came_for_is_tapped_and_of_two_none(as_li, lead, store):
    cars = [CarModelFactory(group=store.group) for _model in range(2)]
    add_interest(lead, cars[0])
    assert as_li.get(page(lead)).context["form"]["car_model"].value() == str(cars[0].pk)
    add_interest(lead, cars[1])
    assert as_li.get(page(lead)).context["form"]["car_model"].value() is None


def test_what_was_tapped_beside_the_car_is_there_again_and_gone_when_it_is_saved(as_li, lead):
    draft = reverse("accounts:draft", args=[as_li.get(page(lead)).context["draft"]])
    as_li.post(draft, {"positions": "driver", "signals": ["touches", "no_drive"], "features": "Sunroof"})
    form = as_li.get(page(lead)).context["form"]
    assert form["positions"].value() == ["driver"]
    assert (form["signals"].value(), form["features"].value()) == (["touches", "no_drive"], "Sunroof")
    as_li.post(page(lead), {"positions": SIX, "brochure_given": "yes"})
    form = as_li.get(page(lead)).context["form"]
    assert (form["positions"].value(), form["signals"].value()) == (SIX, [])


def test_what_was_tapped_over_an_older_walkaround_is_held_against_the_new_one(as_li, lead):
    form = as_li.get(page(lead)).context["form"]
    draft = reverse("accounts:draft", args=[as_li.get(page(lead)).context["draft"]])
    typed = {"positions": SIX, "brochure_given": "no", "seen": form["seen"].value()}
    as_li.post(draft, typed)
    as_li.post(page(lead), {"positions": SIX, "brochure_given": "yes", "features": "Sunroof"})
    as_li.post(draft, typed)
    resumed = as_li.get(page(lead)).context["form"]
    assert resumed["seen"].value() == form["seen"].value()
    answer = as_li.post(page(lead), typed)
    form = answer.context["form"]
    assert (answer.status_code, form["features"].value()) == (409, "Sunroof")
    assert [(clash.theirs, clash.yours) for clash in form.clashes] == [("Yes", "No")]
    again = typed | {"features": "Sunroof", "seen": form["seen"].value()}
    assert as_li.post(page(lead), again).status_code == 302
    row = Walkaround.objects.get()
    assert (row.features, row.brochure_given) == (["Sunroof"], False)


def test_who_only_reads_finds_no_page(client, lead, chen, qian, settings):
    settings.DEALER_NOW = "2026-03-07T10:00:00+08:00"
    client.force_login(qian)
    assert client.get(page(lead)).status_code in (403, 404)
    client.force_login(chen)
    assert client.get(page(lead)).status_code == 200


def test_the_page_and_its_save_keep_their_statements(as_li, lead):
    typed = {"positions": SIX, "brochure_given": "yes"}
    as_li.get(page(lead))
    with statements() as asked:
        as_li.post(page(lead), typed)
    assert len(asked) <= 15, "\n".join(asked)
    with statements() as asked:
        as_li.get(page(lead))
    assert len(asked) <= 10, "\n".join(asked)
