"""Why a customer stands on My day, said in the reader's language (UX law 5)."""

import datetime as dt
from dataclasses import dataclass

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from accounts.date_words import plain_day
from accounts.models import Store
from accounts.rules import setting
from accounts.templatetags.look import grade_name
from accounts.wording import per_language
from leads.book import book
from leads.models import Lead

from .models import Appointment, Contact, Task
from .preparations import is_ready
from .task_kinds import OF_ONE_DAY, TaskKind

WARN_DAYS = 2  # before protection ends (SPEC A05, A69)

PURPOSES = {
    "deliver_soon": gettext_lazy("deliver soon"),
    "speed_up_signing": gettext_lazy("speed up signing"),
    "raise_grade": gettext_lazy("raise the grade"),
    "learn_movements": gettext_lazy("keep up with their plans"),
    "make_friends": gettext_lazy("stay in touch"),
}
WAYS = {
    Contact.Channel.PHONE: pgettext_lazy("last contact", "call"),
    Contact.Channel.WECHAT: pgettext_lazy("last contact", "WeChat"),
    Contact.Channel.SMS: pgettext_lazy("last contact", "text message"),
    Contact.Channel.EMAIL: pgettext_lazy("last contact", "e-mail"),
    Contact.Channel.IN_PERSON: pgettext_lazy("last contact", "in person"),
    "visit": pgettext_lazy("last contact", "visit"),
}
COMING_FOR = {
    Appointment.Kind.VISIT: gettext_lazy("%(time)s comes in"),
    Appointment.Kind.DRIVE: gettext_lazy("%(time)s test drive"),
    Appointment.Kind.DELIVERY: gettext_lazy("%(time)s delivery"),
}
SHORT = {
    TaskKind.HOLD_END: gettext_lazy("the car is held no longer"),
    TaskKind.APPROVAL: gettext_lazy("approval asked for"),
    TaskKind.DELIVERY: gettext_lazy("delivery of the car"),
    TaskKind.WEEK_CALL: gettext_lazy("a week after delivery: does the car run well?"),
    TaskKind.FIRST_MAINTENANCE: gettext_lazy("first maintenance: hand the card on"),
}


@dataclass(frozen=True)
class Reason:
    """One part of the line; tone "late" or "missing", `only` on a "narrow" or a "wide" screen."""

    text: str
    tone: str = ""
    only: str = ""


def says(sentence: object, **parts: object) -> SafeString:
    """A translated sentence with its parts put in, safe as HTML."""
    whole = {name: conditional_escape(part) for name, part in parts.items()}
    return mark_safe(conditional_escape(sentence) % whole)


def clock(at: dt.datetime, store: Store) -> SafeString:
    """ "15:00", store time."""
    local = at.astimezone(store.zone)
    exact = local.isoformat(timespec="minutes")
    return mark_safe(f'<time datetime="{exact}">{exact[11:16]}</time>')


@per_language
def day(on: dt.date, today: dt.date) -> SafeString:
    """ "5 Mar"."""
    return format_html('<time datetime="{}">{}</time>', on.isoformat(), plain_day(on, today=today))


def days_late(days: int) -> str:
    return ngettext("%(days)s day late", "%(days)s days late", days) % {"days": days}


def task_reasons(task: Task, lead: Lead, *, store: Store, now: dt.datetime) -> list[Reason]:
    """What one open task says at `now`: overdue, due today, or later with its date (SPEC A66).

    What was worth something on its day only says nothing any more.
    """
    if task.kind in OF_ONE_DAY and task.due_on < store.business_date(now):
        return []
    return TELLERS[task.kind](task, lead, store, now)


def _cadence(task: Task, lead: Lead, store: Store, now: dt.datetime) -> list[Reason]:
    today = store.business_date(now)
    if task.is_overdue(now) and not task.catch_up:
        return [_late(lead.grade, (today - task.due_on).days)]
    if task.due_on > today:
        return [_later(lead.grade, task.due_on, today)]
    if lead.agreed_on == task.due_on:
        return [_agreed(lead.grade)]
    rule, last = book(store).rule(lead.grade), lead.last_contact_at
    days = (today - store.business_date(last)).days if last else None
    return [grade(lead.grade), _last_contact(days), *_purpose(rule.purpose if rule else "")]


@per_language
def grade(code: str) -> Reason:
    """ "H 7 days"."""
    return Reason(grade_name(code))


@per_language
def _late(code: str, days: int) -> Reason:
    return Reason(says(_("%(grade)s, %(late)s"), grade=grade_name(code), late=days_late(days)), "late")


@per_language
def _later(code: str, due_on: dt.date, today: dt.date) -> Reason:
    return Reason(says(_("%(grade)s, by %(day)s"), grade=code, day=day(due_on, today)))


@per_language
def _agreed(code: str) -> Reason:
    return Reason(says(_("%(grade)s, agreed for today"), grade=grade_name(code)))


# The phone tells the last contact; the desktop has a column for it, and tells the purpose.


