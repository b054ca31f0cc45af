"""S01: the order of the morning gives out the first visitors (SPEC RECP-06 to 08)."""

import pytest

from showroom.models import Line, Pull, RotaEntry, Visit
from showroom.rota_page import build
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.showroom.test_rota import order
from tests.showroom.up_list import book, open_list

pytestmark = pytest.mark.django_db

DAY = "2026-03-02"


def arrives(store, clock, receiver, by, **facts) -> Visit:
    when = at(f"{DAY} {clock}")
    return log_visit(store, Arrival(**facts), receiver=receiver, by=by, at=when, now=when)[0]


def leaves(visit, clock) -> None:
    Visit.objects.filter(pk=visit.pk).update(left_at=at(f"{DAY} {clock}"))


def test_s01_three_groups_go_round_and_the_fourth_begins_anew(store, li, wang, zhao, chen, qian):
    book(store, DAY, (wang, "08:31"), (li, "08:35"), (zhao, "08:40"))
    open_list(store, chen, DAY, wang, li, zhao)
    groups = [("09:10", wang), ("09:12", li), ("09:15", zhao)]
    visits = [arrives(store, clock, person, qian, phone_text=f"1380000{n:04d}")
              for n, (clock, person) in enumerate(groups)]  # fmt: skip
    for visit in visits:
        leaves(visit, "09:35")
    visits.append(arrives(store, "09:40", wang, qian))
    assert [visit.receiver for visit in visits] == [wang, li, zhao, wang]
    assert [visit.register_serial for visit in visits] == [1, 2, 3, 4]
    assert list(Pull.objects.order_by("pk").values_list("visit", "user", "why", "used_turn")) == [
        (visit.pk, visit.receiver_id, "turn", True) for visit in visits
    ]
    walk_in = RotaEntry.objects.filter(line=Line.WALK_IN)
    assert dict(walk_in.values_list("user__full_name", "turns")) == {"王芳": 2, "李强": 1, "赵敏": 1}
    assert order(store) == ["李强", "赵敏", "王芳"]


def test_s01_the_one_after_is_told_that_he_is_next(store, client, settings, li, wang, chen, qian):
    open_list(store, chen, DAY, wang, li)
    arrives(store, "09:10", wang, qian)
    settings.DEALER_NOW = at(f"{DAY} 09:11").isoformat()
    client.force_login(li)
    assert "You are next: stand by at the door" in client.get("/rota/").content.decode()
    assert "You are next: stand by at the door" in client.get("/").content.decode()
    client.force_login(wang)
    assert "You are next" not in client.get("/").content.decode()


def test_s01_nobody_is_asked_where_nobody_signed_in(store, li, wang):
    for n, person in enumerate((wang, wang, li)):
        arrives(store, f"09:1{n}", person, person)
    assert Pull.objects.count() == 0


def test_s01_other_business_takes_no_turn(store, li, wang, chen, qian):
    open_list(store, chen, DAY, wang, li)
    arrives(store, "09:10", li, qian, other="service")
    assert Pull.objects.count() == 0
    assert build(store, qian, now=at(f"{DAY} 09:11")).head.one.name == "王芳"
