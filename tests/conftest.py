"""What every test may use: moments as the showroom's wall clock shows them."""

import copy
import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import redis
from django.conf import settings
from django.core.cache import cache

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(wall_clock: str, zone: ZoneInfo = SHANGHAI) -> dt.datetime:
    """The instant, in UTC, at which the store's clock shows `2026-03-02 15:00` (or `... 15:00:59`)."""
    return dt.datetime.fromisoformat(wall_clock).replace(tzinfo=zone).astimezone(dt.UTC)


def pytest_collection_modifyitems(items):
    """The scenarios of the requirement book have a mark of their own: they run on every database."""
    for item in items:
        if "scenarios" in item.path.parts:
            item.add_marker("scenario")


@pytest.fixture(scope="session", autouse=True)
def redis_is_left_as_it_was():
    """Sessions of the tests would stay in a real Redis for a month."""
    yield
    if settings.REDIS_URL:
        server = redis.Redis.from_url(settings.REDIS_URL)
        for key in server.scan_iter(settings.CACHES["default"]["KEY_PREFIX"] + ":*", count=1000):
            server.delete(key)


@pytest.fixture(scope="session", autouse=True)
def rows_are_swept():
    """After a test with real transactions its rows go, instead of every table made anew and filled."""
    from django.test import TransactionTestCase

    from tests.sweep import sweep

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: sweep())
        yield


def person(store, username, full_name, *roles):
    from tests.factories import make_person

    return make_person(store, username, full_name, *roles)


# --- the store and its people ----------------------------------------------------------------------

PEOPLE = {
    "li": ("李强", "consultant"),
    "wang": ("王芳", "consultant"),
    "zhao": ("赵敏", "consultant"),
    "chen": ("陈刚", "manager"),
    "qian": ("钱慧", "receptionist"),
}


def standing_in(module, items) -> list[str]:
    """Of the store and its people, those that every test of a module with a database asks for."""
    marks = [item.get_closest_marker("django_db") for item in items]
    if any(mark and mark.kwargs.get("transaction") for mark in marks):
        return []
    asked = [
        {*item.fixturenames}
        for item, mark in zip(items, marks, strict=True)
        if mark or "db" in item.fixturenames
    ]
    if any({"transactional_db", "live_server"} & names for names in asked) or hasattr(module, "store"):
        return []  # the rows of others are swept away, or the module has a store of its own
    everybody = set.intersection(*asked) if asked else set()
    ours = [name for name in ("store", *PEOPLE) if name in everybody and not hasattr(module, name)]
    return ours if "store" in ours else []


@pytest.fixture(scope="module", autouse=True)
def standing(request):
    """The store and the people that every test of the module asks for, by name; made once."""
    names = standing_in(request.module, [item for item in request.session.items if item.path == request.path])
    if not names:
        yield {}
        return
    request.getfixturevalue("django_db_setup")
    from tests.factories import make_store
    from tests.registers import kept_for_the_module

    with kept_for_the_module(request.getfixturevalue("django_db_blocker")):
        store = make_store("east")
        yield {"store": store} | {name: person(store, name, *PEOPLE[name]) for name in names[1:]}


@pytest.fixture
def store(db, standing):
    """Asia/Shanghai, open every day 09:00-18:00."""
    from showroom.cars import cars_key
    from tests.factories import forget_receivers, make_store

    if not standing:
        return make_store("east")
    forget_receivers()
    mine = copy.deepcopy(standing["store"])
    cache.delete(cars_key(mine))  # the models of another test are not those of this one
    return mine


def one_of_them(name):
    @pytest.fixture(name=name)
    def fetch(store, standing):
        return copy.deepcopy(standing[name]) if name in standing else person(store, name, *PEOPLE[name])

    return fetch


# Li, Wang and Zhao sell, Chen is the sales manager, Qian receives.
li, wang, zhao, chen, qian = map(one_of_them, PEOPLE)