@per_language
def _last_contact(days: int | None) -> Reason:
    if days is None:
        return Reason(_("no contact yet"))
    if days <= 0:
        return Reason(_("last contact today"), only="narrow")
    sentence = ngettext("last %(days)s day ago", "last %(days)s days ago", days)
    return Reason(sentence % {"days": days}, only="narrow")


@per_language
def _purpose(code: str) -> tuple[Reason, ...]:
    return (Reason(str(PURPOSES[code]), only="wide"),) if code in PURPOSES else ()


def _day_after(task: Task, lead: Lead, store: Store, now: dt.datetime) -> list[Reason]:
    hours = setting(store, "follow_up_hours")
    promise = ngettext("%(hours)s hour", "%(hours)s hours", hours) % {"hours": hours}
    today, time = store.business_date(now), clock(task.due_at, store)
    if task.due_on > today:
        when = says(pgettext("day and time", "%(day)s %(time)s"), day=day(task.due_on, today), time=time)
        return [Reason(says(_("%(promise)s, by %(time)s"), promise=promise, time=when))]
    if not task.is_overdue(now):
        return [Reason(says(_("%(promise)s, by %(time)s"), promise=promise, time=time))]
    if task.due_on == today:
        return [Reason(says(_("%(promise)s, late since %(time)s"), promise=promise, time=time), "late")]
    late = days_late((today - task.due_on).days)
    return [Reason(says(_("%(promise)s, %(late)s"), promise=promise, late=late), "late")]


def _ladder(task: Task, lead: Lead, store: Store, now: dt.datetime) -> list[Reason]:
    said = _("asked again") if task.why == "asked_again" else _call_number(task.why_args["rung"])
    return _by_the_hour(said, task, store, now)


def _by_the_hour(said: str, task: Task, store: Store, now: dt.datetime) -> list[Reason]:
    """What is to be done by a moment: later with its day, today with its hour, late in red."""
    today = store.business_date(now)
    if task.is_overdue(now) and task.due_on < today:
        late = days_late((today - task.due_on).days)
        return [Reason(says(_("%(what)s, %(late)s"), what=said, late=late), "late")]
    if task.due_on > today:
        return [Reason(says(_("%(what)s, by %(day)s"), what=said, day=day(task.due_on, today)))]
    time = clock(task.due_at, store)
    if task.is_overdue(now):
        return [Reason(says(_("%(what)s, late since %(time)s"), what=said, time=time), "late")]
    return [Reason(says(_("%(what)s, by %(time)s"), what=said, time=time))]


def _call_number(rung: int) -> str:
    return _("new enquiry, call %(number)s") % {"number": rung}


def _call_back(task: Task, lead: Lead, store: Store, now: dt.datetime) -> list[Reason]:
    return _by_the_hour(_("call back"), task, store, now)


def _drive_eve(task: Task, lead: Lead, store: Store, now: dt.datetime) -> list[Reason]:
    return _by_the_hour(_("remind of the test drive"), task, store, now)


def _out_visit(task: Task, lead: Lead, store: Store, now: dt.datetime) -> list[Reason]:
    told = _by_the_hour(_("visit to the customer"), task, store, now)
    return told if is_ready(task) else [*told, Reason(_("not ready"), "missing")]


def _organisation(task: Task, lead: Lead, store: Store, now: dt.datetime) -> list[Reason]:
    talks = [moment for moment in (lead.last_contact_at, lead.last_visit_at) if moment]
    if not talks:
        return [Reason(_("organisation, no contact yet"))]
    days = (store.business_date(now) - store.business_date(max(talks))).days
    words = ngettext(
        "organisation, no contact for %(days)s day", "organisation, no contact for %(days)s days", days
    )
    return [Reason(words % {"days": days})]


def coming(appointment: Appointment, store: Store) -> Reason:
    """ "10:30 comes in"."""
    time = format_html("<b>{}</b>", clock(appointment.at, store))
    return Reason(says(COMING_FOR[Appointment.Kind(appointment.kind)], time=time))


def put_off(until: dt.datetime, store: Store, today: dt.date) -> Reason:
    """ "snoozed until 15:00", with the day when it is another one."""
    time, on = clock(until, store), store.business_date(until)
    if on > today:
        time = says(pgettext("day and time", "%(day)s %(time)s"), day=day(on, today), time=time)
    return Reason(says(_("snoozed until %(time)s"), time=time))


def protection_ends(lead: Lead, today: dt.date) -> list[Reason]:
    """From two days before, that the lead goes to the pool (SPEC A69)."""
    if lead.lapses_on is None or today < lead.lapses_on - dt.timedelta(days=WARN_DAYS):
        return []
    left = (lead.lapses_on - today).days
    if left <= 0:
        return [Reason(_("protection has ended"), "late")]
    sentence = ngettext("goes to the pool in %(days)s day", "goes to the pool in %(days)s days", left)
    return [Reason(sentence % {"days": left}, "late")]


