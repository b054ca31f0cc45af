"""Passwords and PINs: how they are set, and the one-time link with which somebody sets the first one."""

import datetime as dt
import re
from itertools import pairwise

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from .devices import end_others
from .errors import Refused
from .models import User

PIN = re.compile(r"[0-9]{4,6}")


class OneTimeLink(PasswordResetTokenGenerator):
    """Good until the password is set, three days at most (PASSWORD_RESET_TIMEOUT)."""

    key_salt = "accounts.credentials.OneTimeLink"


links = OneTimeLink()


def link_for(user: User) -> str:
    """The address under which a person sets their password, once."""
    return reverse("accounts:welcome", args=[user.pk, links.make_token(user)])


@transaction.atomic
def set_password(user: User, password: str, *, keep_session: str = "", now: dt.datetime) -> None:
    """Give a person a new password; every other session ends (RELIABILITY 52).

    ValidationError for a weak one. `keep_session` is the key of the session that stays.
    """
    validate_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    end_others(user, keep=keep_session, now=now)


def set_pin(user: User, pin: str) -> None:
    """The PIN for shared tablets: 4 to 6 digits; an empty one takes it away. Refused: one anybody guesses."""
    if pin and not PIN.fullmatch(pin):
        raise Refused(_("A PIN is 4 to 6 digits."), field="pin")
    if pin and _is_plain(pin):
        raise Refused(_("Everybody tries this PIN first. Pick another."), field="pin")
    user.pin_hash = make_password(pin) if pin else ""
    user.save(update_fields=["pin_hash"])


def _is_plain(pin: str) -> bool:
    """All the same digit, or counted up or down."""
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    return len(steps) == 1 and steps <= {0, 1, -1}


def pin_matches(user: User | None, pin: str) -> bool:
    """Whether this is the person's PIN; takes as long for nobody as for somebody (RELIABILITY 53)."""
    if user is None or not user.pin_hash:
        make_password(pin)
        return False
    return check_password(pin, user.pin_hash)
