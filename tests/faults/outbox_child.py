"""A worker that sends what is due and dies at the point its argument names."""

import os
import sys

import django

django.setup()

from followups.outbox import recording, sending  # noqa: E402
from followups.tasks import send_messages  # noqa: E402


def dies(*_args, **_kwargs):
    os._exit(9)


def then_dies(function):
    def wrapped(*args, **kwargs):
        function(*args, **kwargs)
        os._exit(9)

    return wrapped


POINTS = {
    "before_claim": lambda: setattr(sending, "claim", dies),
    "after_claim": lambda: setattr(sending, "send", dies),
    "after_send": lambda: setattr(sending, "deliver", then_dies(sending.deliver)),
    "before_commit": lambda: setattr(recording, "write_message", then_dies(recording.write_message)),
    "after_commit": lambda: setattr(sending, "sent", then_dies(sending.sent)),
    "never": lambda: None,
}

if __name__ == "__main__":
    POINTS[sys.argv[1]]()
    send_messages()
