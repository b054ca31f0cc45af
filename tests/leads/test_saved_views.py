"""A filter with a name: one's own, shared with the store, pinned as a tab."""

import re
import uuid

import pytest
import time_machine

from leads.models import SavedView
from tests.conftest import at, person
from tests.factories import make_person, make_store
from tests.leads.crowd import crowd
from tests.leads.test_lead_list import lead, listed

pytestmark = [pytest.mark.django_db]

SAVE = "/leads/views/new/"


@pytest.fixture(autouse=True)
def at_ten():
    with time_machine.travel(at("2026-03-12 10:00"), tick=False):
        yield


@pytest.fixture
def client(client, li):
    client.force_login(li)
    return client


def save(client, query="grade=H", **data):
    return client.post(
        f"{SAVE}?{query}", {"token": str(uuid.uuid4()), "name": "热客", "pinned": "on", **data}
    )


def tabs(client) -> dict[str, str]:
    text = client.get("/leads/tabs/").content.decode()
    return dict(re.findall(r'<a href="[^"]*"[^>]*>([^<]*) <span class="count[^"]*">([^<]*)<', text))


def test_the_filter_of_the_address_is_kept_under_a_name(client, li, store):
    response = save(client, "step=needs&grade=H&grade=A&after=~1&q=wang&owner__password=x", pinned="")
    assert response["Location"] == "/leads/?grade=A&grade=H&step=needs"
    view = SavedView.objects.get()
    assert (view.name, view.user, view.store, view.shared, view.pinned) == ("热客", li, store, False, False)
    assert view.query == "grade=A&grade=H&step=needs"


def test_the_same_form_sent_twice_keeps_one_view(client):
    token = str(uuid.uuid4())
    first, second = save(client, token=token), save(client, token=token)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    assert SavedView.objects.count() == 1


def test_a_pinned_view_stands_as_a_tab_with_its_count_and_is_the_current_one(client, store, li):
    lead(store, li, grade="H")
    lead(store, li, grade="A")
    save(client)
    assert tabs(client)["热客"] == "1"
    text = client.get("/leads/tabs/?grade=H").content.decode()
    assert re.findall(r'aria-current="page">([^<]*) <', text) == ["热客"]


def test_one_that_is_not_pinned_stands_in_the_sheet_only(client):
    save(client, pinned="")
    assert "热客" not in tabs(client)
    assert "热客" in client.get(SAVE).content.decode()


def test_a_shared_view_shows_each_reader_his_own_visible_rows(client, store, li, wang, chen):
    lead(store, li, "张三", grade="H")
    lead(store, wang, "李四", grade="H")
    client.force_login(chen)
    save(client, "view=all&grade=H", shared="on")
    query = f"?{SavedView.objects.get().query}"
    assert (tabs(client)["热客"], listed(client, query)) == ("2", ["张三", "李四"])
    for reader, expected in ((li, ["张三"]), (wang, ["李四"])):
        client.force_login(reader)
        assert (tabs(client)["热客"], listed(client, query)) == ("1", expected)


def test_a_view_of_ones_own_is_nobody_elses(client, wang, store):
    save(client)
    client.force_login(wang)
    assert "热客" not in tabs(client)
    assert client.get(f"/leads/views/{SavedView.objects.get().pk}/").status_code == 404


def test_a_shared_view_is_of_its_store_alone(client, store, chen):
    client.force_login(chen)
    save(client, shared="on")
    client.force_login(make_person(make_store("west", group=store.group), "xi", "西门", "manager"))
    assert "热客" not in tabs(client)


def test_only_manager_and_supervisor_share(client, store):
    assert save(client, shared="on").status_code == 403
    assert SavedView.objects.count() == 0
    assert 'name="shared"' not in client.get(SAVE + "?grade=H").content.decode()
    client.force_login(person(store, "sup", "主管", "supervisor"))
    assert save(client, shared="on").status_code == 302


def test_somebody_elses_shared_view_is_opened_and_not_changed(client, store, li, chen):
    client.force_login(chen)
    save(client, shared="on")
    view = SavedView.objects.get()
    client.force_login(li)
    for data in ({"name": "x"}, {"act": "delete"}):
        assert client.post(f"/leads/views/{view.pk}/", data).status_code == 403
    assert SavedView.objects.get().name == "热客"


@pytest.mark.parametrize(
    ("query", "name", "says"),
    [
        ("grade=H", "", "Give the view a name."),
        ("grade=H", "  ", "Give the view a name."),
        ("grade=H", "热客", "You have a view of this name. Choose another one."),
        ("grade=H", "n" * 41, "Ensure this value has at most 40 characters"),
        ("", "other", "Filter the list first"),
        ("channel=" + "x" * 400, "other", "This filter is too long to keep."),
    ],
)
def test_what_cannot_be_kept_says_why_and_keeps_what_was_typed(client, query, name, says):
    save(client)
    response = save(client, query, name=name)
    text = response.content.decode()
    assert response.status_code == 422
    assert says in text
    assert SavedView.objects.count() == 1
    if query and name.strip():
        assert f'value="{name}"' in text


def test_at_most_twenty_views(client):
    for n in range(20):
        assert save(client, name=f"n{n}").status_code == 302
    assert "You have 20 views. Delete one first." in save(client, name="n20").content.decode()


def test_a_view_is_renamed_and_taken_off_the_tabs(client):
    save(client)
    view = SavedView.objects.get()
    address = f"/leads/views/{view.pk}/"
    assert 'value="热客"' in client.get(address).content.decode()
    client.post(address, {"token": str(uuid.uuid4()), "name": "H级"})
    view.refresh_from_db()
    assert (view.name, view.pinned, view.query) == ("H级", False, "grade=H")


def test_a_deleted_view_comes_back_by_undo(client, li, store):
    save(client)
    view = SavedView.objects.get()
    response = client.post(f"/leads/views/{view.pk}/", {"act": "delete"}, follow=True)
    assert SavedView.objects.count() == 0
    (undo,) = re.findall(r'<form action="(/leads/views/restore/[^"]*)"', response.content.decode())
    client.post(undo.replace("&amp;", "&"))
    back = SavedView.objects.get()
    assert (back.name, back.query, back.pinned, back.user, back.store) == ("热客", "grade=H", True, li, store)
    client.post(undo.replace("&amp;", "&"))
    assert SavedView.objects.count() == 1


def test_an_undo_that_nobody_signed_is_not_found(client):
    assert client.post("/leads/views/restore/?kept=x").status_code == 404


@pytest.mark.thorough
def test_saved_views_cost_one_statement_however_many(client, store, li, chen, django_assert_max_num_queries):
    client.force_login(chen)
    for n in range(8):
        save(client, f"grade=H&owner={li.pk}", name=f"n{n}")
    for count in (10, 990):
        crowd(store, count, lambda _n: {"owner": li, "grade": "H"})
        client.get("/leads/tabs/")
        with django_assert_max_num_queries(6):
            client.get("/leads/tabs/")
        with django_assert_max_num_queries(6):
            client.get(SAVE + "?grade=H")
