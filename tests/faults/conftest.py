"""What the machines of a test stand on."""

import pytest

from tests.faults.machines import Redis
from tests.followups.gateway import Gateway


@pytest.fixture
def queue(tmp_path):
    """A Redis of its own, which the test may stop."""
    server = Redis(tmp_path)
    yield server
    server.end()


@pytest.fixture
def gateway(settings):
    """The way out of text messages, for this process and with `environment` for others."""
    gateway = Gateway()
    gateway.environment = {
        "SMS_BACKEND": "followups.outbox.backends.http.HttpBackend",
        "SMS_HTTP_URL": gateway.url,
    }
    settings.SMS_BACKEND, settings.SMS_HTTP_URL = gateway.environment.values()
    yield gateway
    gateway.close()
