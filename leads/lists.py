"""The list of leads and the board: which leads a view holds, and how many, counted to a cap."""

import datetime as dt
import itertools
from functools import lru_cache
from typing import NamedTuple

from django.db import connection
from django.db.models import F, Func, Q, QuerySet, SmallIntegerField, TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.models import Store, User
from accounts.roles import RECEIVING, SELLING, Role
from accounts.rules import setting

from .list_pages import Select, select_of
from .models import Customer, Grade, Lead
from .models.leads import Status
from .models.terms import GRADE_RANK
from .steps import Step

CAP = 500  # a tab counts to here: beyond, "500+" says enough

LEADING = (Role.SUPERVISOR, Role.MANAGER, Role.GENERAL_MANAGER)
LISTING = (*SELLING, Role.GENERAL_MANAGER)  # who has a list of leads at all (SPEC A71)


class View(TextChoices):
    """The tabs that are there from the start; everything else is a filter, or a view somebody saved."""

    MINE = "mine", _("My customers")
    ALL = "all", _("All customers")
    HOT = "hot", _("Grade H")
    OVERDUE = "overdue", _("Overdue")
    NO_DATE = "no_date", _("No next date")
    TODAY = "today", _("Today's visits")
    STUCK = "stuck", _("Stuck in step")
    POOL = "pool", _("Pool")


ALARMS = (View.OVERDUE, View.NO_DATE)
DAILY = (View.HOT, View.OVERDUE, View.NO_DATE, View.TODAY, View.STUCK)


def views_of(user: User, store: Store) -> list[View]:
    """The tabs a person has in a store, the first one being where the list opens.

    Who leads the store sees it whole; who sells sees their own customers.
    """
    roles = user.roles_in(store)
    if not roles & set(LEADING):
        return [View.MINE, *DAILY]
    mine = [View.MINE] if roles & set(RECEIVING) else []
    return [View.ALL, *mine, *DAILY, View.POOL]


def in_view(leads: QuerySet, view: View, *, store: Store, today: dt.date) -> QuerySet:
    """Narrow the leads of a store to a tab: those one leads, else one's own."""
    narrow = NARROWS.get(view)
    return narrow(leads, store, today) if narrow else leads


class Own(NamedTuple):
    """One's own leads; an invitation agent keeps those he set, for ever (SPEC A12)."""

    user_id: int
    sets: bool

    @classmethod
    def of(cls, user: User, store: Store) -> "Own":
        return cls(user.pk, Role.BDC_AGENT in user.roles_in(store))

    @property
    def leads(self) -> Q:
        return Q(owner=self.user_id) | Q(setter=self.user_id) if self.sets else Q(owner=self.user_id)


def without_date(leads: QuerySet) -> QuerySet:
    """Active leads before the end of the nine steps on which nobody is to call (SPEC FLOW-09): an alarm.

    Organisations have no fixed rhythm (TYPE-06): no date is none.
    """
    return leads.filter(
        status=Status.ACTIVE,
        next_due_on=None,
        step__lt=Step.FOLLOW_UP,
        customer__kind=Customer.Kind.PERSON,
    )


# GRADE_ORDER as it stands in the indexes, compiled as one part and not as eight.
WHENS = " ".join(f"WHEN %(expressions)s = '{grade}' THEN {rank}" for grade, rank in GRADE_RANK.items())
RANK = Func(F("grade"), template=f"CASE {WHENS} ELSE NULL END", output_field=SmallIntegerField())


def of_grade(leads: QuerySet, grade: str) -> QuerySet:
    """Leads of a grade, in the words of the indexes by priority."""
    return leads.alias(rank=RANK).filter(rank=GRADE_RANK[grade])


def came_on(leads: QuerySet, store: Store, on: dt.date) -> QuerySet:
    """Leads whose last counted visit was on a store day."""
    return leads.filter(last_visit_at__range=store.day(on))


def days_allowed(store: Store, step: int) -> int:
    """The most days a lead may stand in a step before it counts as stuck; 0 = no limit (SPEC FLOW-04)."""
    return 0 if step == Step.FOLLOW_UP else setting(store, f"max_days_{Step(step).code}")


def stuck(leads: QuerySet, store: Store, today: dt.date) -> QuerySet:
    """Active leads that stand in their step longer than the store allows (SPEC FLOW-04)."""
    too_old = Q(pk__in=[])
    for step in Step:
        if allowed := days_allowed(store, step):
            latest = store.start_of_day(today - dt.timedelta(days=allowed))
            too_old |= Q(step=step, step_entered_at__lt=latest)
    return leads.filter(too_old, status=Status.ACTIVE)


NARROWS = {
    View.HOT: lambda leads, store, today: of_grade(leads, Grade.H),
    View.OVERDUE: lambda leads, store, today: leads.filter(next_due_on__lt=today),
    View.NO_DATE: lambda leads, store, today: without_date(leads),
    View.TODAY: came_on,
    View.STUCK: stuck,
    View.POOL: lambda leads, store, today: leads.filter(owner=None, step__lt=Step.FOLLOW_UP),
}


def counted(leads: QuerySet) -> Select | None:
    """What `capped_counts` counts; None when there cannot be any."""
    return select_of(leads.order_by().values("pk")[: CAP + 1])


def counted_in_view(view: View, store: Store, own: Own | None, *, today: dt.date) -> Select | None:
    """The same of the active leads of a tab, of a whole store or one's own; put together once a day."""
    return _counted_in_view(view, store, (store.rules_stamp, store.time_zone), own, today)


@lru_cache(maxsize=1024)
def _counted_in_view(view, store, _rules, own, today) -> Select | None:
    leads = Lead.objects.filter(own.leads if own else Q(), store=store, status=Status.ACTIVE)
    return counted(in_view(leads, view, store=store, today=today))


# One plan for all grades: a part of the statement for each took longer to plan than to count.
RANKS = f"""
    {{table}}, ranks(rank) AS (VALUES {", ".join(f"({rank:d})" for rank in GRADE_RANK.values())})
    SELECT {{place}} + ranks.rank,
           (SELECT COUNT(*) FROM (SELECT 1 FROM leads WHERE leads.rank = ranks.rank LIMIT {CAP + 1}) capped)
      FROM ranks"""


def capped_counts(
    lists: dict[str, Select | None], graded: Select | None = None
) -> tuple[dict[str, int], dict[str, int]]:
    """How many rows each of what was `counted` has, and each grade of a common table; one statement.

    CAP + 1 at most; the grades are 0 without a table.
    """
    selects = [select for select in lists.values() if select]
    parts = [
        f"SELECT {place:d}, COUNT(*) FROM ({sql}) capped" for place, (sql, _values) in enumerate(selects)
    ]
    values = [value for _sql, some in selects for value in some]
    if graded:
        parts = [RANKS.format(table=graded[0], place=len(selects)), *parts]
        values = [*graded[1], *values]
    found = dict(_rows(" UNION ALL ".join(parts), values)) if parts else {}
    places = itertools.count()
    named = {name: found[next(places)] if select else 0 for name, select in lists.items()}
    return named, {grade: found.get(len(selects) + rank, 0) for grade, rank in GRADE_RANK.items()}


def _rows(sql: str, values: list) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def in_words(count: int) -> str:
    """A count as a tab or column shows it: "38", "500+"."""
    return f"{CAP}+" if count > CAP else str(count)
