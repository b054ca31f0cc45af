"""My day: one row per customer with all its reasons, in groups (SPEC A01, A02, A66).

Three statements, whatever the number of rows: leads; their open tasks, appointments and contacts of
today; and the backlog.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, cached_property, lru_cache

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Store, User
from accounts.rules import setting
from accounts.templatetags.look import plate, ticks
from leads.access import works_as_own
from leads.models import Customer
from leads.models.terms import GRADE_RANK, in_reader_language
from leads.steps import Step

from . import why
from .day_sql import DayLead, DayMoment, DayTask, backlog_by_grade, leads_of_the_day, on_leads
from .models import Appointment, Task
from .task_kinds import BESIDE, OF_ONE_DAY, RIDERS, TaskKind

# With what the message begins, by why it is due.
OPENINGS = {"thank_you": "thank_you", "contract": "contract_thanks", "birthday": "birthday"}


class Group(StrEnum):
    OVERDUE = "overdue"
    TODAY = "today"
    NEW = "new"
    SHARE = "share"
    NO_DATE = "no-date"
    SNOOZED = "snoozed"
    DONE = "done"


@dataclass
class Row:
    """One customer: the lead that is most pressing, and what is open on all of his leads.

    It is put into words when somebody asks: of a long group only the first rows are shown.
    """

    lead: DayLead
    leads: list[DayLead]
    tasks: list[DayTask]
    expected: list[DayMoment]  # of today
    worked_on: DayMoment | None  # the last contact or attempt of today
    board: "_Board"
    group: Group = Group.DONE
    is_grey: bool = False

    @property
    def may_work(self) -> bool:
        """A setter only reads after reception (SPEC A71)."""
        return works_as_own(self.lead, self.board.user)

    @property
    def last(self) -> str:
        """The last contact or visit."""
        return why.last_sign(
            self.lead, self.lead.last_channel, store=self.board.store, today=self.board.today
        )

    @cached_property
    def reasons(self) -> list[why.Reason]:
        """Why this customer stands on the day."""
        return _reasons(self, self.board)

    @property
    def message(self) -> str:
        """With what the message begins that is due today; empty where none is, or who looks only reads."""
        if self.group == Group.DONE or not self.may_work:
            return ""
        return next((OPENINGS[task.why] for task in self.tasks if _is_of(task, self.board.today)), "")

    @property
    def tone(self) -> str:
        """Of the line: "late", "missing" or nothing."""
        return why.tone(self.reasons)

    @property
    def line(self) -> str:
        """All reasons, as HTML."""
        return why.line(self.reasons)


@dataclass(frozen=True)
class Expected:
    """A planned appointment of today; `late` = so long past its hour that somebody should ask (SPEC A13)."""

    appointment: DayMoment
    name: str
    car: str
    kind: str
    clock: str
    card: str
    may_work: bool
    late: bool


@dataclass(frozen=True)
class Backlog:
    """Catch-up tasks due later, by grade, the hottest first."""

    grades: list[tuple[str, int]]

    @property
    def count(self) -> int:
        return sum(count for _grade, count in self.grades)


@dataclass(frozen=True)
class Day:
    """What the page shows; `expected` are the planned appointments of today, by the hour."""

    rows: dict[Group, list[Row]]
    expected: list[Expected]
    backlog: Backlog
    share_size: int

    @property
    def done(self) -> int:
        return len(self.rows[Group.DONE])

    @property
    def total(self) -> int:
        """Customers of today, the done ones too; those without a next date stand apart."""
        return sum(len(rows) for group, rows in self.rows.items() if group != Group.NO_DATE)

    @property
    def is_finished(self) -> bool:
        """Everything of today is done."""
        return self.total == self.done > 0 and not self.expected

    @property
    def is_empty(self) -> bool:
        return not (any(self.rows.values()) or self.expected or self.backlog.count)


def build(user: User, store: Store, *, now: dt.datetime) -> Day:
    """The day of a person in a store, as of `now` (UTC)."""
    today = store.business_date(now)
    start, end = store.day(today)
    leads = leads_of_the_day(user, store, start=start, end=end, now=now)
    board = _Board(user, user.pk, store, now, today, *on_leads(leads, user, start=start))
    return Day(
        rows=_grouped(_row(own, board) for own in _by_customer(leads)),
        expected=_expected(leads, board),
        backlog=Backlog(backlog_by_grade(user, store, today)),
        share_size=setting(store, "catch_up_per_day"),
    )


def backlog_tasks(user: User, store: Store, today: dt.date) -> QuerySet:
    """The list behind the backlog: catch-up tasks due later than a store day (SPEC A60)."""
    return Task.objects.filter(
        store=store, assignee=user, state=Task.State.OPEN, catch_up=True, due_on__gt=today
    )


# --- rows and groups --------------------------------------------------------------------


def _by_customer(leads: list[DayLead]) -> list[list[DayLead]]:
    found: dict[int, list[DayLead]] = {}
    for lead in leads:
        found.setdefault(lead.customer_id, []).append(lead)
    return list(found.values())


@dataclass(frozen=True)
class _Board:
    """What every row is judged by."""

    user: User
    user_id: int
    store: Store
    now: dt.datetime
    today: dt.date
    tasks: dict[int, list[DayTask]]
    planned: dict[int, list[DayMoment]]
    contacts: dict[int, list[DayMoment]]  # of today, whoever logged them

    def is_grey(self, lead: DayLead) -> bool:
        """A lead without a next step is grey, and grey is an alarm (UX law 3)."""
        nothing = lead.pk not in self.tasks and lead.pk not in self.planned
        if lead.customer_kind == Customer.Kind.ORGANISATION:  # no fixed rhythm (SPEC TYPE-06)
            return False
        mine = lead.is_active and lead.owner_id == self.user_id and lead.step <= Step.DELIVERY
        return nothing and mine and (lead.step > Step.PROSPECTING or lead.first_attempt_at is not None)

    def pressing(self, lead: DayLead) -> tuple:
        """The lead whose task or appointment comes first speaks for the customer."""
        times = [task.due_at for task in self.tasks.get(lead.pk, ())]
        times += [appointment.at for appointment in self.planned.get(lead.pk, ())]
        return (not lead.is_active, not times, min(times) if times else lead.pk, lead.pk)


def _row(leads: list[DayLead], board: _Board) -> Row:
    lead = min(leads, key=board.pressing) if len(leads) > 1 else leads[0]
    planned, contacts = _on_all(leads, board.planned), _on_all(leads, board.contacts)
    row = Row(
        lead=lead,
        leads=leads,
        tasks=_on_all(leads, board.tasks),
        expected=[a for a in planned if board.store.business_date(a.at) == board.today],
        worked_on=contacts[-1] if contacts else None,
        board=board,
        is_grey=board.is_grey(lead),
    )
    row.group = _group(row, board)
    return row


def _on_all(leads: list[DayLead], found: dict[int, list]) -> list:
    """What was found on the leads of one customer, in the order of time."""
    if len(leads) == 1:
        return found.get(leads[0].pk, [])
    return sorted((one for lead in leads for one in found.get(lead.pk, ())), key=lambda one: one.at)


def _group(row: Row, board: _Board) -> Group:
    due = [task for task in row.tasks if task.due_on <= board.today and task.kind not in BESIDE]
    if due and not row.expected and all(_is_put_off(task, board.now) for task in due):
        return Group.SNOOZED
    if any(not task.catch_up and task.is_overdue(board.now) for task in due):
        return Group.OVERDUE
    if row.expected or not all(task.catch_up for task in due):
        return Group.TODAY
    if due:
        return Group.SHARE
    if any(_is_of(task, board.today) for task in row.tasks):
        return Group.TODAY
    if row.worked_on:
        return Group.DONE
    return Group.NO_DATE if row.is_grey else Group.NEW


def _is_put_off(task: DayTask, now: dt.datetime) -> bool:
    return task.snoozed_until is not None and task.snoozed_until > now


def _is_of(task: DayTask, today: dt.date) -> bool:
    """Worth something today only: a thank-you, a birthday greeting."""
    return task.kind in OF_ONE_DAY and task.due_on == today


def _reasons(row: Row, board: _Board) -> list[why.Reason]:
    leads = {lead.pk: lead for lead in row.leads}
    reasons = [why.coming(appointment, board.store) for appointment in row.expected]
    if row.group == Group.SNOOZED:
        until = min(task.snoozed_until for task in row.tasks if task.snoozed_until)
        reasons.append(why.put_off(until, board.store, board.today))
    if row.group == Group.NEW:
        reasons.append(why.newly_given())
    if row.lead.priority and row.lead.step < Step.DEAL and row.group != Group.DONE:
        reasons.append(why.comes_first())
    if row.is_grey:
        reasons.append(why.no_next_date())
    for task in row.tasks:
        if row.expected and task.due_on == board.today and task.kind == TaskKind.CADENCE:
            reasons.append(why.grade(leads[task.lead_id].grade))  # the hour says the rest
        else:
            told = why.task_reasons(task, leads[task.lead_id], store=board.store, now=board.now)
            aside = task.due_on > board.today or task.kind in RIDERS
            beside = reasons and aside  # what does not press beside what does: not on a phone
            reasons += [replace(reason, only="wide") for reason in told] if beside else told
    if row.group != Group.DONE:
        reasons += why.protection_ends(row.lead, board.today)
    return [*reasons, why.worked_on(row.worked_on, board.store)] if row.worked_on else reasons


def _grouped(rows: Iterable[Row]) -> dict[Group, list[Row]]:
    found: dict[Group, list[Row]] = {group: [] for group in Group}
    for row in rows:
        found[row.group].append(row)
    for group in found.values():
        group.sort(key=_place)
    return found


def _place(row: Row) -> tuple:
    """Tried ones last; those who come today by the hour; then by grade, O first; then by due time.

    Whom one only has to thank or greet comes after who is to be called. At one due time a flagged
    customer stands first (SPEC T18, FUP-05).
    """
    hour = row.expected[0].at if row.expected else None
    task = next((task for task in row.tasks if task.kind not in BESIDE), None)
    due = task.due_at if task else None
    return (
        row.worked_on is not None,
        hour is None,
        hour or 0,
        task is None or task.due_on > row.board.today,
        GRADE_RANK[row.lead.grade],
        due is None,
        due or 0,
        not row.lead.priority,
        row.lead.number,
    )


def _expected(leads: list[DayLead], board: _Board) -> list[Expected]:
    asks_after = dt.timedelta(minutes=setting(board.store, "appointment_asks_after_minutes"))
    words = Words()
    found = [
        Expected(
            appointment=a,
            name=lead.customer_name or words.nameless,
            car=words.car(lead.car_en, lead.car_zh),
            kind=str(Appointment.Kind(a.kind).label),
            clock=why.clock(a.at, board.store),
            card=words.card % lead.number,
            may_work=works_as_own(lead, board.user),
            late=board.now > a.at + asks_after,
        )
        for lead in leads
        for a in board.planned.get(lead.pk, ())
        if board.store.business_date(a.at) == board.today
    ]
    return sorted(found, key=lambda row: (row.appointment.at, row.appointment.pk))


class Words:
    """The words of one page; each is made once however many rows need it."""

    def __init__(self):
        self.plate, self.ticks = cache(plate), cache(ticks)
        self.car = cache(lambda en, zh: in_reader_language(en or "", zh or "") or _("Model open"))
        self.nameless = _("No name yet")
        self.card, self.log, self.reveal = map(address, ("leads:card", "followups:log", "leads:reveal"))
        self.message = address("followups:message") + "?opening=%s&next=" + reverse("home")


def in_words(row: Row, words: Words) -> dict[str, object]:
    """What a row says, for `{% lines %}`; the addresses of its buttons only for who works on the lead."""
    lead, tone = row.lead, row.tone
    return {
        "key": lead.customer_id,
        "mark": words.plate(lead.grade) + words.ticks(lead.step, lead.skipped),
        "name": lead.customer_name or words.nameless,
        "car": words.car(lead.car_en, lead.car_zh),
        "tone": tone,
        "late": tone == "late",
        "missing": tone == "missing",
        "line": row.line,
        "last": row.last,
        "card": words.card % lead.number,
        "message": words.message % (lead.number, row.message) if row.message else "",
        "log": words.log % lead.number if row.may_work else "",
        "reveal": words.reveal % lead.number,
    }


@lru_cache(maxsize=16)
def address(name: str) -> str:
    """An address with %s where the lead's number stands; to ask for each row takes longer than the row."""
    return reverse(name, args=["0"]).replace("0", "%s")
