"""The list of what has come up: each number on the team's panel opens it (PDCA-14)."""

import datetime as dt
import re

import pytest

from accounts.days_off import Kind, set_days
from followups.models import Task
from leads.models import Customer
from tests.conftest import at
from tests.factories import make_person, make_store
from tests.followups.telling import make_supervisor
from tests.followups.worked_leads import make_lead
from tests.statements import statements

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 09:00")


@pytest.fixture(autouse=True)
def _morning(settings):
    settings.DEALER_NOW = NOW.isoformat()


@pytest.fixture
def sun(store, li):
    return make_supervisor(store, li)


def come_up(store, owner, told_up, due="2026-03-09", name="孙丽华"):
    lead = make_lead(store, owner, "A", due=due, visited="2026-03-01 10:00")
    Customer.objects.filter(pk=lead.customer_id).update(name=name)
    lead.tasks.update(told_up=told_up, escalated=told_up == 2)
    return lead


def names(client, person, address="/escalated/") -> list[str]:
    client.force_login(person, backend="accounts.backends.StaffBackend")
    return re.findall(r'row-name">(.*?)<', client.get(address).content.decode())


def numbers(client, person) -> dict[str, str]:
    """The column of the team's panel, by name."""
    client.force_login(person, backend="accounts.backends.StaffBackend")
    html = client.get("/").content.decode()
    return dict(re.findall(r'<a class="num" href="(/escalated/\?person=\d+)">(\d+)</a>', html))


@pytest.fixture
def work(store, li, wang, sun):
    come_up(store, li, 2, "2026-03-08", "甲")
    come_up(store, li, 1, "2026-03-10", "乙")
    come_up(store, wang, 2, "2026-03-07", "丙")
    come_up(store, li, 0, "2026-03-11", "丁")


def test_the_manager_sees_what_came_to_him_and_the_supervisor_her_team(client, work, sun, chen):
    assert names(client, chen) == ["丙", "甲"]
    assert names(client, sun) == ["甲", "乙"]


def test_each_number_opens_a_list_of_as_many(client, work, chen, sun):
    for person, many in ((chen, ["1", "1"]), (sun, ["2"])):
        shown = numbers(client, person)
        assert sorted(shown.values()) == many
        for address, number in shown.items():
            assert len(names(client, person, address)) == int(number)


def test_ten_rows_cost_as_much_as_one(client, store, li, chen):
    come_up(store, li, 2)
    names(client, chen)
    asked = []
    for _ in range(2):
        with statements() as part:
            assert names(client, chen)
        asked.append(len(part))
        for _n in range(9):
            come_up(store, li, 2)
    assert asked[0] == asked[1] <= 10


def test_more_goes_on_behind_the_last(client, store, li, chen):
    for n in range(43):
        come_up(store, li, 2, f"2026-03-0{1 + n % 9}", f"第{n}位")
    client.force_login(chen, backend="accounts.backends.StaffBackend")
    first = names(client, chen)
    more = re.search(r'href="(\?after=[^"]+)"', client.get("/escalated/").content.decode())[1]
    rest = names(client, chen, "/escalated/" + more.replace("&amp;", "&"))
    assert (len(first), len(rest), len({*first, *rest})) == (40, 3, 43)


@pytest.mark.parametrize("place", ["x", "2026-03-12_1", "2026-03-12T10:00:00+00:00_x"])
def test_a_place_that_nobody_wrote_is_none(client, chen, place):
    client.force_login(chen, backend="accounts.backends.StaffBackend")
    assert client.get("/escalated/", {"after": place}).status_code == 404


def test_nobody_else_reads_it(client, work, li, sun, wang, store):
    client.force_login(li, backend="accounts.backends.StaffBackend")
    assert client.get("/escalated/").status_code == 403
    client.force_login(sun, backend="accounts.backends.StaffBackend")
    assert client.get(f"/escalated/?person={wang.pk}").status_code == 404
    stranger = make_person(make_store("west"), "stranger", "Stranger", "manager")
    assert names(client, stranger) == []


def test_given_to_somebody_else_it_goes_along_and_taken_back_it_is_nobodys(client, store, li, wang, chen):
    lead = come_up(store, li, 2)
    client.force_login(chen, backend="accounts.backends.StaffBackend")
    html = client.get("/escalated/").content.decode()
    give = f"/leads/{lead.number}/give/?next=/escalated/"
    assert f'href="{give}"' in html
    assert f'href="{give}&amp;to=pool"' in html
    sheet = client.get(f"{give}&to=pool").content.decode()
    assert re.search(r'value="pool"[^>]*checked', sheet)
    assert "Take back</button>" in sheet
    assert client.post(give, {"person": ""}).status_code == 422
    given = client.post(give, {"person": wang.pk, "reason": ""})
    assert given.headers["Location"] == "/escalated/"  # the list keeps its place
    assert Task.objects.get(lead=lead, state="open").assignee == wang
    client.post(f"{give}&to=pool", {"person": "pool", "reason": ""})
    assert names(client, chen) == []


def test_who_is_off_today_is_marked(client, store, li, wang, zhao, chen):
    lead = come_up(store, li, 2)
    today = dt.date(2026, 3, 12)
    set_days(wang, store, today, today, Kind.ABSENT, deputy=zhao, by=chen, at=NOW)
    client.force_login(chen, backend="accounts.backends.StaffBackend")
    sheet = client.get(f"/leads/{lead.number}/give/").content.decode()
    assert re.findall(r"<span>(..) · \d open( · off today)?</span>", sheet) == [
        ("王芳", " · off today"), ("赵敏", ""), ("陈刚", ""),
    ]  # fmt: skip


def test_a_way_back_to_another_site_is_none(client, store, li, chen, wang):
    lead = come_up(store, li, 2)
    client.force_login(chen, backend="accounts.backends.StaffBackend")
    given = client.post(f"/leads/{lead.number}/give/?next=https://evil.example/", {"person": wang.pk})
    assert given.headers["Location"] == "/"
