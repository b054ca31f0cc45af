"""Tomorrow's work of each person; every number opens a list of as many."""

import re

import pytest

from accounts.models import DayOff
from followups.appointments import make_appointment
from followups.models import Task
from followups.workload import What, loads_of
from tests.conftest import at
from tests.factories import make_person
from tests.followups.telling import make_supervisor
from tests.followups.worked_leads import make_lead
from tests.statements import statements

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 16:00")
TOMORROW = at("2026-03-13 12:00").date()


@pytest.fixture(autouse=True)
def _afternoon(settings):
    settings.DEALER_NOW = NOW.isoformat()


def due(store, owner, grade, day="2026-03-13", **marks):
    lead = make_lead(store, owner, grade, due=day, visited="2026-03-01 10:00")
    lead.tasks.update(**marks)
    return lead


@pytest.fixture
def work(store, li, wang):
    for grade in ("O", "H", "A", "B", "C", "C"):
        due(store, li, grade)
    due(store, li, "B", catch_up=True)
    due(store, li, "H", "2026-03-12")
    due(store, li, "H", "2026-03-14")
    call = due(store, wang, "C", "2026-03-20")
    Task.objects.create(
        store=store, lead=call, kind="day_after", assignee=wang, due_at=at("2026-03-13 10:30"),
        due_on=TOMORROW, cause="test",
    )  # fmt: skip
    make_appointment(call.pk, at("2026-03-13 15:00"), by=wang, now=at("2026-03-11 10:00"))
    Task.objects.filter(lead=call, kind="cadence").update(
        due_at=at("2026-03-20 23:59:59"), due_on="2026-03-20"
    )


def test_what_falls_due_is_counted_by_kind(store, work, li, wang):
    mine, hers = loads_of([li, wang], store, TOMORROW)
    assert mine.counts == {
        What.APPOINTMENTS: 0, What.HOT: 2, What.A: 1, What.REST: 3, What.OTHER: 0, What.SHARE: 1,
    }  # fmt: skip
    assert (hers.counts[What.OTHER], hers.counts[What.APPOINTMENTS], hers.total) == (1, 1, 2)


def test_who_is_off_shows_who_covers(store, li, wang, zhao):
    DayOff.objects.create(user=li, store=store, on=TOMORROW, deputy=wang)
    DayOff.objects.create(user=zhao, store=store, weekday=TOMORROW.weekday())
    store.refresh_from_db()
    loads = loads_of([li, wang, zhao], store, TOMORROW)
    assert [(one.off, one.deputy) for one in loads] == [(True, "王芳"), (False, ""), (True, "")]


def login(client, person):
    client.force_login(person, backend="accounts.backends.StaffBackend")
    return client


def test_each_number_opens_a_list_of_as_many(client, work, chen):
    html = login(client, chen).get("/workload/").content.decode()
    numbers = re.findall(r'class="num" href="([^"]+)">(\d+)<', html)
    assert sorted(int(number) for _url, number in numbers) == [1, 1, 1, 1, 2, 3]
    for url, number in numbers:
        page = client.get(url.replace("&amp;", "&")).content.decode()
        assert page.count('<li class="row"') == int(number)


def test_the_page_costs_as_much_for_ten_as_for_three(client, store, work, chen):
    login(client, chen).get("/workload/")
    asked = []
    for newcomers in (0, 7):
        for n in range(newcomers):
            due(store, make_person(store, f"new{n}", f"新{n}", "consultant"), "H")
        with statements() as part:
            client.get("/workload/")
        asked.append(len(part))
    assert asked[0] == asked[1] <= 10


def test_a_supervisor_sees_the_own_team(client, store, work, li, wang):
    html = login(client, make_supervisor(store, li)).get("/workload/").content.decode()
    assert "李强" in html
    assert "王芳" not in html
    assert client.get(f"/workload/?person={wang.pk}&what=other").status_code == 404


@pytest.mark.parametrize("query", ["person=x", "person=0", "person=", "person={}&what=x"])
def test_what_there_is_not_is_not_found(client, chen, li, query):
    assert login(client, chen).get(f"/workload/?{query.format(li.pk)}").status_code == 404


def test_a_consultant_reads_none_of_it(client, li):
    assert login(client, li).get("/workload/").status_code == 403
