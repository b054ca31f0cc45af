"""A creating form counts once, however often it is sent (RELIABILITY 23)."""

import datetime as dt
import uuid
from collections.abc import Callable

from django.db import transaction

from .models import FormToken, User
from .sql import insert_unless_there


@transaction.atomic
def once(token: uuid.UUID, *, user: User, now: dt.datetime, create: Callable[[], str]) -> tuple[str, bool]:
    """Run `create`, which answers the URL of its result, unless the token was used before.

    Answers (result URL, created now). The token is written first in the same transaction, so a
    second sending waits for the first and is led to its result; if `create` raises, nothing stays.
    """
    if not insert_unless_there(FormToken(token=token, user=user, at=now)):
        return FormToken.objects.get(token=token).result_url, False
    url = create()
    FormToken.objects.filter(token=token).update(result_url=url)
    return url, True
