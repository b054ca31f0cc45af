"""The list of leads: which ones, in which order, a page at a time and never by OFFSET."""

import datetime as dt
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from django.db.models import F, IntegerField, Q, QuerySet, Subquery, TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.models import Store, User
from accounts.roles import RECEIVING, SELLING, Role

from .list_columns import ListedLead, read
from .models.leads import Status
from .steps import Step

PAGE = 25
MOST_AT_ONCE = 250  # rows of a page that is opened again after several times "more"
CAP = 500  # a tab counts to here: beyond, "500+" says enough

LEADING = (Role.SUPERVISOR, Role.MANAGER, Role.GENERAL_MANAGER)
LISTING = (*SELLING, Role.GENERAL_MANAGER)  # who has a list of leads at all (SPEC A71)


class View(TextChoices):
    """The tabs; everything else is a filter."""

    MINE = "mine", _("My customers")
    ALL = "all", _("All customers")
    OVERDUE = "overdue", _("Overdue")
    NO_DATE = "no_date", _("No next date")
    POOL = "pool", _("Pool")


ALARMS = (View.OVERDUE, View.NO_DATE)


def views_of(user: User, store: Store) -> list[View]:
    """The tabs a person has in a store, the first one being where the list opens.

    Who leads the store sees it whole; who sells sees their own customers.
    """
    roles = user.roles_in(store)
    if not roles & set(LEADING):
        return [View.MINE, *ALARMS]
    mine = [View.MINE] if roles & set(RECEIVING) else []
    return [View.ALL, *mine, *ALARMS, View.POOL]


def in_view(leads: QuerySet, view: View, *, user: User, store: Store, today: dt.date) -> QuerySet:
    """Narrow visible leads to a tab; overdue and undated ones among one's own unless one leads the store."""
    if view == View.MINE or not user.roles_in(store) & set(LEADING):
        leads = leads.filter(own(user, store))
    if view == View.OVERDUE:
        return leads.filter(next_due_on__lt=today)
    if view == View.NO_DATE:
        return without_date(leads)
    if view == View.POOL:
        return leads.filter(owner=None)
    return leads


def own(user: User, store: Store) -> Q:
    """One's own leads; an invitation agent keeps those he set, for ever (SPEC A12)."""
    if Role.BDC_AGENT in user.roles_in(store):
        return Q(owner=user) | Q(setter=user)
    return Q(owner=user)


def without_date(leads: QuerySet) -> QuerySet:
    """Active leads before the end of the nine steps on which nobody is to call: an alarm (UX law 3)."""
    return leads.filter(status=Status.ACTIVE, next_due_on=None, step__lt=Step.FOLLOW_UP)


class CappedCount(Subquery):
    """Counts rows inside a larger statement, and stops looking beyond CAP."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) capped)"
    output_field = IntegerField()

    def __init__(self, rows: QuerySet):
        super().__init__(rows.order_by().values("pk")[: CAP + 1])


def capped_counts(store: Store, lists: dict[str, QuerySet]) -> dict[str, int]:
    """How many rows each list has, CAP + 1 at most, in one statement."""
    counted = Store.objects.filter(pk=store.pk).annotate(
        **{f"n_{name}": CappedCount(rows) for name, rows in lists.items()}
    )
    row = counted.values(*(f"n_{name}" for name in lists)).get()
    return {name: row[f"n_{name}"] for name in lists}


@dataclass(frozen=True)
class Cursor:
    """The last row somebody saw: its date (None = among those without one) and its id."""

    on: dt.date | None
    pk: int

    def __str__(self):
        return f"{self.on or ''}~{self.pk}"

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """A cursor out of an address; None when it is not one."""
        on, _tilde, pk = text.partition("~")
        try:
            return cls(dt.date.fromisoformat(on) if on else None, _bigint(pk))
        except ValueError:
            return None


def _bigint(digits: str) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        raise ValueError(digits)
    return int(digits)


class Order(Enum):
    """By next date: of many leads (two ranges of an index) or of a handful (one statement, sorted)."""

    BY_DATE = "by_date"
    BY_DATE_FEW = "by_date_few"
    NEWEST = "newest"


class Place(NamedTuple):
    """Where a lead stands in the list."""

    pk: int
    on: dt.date | None


@dataclass(frozen=True)
class Page:
    leads: list[ListedLead]
    more: int  # how many the next page adds
    after: Cursor | None  # where it starts


def page_of(leads: QuerySet, after: Cursor | None, *, size: int = PAGE, order: Order = Order.BY_DATE) -> Page:
    """The leads after a cursor: by next date, then those without one; or the newest first.

    Three statements at most: one or two for the order, one for the columns of what is shown. One
    page more is looked at, so that the button can name the number it will add.
    """
    look = size + PAGE
    if order == Order.NEWEST:
        places = _places(_newest(leads, after), look)
    elif order == Order.BY_DATE_FEW and after is None:
        places = _places(leads.order_by(F("next_due_on").asc(nulls_last=True), "pk"), look)
    else:
        places = _by_date(leads, after, look)
    shown = places[:size]
    more = len(places) - len(shown)
    after = Cursor(shown[-1].on, shown[-1].pk) if more else None
    return Page(read([place.pk for place in shown]), more, after)


def _places(leads: QuerySet, look: int) -> list[Place]:
    return [Place(*row) for row in leads.values_list("pk", "next_due_on")[:look]]


def _by_date(leads: QuerySet, after: Cursor | None, look: int) -> list[Place]:
    places = _places(_dated(leads, after), look) if after is None or after.on else []
    if len(places) < look:
        places += _places(_undated(leads, after), look - len(places))
    return places


def _dated(leads: QuerySet, after: Cursor | None) -> QuerySet:
    # Nulls apart from dates: one range of one index each, on the last page as on the first.
    # Only active leads have a next date; saying so lets the index of active leads serve.
    leads = leads.filter(status=Status.ACTIVE, next_due_on__isnull=False).order_by("next_due_on", "pk")
    if after is None:
        return leads
    return leads.filter(Q(next_due_on__gt=after.on) | Q(pk__gt=after.pk), next_due_on__gte=after.on)


def _undated(leads: QuerySet, after: Cursor | None) -> QuerySet:
    leads = leads.filter(next_due_on=None).order_by("pk")
    return leads.filter(pk__gt=after.pk) if after and after.on is None else leads


def _newest(leads: QuerySet, after: Cursor | None) -> QuerySet:
    leads = leads.order_by("-pk")
    return leads.filter(pk__lt=after.pk) if after else leads
