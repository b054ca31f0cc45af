"""Every save of the floor and of the card: fifteen statements, however much there is (PERFORMANCE).

Merges, other undos, files that are read in and acts on many leads are not among them. Sessions are kept as
on a server with Redis; without it each save reads its session by one statement more.
"""

import pytest
from django.db import connection, transaction
from django.test import Client

from .access.test_nasty_input import Forms
from .saves import NOW, SAVES, make_day
from .statements import statements

pytestmark = pytest.mark.django_db
MOST = 15
# SQLite writes what an act has to say to each table by a statement of its own.
MORE_ON_SQLITE = {"a_stranger_calls": 18, "crosses_a_visit_out": 17, "crosses_a_call_out": 16}
CHOSEN = ("radio", "checkbox", "file")


def shown(client, url: str, typed: dict) -> dict:
    """What stands in the form that is sent, when its page is opened; what is chosen is said by the test."""
    page = client.get(url)
    if page.status_code != 200:
        return {}
    forms = [fields for _address, fields in Forms(page.content.decode(), url).found]
    mine = max(forms, key=lambda fields: len(fields.keys() & typed.keys()), default={})
    return {name: value for name, (kind, value) in mine.items() if kind not in CHOSEN}


def asked_by(send, day) -> list[str]:
    """The SQL of one save; what it wrote is taken back."""
    client = Client()
    with transaction.atomic():
        by, url, typed = send(day)
        client.force_login(by)
        sent = shown(client, url, typed) | typed
        with statements() as asked:
            answer = client.post(url, sent)
        assert answer.status_code < 400, (send.__name__, answer.status_code, answer.content.decode()[:3000])
        transaction.set_rollback(True)
    return asked


@pytest.mark.parametrize(
    "much", [False, pytest.param(True, marks=pytest.mark.thorough)], ids=["a little", "much"]
)
@pytest.mark.thorough
def test_a_save_takes_fifteen_statements_at_most(settings, store, li, wang, zhao, chen, qian, much):
    settings.DEALER_NOW = NOW.isoformat()
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
    day = make_day(store, li=li, wang=wang, zhao=zhao, chen=chen, qian=qian, much=much)
    asked_by(SAVES["leaves_a_message"], day)  # the hours of the store are known from here on
    taken = {name: len(asked_by(send, day)) for name, send in SAVES.items()}
    more = MORE_ON_SQLITE if connection.vendor == "sqlite" else {}
    assert {name: count for name, count in taken.items() if count > MOST} == more
