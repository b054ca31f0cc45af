"""What the funnel page shows: rows with their numbers, the drawing, the people, what to look at first."""

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.rules import setting
from leads.steps import Step, step_label

from .asked import Asked
from .facts import FACTS
from .funnel import Row
from .mark import Mark, mark_of
from .numbers import Numbers, numbers_of, stock_of
from .work_days import work_of

WORK = ("visits", "calls", "contacts", "appointments_set", "appointments_showed")
EVIDENCE = (Step.TEST_DRIVE, Step.NEGOTIATION, Step.DEAL)
LEAST = 5  # so many must have entered a step before its conversion is called the worst


def share(part: int, whole: int) -> float | None:
    """A share in per cent with one digit; None of nothing."""
    return round(100 * part / whole, 1) if whole else None


def in_words(stay: dt.timedelta | None) -> str:
    """A time in a step: "2.7 days", "5 hours", "20 minutes"; empty for none."""
    if stay is None:
        return ""
    hours = stay.total_seconds() / 3600
    if hours >= 24:
        return _("%(days)s days") % {"days": f"{hours / 24:.1f}"}
    if hours >= 1:
        return ngettext("%(n)s hour", "%(n)s hours", round(hours)) % {"n": round(hours)}
    minutes = round(hours * 60)
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


@dataclass
class Line:
    """A row of the funnel with its numbers and the addresses of their lists."""

    row: Row
    name: str
    entered: int
    before: int | None  # entered the row before, None for the first
    skipped: int
    stock: int
    stay: str
    urls: dict[str, str]
    worst: bool = False

    @property
    def conversion(self) -> float | None:
        """n(k+1) / n(k) in per cent (SPEC FLOW-11)."""
        return share(self.entered, self.before) if self.before is not None else None


@dataclass
class Worker:
    """A line of the people's table: (number, address of its list) by column."""

    pk: int
    name: str
    url: str
    cells: list[tuple[int, str]]


@dataclass
class Bar:
    """Where a row stands in the drawing, in its own units (SVG)."""

    line: Line
    left: float
    top: float
    height: float
    skipped_top: float
    skipped_height: float
    middle: float
    share: float  # of the widest, in per cent
    join: str = ""  # the area towards the next bar
    joins_worst: bool = False
    next: Line | None = None
    badge: float = 0

    @property
    def label(self) -> float:
        """Where the number stands, above the bar."""
        return round(self.skipped_top - 8, 1)


@dataclass
class Drawing:
    """The drawing above the table; both have nine columns of the same width."""

    lines: list[Line]
    width: int = 900
    height: int = 210
    top: int = 30
    bars: list[Bar] = field(default_factory=list)

    def __post_init__(self):
        self.column = self.width / len(self.lines)
        self.bar_width = round(self.column * 0.58, 1)
        most = max((line.entered + line.skipped for line in self.lines), default=0) or 1
        self.bars = [self._bar(place, line, most) for place, line in enumerate(self.lines)]
        for bar, after in zip(self.bars, self.bars[1:], strict=False):
            self._join(bar, after)

    @property
    def foot(self) -> int:
        return self.height - 10

    def _bar(self, place: int, line: Line, most: int) -> Bar:
        room = self.height - self.top
        height, above = room * line.entered / most, room * line.skipped / most
        left = place * self.column + (self.column - self.bar_width) / 2
        return Bar(
            line,
            left=round(left, 1),
            top=round(self.height - height, 1),
            height=round(height, 1),
            skipped_top=round(self.height - height - above, 1),
            skipped_height=round(above, 1),
            middle=round(left + self.bar_width / 2, 1),
            share=round(100 * line.entered / most, 1),
        )

    def _join(self, bar: Bar, after: Bar) -> None:
        right, foot = bar.left + self.bar_width, self.height
        corners = [(right, foot), (right, bar.top), (after.left, after.top), (after.left, foot)]
        bar.join = " ".join(f"{x:.1f},{y:g}" for x, y in corners)
        bar.next, bar.joins_worst = after.line, after.line.worst
        bar.badge = round((right + after.left) / 2, 1)


