"""The three stores, made once for a module, with one who sells and one who leads in each."""

import copy

import pytest

from tests.factories import GroupFactory, forget_receivers, make_person, make_store
from tests.registers import kept_for_the_module

from .clocks import ZONES


@pytest.fixture(scope="module")
def _kept(request):
    request.getfixturevalue("django_db_setup")
    with kept_for_the_module(request.getfixturevalue("django_db_blocker")):
        group = GroupFactory()
        stores = {}
        for code, (zone, country) in ZONES.items():
            stores[code] = make_store(code, group=group, zone=zone, country=country)
            make_person(stores[code], f"seller_{code}", "Li", "consultant")
            make_person(stores[code], f"manager_{code}", "Chen", "manager")
        yield stores


@pytest.fixture
def stores(db, _kept):
    """By code: shanghai, berlin, new_york; open every day 09:00-18:00 by their own clocks."""
    forget_receivers()
    return copy.deepcopy(_kept)


@pytest.fixture
def seller(stores):
    """Who sells in a store."""
    from accounts.models import User

    return lambda store: User.objects.get(username=f"seller_{store.code}")


@pytest.fixture
def manager(stores):
    """Who leads in a store."""
    from accounts.models import User

    return lambda store: User.objects.get(username=f"manager_{store.code}")
