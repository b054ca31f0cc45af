"""A cache that is away forgets; no page stops for it (RELIABILITY 13)."""

import pytest
from django.core.cache import caches
from django.test import override_settings

NOBODY_LISTENS = {
    "default": {
        "BACKEND": "dealer_crm.cache.PatientCache",
        "LOCATION": "redis://127.0.0.1:1/0",
        "OPTIONS": {"socket_connect_timeout": 1},
    }
}


@pytest.fixture
def away():
    with override_settings(CACHES=NOBODY_LISTENS):
        yield caches["default"]


def test_what_cannot_be_read_is_missing_and_what_cannot_be_kept_is_let_go(away):
    away.set("key", 1)
    assert (away.get("key"), away.get("key", 7)) == (None, 7)
    assert (away.add("key", 1), away.touch("key"), away.delete("key")) == (False, False, False)


@pytest.mark.django_db
def test_a_session_is_read_and_kept_by_the_database(away, client, store, li):
    with override_settings(SESSION_ENGINE="django.contrib.sessions.backends.cached_db"):
        client.force_login(li, backend="accounts.backends.StaffBackend")
        assert client.get("/").status_code == 200
        assert client.post("/logout/").status_code == 302
        assert client.get("/").status_code == 302
