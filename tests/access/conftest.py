import pytest
import time_machine
from django.db import transaction
from django.test import Client

from .world import NOW, World, make_world


@pytest.fixture(scope="package")
def world(django_db_setup, django_db_blocker) -> World:
    """Made once for all tests of the matrix; what each of them writes is taken back (`django_db`)."""
    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


@pytest.fixture
def as_role(world):
    """A client signed in as the person of a role; "anonymous" is nobody."""

    def sign_in(role: str, **options) -> Client:
        client = Client(raise_request_exception=False, **options)
        if role in world.people:
            client.force_login(world.people[role])
        return client

    return sign_in