def _thank_you(task: Task, lead: Lead, store: Store, now: dt.datetime) -> list[Reason]:
    said = _("thanks for the contract") if task.why == "contract" else _("thank-you")
    return _by_the_hour(said, task, store, now)


def _stuck(task: Task, lead: Lead, store: Store, now: dt.datetime) -> list[Reason]:
    days = task.why_args["days"]
    words = ngettext("in this step for over %(days)s day", "in this step for over %(days)s days", days)
    return [Reason(words % {"days": days})]


def _stale_card(task: Task, lead: Lead, store: Store, now: dt.datetime) -> list[Reason]:
    days = task.why_args["days"]
    words = ngettext("card untouched for %(days)s day", "card untouched for %(days)s days", days)
    return [Reason(words % {"days": days})]


def _no_next_step(task: Task, lead: Lead, store: Store, now: dt.datetime) -> list[Reason]:
    return _by_the_day(_("plan the next step"), task, store, now, tone="missing")


def _revive_check(task: Task, lead: Lead, store: Store, now: dt.datetime) -> list[Reason]:
    return _by_the_day(_("lost: ask again"), task, store, now)


def _birthday(task: Task, lead: Lead, store: Store, now: dt.datetime) -> list[Reason]:
    return [Reason(says(_("birthday, greet from %(time)s"), time=clock(task.due_at, store)))]


def _by_its_name(task: Task, lead: Lead, store: Store, now: dt.datetime) -> list[Reason]:
    return _by_the_day(SHORT[TaskKind(task.kind)], task, store, now)


def _by_the_day(said: object, task: Task, store: Store, now: dt.datetime, tone: str = "") -> list[Reason]:
    """What is to be done on a day: today without a word about it, later with the day, late in red."""
    today = store.business_date(now)
    if task.due_on > today:
        return [Reason(says(_("%(what)s, by %(day)s"), what=said, day=day(task.due_on, today)))]
    if task.due_on < today:
        late = days_late((today - task.due_on).days)
        return [Reason(says(_("%(what)s, %(late)s"), what=said, late=late), "late")]
    return [Reason(said, tone)]


def _top_up(task: Task, lead: Lead, store: Store, now: dt.datetime) -> list[Reason]:
    return _by_the_hour(_("rest of the deposit"), task, store, now)


TELLERS = {
    TaskKind.CADENCE: _cadence,
    TaskKind.DAY_AFTER: _day_after,
    TaskKind.LADDER: _ladder,
    TaskKind.CALL_BACK: _call_back,
    TaskKind.DRIVE_EVE: _drive_eve,
    TaskKind.OUT_VISIT: _out_visit,
    TaskKind.ORGANISATION: _organisation,
    TaskKind.THANK_YOU: _thank_you,
    TaskKind.STUCK: _stuck,
    TaskKind.STALE_CARD: _stale_card,
    TaskKind.NO_NEXT_STEP: _no_next_step,
    TaskKind.REVIVE_CHECK: _revive_check,
    TaskKind.BIRTHDAY: _birthday,
    TaskKind.TOP_UP: _top_up,
    **dict.fromkeys(SHORT, _by_its_name),
}


def worked_on(contact: Contact, store: Store) -> Reason:
    """ "tried 10:02" or "spoke 10:02"."""
    words = _("spoke %(time)s") if contact.kind == Contact.Kind.CONTACT else _("tried %(time)s")
    return Reason(says(words, time=clock(contact.at, store)))


@per_language
def no_next_date() -> Reason:
    return Reason(_("No next date"), "missing")


@per_language
def comes_first() -> Reason:
    return Reason(_("priority"))


@per_language
def newly_given() -> Reason:
    return Reason(_("new to you, not called yet"))


def last_sign(lead: Lead, channel: str | None, *, store: Store, today: dt.date) -> SafeString | str:
    """ "last 9 Mar, call": the later of the last contact and the last visit."""
    spoke, came = lead.last_contact_at, lead.last_visit_at
    if not (spoke or came):
        return _("nobody yet")
    if came is not None and (spoke is None or came > spoke):
        return _last(store.business_date(came), today, "visit")
    return _last(store.business_date(spoke), today, channel)


@per_language
def _last(on: dt.date, today: dt.date, way: str | None) -> SafeString:
    if way not in WAYS:
        return says(_("last %(day)s"), day=day(on, today))
    return says(_("last %(day)s, %(way)s"), day=day(on, today), way=WAYS[way])


def tone(reasons: list[Reason]) -> str:
    """The tone of the line: what is late comes before what is missing."""
    tones = {reason.tone for reason in reasons}
    return next((tone for tone in ("late", "missing") if tone in tones), "")


def line(reasons: list[Reason]) -> SafeString:
    """The reasons after one another, with a dot between two."""
    parts = []
    for reason in reasons:
        text = conditional_escape(reason.text)
        dotted = f" · {text}" if parts else text
        parts.append(f'<span class="{reason.only}-only">{dotted}</span>' if reason.only else dotted)
    return mark_safe("".join(parts))
