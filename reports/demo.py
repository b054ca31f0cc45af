"""The daily reports of the demo store: handed in at the end of the day, commented by the manager."""

import datetime as dt
from collections.abc import Callable

from accounts.models import Store, User
from accounts.roles import Role

from .daily import RESULTS, Cause, Filled, comment_report, submit_report
from .facts import counted
from .models import DailyReport
from .scope import Scope

COMMENTS = ["做得好。", "H级的明天上午先打。", "试驾后当天要报价。", "周末来的两批我一起谈。"]
FORGETS = 0.1  # share of days on which somebody hands in nothing


def evening(day) -> list[tuple[dt.datetime, Callable]]:
    """DEMO_ACTS: what happens on a day of the demo store after the calls."""
    acts = [
        (day.at(17, 40) + dt.timedelta(minutes=day.chance.randint(0, 25)), _reporter(day, user))
        for user in day.consultants
        if day.chance.random() > FORGETS
    ]
    managers = User.objects.filter(memberships__store=day.store, memberships__role=Role.MANAGER)
    manager = managers.order_by("id").first()
    return [*acts, (day.at(18, 45), lambda moment: _comment(day, manager, moment))] if manager else acts


def _reporter(day, user: User) -> Callable:
    return lambda moment: _hand_in(day.store, user, day, moment)


def _hand_in(store: Store, user: User, day, moment: dt.datetime) -> None:
    done = counted(Scope((store,), day.on, day.on, people=(user.pk,)), RESULTS).get(user.pk, {})
    causes = [day.chance.choice(Cause.values)]
    filled = Filled(result=list(done), estimate=day.chance.choice([0, 0, 1, 1, 2]), causes=causes)
    submit_report(store, day.on, filled, by=user, now=moment)


def _comment(day, manager: User, moment: dt.datetime) -> None:
    reports = DailyReport.objects.filter(store=day.store, on=day.on, comment="", submitted_at__isnull=False)
    for report in reports.order_by("pk"):
        if day.chance.random() < 0.8:
            comment_report(report.pk, day.chance.choice(COMMENTS), by=manager, now=moment)
