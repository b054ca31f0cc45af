"""The facts behind a lead's place on the list: what stands on it, what is open, who is away."""

import datetime as dt
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.date_words import plain_day
from accounts.days_off import off_row, rows_of
from accounts.models import Store, User
from accounts.rules import setting
from accounts.templatetags.look import grade_name
from leads.book import book
from leads.models import Lead
from leads.steps import step_label

from .cadence import anchor_on
from .models import Appointment, Task


class Fact(NamedTuple):
    """One line; `code` names it for programs, `value` is in the reader's language, lines by newline."""

    code: str
    label: str
    value: str


def facts_of(lead: Lead, on: dt.date, moment: dt.datetime) -> list[Fact]:
    """Everything that My day looks at, said even where there is nothing: "–"."""
    store = lead.store
    found = [
        Fact("owner", _("Owner"), lead.owner.full_name if lead.owner else _("Pool")),
        Fact("status", _("Status"), lead.get_status_display()),
        Fact("step", _("Step"), str(step_label(lead.step, setting(store, "step_labels")))),
        Fact("grade", _("Grade"), grade_name(lead.grade)),
        Fact("cadence", _("Cadence"), _cadence(lead)),
        Fact("counted_from", _("Counted from"), _day(anchor_on(lead), on)),
        Fact("agreed_on", _("Agreed date"), _day(lead.agreed_on, on)),
        Fact("tasks", _("Open tasks"), "\n".join(_tasks(lead, on, moment))),
        Fact("appointments", _("Appointments"), "\n".join(_appointments(lead, on, moment))),
        Fact("lapses_on", _("Protection ends"), _day(lead.lapses_on, on)),
        Fact("away", _("Days off"), _away(store, lead.owner, on)),
    ]
    return [fact if fact.value else fact._replace(value="–") for fact in found]


def _cadence(lead: Lead) -> str:
    days = book(lead.store).interval(lead.grade) if lead.has_cadence else None
    return ngettext("every day", "every %(days)s days", days) % {"days": days} if days else ""


def _day(day: dt.date | None, on: dt.date) -> str:
    return plain_day(day, today=on) if day else ""


def moment_words(at: dt.datetime, store: Store, on: dt.date) -> str:
    """ "5 Mar 15:00", store time."""
    local = at.astimezone(store.zone)
    return f"{plain_day(local.date(), today=on)} {local:%H:%M}"


def _tasks(lead: Lead, on: dt.date, moment: dt.datetime) -> list[str]:
    tasks = Task.objects.filter(lead=lead, state=Task.State.OPEN).select_related("assignee")
    return [_task(task, lead, on, moment) for task in tasks.order_by("due_at", "pk")]


def _task(task: Task, lead: Lead, on: dt.date, moment: dt.datetime) -> str:
    """ "Next contact: 5 Mar, today's share, put off until 5 Mar 15:00, 王芳"."""
    remarks = [moment_words(task.due_at, lead.store, on).removesuffix(" 23:59")]
    if task.catch_up:
        remarks.append(_("Today's share") if task.due_on <= on else _("Backlog"))
    if task.snoozed_until and task.snoozed_until > moment:
        when = moment_words(task.snoozed_until, lead.store, on)
        remarks.append(_("put off until %(when)s") % {"when": when})
    if task.assignee_id != lead.owner_id:
        remarks.append(task.assignee.full_name if task.assignee else _("Pool"))
    return f"{task.get_kind_display()}: {', '.join(remarks)}"


def _appointments(lead: Lead, on: dt.date, moment: dt.datetime) -> list[str]:
    planned = Appointment.objects.filter(
        lead=lead, state=Appointment.State.PLANNED, at__gte=lead.store.start_of_day(on)
    )
    return [
        f"{one.get_kind_display()}: {moment_words(one.at, lead.store, on)}" for one in planned.order_by("at")
    ]


def _away(store: Store, owner: User | None, on: dt.date) -> str:
    """That the owner is off on the day, and who covers."""
    row = off_row(rows_of(store), owner.pk, on) if owner else None
    if row is None:
        return ""
    deputy = User.objects.filter(pk=row.deputy_id).first() if row.deputy_id else None
    return _("off, covered by %(who)s") % {"who": deputy.full_name} if deputy else _("off, nobody covers")
