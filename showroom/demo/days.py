"""A day of the demo store: the night, visits, calls. Seeded, so the same day comes out the same."""

import datetime as dt
import random
from collections.abc import Callable

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import Store, User
from accounts.rules import opening
from followups.contacts import Said, log_contact
from followups.messages import mark_sent
from followups.models import Appointment, Task
from followups.night import run_night
from followups.outcomes import Outcome
from followups.task_kinds import BESIDE
from leads.models import CarModel, Lead
from leads.moves import advance
from leads.steps import Step
from showroom.closing import Leaving, close_visit
from showroom.in_house import approach
from showroom.models import Line, Visit
from showroom.rota_board import read_board
from showroom.visits import Arrival, log_visit

from . import cast, floor

OUTCOMES = [
    (Outcome.NO_ANSWER, 26), (Outcome.COMPARING, 20), (Outcome.LOOKING, 16), (Outcome.COMING, 14),
    (Outcome.PRICE, 12), (Outcome.FAMILY, 8), (Outcome.NOT_NOW, 4),
]  # fmt: skip
HORIZONS = [5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180]
VISITS_A_DAY = (4, 8)
IN_THE_HOUSE = (44, 21, 3)  # minutes since they came, at the moment the demo has come to
APPROACH = dt.timedelta(minutes=4)
DILIGENCE = 0.9  # share of due calls that are made on their day


