"""Later, with a reason: a row leaves the list for some hours; every date stays what it was (SPEC A53)."""

import datetime as dt

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.duty import open_day_from
from accounts.errors import NotAllowed, Refused
from accounts.models import Store, User
from accounts.rules import opening, setting
from leads.access import may_work_on
from leads.log import record
from leads.models import Lead, LeadEvent
from leads.models.log import EventKind
from leads.moves import lock_lead

from .cadence import open_tasks

DAY = dt.timedelta(days=1)


class Later(models.TextChoices):
    """How long, as the sheet offers it."""

    HALF_AN_HOUR = "30", gettext_lazy("30 minutes")
    TWO_HOURS = "120", gettext_lazy("2 hours")
    TOMORROW = "tomorrow", gettext_lazy("Next opening")


def until(store: Store, later: str, *, now: dt.datetime) -> dt.datetime:
    """The moment (UTC) to which a choice leads: minutes from now, or the opening of the next open day."""
    if later == Later.TOMORROW:
        return opening(store, open_day_from(store, store.business_date(now) + DAY))[0]
    return now + dt.timedelta(minutes=int(later))


@transaction.atomic
def snooze(lead_id: int, later: str, reason: str, *, by: User, now: dt.datetime) -> dt.datetime:
    """Take what is due of a lead off the list until then; answers until when (UTC).

    Due dates, "overdue", protection and what the manager sees stay. Refused: nothing is due, or it was
    put off `snoozes_at_most` times since the last talk. NotAllowed: a colleague's customer.
    """
    lead = lock_lead(lead_id)
    if not may_work_on(lead, by, now=now):
        raise NotAllowed(_("This is a colleague's customer. Tell the owner instead."))
    most = setting(lead.store, "snoozes_at_most")
    if times_snoozed(lead) >= most:
        raise Refused(
            ngettext(
                "Put off %(most)s time since the last talk. Call now, or log what came out of it.",
                "Put off %(most)s times since the last talk. Call now, or log what came out of it.",
                most,
            )
            % {"most": most}
        )
    moment = until(lead.store, later, now=now)
    due = open_tasks(lead).filter(Q(only_assignee=False) | Q(assignee=by), due_at__lte=_end_of(lead, moment))
    tasks = list(due.values_list("pk", flat=True))
    if not tasks:
        raise Refused(_("Nothing of this customer is due. There is nothing to put off."))
    due.update(snoozed_until=moment)
    data = {"tasks": tasks, "until": moment.isoformat()}
    record(lead, EventKind.SNOOZE, at=now, recorded_at=now, by=by, reason=reason, data=data)
    return moment


def times_snoozed(lead: Lead) -> int:
    """How often the lead was put off since the last talk or visit."""
    since = max(filter(None, (lead.last_contact_at, lead.last_visit_at)), default=lead.created_at)
    return LeadEvent.objects.filter(lead=lead, kind=EventKind.SNOOZE, at__gt=since).count()


def _end_of(lead: Lead, moment: dt.datetime) -> dt.datetime:
    """What falls due on that day is put off with the rest: else the row would stay."""
    return lead.store.end_of_day(lead.store.business_date(moment))
