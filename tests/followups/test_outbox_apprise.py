"""Staff messages and text messages by apprise, the optional extra (DEPENDENCIES): with it, and without."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.exceptions import ImproperlyConfigured

from followups.models import StaffChannel
from followups.outbox.backends import SendFailed
from followups.outbox.backends.apprise import AppriseBackend, is_known, notify
from followups.outbox.sending import send_due
from followups.outbox.staff import queue_staff
from tests.followups.outbox import NOON, NUMBER, Clock, make_customer, queued


@pytest.fixture
def post_box():
    """A loopback server that keeps what is posted to it; `status` is what it answers."""
    kept = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            kept.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(server.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.status, server.kept = 200, kept
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


class TestWithoutIt:
    @pytest.fixture(autouse=True)
    def _not_installed(self, monkeypatch, settings):
        monkeypatch.setitem(sys.modules, "apprise", None)
        settings.SMS_APPRISE_URL = "json://127.0.0.1/{to}"

    def test_it_says_what_to_install(self):
        for use in (AppriseBackend, lambda: notify("json://x", subject="", text=""), lambda: is_known("x")):
            with pytest.raises(ImproperlyConfigured, match=r"requirements-notify\.txt"):
                use()


def test_a_text_message_needs_a_place_for_the_number(settings):
    settings.SMS_APPRISE_URL = "json://127.0.0.1/"
    with pytest.raises(ImproperlyConfigured, match="SMS_APPRISE_URL"):
        AppriseBackend()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # its own
class TestWithIt:
    @pytest.fixture(autouse=True)
    def _installed(self):
        pytest.importorskip("apprise", reason="the extra [notify] is not installed")

    def url(self, post_box, path=""):
        return f"json://127.0.0.1:{post_box.server_port}/{path}"

    def test_it_reads_the_channels_of_the_trade_and_no_nonsense(self):
        key = "0" * 32
        assert is_known(f"wecombot://{key}")
        assert is_known("dingtalk://token")
        assert is_known("feishu://token123")
        assert not is_known("nonsense")

    def test_a_refusal_and_nonsense_are_failures_that_tell_no_url(self, post_box):
        post_box.status = 500
        for url, code in ((self.url(post_box, "secret"), "unreachable"), ("nonsense://secret", "rejected")):
            with pytest.raises(SendFailed) as caught:
                notify(url, subject="3", text="3 overdue")
            assert (caught.value.code, "secret" in str(caught.value)) == (code, False)

    @pytest.mark.django_db
    @pytest.mark.thorough
    def test_a_staff_message_arrives(self, store, chen, post_box):
        channel = StaffChannel.objects.create(
            store=store, name="Group", url=self.url(post_box), added_by=chen, added_at=NOON
        )
        queue_staff(channel, key="a", kind="overdue", subject="3", text="3 overdue", now=NOON, urgent=False)
        assert send_due(Clock()) == {"sent": 1}
        assert [(told["title"], told["message"]) for _path, told in post_box.kept] == [("3", "3 overdue")]

    @pytest.mark.django_db
    def test_a_text_message_arrives(self, store, li, post_box, settings):
        settings.SMS_BACKEND = "followups.outbox.backends.apprise.AppriseBackend"
        settings.SMS_APPRISE_URL = self.url(post_box, "to/{to}")
        row = queued(make_customer(store, li))
        assert send_due(Clock()) == {"sent": 1}
        ((path, told),) = post_box.kept
        assert (path.endswith(NUMBER[1:]), told["message"]) == (True, row.text)
