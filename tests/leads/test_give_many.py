"""Many leads change hands at once: ticked ones or a whole list, to one person, to all evenly, to the pool."""

import re
import uuid

import pytest
import time_machine

from accounts.models import DayOff
from followups.models import Task
from leads.giving_many import give_many, split
from leads.models import Lead, LeadEvent
from tests.conftest import at, person
from tests.factories import make_person, make_store
from tests.leads.crowd import crowd
from tests.leads.test_lead_list import lead

pytestmark = [pytest.mark.django_db]

GIVE = "/leads/give/"
NOW = at("2026-03-12 10:00")


@pytest.fixture(autouse=True)
def at_ten():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(client, chen):
    client.force_login(chen)
    return client


def give(client, leads=(), query="", **data):
    data = {"token": str(uuid.uuid4()), "reason": "Li is away", "lead": [row.number for row in leads], **data}
    return client.post(GIVE + query, data)


def owners(*leads) -> list:
    return [Lead.objects.get(pk=row.pk).owner for row in leads]


def test_ticked_leads_go_to_a_colleague_with_the_reason_on_record(client, store, li, wang, chen):
    rows = [lead(store, li) for _ in range(3)]
    response = give(client, rows[:2], to=str(wang.pk))
    assert response["Location"] == "/leads/"
    assert owners(*rows) == [wang, wang, li]
    events = LeadEvent.objects.filter(kind="owner").order_by("lead_id")
    assert [(e.lead_id, e.from_value, e.to_value, e.reason, e.by) for e in events] == [
        (row.pk, str(li.pk), str(wang.pk), "Li is away", chen) for row in rows[:2]
    ]


def test_the_ticks_alone_open_the_sheet_and_write_nothing(client, store, li, wang):
    row = lead(store, li)
    response = client.post(GIVE, {"lead": [row.number]}, headers={"HX-Request": "true"})
    text = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in text
    assert "Give 1 customer to" in text
    assert f'<input type="hidden" name="lead" value="{row.number}">' in text
    assert owners(row) == [li]


def test_open_tasks_go_along(client, store, li, wang):
    from tests.followups.worked_leads import make_lead

    row = make_lead(store, li, visited="2026-03-10 10:00", due="2026-03-12")
    give(client, [row], to=str(wang.pk))
    assert [(task.assignee, str(task.due_on)) for task in Task.objects.filter(lead=row, state="open")] == [
        (wang, "2026-03-12")
    ]


def test_the_whole_list_of_a_filter_goes_to_the_pool(client, store, li, wang):
    hot = [lead(store, li, grade="H"), lead(store, wang, grade="H")]
    cold = lead(store, li, grade="C")
    give(client, query="?grade=H", all="1", to="pool")
    assert owners(*hot, cold) == [None, None, li]


@pytest.mark.thorough
def test_a_whole_list_is_cut_at_500_and_says_so(client, store, li):
    from tests.factories import CustomerFactory, LeadFactory

    customers = [CustomerFactory.build(group=store.group, number=1000 + n) for n in range(501)]
    type(customers[0]).objects.bulk_create(customers)
    Lead.objects.bulk_create(LeadFactory.build(store=store, owner=li, customer=c) for c in customers)
    text = client.get(GIVE).content.decode()
    assert "Give 500 customers to" in text
    assert "Only the first 500 of the list" in text


def test_split_evenly_gives_nobody_two_more_than_another_and_nothing_to_who_is_off(
    client, store, li, wang, zhao
):
    DayOff.objects.create(user=zhao, store=store, on="2026-03-12")
    old = person(store, "old", "老周", "consultant")
    rows = [lead(store, old) for _ in range(7)]
    give(client, rows, to="evenly")
    counts = {name: owners(*rows).count(name) for name in (li, wang, zhao, old)}
    assert counts[zhao] == 0
    assert sorted(counts.values()) == [0, 2, 2, 3]
    assert split([1, 2, 3], [li, wang]) == [(1, li), (2, wang), (3, li)]


