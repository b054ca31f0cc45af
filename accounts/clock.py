"""The one place that asks what time it is (DESIGN section 4)."""

import datetime as dt

from django.conf import settings


def now() -> dt.datetime:
    """The present moment, aware, in UTC; DEALER_NOW (ISO 8601) may fix it in tests and demos."""
    if settings.DEALER_NOW:
        return dt.datetime.fromisoformat(settings.DEALER_NOW).astimezone(dt.UTC)
    return dt.datetime.now(dt.UTC)
