"""PDCA-14, A19: what stays undone goes to the supervisor, then to the manager, each once."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from accounts.duty import after_duty_minutes, before_duty_minutes
from accounts.models import DayOff, StoreClosure, StoreHours
from accounts.rules import set_setting
from followups.contacts import Said, log_contact
from followups.enquiries import Enquiry, take_in
from followups.models import Notice, Task
from followups.sweep import sweep
from followups.task_kinds import TaskKind
from followups.telling import tell_what_is_due
from followups.undoing import undo_contact
from tests.conftest import at
from tests.factories import make_person, make_store
from tests.followups.telling import make_supervisor, told
from tests.followups.worked_leads import make_lead
from tests.nights import late_night, night_in_a_row
from tests.statements import statements

pytestmark = pytest.mark.django_db


def night(store, day):
    return night_in_a_row(store, dt.date(2026, 3, day))


@pytest.fixture
def sun(store, li, wang):
    """Sun leads Li and Wang, not Zhao."""
    return make_supervisor(store, li, wang)


class TestADayThatWentBy:
    @pytest.fixture
    def lead(self, store, li):
        return make_lead(store, li, "A", due="2026-03-04", visited="2026-03-01 10:00")

    def test_first_the_supervisor_then_the_manager(self, store, sun, chen, lead):
        task, steps = lead.tasks.get(), []
        for day in (5, 6, 7, 8):
            night(store, day)
            task.refresh_from_db()
            steps.append((task.told_up, task.escalated, len(told(sun)), len(told(chen))))
        assert steps == [(0, False, 0, 0), (1, False, 1, 0), (2, True, 1, 1), (2, True, 1, 1)]
        assert told(sun) == told(chen) == [("overdue_up", {"n": 1})]

    @pytest.mark.parametrize(
        "zone",
        [
            "Asia/Shanghai",
            *(pytest.param(z, marks=pytest.mark.thorough) for z in ("Europe/Berlin", "America/New_York")),
        ],
    )
    def test_to_the_second_where_the_days_of_the_store_turn(self, zone):
        here = ZoneInfo(zone)
        store = make_store("far", zone=zone)
        seller = make_person(store, "seller", "Seller", "consultant")
        lead = make_supervisor(store, seller)
        task = make_lead(store, seller, "H", due="2026-03-27", visited="2026-03-25 10:00").tasks.get()
        heard = []
        for moment in (
            "2026-03-28 23:59:59",
            "2026-03-29 00:00:00",
            "2026-03-29 23:59:59",
            "2026-03-30 00:00:00",
        ):
            sweep(at(moment, here))
            task.refresh_from_db()
            heard.append((task.told_up, len(told(lead))))
        assert heard == [(0, 0), (1, 1), (1, 1), (2, 1)]

    @pytest.mark.parametrize(("grade", "told_up"), [("O", 1), ("H", 1), ("A", 1), ("B", 0), ("C", 0)])
    @pytest.mark.thorough
    def test_of_next_dates_the_supervisor_hears_the_hot_ones(self, store, li, sun, grade, told_up):
        task = make_lead(store, li, grade, due="2026-03-04", visited="2026-03-01 10:00").tasks.get()
        night(store, 6)
        task.refresh_from_db()
        assert (task.told_up, len(told(sun))) == (told_up, told_up)

    @pytest.mark.parametrize(("kind", "told_up"), [("day_after", 1), ("call_back", 1), ("ladder", 0)])
    @pytest.mark.thorough
    def test_and_first_follow_ups_and_call_backs(self, store, li, sun, kind, told_up):
        lead = make_lead(store, li, "C", due="2026-03-20", visited="2026-03-01 10:00")
        task = Task.objects.create(
            store=store, lead=lead, kind=kind, assignee=li, due_at=at("2026-03-04 15:00"),
            due_on="2026-03-04", cause="test", why_args={"rung": 1, "since": "2026-03-04T00:00:00+00:00"},
        )  # fmt: skip
        night(store, 6)
        task.refresh_from_db()
        assert task.told_up == told_up

    def test_many_are_one_notice_for_each_above_who_leads_them(self, store, li, wang, zhao, sun, chen):
        for owner in (li, li, wang, zhao):
            make_lead(store, owner, "H", due="2026-03-04", visited="2026-03-01 10:00")
        night(store, 6)
        night(store, 7)
        assert told(sun) == [("overdue_up", {"n": 3})]
        assert told(chen) == [("overdue_up", {"n": 4})]

    def test_nights_that_were_missed_are_made_up_for(self, store, sun, chen, lead):
        late_night(store, dt.date(2026, 3, 9))
        assert told(sun) == told(chen) == [("overdue_up", {"n": 1})]

    def test_what_comes_to_the_manager_comes_to_no_supervisor_that_night(self, store, sun, chen, lead):
        set_setting(store, "escalate_after_days", 1, by=chen, at=at("2026-03-01 10:00"))
        night(store, 6)
        assert (told(sun), told(chen)) == ([], [("overdue_up", {"n": 1})])

    def test_nobody_is_told_of_his_own(self, store, chen):
        make_lead(store, chen, "H", due="2026-03-04", visited="2026-03-01 10:00")
        night(store, 8)
        assert not Notice.objects.exists()
        assert Task.objects.get(kind="cadence").escalated

    def test_pool_and_catch_up_never_go_up(self, store, li, sun, chen):
        make_lead(store, None, "H", due="2026-03-04", visited="2026-03-01 10:00")
        share = make_lead(store, li, "H", due="2026-03-04", visited="2026-03-01 10:00")
        share.tasks.update(catch_up=True)
        night(store, 9)
        assert not Notice.objects.exists()
        assert not Task.objects.filter(told_up__gt=0).exists()

    @pytest.mark.thorough
    def test_what_is_put_off_waits(self, store, sun, lead):
        lead.tasks.update(snoozed_until=at("2026-03-06 00:00:01"))
        night(store, 6)
        assert told(sun) == []
        night(store, 7)
        assert lead.tasks.get(kind="cadence").told_up == 2

    @pytest.mark.thorough
    def test_the_days_are_the_stores(self, store, sun, chen, lead):
        set_setting(store, "supervisor_after_days", 3, by=chen, at=at("2026-03-01 10:00"))
        set_setting(store, "escalate_after_days", 5, by=chen, at=at("2026-03-01 10:00"))
        levels = []
        for day in (7, 8, 9, 10):
            night(store, day)
            levels.append(lead.tasks.get(kind="cadence").told_up)
        assert levels == [0, 1, 1, 2]

    def test_a_new_date_begins_anew_and_its_undoing_brings_it_back(self, store, li, sun, lead):
        night(store, 6)
        called = at("2026-03-06 10:00")
        tried = log_contact(lead.pk, Said("no_answer"), by=li, at=called, now=called)
        assert Task.objects.get(state="open").told_up == 0
        undo_contact(tried.pk, by=li, at=at("2026-03-06 10:05"))
        assert Task.objects.get(state="open").told_up == 1


class TestAnEnquiryThatNobodyCalls:
    @pytest.fixture(autouse=True)
    def _open_nine_to_seven(self, store):
        StoreHours.objects.filter(store=store).delete()
        for weekday in range(7):
            StoreHours.objects.create(store=store, weekday=weekday, opens=dt.time(9), closes=dt.time(19))
        store.refresh_from_db()

    def ask(self, store, owner, when="2026-03-02 10:00", phone="13905186627"):
        return take_in(store, Enquiry(phone, "张伟"), owner=owner, by=owner, at=at(when))[0]

    def heard(self, *people):
        return [len(told(person, "enquiry_due", "enquiry_late")) for person in people]

    @pytest.mark.parametrize(
        ("moment", "heard"),
        [
            ("10:14:59", [0, 0, 0]),
            ("10:15:00", [1, 0, 0]),  # due
            ("10:44:59", [1, 0, 0]),
            ("10:45:00", [1, 1, 0]),
            ("11:14:59", [1, 1, 0]),
            ("11:15:00", [1, 1, 1]),
        ],
    )
    def test_the_consultant_the_supervisor_the_manager(self, store, li, sun, chen, moment, heard):
        self.ask(store, li)
        tell_what_is_due(at(f"2026-03-02 {moment}"))
        assert self.heard(li, sun, chen) == heard

    def test_each_hears_of_it_once_and_it_is_escalated(self, store, li, sun, chen):
        lead = self.ask(store, li)
        for moment in ("10:15", "10:20", "10:45", "10:50", "11:15", "11:20", "12:00"):
            tell_what_is_due(at(f"2026-03-02 {moment}"))
        assert self.heard(li, sun, chen) == [1, 1, 1]
        task = lead.tasks.get(kind=TaskKind.LADDER)
        assert (task.told_up, task.escalated) == (2, True)
        assert Notice.objects.get(user=chen).args == {"who": "李强", "n": 60}

    def test_only_opening_hours_count(self, store, li, sun, chen):
        self.ask(store, li, "2026-03-02 18:40")  # due 18:55
        moments = ("2026-03-02 18:55", "2026-03-03 08:59:59", "2026-03-03 09:24:59", "2026-03-03 09:25")
        heard = []
        for moment in moments:
            tell_what_is_due(at(moment))
            heard.append(self.heard(li, sun, chen))
        assert heard == [[1, 0, 0], [1, 0, 0], [1, 0, 0], [1, 1, 0]]

    def test_a_try_ends_it(self, store, li, sun, chen):
        lead = self.ask(store, li)
        tried = at("2026-03-02 10:44:59")
        log_contact(lead.pk, Said("no_answer"), by=li, at=tried, now=tried)
        tell_what_is_due(at("2026-03-02 11:30"))
        assert self.heard(li, sun, chen) == [0, 0, 0]

    def test_a_sweep_that_comes_late_tells_all_of_them(self, store, li, sun, chen):
        self.ask(store, li)
        tell_what_is_due(at("2026-03-02 15:00"))
        assert self.heard(li, sun, chen) == [1, 1, 1]

    def test_the_pool_waits_for_nobody(self, store, li, sun, chen):
        lead = self.ask(store, li)
        lead.tasks.update(assignee=None)
        tell_what_is_due(at("2026-03-02 15:00"))
        assert not Notice.objects.exists()

    @pytest.mark.parametrize(("absence", "told_first"), [(True, [0, 1]), (False, [0, 0])])
    def test_who_is_off_is_not_asked(self, store, li, wang, sun, absence, told_first):
        """On leave the deputy calls; on a day off nobody covers an enquiry without a grade (A08)."""
        DayOff.objects.create(user=li, store=store, on="2026-03-02", absence=absence, deputy=wang)
        self.ask(store, li)
        tell_what_is_due(at("2026-03-02 10:15"))
        assert self.heard(li, wang) == told_first
        tell_what_is_due(at("2026-03-02 10:45"))
        assert self.heard(sun) == [1]

    def test_a_second_call_is_no_matter_of_minutes(self, store, li, sun, chen):
        lead = self.ask(store, li)
        tried = at("2026-03-02 10:05")
        log_contact(lead.pk, Said("no_answer"), by=li, at=tried, now=tried)
        tell_what_is_due(at("2026-03-02 18:00"))
        assert self.heard(li, sun, chen) == [0, 0, 0]

    def test_ten_cost_as_many_statements_as_one(self, store, li, sun, chen):
        asked = []
        for day, count in ((2, 1), (3, 1), (4, 10)):
            for n in range(count):
                self.ask(store, li, f"2026-03-0{day} 10:00", phone=f"139{day}{n:07}")
            with statements() as part:
                tell_what_is_due(at(f"2026-03-0{day} 12:00"))
            asked.append(len(part))
        assert asked[1] == asked[2]


@pytest.mark.parametrize("minutes", [1, 30, 60, 700])
@pytest.mark.parametrize(
    "now",
    ["2026-03-02 03:00", "2026-03-02 09:00", "2026-03-02 09:10", "2026-03-02 12:00", "2026-03-02 18:00",
     "2026-03-02 22:00", "2026-03-03 10:00", "2026-03-04 09:20"],
)  # fmt: skip
def test_the_last_moment_before_so_many_minutes_is_the_last(store, now, minutes):
    StoreClosure.objects.create(store=store, on="2026-03-03")
    store.refresh_from_db()
    last = before_duty_minutes(store, at(now), minutes)
    assert after_duty_minutes(store, last, minutes) <= at(now)
    assert after_duty_minutes(store, last + dt.timedelta(seconds=1), minutes) > at(now)


def test_in_a_store_that_never_opens_the_clock_simply_runs(store):
    StoreHours.objects.filter(store=store).delete()
    store.refresh_from_db()
    assert before_duty_minutes(store, at("2026-03-02 12:00"), 30) == at("2026-03-02 11:30")
