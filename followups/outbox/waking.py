"""The wake-up of whoever sends: only a hint, the database says what is due (RELIABILITY section 3)."""

import logging

from django.db import transaction

log = logging.getLogger(__name__)


def wake_after_commit() -> None:
    """Have what this transaction queued sent at once; when the queue is down, the next minute finds it."""
    transaction.on_commit(_wake)


def _wake() -> None:
    from followups.tasks import send_messages

    try:
        send_messages.delay()
    except Exception as error:
        log.warning("the queue did not take the wake-up: %s", type(error).__name__)