class Day:
    """A day's work up to `until`; nothing happens after that moment."""

    def __init__(self, store: Store, on: dt.date, until: dt.datetime):
        self.store, self.on, self.until = store, on, until
        self.chance = random.Random(f"{store.code}:{on}")
        people = User.objects.filter(memberships__store=store, memberships__role="consultant")
        self.consultants = list(people.order_by("id").distinct())
        self.manager = User.objects.filter(memberships__store=store, memberships__role="manager").first()
        self.models = list(CarModel.objects.filter(group=store.group).order_by("id"))
        self.channels = list(store.terms.filter(list="channel").order_by("rank"))
        self.areas = list(store.terms.filter(list="area").order_by("rank"))

    def play(self) -> None:
        """Run the night, then everything that happened that day in the order of the clock."""
        run_night(self.store, self.on, now=min(self.at(0, 0) + dt.timedelta(seconds=4), self.until))
        for moment, act in sorted(self._plan(), key=lambda item: item[0]):
            if moment <= self.until:
                act(moment)

    def at(self, hour: int, minute: int) -> dt.datetime:
        return self.store.at_local(self.on, dt.time(hour, minute))

    def _moment(self, first_hour: int, last_hour: int) -> dt.datetime:
        return self.at(self.chance.randint(first_hour, last_hour), self.chance.randint(0, 59))

    def _plan(self) -> list[tuple[dt.datetime, Callable]]:
        plan = [(self._moment(9, 16), self._walk_in) for _ in range(self.chance.randint(*VISITS_A_DAY))]
        plan += self._just_now()
        plan += [
            (self._moment(9, 17), lambda moment, task=task: self._call(task, moment))
            for task in self._due_tasks()
            if self.chance.random() < DILIGENCE
        ]
        appointments = Appointment.objects.filter(
            store=self.store, state="planned", at__range=(self.at(0, 0), self.at(23, 59))
        )
        plan += [
            (appointment.at, lambda moment, lead=appointment.lead: self._return(lead, moment))
            for appointment in appointments.select_related("lead")
            if self.chance.random() < 0.75
        ]
        for name in settings.DEMO_ACTS:
            plan += import_string(name)(self)
        return plan

    def _just_now(self) -> list[tuple[dt.datetime, Callable]]:
        """Who is in the house at the moment the demo has come to, if the store is open then."""
        opens, closes = opening(self.store, self.on)
        if not opens + dt.timedelta(hours=1) < self.until < closes:
            return []
        return [
            (self.until - dt.timedelta(minutes=ago), lambda moment, here=here: self._one_more(moment, here))
            for here, ago in enumerate(IN_THE_HOUSE)
        ]

    def _one_more(self, moment: dt.datetime, here: int) -> None:
        """Somebody who stays, unless more groups than `here` are in the house already."""
        if Visit.objects.filter(store=self.store, on=self.on, left_at=None).count() <= here:
            self._walk_in(moment, stays=True)

    def _due_tasks(self) -> list[Task]:
        tasks = Task.objects.filter(store=self.store, state="open", assignee__isnull=False)
        calls = tasks.filter(due_at__lt=self.at(23, 59)).exclude(kind__in=BESIDE)
        return list(calls.select_related("lead", "assignee").order_by("id"))

    # --- acts --------------------------------------------------------------------

    def _next(self, moment: dt.datetime) -> User:
        """Whose turn it is; anybody when nobody is free."""
        head = read_board(self.store, self.on, now=moment).head(Line.WALK_IN)
        by_id = {one.pk: one for one in self.consultants}
        return by_id[head.user_id] if head else self.chance.choice(self.consultants)

    def _walk_in(self, moment: dt.datetime, *, stays: bool = False) -> None:
        receiver = self._next(moment)
        named = self.chance.random() < 0.92
        arrival = Arrival(
            phone_text=f"13{self.chance.randint(0, 9)}{self.chance.randint(0, 99_999_999):08d}"
            if self.chance.random() < 0.88
            else "",
            name=self.chance.choice(cast.SURNAMES) + self.chance.choice(cast.GIVEN) if named else "",
            persons=self.chance.choice([1, 1, 2, 2, 3]),
            car_model=self.chance.choice(self.models),
            channel=self.chance.choice(self.channels),
            area=self.chance.choice(self.areas),
        )
        visit, _ = log_visit(self.store, arrival, receiver=receiver, by=receiver, at=moment, now=moment)
        if stays:
            self._talk(visit, receiver, moment)
        else:
            self._leave(visit, receiver, moment)

    def _return(self, lead: Lead, moment: dt.datetime) -> None:
        phone = lead.customer.contact_points.values_list("value", flat=True).first()
        receiver = lead.owner or self.chance.choice(self.consultants)
        arrival = Arrival(phone_text=phone, persons=2)
        visit, _ = log_visit(self.store, arrival, receiver=receiver, by=receiver, at=moment, now=moment)
        self._leave(visit, receiver, moment)

    def _leave(self, visit: Visit, receiver: User, moment: dt.datetime) -> None:
        left = moment + dt.timedelta(minutes=self.chance.randint(25, 80))
        if visit.left_at:
            return
        if left > self.until:
            self._talk(visit, receiver, moment)
            return
        horizon = self.chance.choice(HORIZONS)
        grade = next(code for code, last in (("H", 7), ("A", 30), ("B", 90), ("C", 9999)) if horizon <= last)
        if visit.lead and not visit.lead.customer.name:
            grade = ""
        leaving = Leaving(
            grade=grade,
            horizon_days=horizon,
            grade_reason=cast.BY_EAR if grade else "",
            outcome=cast.SAID[grade],
            manager_met=self.chance.random() < 0.4,
        )
        self._talk(visit, receiver, moment, until=left)
        close_visit(visit.pk, leaving, by=receiver, at=left, now=left)
        self._thank(visit, receiver, left + dt.timedelta(minutes=visit.pk % 7))
        self._progress(visit, receiver, left)

    def _thank(self, visit: Visit, receiver: User, moment: dt.datetime) -> None:
        """Most are thanked, some of them late, every fifth by nobody."""
        if visit.lead_id and not visit.courtesy and visit.pk % 5 and moment < self.until:
            mark_sent(visit.lead_id, cast.THANKS, by=receiver, now=moment)

    def _talk(self, visit: Visit, receiver: User, moment: dt.datetime, *, until: dt.datetime | None = None):
        """What happens while a group is here: asked, shown, driven, each by its own verb."""
        until = min(until or self.until, self.until)
        if not visit.lead_id or visit.courtesy or moment + APPROACH > until:
            return
        approach(visit.pk, by=receiver, at=moment + APPROACH)
        lead = Lead.objects.select_related("store", "customer").get(pk=visit.lead_id)
        chance, at = self.chance, moment + APPROACH * 2
        if lead.step > Step.WALKAROUND or at > until or chance.random() < 0.25:
            return
        floor.ask(lead, receiver, chance, at=at, done=chance.random() < 0.8)
        at += dt.timedelta(minutes=9)
        if at > until or chance.random() < 0.3:
            return
        floor.show(lead, receiver, visit.car_model, chance, at=at)
        at += dt.timedelta(minutes=8)
        if at + floor.DRIVE <= until and chance.random() < 0.5:
            floor.drive(lead, receiver, chance, at=at)

    def _progress(self, visit: Visit, receiver: User, left: dt.datetime) -> None:
        """Some go on to the price at the desk: by hand, with the reason."""
        if not visit.lead_id or visit.courtesy or self.chance.random() < 0.6:
            return
        lead = Lead.objects.get(pk=visit.lead_id)
        if lead.step in (Step.NEEDS, Step.WALKAROUND):
            advance(lead.pk, to=Step.NEGOTIATION, by=receiver, at=left, reason=cast.REASONS[6])

    def _call(self, task: Task, moment: dt.datetime) -> None:
        task.refresh_from_db()
        if task.state != Task.State.OPEN or task.assignee is None:
            return
        codes, weights = zip(*OUTCOMES, strict=True)
        outcome = self.chance.choices(codes, weights)[0]
        coming = None
        if outcome == Outcome.COMING:
            day = self.on + dt.timedelta(days=self.chance.randint(1, 5))
            coming = self.store.at_local(
                day, dt.time(self.chance.randint(10, 16), self.chance.choice([0, 30]))
            )
        channel = self.chance.choice(["phone", "phone", "phone", "wechat"])
        text = self.chance.choice(cast.NOTES.get(outcome, [""]))
        said = Said(outcome, channel=channel, text=text, coming_at=coming)
        log_contact(task.lead_id, said, by=task.assignee, at=moment, now=moment)
