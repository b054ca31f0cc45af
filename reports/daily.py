"""The daily report (销售日报表): the verbs, and until when it is in time (SPEC PDCA-01, 10, 13, A41)."""

import datetime as dt
from dataclasses import dataclass, field

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import NotAllowed, Refused
from accounts.models import Store
from accounts.rules import setting
from accounts.sql import insert_unless_there
from leads.editing import ChangedMeanwhile

from .access import LEADING, REPORTING
from .models import DailyReport
from .plan import plan_of

MOST_DEALS = 99  # nobody expects more on one day


class Cause(models.TextChoices):
    """Why the day came out as it did, one tap each."""

    CROWDED = "crowded", gettext_lazy("Visitors came all at once")
    FEW_VISITS = "few_visits", gettext_lazy("Few visitors")
    NO_ANSWER = "no_answer", gettext_lazy("Many did not answer")
    PRICE = "price", gettext_lazy("Price stands in the way")
    STOCK = "stock", gettext_lazy("Car or colour not in stock")
    LOAN = "loan", gettext_lazy("Loan or trade-in open")
    RIVAL = "rival", gettext_lazy("Another brand was better")
    PAPERWORK = "paperwork", gettext_lazy("Paperwork took the time")


# What may stand in the block of results: facts of the day, in this order.
RESULTS = ("deals", "quotes", "drives", "cards", "appointments_set", "raised", "losses")


@dataclass(frozen=True)
class Filled:
    """What the taps add: codes of results and causes, deals expected tomorrow, a sentence."""

    result: list[str] = field(default_factory=list)
    estimate: int | None = None
    causes: list[str] = field(default_factory=list)
    note: str = ""


def due_at(store: Store, on: dt.date) -> dt.datetime:
    """When the report of a store day is due, in UTC: the evening meeting (SPEC PDCA-01)."""
    return store.at_local(on, dt.time.fromisoformat(setting(store, "daily_report_due")))


def locks_at(store: Store, on: dt.date) -> dt.datetime | None:
    """From when it is refused, in UTC; None where late ones are kept, as is usual (SPEC A41)."""
    if not setting(store, "daily_report_lock"):
        return None
    next_day = on + dt.timedelta(days=1)
    return store.at_local(next_day, dt.time.fromisoformat(setting(store, "daily_report_locks_at")))


@transaction.atomic
def submit_report(
    store: Store, on: dt.date, filled: Filled, *, by, now: dt.datetime, seen: int | None = None
) -> DailyReport:
    """Hand in one's report of a store day; again until the manager has written on it.

    `seen` is the version that was read before, 0 for none yet; None asks nothing. ChangedMeanwhile:
    it was handed in from another screen since (RELIABILITY 25).

    Its figures are those known at `now` for ever. Later than due is kept and marked late; with
    `daily_report_lock` it is refused from that hour on (SPEC PDCA-10, S37). Refused too: a day that has
    not begun, a report that was commented. NotAllowed: a role without a report.
    """
    if not by.roles_in(store) & set(REPORTING):
        raise NotAllowed(_("Your role hands in no daily report."))
    _check_day(store, on, now=now)
    insert_unless_there(DailyReport(store=store, user=by, on=on, version=0))
    report = DailyReport.objects.select_for_update().get(store=store, user=by, on=on)
    if report.comment:
        raise Refused(_("The manager has read this report. Add what is missing to today's."))
    _check_seen(report, seen, _("This report was handed in from another screen. Look at both, then hand in."))
    report.result = [code for code in RESULTS if code in filled.result]
    report.estimate = filled.estimate
    report.causes = [code for code in Cause.values if code in filled.causes]
    report.note = filled.note.strip()
    report.plan = [item.kept for item in plan_of(by, store, on + dt.timedelta(days=1))]
    report.submitted_at, report.late = now, now > due_at(store, on)
    report.version += 1
    report.save()
    return report


def _check_seen(report: DailyReport, seen: int | None, message: str) -> None:
    if seen is not None and report.version != seen:
        raise ChangedMeanwhile(message)


def _check_day(store: Store, on: dt.date, *, now: dt.datetime) -> None:
    if on > store.business_date(now):
        raise Refused(_("That day has not begun yet."))
    locked = locks_at(store, on)
    if locked and now >= locked:
        raise Refused(
            _("Reports are closed at %(time)s of the next day. Tell your manager.")
            % {"time": setting(store, "daily_report_locks_at")}
        )


@transaction.atomic
def comment_report(
    report_id: int, text: str, *, by, now: dt.datetime, seen: int | None = None
) -> DailyReport:
    """The manager's word on a report; it stands on the consultant's next day (SPEC PDCA-01).

    `seen` as for `submit_report`: somebody wrote on it since, or it was handed in again.
    Refused: nothing written, a report that was not handed in. NotAllowed: who leads nobody, one's own.
    """
    report = DailyReport.objects.select_for_update(of=("self",)).select_related("store").get(pk=report_id)
    if not by.roles_in(report.store) & set(LEADING) or report.user_id == by.pk:
        raise NotAllowed(_("Only who leads the team writes on a report."))
    if not text.strip():
        raise Refused(_("Write a word, or tap one."), field="comment")
    if report.submitted_at is None:
        raise Refused(_("This report was not handed in yet."), field="comment")
    _check_seen(report, seen, _("This report was changed meanwhile. Look at both, then comment."))
    report.comment, report.commented_by, report.commented_at = text.strip(), by, now
    report.version += 1
    report.save(update_fields=["comment", "commented_by", "commented_at", "version"])
    return report
