"""A creating form counts once, however often it is sent (RELIABILITY 23)."""

import datetime as dt
import uuid
from collections.abc import Callable

from django.db import transaction
from django.forms import Form
from django.http import HttpRequest

from .models import FormToken, User
from .sql import insert_unless_there


class SentBefore(Exception):
    """The token stands already: what this sending wrote is taken back."""


def once(token: uuid.UUID, *, user: User, now: dt.datetime, create: Callable[[], str]) -> tuple[str, bool]:
    """Run `create`, which answers the URL of its result, unless the token was used before.

    Answers (result URL, created now). The token is written with its result, as the last statement of
    the same transaction: of two sendings at once the second waits there, what it wrote or was refused
    is taken back, and it is led to the first one's result. If `create` raises, nothing stays.
    """
    try:
        with transaction.atomic():
            url = create()
            if not insert_unless_there(FormToken(token=token, user=user, at=now, result_url=url)):
                raise SentBefore
            return url, True
    except Exception:
        sent = FormToken.objects.filter(token=token).first()
        if sent is None:
            raise
        return sent.result_url, False


def sent_once(request: HttpRequest, form: Form, create: Callable[[], str]) -> str:
    """The URL of the result of a valid form that carries a token, however often it was sent."""
    url, _created = once(form.cleaned_data["token"], user=request.user, now=request.now, create=create)
    return url
