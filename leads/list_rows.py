"""The lines of the list of leads, in the reader's words."""

import datetime as dt
from functools import cache
from typing import TypedDict

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.date_words import near_day, weekday_and_day
from accounts.models import Store
from accounts.rules import setting
from accounts.templatetags.look import grade_name, horizon, icon, plate, ticks
from accounts.wording import per_language

from .list_columns import ListedLead
from .models.leads import Status
from .phones import mask
from .steps import Step, step_label


class Row(TypedDict):
    """What a row shows; the number is masked (SPEC A72). A dict: templates read it in half the time."""

    number: str
    url: str
    plate: str
    horizon: str
    name: str
    status: str
    first: str
    phone: str
    ticks: str
    step_name: str
    model: str
    channel: str
    owner: str
    last: str
    last_on: str
    due: str


class Words:
    """The words of one page; each is made once however many rows need it."""

    def __init__(self, store: Store, *, today: dt.date):
        self.store, self.today = store, today
        labels = setting(store, "step_labels")
        self.step_name = cache(lambda step: str(step_label(step, labels)))
        self.plate = cache(plate)
        self.horizon = cache(lambda grade: horizon(grade) or grade_name(grade))
        self.ticks = cache(lambda step, skipped: ticks(step, skipped, "inline"))
        self.near = cache(lambda on: _near(on, today))
        self.due = cache(lambda on, alarm: _due(on, today, alarm))
        self.visit, self.contact = pgettext("last time", "visit"), pgettext("last time", "contact")
        self.first = priority_tag()
        self.nameless, self.pool = _("No name yet"), _("Pool")
        self.card = reverse("leads:card", args=["0"]).replace("0", "%s")


def priority_tag() -> str:
    """That a customer comes first inside the grade (SPEC T18, FUP-05)."""
    return format_html('<span class="tag tag-soft">{}{}</span>', icon("flag"), _("Priority"))


def rows_of(leads: list[ListedLead], store: Store, *, today: dt.date) -> list[Row]:
    words = Words(store, today=today)
    return [row_of(lead, words) for lead in leads]


def row_of(lead: ListedLead, words: Words) -> Row:
    last, last_on = last_of(lead, words)
    active = lead.status == Status.ACTIVE
    wakes_on = lead.wake_on if lead.status == Status.DORMANT else None
    return Row(
        number=lead.number,
        url=words.card % lead.number,
        plate=words.plate(lead.grade),
        horizon=words.horizon(lead.grade),
        name=lead.customer_name or words.nameless,
        status="" if active else str(Status(lead.status).label),
        first=words.first if lead.priority and active and lead.step < Step.DEAL else "",
        phone=mask(lead.phone) if lead.phone else "",
        ticks=words.ticks(lead.step, lead.skipped),
        step_name=words.step_name(lead.step),
        model=lead.model_name,
        channel=lead.channel_name,
        owner=lead.owner_name or words.pool,
        last=last,
        last_on=last_on,
        due=words.due(lead.next_due_on or wakes_on, active and lead.asks_date),
    )


def last_of(lead: ListedLead, words: Words) -> tuple[str, str]:
    """The later of last contact and last visit in words, and its store day."""
    contact, visit = lead.last_contact_at, lead.last_visit_at
    if not (contact or visit):
        return "", ""
    talked = contact and (not visit or contact >= visit)
    on = words.store.business_date(contact if talked else visit)
    return f"{words.near(on)} {words.contact if talked else words.visit}", on.isoformat()


@per_language
def _near(on: dt.date, today: dt.date) -> str:
    return near_day(on, today=today)


@per_language
def _due(on: dt.date | None, today: dt.date, alarm: bool) -> str:
    """The next date; late in red, and where nobody is to call though somebody should, that (UX law 3)."""
    if on is None:
        sign = icon("alert-triangle", size=16) if alarm else ""
        words = _("No next date") if alarm else "–"
        return format_html('<span class="l-due{}">{}{}</span>', " missing" if alarm else "", sign, words)
    days, sign, look = (today - on).days, "", ""
    if days > 0:
        sign, look = icon("clock", size=16), " late"
        words = ngettext("%(n)s day late", "%(n)s days late", days) % {"n": days}
    elif days < -1:
        words = weekday_and_day(on, today=today)
    else:
        words, look = near_day(on, today=today), " today" if days == 0 else ""
    day = on.isoformat()
    moment = format_html('<time datetime="{}" title="{}">{}</time>', day, day, words)
    return format_html('<span class="l-due{}">{}{}</span>', look, sign, moment)