def test_who_cannot_move_is_listed_with_the_reason_and_the_rest_moves(client, store, li, wang):
    good, lost = lead(store, li, "张三"), lead(store, li, "李四", status="lost", due=None)
    response = give(client, [good, lost], to=str(wang.pk))
    assert response["Location"] == "/leads/given/"
    assert owners(good, lost) == [wang, li]
    text = client.get("/leads/given/").content.decode()
    assert re.findall(r'row-name">([^<]*)</b><small class="missing">([^<]*)<', text) == [
        ("李四", "This lead is closed. Revive it first.")
    ]
    assert '<dt>王芳</dt><dd class="num">1</dd>' in text


def test_the_same_form_sent_twice_gives_once(client, store, li, wang):
    row, token = lead(store, li), str(uuid.uuid4())
    for _ in range(2):
        assert give(client, [row], to=str(wang.pk), token=token).status_code == 302
    assert LeadEvent.objects.filter(kind="owner").count() == 1


def test_undo_gives_each_back_to_whose_it_was(client, store, li, wang, zhao):
    rows = [lead(store, li), lead(store, zhao), lead(store, None)]
    page = client.post(
        GIVE,
        {"token": str(uuid.uuid4()), "reason": "x", "to": str(wang.pk), "lead": [row.number for row in rows]},
        follow=True,
    )
    assert '<form action="/leads/given/undo/" method="post">' in page.content.decode()
    assert owners(*rows) == [wang, wang, wang]
    client.post("/leads/given/undo/")
    assert owners(*rows) == [li, zhao, None]
    client.post("/leads/given/undo/")
    assert LeadEvent.objects.filter(kind="owner").count() == 6


def test_undo_leaves_alone_what_has_moved_on_since(client, store, li, wang, zhao, chen):
    rows = [lead(store, li), lead(store, li)]
    give(client, rows, to=str(wang.pk))
    give_many([(rows[0].pk, zhao)], by=chen, at=NOW, reason="x")
    client.post("/leads/given/undo/")
    assert owners(*rows) == [zhao, li]
    assert "It has moved on since." in client.get("/leads/given/").content.decode()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"to": ""}, "Choose who gets them."),
        ({"to": "999999"}, "Choose who gets them."),
        ({"to": "pool", "reason": " "}, "Say why."),
        ({"to": "pool", "lead": []}, "Tick at least one customer."),
        ({"to": "pool", "lead": ["L-000000-00", "\0"]}, "Tick at least one customer."),
    ],
)
def test_what_is_missing_is_said_and_nothing_moves(client, store, li, data, says):
    row = lead(store, li)
    response = client.post(GIVE, {"token": str(uuid.uuid4()), "reason": "x", "lead": [row.number], **data})
    assert response.status_code == 422
    assert says in response.content.decode()
    assert owners(row) == [li]


def test_leads_of_another_store_are_not_there(client, store, li, wang):
    other = lead(make_store("west", group=store.group), None)
    assert give(client, [other], to=str(wang.pk)).status_code == 422
    assert owners(other) == [None]


def test_a_supervisor_gives_what_the_team_has(client, store, li, wang):
    from accounts.models import Team

    team = Team.objects.create(store=store, name="A")
    mate = make_person(store, "mate", "周凯", "consultant", team=team)
    client.force_login(make_person(store, "sup", "主管", "supervisor", team=team))
    rows = [lead(store, mate), lead(store, li)]
    give(client, rows, to=str(wang.pk))
    assert owners(*rows) == [wang, li]


def test_a_consultant_has_no_ticks_and_is_refused(client, store, li, wang):
    row = lead(store, li)
    client.force_login(li)
    assert 'name="lead"' not in client.get("/leads/").content.decode()
    assert give(client, [row], to=str(wang.pk)).status_code == 403
    assert client.post("/leads/given/undo/").status_code == 403
    assert owners(row) == [li]


def test_a_manager_ticks_rows_in_the_list(client, store, li):
    row = lead(store, li)
    assert (
        f'<input type="checkbox" name="lead" value="{row.number}"' in client.get("/leads/").content.decode()
    )


@pytest.mark.thorough
def test_the_sheet_takes_six_statements_however_many_leads(client, store, li, django_assert_max_num_queries):
    for count in (10, 990):
        crowd(store, count, lambda _n: {"owner": li})
        client.get(GIVE)
        with django_assert_max_num_queries(6):
            client.get(GIVE)
