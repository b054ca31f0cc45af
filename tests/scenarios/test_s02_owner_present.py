"""S02: who comes again goes to the owner and uses no turn (SPEC RECP-04, A14)."""

import pytest

from showroom.models import Pull
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.showroom.test_rota import order
from tests.showroom.up_list import open_list

pytestmark = pytest.mark.django_db

DAY = "2026-03-04"


@pytest.fixture
def zhang(store, wang):
    """Wang's customer since Monday."""
    when = at("2026-03-02 10:00")
    arrival = Arrival(phone_text="13800000001", name="张三")
    visit, _new = log_visit(store, arrival, receiver=wang, by=wang, at=when, now=when)
    visit.left_at = at("2026-03-02 11:00")
    visit.save()
    return visit.lead


def test_s02_the_owner_receives_and_the_head_stays(store, zhang, li, wang, chen, qian):
    open_list(store, chen, DAY, li, wang)
    when = at(f"{DAY} 10:00")
    visit, _new = log_visit(
        store, Arrival(phone_text="13800000001"), receiver=wang, by=qian, at=when, now=when
    )
    assert (visit.kind, visit.receiver, visit.courtesy, visit.lead.owner) == ("return", wang, False, wang)
    pull = Pull.objects.get()
    assert (pull.why, pull.used_turn, pull.head, pull.user, pull.visit) == ("owner", False, li, wang, visit)
    assert order(store, when=f"{DAY} 10:01") == ["李强", "王芳"]


def test_s02_the_sheet_proposes_the_owner_and_wang_finds_him_on_his_day(
    store, client, settings, zhang, li, wang, chen, qian
):
    open_list(store, chen, DAY, li, wang)
    settings.DEALER_NOW = at(f"{DAY} 10:00").isoformat()
    client.force_login(qian)
    answer = client.post("/walk-in/lookup/", {"phone": "13800000001"}, headers={"HX-Request": "true"})
    assert f'name="owner_receives" value="{zhang.pk}">王芳 receives</button>' in answer.content.decode()
    when = at(f"{DAY} 10:00")
    log_visit(store, Arrival(lead_id=zhang.pk), receiver=wang, by=qian, at=when, now=when)
    client.force_login(wang)
    assert "张三" in client.get("/").content.decode()
