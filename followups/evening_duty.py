"""Who has evening duty: every week on a weekday, or on one evening (SPEC A19)."""

import datetime as dt
from functools import lru_cache
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.days_off import off_row, rows_of
from accounts.errors import Refused
from accounts.models import Membership, Store, User
from accounts.roles import SELLING
from accounts.rules import record_change

from .models import EveningDuty


class Row(NamedTuple):
    """A duty as kept in memory; without a user nobody has that evening."""

    weekday: int | None
    on: dt.date | None
    user_id: int | None


@lru_cache(maxsize=256)
def _rows(store_id: int, stamp: str) -> tuple[Row, ...]:
    rows = EveningDuty.objects.filter(store=store_id).order_by("pk").values_list(*Row._fields)
    return tuple(Row(*row) for row in rows)


def on_duty(store: Store, on: dt.date) -> int | None:
    """Whose evening a store day is, by id; an evening named outweighs the week.

    Who is off that day is covered by his deputy for it, if he named one. In memory until a rule
    of the store changes.
    """
    rows = _rows(store.pk, store.rules_stamp)
    named = [row for row in rows if row.on == on] or [row for row in rows if row.weekday == on.weekday()]
    user_id = named[0].user_id if named else None
    off = off_row(rows_of(store), user_id, on) if user_id else None
    return off.deputy_id if off else user_id


def people_for(store: Store) -> list[User]:
    """Who may have evening duty: who sells or invites here, by name."""
    here = Membership.objects.filter(store=store, role__in=SELLING, ends_on=None)
    people = User.objects.filter(is_active=True, pk__in=here.values("user_id"))
    return list(people.order_by("full_name", "pk"))


@transaction.atomic
def set_week(store: Store, people: dict[int, User | None], *, by: User, at: dt.datetime) -> None:
    """Who has the evening of each weekday (0 = Monday) every week; weekdays left out have nobody.

    Refused: somebody who neither sells nor invites here.
    """
    chosen = {weekday: person for weekday, person in people.items() if person}
    for weekday, person in chosen.items():
        _check(store, person, field=f"day{weekday}")
    EveningDuty.objects.filter(store=store, on=None).delete()
    EveningDuty.objects.bulk_create(
        EveningDuty(store=store, weekday=weekday, user=person) for weekday, person in sorted(chosen.items())
    )
    _changed(store, {str(day): person.pk for day, person in sorted(chosen.items())}, by=by, at=at)


@transaction.atomic
def set_evening(store: Store, on: dt.date, person: User | None, *, by: User, at: dt.datetime) -> None:
    """Who has one evening; None = nobody. Refused: a day that has passed, somebody who may not."""
    if on < store.business_date(at):
        raise Refused(_("This day has passed. Pick today or later."), field="on")
    if person:
        _check(store, person, field="person")
    EveningDuty.objects.filter(store=store, on=on).delete()
    EveningDuty.objects.bulk_create([EveningDuty(store=store, on=on, user=person)])
    _changed(store, {"on": str(on), "user": person and person.pk}, by=by, at=at)


@transaction.atomic
def as_every_week(store: Store, on: dt.date, *, by: User, at: dt.datetime) -> None:
    """The evening goes by the week again. Refused: a day that has passed."""
    if on < store.business_date(at):
        raise Refused(_("This day has passed. Pick today or later."), field="on")
    if EveningDuty.objects.filter(store=store, on=on).delete()[0]:
        _changed(store, {"on": str(on), "as": "week"}, by=by, at=at)


def _check(store: Store, person: User, *, field: str) -> None:
    if not (person.is_active and person.roles_in(store) & set(SELLING)):
        message = _("%(name)s does not sell in this store. Choose somebody else.") % {"name": person}
        raise Refused(message, field=field)


def _changed(store: Store, new: dict, *, by: User, at: dt.datetime) -> None:
    """Keep who changed it, and let processes read the duties anew."""
    EveningDuty(store=store).renew_stamp()
    record_change(store, "evening_duty", None, new, by=by, at=at)