class FunnelPage:
    """The numbers of one address; each part asks the database once."""

    def __init__(self, asked: Asked):
        self.asked = asked
        self.labels = setting(asked.reader.store, "step_labels")

    def name_of(self, row: Row) -> str:
        """The step's name in the store's words; 洽谈成交 for two in one."""
        if len(row.steps) > 1:
            return _("Negotiation and deal")
        return str(step_label(row.steps[0], self.labels))

    @cached_property
    def _numbers(self) -> Numbers:
        return numbers_of(self.asked.wanted, eight=self.asked.eight, mark=self._mark)

    @cached_property
    def _mark(self) -> Mark:
        return mark_of(self.asked.scope)

    @cached_property
    def lines(self) -> list[Line]:
        asked, before, lines = self.asked, None, []
        stock = stock_of(asked.wanted, eight=asked.eight, mark=self._mark)
        left_out, stays = self._numbers.skipped, self._numbers.stays
        for row in asked.rows:
            arrived = sum(self._numbers.entered[row.code].values())
            urls = {figure: self.leads_url(figure, row) for figure in ("entered", "skipped", "stock")}
            lines.append(
                Line(
                    row, self.name_of(row), arrived, before, left_out.get(row.code, 0),
                    stock.get(row.code, 0), in_words(stays.get(row.code)), urls,
                )
            )  # fmt: skip
            before = arrived
        self._mark_worst(lines)
        return lines

    def _mark_worst(self, lines: list[Line]) -> None:
        """The lowest conversion between steps that enough leads entered."""
        told = [line for line in lines if line.conversion is not None and line.before >= LEAST]
        worst = min(told, key=lambda line: line.conversion, default=None)
        if worst and worst.conversion < 100:
            worst.worst = True

    @cached_property
    def worst(self) -> tuple[Line, Line] | None:
        """Between which two rows most is lost."""
        pairs = zip(self.lines, self.lines[1:], strict=False)
        return next(((here, there) for here, there in pairs if there.worst), None)

    @cached_property
    def drawing(self) -> Drawing:
        return Drawing(self.lines)

    @cached_property
    def rates(self) -> list[dict]:
        """Shares of those received: test drives, deals (WORDS.md: 试驾率, 成交率)."""
        by_step = {step: line for line in self.lines for step in line.row.steps}
        received = by_step[Step.RECEPTION].entered
        wanted = [(_("Test drive rate"), by_step[Step.TEST_DRIVE]), (_("Deal rate"), by_step[Step.DEAL])]
        return [
            {"label": label, "share": share(line.entered, received), "line": line, "received": received}
            for label, line in wanted
        ]

    # --- the people -----------------------------------------------------------------------

    @cached_property
    def columns(self) -> list[str]:
        facts = [FACTS[key].label for key in WORK]
        return [*facts, *(self.name_of(row) for row in self._evidence), FACTS["losses"].label]

    @cached_property
    def _evidence(self) -> list[Row]:
        return [row for row in self.asked.rows if set(row.steps) & set(EVIDENCE)]

    @cached_property
    def workers(self) -> list[Worker]:
        """Per person visits, calls, contacts, appointments, steps entered, losses (SPEC REPT-04)."""
        work = work_of(self.asked.work, self._mark)
        names = [(pk, self.asked.people[pk]) for pk in self.asked.workers]
        return [self._worker(pk, name, work.get(pk, {})) for pk, name in names]

    def _worker(self, pk: int, name: str, work: dict[str, int]) -> Worker:
        *addresses, of_losses = (f"{address}&person={pk}" for address in self._addresses)
        numbers = [work.get(key, 0) for key in WORK]
        numbers += [self._numbers.entered[row.code].get(pk, 0) for row in self._evidence]
        cells = [*zip(numbers, addresses, strict=True), (work.get("losses", 0), of_losses)]
        return Worker(pk, name, self._own_url.format(pk), cells)

    @cached_property
    def _addresses(self) -> list[str]:
        """By column, without the person: hundreds of addresses differ in nothing else."""
        evidence = [self.leads_url("entered", row, person=None) for row in self._evidence]
        return [*(self.records_url(key) for key in WORK), *evidence, self.records_url("losses")]

    @cached_property
    def _own_url(self) -> str:
        query = self.asked.query(person=None).replace("{", "{{").replace("}", "}}")
        return f"{query}{'&' if len(query) > 1 else ''}person={{}}"

    # --- addresses --------------------------------------------------------------------------

    @cached_property
    def _leads(self) -> str:
        return reverse("reports:funnel_leads")

    def leads_url(self, figure: str, row: Row, **changes) -> str:
        return self._leads + self.asked.query(of=figure, step=row.code, **changes)

    def records_url(self, key: str) -> str:
        return reverse("reports:work") + self.asked.query(of=key, person=None, channel=None, model=None)
