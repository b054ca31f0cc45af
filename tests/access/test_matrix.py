"""Every address x every role x whose row it is: no answer but the one in the table (RELIABILITY 45)."""

import pytest
from django.db import transaction
from django.urls import reverse

from accounts.roles import Role
from tests.sizes import one_of

from .expected import OWNERSHIPS, ROUTES, Case
from .routes import routes

pytestmark = [pytest.mark.once, pytest.mark.django_db]

FOUND = dict(routes())
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def test_every_route_stands_in_the_table():
    assert sorted(FOUND.keys() - ROUTES.keys()) == [], "add these routes to tests/access/expected.py"
    assert sorted(ROUTES.keys() - FOUND.keys()) == [], "these routes are gone"


def ask(client, method: str, name: str, arguments: dict, data: dict | None = None) -> int:
    """The status of one request; whatever it writes is taken back."""
    path = reverse(name, kwargs=FOUND[name] | arguments)
    with transaction.atomic():
        response = getattr(client, method.lower())(path, data)
        transaction.set_rollback(True)
    return response.status_code


def answers(case: Case, role: str):
    """The rows to ask for, and the answer the table promises."""
    promised = case.answers[role]
    if isinstance(promised, int):
        return [("", promised)]
    return [(whose, promised[whose]) for whose in OWNERSHIPS]


@pytest.mark.parametrize("name", one_of(7, ROUTES))
def test_a_consultant_gets_the_answers_of_the_table(name, world, as_role):
    assert wrong_answers(name, [Role.CONSULTANT], world, as_role) == []


@pytest.mark.thorough
@pytest.mark.parametrize("name", ROUTES)
def test_every_other_role_gets_the_answers_of_the_table(name, world, as_role):
    others = [role for role in world.people if role != Role.CONSULTANT]
    assert wrong_answers(name, others, world, as_role) == []


def wrong_answers(name: str, roles: list[str], world, as_role) -> list[str]:
    """Every answer of a route that is not the one in the table."""
    wrong = []
    clients = {role: as_role(role) for role in roles}
    for case in ROUTES[name]:
        for role, client in clients.items():
            for whose, promised in answers(case, role):
                arguments = world.address(case.names, role, whose) if whose else {}
                data = case.data | world.data(case.names, role, whose)
                status = ask(client, case.method, name, arguments, data)
                if status != promised:
                    wrong.append(f"{case.method} as {role}, {whose or 'page'}: {status}, not {promised}")
    return wrong


def test_who_is_not_signed_in_sees_nothing(world, as_role):
    wrong = []
    for name, case in ((name, case) for name, cases in ROUTES.items() for case in cases):
        arguments = world.address(case.names, "consultant", "own") if case.names else {}
        data = case.data | world.data(case.names, "consultant", "own")
        status = ask(as_role("anonymous"), case.method, name, arguments, data)
        if status != case.anonymous:
            wrong.append(f"{case.method} {name}: {status}, not {case.anonymous}")
    assert wrong == []


@pytest.mark.thorough
def test_methods_outside_the_table_are_refused(world, as_role):
    wrong, client = [], as_role("manager")
    for name, cases in ROUTES.items():
        named = next((case.names for case in cases if case.names), "")
        arguments = world.address(named, "manager", "own") if named else {}
        for method in set(METHODS) - {case.method for case in cases}:
            status = ask(client, method, name, arguments)
            if status not in (403, 404, 405):
                wrong.append(f"{method} {name}: {status}")
    assert wrong == []
