"""A walk through everything each role can reach by links: no number in full, nothing written by looking."""

import html
import re
from collections import Counter
from urllib.parse import urljoin, urlsplit

import pytest
from django.apps import apps

from accounts.roles import Role
from tests.numbers import full_numbers

pytestmark = [pytest.mark.once, pytest.mark.django_db]

LINK = re.compile(r'(?:href|hx-get)="(/[^"#]*)')
NOT_BUSINESS = {"accessevent", "session", "accessattempt", "accesslog", "accessfailurelog"}
OF_A_KIND = 4  # rows of the same page that are looked at


def kind_of(path: str) -> tuple[str, str]:
    """Which page it is, whatever row and place in a list it shows."""
    parts = urlsplit(path)
    words = [name for name in ("tab", "kind", "view") if f"{name}=" in parts.query]
    return re.sub(r"L-\d+-\d+|\d+", "#", parts.path), " ".join(words)


def crawl(client, start: str = "/") -> dict[str, object]:
    """The pages and parts that links lead to from the start page, by address, a few of each kind."""
    found, waiting, kinds = {}, [start], Counter()
    while waiting:
        path = waiting.pop(0)
        if path in found or path.startswith("/static/") or kinds[kind_of(path)] >= OF_A_KIND:
            continue
        kinds[kind_of(path)] += 1
        response = found[path] = client.get(path)
        if 300 <= response.status_code < 400:
            waiting.append(urljoin(path, response["Location"]))
        elif response["Content-Type"].startswith("text/html"):
            waiting += [html.unescape(link) for link in LINK.findall(response.content.decode())]
    return found


def rows_of_business() -> dict[str, list]:
    """Every row of every table that is not a log of looking."""
    models = [model for model in apps.get_models() if model._meta.model_name not in NOT_BUSINESS]
    return {model.__name__: sorted(map(plain, model.objects.values_list())) for model in models}


def plain(row: tuple) -> str:
    return str([bytes(value) if isinstance(value, memoryview) else value for value in row])


@pytest.mark.thorough
@pytest.mark.parametrize("role", Role.values)
def test_a_walk_through_all_pages_finds_no_full_number_and_writes_nothing(role, world, as_role, caplog):
    caplog.set_level("DEBUG")
    client = as_role(role)
    before = rows_of_business()
    pages = crawl(client)
    assert rows_of_business() == before
    for path, response in pages.items():
        assert response.status_code in (200, 204, 302), path
        assert full_numbers(path) == [], path
        assert full_numbers(response.content.decode()) == [], path
    assert full_numbers(caplog.text) == []


@pytest.mark.thorough
def test_the_walk_of_a_manager_reaches_cards_and_sheets(world, as_role):
    names = {urlsplit(path).path for path in crawl(as_role("manager"))}
    number = world.leads["a colleague's"].number
    assert {"/", "/leads/", "/leads/filter/", "/night/", f"/leads/{number}/"} <= names


@pytest.mark.thorough
def test_the_number_is_found_where_it_was_asked_for(world, as_role):
    """The pattern itself: a reveal does show the number."""
    lead = world.lead("consultant", "own")
    text = as_role("consultant").post(f"/leads/{lead.number}/number/").content.decode()
    assert full_numbers(text)
