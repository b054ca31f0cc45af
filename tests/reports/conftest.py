import pytest

from tests.conftest import at


@pytest.fixture
def freeze(settings):
    """Set the server's clock to the showroom's wall clock."""

    def set_clock(wall_clock: str):
        settings.DEALER_NOW = at(wall_clock).isoformat()

    return set_clock


@pytest.fixture
def sign_in(client):
    def as_person(person):
        client.force_login(person, backend="accounts.backends.StaffBackend")
        return client

    return as_person
