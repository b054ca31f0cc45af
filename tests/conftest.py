"""What every test may use: moments as the showroom's wall clock shows them."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import redis
from django.conf import settings

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


def person(store, username, full_name, *roles):
    from tests.factories import make_person

    return make_person(store, username, full_name, *roles)


@pytest.fixture
def store(db):
    """Asia/Shanghai, open every day 09:00-18:00."""
    from tests.factories import make_store

    return make_store("east")


@pytest.fixture
def li(store):
    return person(store, "li", "李强", "consultant")


@pytest.fixture
def wang(store):
    return person(store, "wang", "王芳", "consultant")


@pytest.fixture
def zhao(store):
    return person(store, "zhao", "赵敏", "consultant")


@pytest.fixture
def chen(store):
    """The sales manager."""
    return person(store, "chen", "陈刚", "manager")


@pytest.fixture
def qian(store):
    """The receptionist."""
    return person(store, "qian", "钱慧", "receptionist")
