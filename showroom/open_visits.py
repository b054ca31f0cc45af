"""Visits that still have to end: those in the house, and what one person has to close (SPEC RECP-15)."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _

from accounts.models import Store
from accounts.prepared import Prepared
from accounts.roles import RECEIVING
from accounts.templatetags.look import when
from followups.why import clock
from leads.models.terms import in_reader_language

from .models import Visit
from .register_rows import Row, address
from .reminding import is_due, with_what_is_logged
from .signals import is_hot

UNFINISHED_FOR = dt.timedelta(days=7)  # a visit the night closed stands so long on My day
MOST = 12


class OpenVisit(NamedTuple):
    """What these pages tell of a visit, straight from the database: rows of a screen need no models."""

    store: Store
    pk: int
    kind: str
    on: dt.date
    arrived_at: dt.datetime
    left_at: dt.datetime | None
    approached_at: dt.datetime | None
    manager_met_at: dt.datetime | None
    persons: int
    hot_signals: list[str]
    name_text: str
    receiver_id: int | None
    assistant_id: int | None
    third_id: int | None
    lead_id: int | None
    is_logged: bool
    customer_name: str | None
    car_en: str | None
    car_zh: str | None
    # Not of the visits of one person:
    receiver_name: str | None = None
    lead_number: str | None = None
    lead_store_id: int | None = None
    owner_id: int | None = None
    setter_id: int | None = None
    step: int | None = None
    skipped: str | None = None

    @property
    def lead_key(self) -> tuple:
        """For `visible_among`."""
        return self.lead_id, self.lead_store_id, self.owner_id, self.setter_id

    @property
    def name(self) -> str:
        """As the card or, before there is one, the register has it; "" for none."""
        return self.customer_name or self.name_text

    @property
    def car(self) -> str:
        """The model in the reader's language; "" for none."""
        return in_reader_language(self.car_en or "", self.car_zh or "")


COLUMNS = (
    *OpenVisit._fields[1 : OpenVisit._fields.index("customer_name")],
    "customer__name", "car_model__name_en", "car_model__name_zh",
)  # fmt: skip
OF_THE_LEAD = (
    "receiver__full_name", "lead__number", "lead__store_id", "lead__owner_id", "lead__setter_id",
    "lead__step", "lead__skipped",
)  # fmt: skip


def in_the_house(store: Store, on: dt.date) -> list[OpenVisit]:
    """Everybody who came on a store day and is there still, who came first on top; one statement."""
    return [OpenVisit(store, *row) for row in _in_the_house(store=store.pk, on=on)]


@Prepared
def _in_the_house(*, store: int, on: dt.date) -> QuerySet:
    open_ones = Visit.objects.filter(store=store, on=on, left_at=None, voided_at=None, completed=False)
    return with_what_is_logged(open_ones).order_by("arrived_at", "id").values_list(*COLUMNS, *OF_THE_LEAD)


@Prepared
def _of_one_person(*, user: int, store: int, since: dt.date) -> QuerySet:
    mine = Q(receiver=user) | Q(assistant=user) | Q(third=user)
    open_ones = Visit.objects.filter(
        mine, store=store, on__gte=since, completed=False, source="screen", voided_at=None
    )
    return with_what_is_logged(open_ones).order_by("arrived_at").values_list(*COLUMNS)[:MOST]


# --- on My day --------------------------------------------------------------------------------


@dataclass(frozen=True)
class ToClose:
    """The visits that one person still has to close at `now` (UTC), the forgotten ones first."""

    visits: list[OpenVisit]
    now: dt.datetime

    @property
    def stamp(self) -> str:
        """Which state of them a screen shows."""
        told = [
            (visit.pk, visit.left_at, is_due(visit, now=self.now), is_hot(visit.hot_signals))
            for visit in self.visits
        ]
        return hashlib.sha1(repr(told).encode(), usedforsecurity=False).hexdigest()[:12]


def to_close(request: HttpRequest) -> ToClose | None:
    """What the reader has to close; None for who receives nobody. One statement."""
    store, user = request.store, request.user
    if store is None or not user.roles_in(store) & set(RECEIVING):
        return None
    since = store.business_date(request.now) - UNFINISHED_FOR
    rows = _of_one_person(user=user.pk, store=store.pk, since=since)
    return ToClose([OpenVisit(store, *row) for row in rows], request.now)


def home(request: HttpRequest) -> dict | None:
    """HOME_PANELS: the visits this person still has to close, the forgotten ones first."""
    found = to_close(request)
    return found and panel(found, request)


def panel(found: ToClose, request: HttpRequest) -> dict:
    """The same as a panel of My day."""
    csrf = get_token(request) if found.visits else ""
    rows = [_in_words(visit, found.now) | {"csrf": csrf} for visit in found.visits]
    return {
        "template": "showroom/_home_open_visits.html",
        "context": {"visits": rows, "stamp": found.stamp},
        "quiet": not rows,
    }


def _in_words(visit: OpenVisit, now: dt.datetime) -> Row:
    """For `{% lines %}`."""
    today = {"today": visit.store.business_date(now)}
    return {
        "when": when(today, visit.on) if visit.left_at else clock(visit.arrived_at, visit.store),
        "left": visit.left_at is not None,
        "name": visit.name or _("No name yet"),
        "car": visit.car,
        "due": is_due(visit, now=now),
        "hot": is_hot(visit.hot_signals),
        "approach": address("showroom:approach") % visit.pk,
        "signals": address("showroom:hot_signals") % visit.pk,
        "close": address("showroom:close") % visit.pk,
    }
