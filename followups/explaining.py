"""Why a lead is, or is not, on its owner's list of a day: what a manager asks first (SPEC A60, A66)."""

import datetime as dt
from dataclasses import dataclass

from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.date_words import plain_day
from accounts.models import User
from accounts.prepared import Statement
from leads.models import Lead
from leads.models.leads import Status

from . import day_sql, my_day, why
from .explained_facts import Fact, facts_of, moment_words
from .models import Appointment, Task
from .my_day import Group

# The very parts of My day, each asked whether it brings the customer.
PARTS = {
    "due": (day_sql.DUE, gettext_lazy("Something is to be done by this day")),
    "expected": (day_sql.EXPECTED, gettext_lazy("An appointment is on this day")),
    "worked_on": (day_sql.WORKED_ON, gettext_lazy("Spoken to or tried on this day")),
    "given": (day_sql.GIVEN, gettext_lazy("Newly given and not called yet")),
    "never_tried": (day_sql.NEVER_TRIED, gettext_lazy("A new enquiry that nobody has tried")),
    "no_next_step": (day_sql.WITHOUT_NEXT_STEP, gettext_lazy("Nothing is planned: an alarm")),
}
WHICH = Statement(
    " UNION ALL ".join(
        f"SELECT '{name}' WHERE %(customer)s IN ({sql})" for name, (sql, _words) in PARTS.items()
    )
)
GROUPS = {
    Group.OVERDUE: pgettext_lazy("group of My day", "overdue"),
    Group.TODAY: pgettext_lazy("group of My day", "today"),
    Group.NEW: pgettext_lazy("group of My day", "new"),
    Group.SHARE: pgettext_lazy("group of My day", "today's share"),
    Group.NO_DATE: pgettext_lazy("group of My day", "without a next date"),
    Group.SNOOZED: pgettext_lazy("group of My day", "snoozed"),
    Group.DONE: pgettext_lazy("group of My day", "done"),
}


@dataclass(frozen=True)
class Explanation:
    """The verdict, its sentence in the reader's language, and the facts behind it.

    `parts` are the codes of what brings the customer onto the list; none of them: not listed.
    """

    lead: Lead
    on: dt.date
    parts: list[str]
    group: Group | None
    sentence: str
    facts: list[Fact]

    @property
    def listed(self) -> bool:
        return bool(self.parts)

    @property
    def because(self) -> list[str]:
        return [str(PARTS[part][1]) for part in self.parts]

    @property
    def group_words(self) -> str:
        return str(GROUPS[self.group]) if self.group else ""

    def as_data(self) -> dict:
        return {
            "lead": self.lead.number,
            "owner": self.lead.owner.username if self.lead.owner else None,
            "on": self.on.isoformat(),
            "listed": self.listed,
            "group": self.group and self.group.value,
            "parts": self.parts,
            "sentence": self.sentence,
            "facts": {fact.code: fact.value for fact in self.facts},
        }


def explain(lead: Lead, on: dt.date, now: dt.datetime) -> Explanation:
    """Why the lead stands on its owner's list of the store day `on`, or why not, as is known at `now` (UTC).

    It writes nothing. A later day is judged as it begins, as if nothing happened until then; ValueError
    for a day that has passed: its list is kept nowhere.
    """
    store, owner = lead.store, lead.owner
    today = store.business_date(now)
    if on < today:
        raise ValueError(f"{on} has passed")
    moment = now if on == today else store.start_of_day(on)
    parts = parts_of(lead, owner, on, moment) if owner else []
    row = row_of(lead, owner, moment) if parts else None
    said = str(row.line) if row else why_not(lead, on, moment)
    return Explanation(
        lead, on, parts, row.group if row else None, strip_tags(said), facts_of(lead, on, moment)
    )


def parts_of(lead: Lead, owner: User, on: dt.date, moment: dt.datetime) -> list[str]:
    """Which parts of My day bring this customer; one statement."""
    start, end = lead.store.day(on)
    found = WHICH(
        customer=lead.customer_id,
        user=owner.pk,
        user_text=str(owner.pk),
        store=lead.store_id,
        start=start,
        end=end,
        given_since=moment - dt.timedelta(days=day_sql.GIVEN_DAYS),
    )
    return [name for (name,) in found]


def row_of(lead: Lead, owner: User, moment: dt.datetime) -> my_day.Row | None:
    """The customer's row on the day of the owner."""
    day = my_day.build(owner, lead.store, now=moment)
    rows = (row for group in day.rows.values() for row in group)
    return next((row for row in rows if row.lead.customer_id == lead.customer_id), None)


# --- why not --------------------------------------------------------------------------------------


def why_not(lead: Lead, on: dt.date, moment: dt.datetime) -> str:
    """The first thing that keeps it off the list."""
    if lead.merged_into_id:
        return _("Merged into %(lead)s.") % {"lead": lead.merged_into.number}
    if lead.status == Status.DORMANT and lead.wake_on:
        return _("At rest until %(day)s.") % {"day": plain_day(lead.wake_on, today=on)}
    if lead.status != Status.ACTIVE:
        return _("%(status)s: nobody calls.") % {"status": lead.get_status_display()}
    if lead.owner is None:
        return _("In the pool: on nobody's list until somebody takes it.")
    return _next_words(lead, on, moment) or _("Nothing is due, and nothing has to be.")


def _next_words(lead: Lead, on: dt.date, moment: dt.datetime) -> str:
    """What comes next, and when; whose it is, when it is a colleague's."""
    tasks = Task.objects.filter(lead=lead, state=Task.State.OPEN).select_related("assignee")
    told = [task for task in tasks.order_by("due_at", "pk") if task.kind in why.TELLERS]
    own = next((task for task in told if task.assignee_id == lead.owner_id), None)
    if own:
        words = why.line(why.task_reasons(own, lead, store=lead.store, now=moment))
        return _("Not yet: %(what)s.") % {"what": words}
    if told and told[0].assignee:
        who = told[0].assignee.full_name
        return _("%(task)s is with %(who)s.") % {"task": told[0].get_kind_display(), "who": who}
    planned = Appointment.objects.filter(lead=lead, state=Appointment.State.PLANNED, at__gte=moment)
    if coming := planned.order_by("at").first():
        return _("Expected on %(when)s.") % {"when": moment_words(coming.at, lead.store, on)}
    return ""
