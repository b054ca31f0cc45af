"""What somebody typed and has not saved yet; kept on the server, since tablets are shared."""

import datetime as dt
import json
import uuid
from collections.abc import Collection

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from .errors import Refused
from .models import Draft, FormToken, User
from .prepared import Prepared, Write

MOST_BYTES = 20_000
NEVER_KEPT = {"csrfmiddlewaretoken", "token", "password"}


class TooLong(Refused):
    """More text than a draft holds."""


def keep(user: User, form: str, typed: dict, *, at: dt.datetime) -> None:
    """Write the draft of a form over the older one; TooLong above 20 kB, ValueError for anything but text.

    What was still on its way when its form was saved, as the form's token says, is not kept.
    """
    if _is_saved(typed.get("token")):
        return
    payload = {name: _clean(value) for name, value in typed.items() if name not in NEVER_KEPT}
    if len(json.dumps(payload, ensure_ascii=False).encode()) > MOST_BYTES:
        raise TooLong(_("This is more than a draft holds. Save it, or shorten it."))
    Draft.objects.update_or_create(user=user, form=form, defaults={"payload": payload, "saved_at": at})


def _is_saved(token) -> bool:
    try:
        return FormToken.objects.filter(token=uuid.UUID(token)).exists()
    except (AttributeError, TypeError, ValueError):  # a form without one
        return False


def typed(user: User, form: str) -> dict:
    """What the draft holds, as the `initial` of a form: texts and lists of texts; empty without one."""
    draft = _draft.first(user=user.pk, form=form)
    return draft.payload if draft else {}


@Prepared
def _draft(*, user: int, form: str) -> QuerySet:
    return Draft.objects.filter(user=user, form=form)


def typed_choices(user: User, form: str, *, many: Collection[str]) -> dict:
    """As `typed`, with a list for each field of `many` that was tapped, and a text for every other."""
    said = typed(user, form)
    texts = {name: value for name, value in said.items() if isinstance(value, str)}
    lists = {name: [said[name]] if name in texts else said[name] for name in many if name in said}
    return texts | lists


def drop(user: User, form: str) -> None:
    """Forget the draft; a verb calls it when the form is saved."""
    _forget.count(user.pk, form)


_forget = Write("DELETE FROM accounts_draft WHERE user_id = %s AND form = %s")


def from_fields(fields: QueryDict) -> dict:
    """Sent form fields as a payload; a field sent several times becomes a list."""
    return {name: values if len(values) > 1 else values[0] for name, values in fields.lists()}


def _clean(value: str | list[str]) -> str | list[str]:
    if isinstance(value, list):
        return [_clean_text(text) for text in value]
    return _clean_text(value)


def _clean_text(text: str) -> str:
    """Without NUL and broken surrogates, which PostgreSQL's JSON refuses."""
    if not isinstance(text, str):
        raise ValueError("a draft holds texts and lists of texts")
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
