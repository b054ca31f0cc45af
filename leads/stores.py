"""The verbs that open a store and bring people in."""

import datetime as dt
import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Group, Membership, Store, StoreHours, User
from accounts.roles import Role

from .profiles import install_channels, install_grade_rules, install_lost_reasons, install_positions

OPENS, CLOSES = dt.time(9), dt.time(18)  # a new store: every day (SPEC A61)
CURRENCIES = {"CN": "CNY", "DE": "EUR", "US": "USD", "GB": "GBP", "HK": "HKD"}


@transaction.atomic
def create_store(
    *,
    code: str,
    name: str,
    zone: str,
    country: str,
    currency: str = "",
    group: Group | None = None,
    is_demo: bool = False,
) -> Store:
    """A store with opening hours, grade rules of all profiles, the eleven channels and the reasons of a loss.

    `zone` is an IANA name, `country` two letters, `currency` three. Refused when one of them is
    unknown, or when the code is taken.
    """
    _check_place(code, zone, country, currency)
    if Store.objects.filter(code=code).exists():
        raise Refused(_("A store with this code exists already."), field="code")
    store = Store.objects.create(
        group=group or Group.objects.create(code=code, name=name),
        code=code,
        name=name,
        time_zone=zone,
        country=country.upper(),
        currency=(currency or CURRENCIES.get(country.upper(), "USD")).upper(),
        language="zh-hans" if country.upper() == "CN" else "en",
        is_demo=is_demo,
    )
    StoreHours.objects.bulk_create(
        StoreHours(store=store, weekday=day, opens=OPENS, closes=CLOSES) for day in range(7)
    )
    install_grade_rules(store)
    install_channels(store)
    install_lost_reasons(store)
    install_positions(store)
    return store


def _check_place(code: str, zone: str, country: str, currency: str) -> None:
    if not re.fullmatch(r"[-\w]{1,40}", code, re.ASCII):
        raise Refused(_("A code is letters, digits and dashes, 40 at most."), field="code")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = _("%(zone)s is no time zone. Write it as Asia/Shanghai.")
        raise Refused(message % {"zone": zone}, field="zone") from None
    if country.upper() not in phonenumbers.SUPPORTED_REGIONS:
        message = _("%(country)s is no country code. Write it as CN.")
        raise Refused(message % {"country": country}, field="country")
    if currency and not re.fullmatch(r"[A-Za-z]{3}", currency):
        message = _("%(currency)s is no currency code. Write it as CNY.")
        raise Refused(message % {"currency": currency}, field="currency")


@transaction.atomic
def create_staff(
    store: Store,
    *,
    username: str,
    name: str,
    roles: list[str],
    on: dt.date,
    password: str | None = None,
    team=None,
) -> User:
    """A person with roles in a store from `on`; without a password nobody can sign in as them.

    A known user name gets the roles added, and a password when there is none yet. A password for
    somebody whom a register named (SPEC A58) gives them this user name: their customers are there
    already. Refused: an unknown role, a user name of somebody else, a second password;
    ValidationError: a weak password.
    """
    unknown = [role for role in roles if role not in Role.values]
    if unknown:
        raise Refused(_("Unknown role: %(role)s.") % {"role": unknown[0]}, field="role")
    if not re.fullmatch(r"\S{1,60}", username):
        raise Refused(_("A user name is one word of 60 characters at most."), field="username")
    user = _person(store, username, name, waiting=password is not None)
    _let_in(user, password)
    user.save()
    for role in roles:
        Membership.objects.get_or_create(
            user=user, store=store, role=role, ends_on=None, defaults={"starts_on": on, "team": team}
        )
    return user


def _person(store: Store, username: str, name: str, *, waiting: bool) -> User:
    """The person of this user name; else, when `waiting`, who waits for one; else somebody new."""
    user = User.objects.filter(username=username).first()
    if user is None and waiting:
        user = _named_by_a_register(store, name)
    if user is None:
        return User(username=username, full_name=name, language=store.language)
    if user.full_name != name:
        raise Refused(_("This user name belongs to somebody else."), field="username")
    user.username = username
    return user


def _named_by_a_register(store: Store, name: str) -> User | None:
    """The one person of this name in the store who cannot sign in yet."""
    found = User.objects.filter(full_name=name, memberships__store=store).distinct()
    waiting = [user for user in found if not user.has_usable_password()]
    return waiting[0] if len(waiting) == 1 else None


def _let_in(user: User, password: str | None) -> None:
    if password is None:
        if user.pk is None:
            user.set_unusable_password()
        return
    if user.pk and user.has_usable_password():
        raise Refused(_("This person has a password already."), field="password")
    validate_password(password)
    user.set_password(password)
