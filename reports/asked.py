"""What an address of the numbers asks for, read leniently: what it does not know it passes over."""

import datetime as dt
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import CharField, Value
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Store
from accounts.rules import setting
from leads.book import book
from leads.models import CarModel
from leads.models.terms import in_reader_language

from .access import Level, Reader, reader
from .funnel import Row, Wanted, rows
from .models import DailyReport
from .scope import Scope

ALL_STORES = "all"
LONGEST = dt.timedelta(days=730)
MONTH, LAST_MONTH, OWN_PERIOD = "month", "last", "own"
PERIODS = {
    LAST_MONTH: _("Last month"),
    MONTH: _("This month"),
    "30": _("30 days"),
    "90": _("90 days"),
    OWN_PERIOD: _("Own period"),
}
KEPT = ("period", "from", "to", "person", "channel", "model", "store", "known")


def day(text: str) -> dt.date | None:
    """A day out of an address, such as 2026-03-12; None when it is none of this century."""
    try:
        on = dt.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return on if on and on.year // 100 == 20 else None


def number(text: str) -> int | None:
    """An id out of an address."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


class Asked:
    """Period, stores, person, channel, model and the day as of which the book is read."""

    def __init__(self, request: HttpRequest):
        self.request, self.params = request, request.GET
        self.reader: Reader = reader(request)

    def _param(self, name: str) -> str:
        return self.params.get(name, "").replace("\0", "")

    # --- where and who ------------------------------------------------------------------

    @cached_property
    def all_stores(self) -> list[Store]:
        """The stores to choose from: of the group for a general manager, else the one one is in."""
        if self.reader.level is not Level.GROUP:
            return [self.reader.store]
        groups = {m.store.group_id for m in self.request.user.current_memberships}
        return list(Store.objects.filter(group__in=groups).select_related("group").order_by("pk"))

    @cached_property
    def stores(self) -> tuple[Store, ...]:
        chosen = tuple(store for store in self.all_stores if store.code == self._param("store"))
        return chosen or tuple(self.all_stores)

    @cached_property
    def _named(self) -> list[tuple]:
        """(what, id, English, Chinese) of people and car models, in one statement."""
        people = self.reader.people(self.stores, since=self.first).order_by()
        groups = {store.group_id for store in self.stores}
        cars = CarModel.objects.filter(group__in=groups, active=True).order_by()
        word = CharField()
        named = people.values_list(Value("person", word), "pk", "full_name", Cast(Value(""), word))
        models = cars.values_list(Value("model", word), "pk", "name_en", "name_zh")
        return sorted(named.union(models), key=lambda row: (row[2], row[1]))

    @cached_property
    def people(self) -> dict[int, str]:
        """Names by id of those whose numbers one may read."""
        if self.reader.level is Level.OWN:
            return {self.request.user.pk: self.request.user.full_name}
        return {pk: name for what, pk, name, _zh in self._named if what == "person"}

    @cached_property
    def models(self) -> dict[int, str]:
        return {pk: in_reader_language(en, zh) for what, pk, en, zh in self._named if what == "model"}

    @cached_property
    def channels(self) -> dict[str, str]:
        return {term.code: str(term) for store in self.stores for term in book(store).choices("channel")}

    @cached_property
    def person(self) -> int | None:
        asked = number(self._param("person"))
        return asked if asked and asked in self.people else None

    @property
    def whose(self) -> tuple[int, ...] | None:
        """The people whose leads are asked for; None for all of the stores."""
        if self.person:
            return (self.person,)
        return tuple(self.people) if self.reader.level in (Level.OWN, Level.TEAM) else None

    @property
    def workers(self) -> tuple[int, ...]:
        """The people whose work is counted by name."""
        return (self.person,) if self.person else tuple(self.people)

    # --- when ---------------------------------------------------------------------------

    @cached_property
    def known_on(self) -> dt.date | None:
        """The day at whose end the book is read; None for now."""
        asked = day(self._param("known"))
        return asked if asked and asked < self._today else None

    @property
    def _today(self) -> dt.date:
        return self.reader.store.business_date(self.request.now)

    @property
    def known(self) -> dt.datetime | None:
        if self.known_on is None:
            return None
        next_day = self.reader.store.start_of_day(self.known_on + dt.timedelta(days=1))
        return next_day - dt.timedelta(microseconds=1)

    @cached_property
    def period(self) -> str:
        """A named period, or "own" where other days stand beside it."""
        asked = self._param("period")
        named = asked if asked in PERIODS and asked != OWN_PERIOD else MONTH
        own = self._own_days
        return OWN_PERIOD if own and own != self._days_of(named) else named

    @cached_property
    def days(self) -> tuple[dt.date, dt.date]:
        """First and last store day of the period."""
        return self._own_days if self.period == OWN_PERIOD else self._days_of(self.period)

    def _days_of(self, period: str) -> tuple[dt.date, dt.date]:
        today = self.known_on or self._today
        month = today.replace(day=1)
        match period:
            case "last":
                last = month - dt.timedelta(days=1)
                return last.replace(day=1), last
            case "30" | "90":
                return today - dt.timedelta(days=int(period) - 1), today
        return month, today

    @cached_property
    def _own_days(self) -> tuple[dt.date, dt.date] | None:
        typed = [day(self._param(name)) for name in ("from", "to")]
        if not all(typed):
            return None
        first, last = sorted(min(on, self._today) for on in typed)
        return max(first, last - LONGEST), last

    @property
    def first(self) -> dt.date:
        return self.days[0]

    @property
    def last(self) -> dt.date:
        return self.days[1]

    # --- what ---------------------------------------------------------------------------

    @cached_property
    def channel(self) -> str:
        asked = self._param("channel")
        return asked if asked in self.channels else ""

    @cached_property
    def model(self) -> int | None:
        asked = number(self._param("model"))
        return asked if asked and asked in self.models else None

    @property
    def scope(self) -> Scope:
        return Scope(self.stores, self.first, self.last, people=self.whose, known=self.known)

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.scope, channel=self.channel, model=self.model)

    @property
    def work(self) -> Scope:
        """The same days, by who did the work."""
        return Scope(self.stores, self.first, self.last, people=self.workers, known=self.known)

    def work_on(self, on: dt.date) -> Scope:
        """A day's work as the daily reports knew it, each when it was handed in."""
        handed_in = DailyReport.objects.filter(
            store__in=self.stores, on=on, user__in=self.workers, submitted_at__isnull=False
        )
        known = dict(handed_in.values_list("user_id", "submitted_at"))
        return Scope(self.stores, on, on, people=self.workers, known_by=known)

    @cached_property
    def eight(self) -> bool:
        return setting(self.reader.store, "funnel_eight_steps")

    @cached_property
    def rows(self) -> list[Row]:
        return rows(eight=self.eight)

    @cached_property
    def _kept(self) -> dict[str, str]:
        return {name: self._param(name) for name in KEPT}

    def query(self, **changes) -> str:
        """The query string of this address with changes; None takes a parameter away."""
        kept = {name: value for name, value in (self._kept | changes).items() if value not in (None, "")}
        return f"?{urlencode(kept)}"
