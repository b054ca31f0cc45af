"""A long import holds what a walk-in needs: the page says so instead of failing."""

import threading
import uuid

import pytest
from django.db import connection, transaction

from accounts.counters import take
from showroom.models import Visit

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_a_walk_in_during_an_import_is_told_to_come_back(client, store, li):
    held, done = threading.Event(), threading.Event()

    def import_something():
        with transaction.atomic():
            take((f"customer:{store.group_id}", "", 1))
            held.set()
            done.wait(30)
        connection.close()

    importing = threading.Thread(target=import_something)
    importing.start()
    held.wait(30)
    client.force_login(li, backend="accounts.backends.StaffBackend")
    try:
        sheet = {"token": str(uuid.uuid4()), "phone": "13800000001", "name": "张三", "persons": 1}
        answer = client.post("/walk-in/", sheet)
    finally:
        done.set()
        importing.join()
    assert answer.status_code == 503
    assert "Nothing was saved" in answer.content.decode()
    assert not Visit.objects.exists()
