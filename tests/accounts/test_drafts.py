"""What somebody typed is kept on the server until it is saved."""

import json
import uuid

import pytest
from django.urls import reverse

from accounts import drafts
from accounts.models import Draft, FormToken
from tests.conftest import at

pytestmark = pytest.mark.django_db

WALK_IN = "/drafts/walk_in/"


@pytest.fixture
def client(client, li):
    client.force_login(li)
    return client


def kept(client):
    return client.get(WALK_IN).json()["payload"]


def test_the_fields_of_a_form_are_kept_and_handed_back(client):
    response = client.post(WALK_IN, {"name": "张三", "models": ["1", "2"], "remark": ""})
    assert response.status_code == 204
    assert kept(client) == {"name": "张三", "models": ["1", "2"], "remark": ""}


def test_json_is_kept_as_well(client):
    body = json.dumps({"name": "张三"})
    assert client.post(WALK_IN, body, content_type="application/json").status_code == 204
    assert kept(client) == {"name": "张三"}


def test_the_newest_draft_of_a_form_replaces_the_older(client):
    client.post(WALK_IN, {"name": "张"})
    client.post(WALK_IN, {"name": "张三"})
    assert kept(client) == {"name": "张三"}
    assert Draft.objects.count() == 1


def test_tokens_are_never_kept(client):
    client.post(WALK_IN, {"name": "张三", "token": "t", "csrfmiddlewaretoken": "c", "password": "p"})
    assert kept(client) == {"name": "张三"}


def test_a_draft_that_comes_after_its_form_was_saved_is_not_kept(client, li):
    saved, other = uuid.uuid4(), uuid.uuid4()
    FormToken.objects.create(token=saved, user=li, at=at("2026-03-12 14:06"), result_url="/")
    assert client.post(WALK_IN, {"name": "张三", "token": saved}).status_code == 204
    assert kept(client) == {}
    client.post(WALK_IN, {"name": "李四", "token": other})
    assert kept(client) == {"name": "李四"}


def test_a_draft_is_its_writers_alone(client, wang):
    client.post(WALK_IN, {"name": "张三"})
    client.force_login(wang)
    assert kept(client) == {}


def test_more_than_20_kb_is_refused_and_the_older_draft_stays(client):
    client.post(WALK_IN, {"name": "张三"})
    assert client.post(WALK_IN, {"name": "三" * 7_000}).status_code == 413
    assert kept(client) == {"name": "张三"}


@pytest.mark.parametrize(
    "body", ["[]", "1", "{", '{"name": 1}', '{"name": {"a": "b"}}', '{"name": [1]}', "\xff"]
)
def test_anything_but_texts_is_refused(client, body):
    assert client.post(WALK_IN, body, content_type="application/json").status_code == 400
    assert Draft.objects.count() == 0


@pytest.mark.parametrize(("typed", "stays"), [("a\0b", "ab"), ("a\ud800b", "ab"), ("𠮷😀", "𠮷😀")])
def test_what_a_database_cannot_hold_is_left_out(client, typed, stays):
    client.post(WALK_IN, json.dumps({"name": typed}), content_type="application/json")
    assert kept(client) == {"name": stays}


def test_a_saved_form_drops_its_draft(client, li):
    drafts.keep(li, "walk_in", {"name": "张三"}, at=at("2026-03-02 15:00"))
    drafts.keep(li, "log-7", {"text": "later"}, at=at("2026-03-02 15:00"))
    drafts.drop(li, "walk_in")
    assert drafts.typed(li, "walk_in") == {}
    assert drafts.typed(li, "log-7") == {"text": "later"}


def test_nobody_keeps_a_draft_without_signing_in(client):
    client.logout()
    assert client.post(WALK_IN, {"name": "张三"}).status_code == 302
    assert client.post(reverse("accounts:draft", args=["x"])).status_code == 302
    assert Draft.objects.count() == 0
