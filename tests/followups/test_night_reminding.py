"""What the night reminds of: once, on its day, and never as a second row of a customer."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from accounts.models import Membership
from accounts.rules import set_setting
from followups.appointments import make_appointment
from followups.cadence import close_tasks, move_cadence, open_cadence, void_tasks
from followups.catch_up import start_catch_up
from followups.contacts import Said, log_contact
from followups.models import NightlyRun, Task
from followups.my_day import Group, build
from followups.next_step import without_next_step
from followups.night import reminding, riding
from leads.log import record
from leads.models import Consent, FieldChange, Lead, LeadEvent
from leads.moves import advance, lock_lead
from leads.reviving import revive
from tests.conftest import at
from tests.factories import CustomerFactory, LeadFactory, PhoneFactory
from tests.followups.worked_leads import make_lead
from tests.nights import night_in_a_row

pytestmark = pytest.mark.django_db


def day(text):
    return dt.date.fromisoformat(text)


def night(store, text):
    return night_in_a_row(store, day(text))


def twice(store, text):
    """The night of a day, and once more as if it had never run: it writes nothing again."""
    night(store, text)
    NightlyRun.objects.all().delete()
    assert night(store, text).changed == 0


def chore(do, store, text):
    return do(store, day(text), now=store.start_of_day(day(text))).changed


def tasks(kind, **facts):
    return Task.objects.filter(kind=kind, **facts)


def reasons(user, store, wall_clock, group):
    rows = build(user, store, now=at(wall_clock)).rows[group]
    return [[strip_tags(reason.text) for reason in row.reasons] for row in rows]


# --- FLOW-04 ------------------------------------------------------------------------------------


class TestStuck:
    @pytest.fixture
    def lead(self, store, li):
        """In needs analysis since 2 March; the next date is the 17th."""
        return make_lead(
            store, li, visited="2026-03-02 10:00", step=3, step_entered_at=at("2026-03-02 10:00")
        )

    def test_on_the_eighth_day_and_not_before(self, store, lead):
        assert chore(riding.remind_of_stuck, store, "2026-03-09") == 0
        assert chore(riding.remind_of_stuck, store, "2026-03-10") == 1
        task = tasks("stuck").get()
        assert (task.cause, task.why_args) == (f"stuck:{lead.pk}:3:2026-03-02", {"days": 7})
        assert (task.due_on, task.due_at, task.assignee) == (
            day("2026-03-17"),
            at("2026-03-17 23:59:59"),
            lead.owner,
        )

    def test_each_step_is_told_with_its_own_days(self, store, li, lead, chen):
        set_setting(store, "max_days_walkaround", 5, by=chen, at=at("2026-03-02 12:00"))
        make_lead(store, li, visited="2026-03-02 11:00", step=4, step_entered_at=at("2026-03-02 11:00"))
        assert chore(riding.remind_of_stuck, store, "2026-03-10") == 2
        told = tasks("stuck").order_by("lead__step").values_list("lead__step", "why_args")
        assert list(told) == [(3, {"days": 7}), (4, {"days": 5})]

    def test_the_store_says_how_long(self, store, lead, chen):
        set_setting(store, "max_days_needs", 0, by=chen, at=at("2026-03-02 12:00"))
        assert chore(riding.remind_of_stuck, store, "2026-03-30") == 0
        set_setting(store, "max_days_needs", 3, by=chen, at=at("2026-03-02 12:00"))
        assert chore(riding.remind_of_stuck, store, "2026-03-06") == 1

    def test_it_brings_nobody_on_the_day_and_is_told_on_the_day_of_the_contact(self, store, li, lead):
        night(store, "2026-03-10")
        assert not any(build(li, store, now=at("2026-03-10 09:00")).rows.values())
        (told,) = reasons(li, store, "2026-03-17 09:00", Group.TODAY)
        assert "in this step for over 7 days" in told

    def test_it_goes_with_the_next_date_and_is_never_late_by_itself(self, store, li, lead):
        night(store, "2026-03-10")
        move_cadence(Lead.objects.get(pk=lead.pk), day("2026-03-12"))
        assert tasks("stuck").get().due_on == day("2026-03-12")
        result = night(store, "2026-03-16")
        assert (result.missed, tasks("stuck").get().missed_on, tasks("stuck").get().told_up) == (1, None, 0)

    def test_a_contact_closes_it_and_it_comes_once_in_a_stay(self, store, li, lead):
        night(store, "2026-03-10")
        called = at("2026-03-10 11:00")
        contact = log_contact(lead.pk, Said("comparing"), by=li, at=called, now=called)
        assert (tasks("stuck").get().state, tasks("stuck").get().contact) == ("done", contact)
        twice(store, "2026-03-20")
        assert tasks("stuck").count() == 1

    @pytest.mark.thorough
    def test_a_move_closes_it_and_the_next_stay_counts_anew(self, store, li, lead):
        night(store, "2026-03-10")
        advance(lead.pk, to=4, by=li, at=at("2026-03-10 11:00"), reason="看过车")
        assert (tasks("stuck").get().state, tasks("stuck").get().closed_by) == ("done", li)
        night(store, "2026-03-18")
        assert list(tasks("stuck", state="open").values_list("cause", flat=True)) == [
            f"stuck:{lead.pk}:4:2026-03-10"
        ]

    def test_the_share_of_the_catch_up_stays_a_share(self, store, li, lead):
        start_catch_up(store, [lead.pk], on=day("2026-03-10"))
        assert chore(riding.remind_of_stuck, store, "2026-03-10") == 0

    def test_nobodys_lead_and_a_lead_without_cadence_have_none(self, store, li):
        entered = {"step": 3, "step_entered_at": at("2026-03-02 10:00")}
        make_lead(store, None, visited="2026-03-02 10:00", **entered)
        LeadFactory(store=store, owner=li, **entered)
        assert chore(riding.remind_of_stuck, store, "2026-03-20") == 0


# --- CARD-08 ------------------------------------------------------------------------------------


class TestStaleCard:
    @pytest.fixture
    def lead(self, store, li):
        """The card was opened on 1 March, 90 days before 30 May."""
        return make_lead(store, li, "C", visited="2026-05-20 10:00", step_entered_at=at("2026-05-28 10:00"))

    def test_after_ninety_days_with_the_next_contact(self, store, lead):
        assert chore(riding.refresh_cards, store, "2026-05-29") == 0
        assert chore(riding.refresh_cards, store, "2026-05-30") == 1
        task = tasks("stale_card").get()
        assert (task.due_on, task.why_args) == (day("2026-06-19"), {"days": 90})
        assert task.cause == f"stale_card:{lead.pk}:2026-05-30"

    def test_a_touched_card_is_fresh_for_another_ninety_days(self, store, li, lead):
        FieldChange.objects.create(
            ref_kind="customer", ref_id=lead.customer_id, field="phone", by=li, at=at("2026-03-02 18:00")
        )
        assert chore(riding.refresh_cards, store, "2026-05-30") == 0
        assert chore(riding.refresh_cards, store, "2026-05-31") == 1

    def test_an_edit_closes_it(self, store, li, lead):
        night(store, "2026-05-30")
        told = {"at": at("2026-06-01 10:00"), "recorded_at": at("2026-06-01 10:00"), "by": li}
        record(Lead.objects.get(pk=lead.pk), "edit", data={"fields": ["address"]}, **told)
        task = tasks("stale_card").get()
        assert (task.state, task.closed_at, task.closed_by) == ("done", told["at"], li)
        assert LeadEvent.objects.filter(kind="edit").count() == 1

    @pytest.mark.thorough
    def test_it_is_not_repeated_for_another_ninety_days(self, store, li, lead):
        twice(store, "2026-05-30")
        called = at("2026-06-01 10:00")
        log_contact(lead.pk, Said("comparing"), by=li, at=called, now=called)
        assert tasks("stale_card").get().state == "done"
        assert chore(riding.refresh_cards, store, "2026-08-29") == 0
        assert chore(riding.refresh_cards, store, "2026-08-30") == 1

    def test_a_customer_of_two_leads_has_one(self, store, li, lead):
        second = LeadFactory(store=store, owner=li, grade="B", customer=lead.customer, car_no=2)
        open_cadence(second, day("2026-06-10"), cause="test:second")
        assert chore(riding.refresh_cards, store, "2026-05-30") == 1
        assert tasks("stale_card").get().lead == second


# --- FLOW-09, CAD-04 ----------------------------------------------------------------------------


class TestNoNextStep:
    def dateless(self, store, li, **facts):
        return LeadFactory(store=store, owner=li, step=2, last_contact_at=at("2026-03-03 10:00"), **facts)

    def test_two_days_after_the_talk_and_no_sooner(self, store, li):
        lead = self.dateless(store, li)
        assert chore(reminding.ask_for_next_steps, store, "2026-03-04") == 0
        assert chore(reminding.ask_for_next_steps, store, "2026-03-05") == 1
        task = tasks("no_next_step").get()
        assert (task.due_at, task.assignee) == (at("2026-03-05 23:59:59"), li)
        assert task.cause == f"no_next_step:{lead.pk}:2026-03-05"
        assert reasons(li, store, "2026-03-05 09:00", Group.TODAY) == [["plan the next step"]]
        assert reasons(li, store, "2026-03-06 09:00", Group.OVERDUE) == [["plan the next step, 1 day late"]]

    @pytest.mark.parametrize("grade", ["O", "H"])
    def test_the_hottest_are_not_left_in_peace(self, store, li, grade):
        self.dateless(store, li, grade=grade)
        assert chore(reminding.ask_for_next_steps, store, "2026-03-04") == 1

    def test_the_list_is_that_of_my_day(self, store, li):
        shown = self.dateless(store, li)
        planned = self.dateless(store, li)
        planned.appointments.create(
            store=store, at=at("2026-03-09 10:00"), set_by=li, set_at=at("2026-03-03 10:00")
        )
        self.dateless(store, li, status="dormant")
        LeadFactory(store=store, owner=li, step=1)
        rows = build(li, store, now=at("2026-03-04 09:00")).rows[Group.NO_DATE]
        found = without_next_step(Lead.objects.filter(store=store), store, day("2026-03-04"))
        assert [row.lead.pk for row in rows] == [lead.pk for lead in found] == [shown.pk]

    def test_a_grade_or_an_appointment_makes_it_void(self, store, li):
        lead = self.dateless(store, li)
        twice(store, "2026-03-05")
        make_appointment(lead.pk, at("2026-03-09 10:00"), by=li, now=at("2026-03-05 11:00"))
        assert tasks("no_next_step").get().state == "void"
        Task.objects.update(state="open", closed_at=None)
        void_tasks(lead, "dated", at=at("2026-03-05 12:00"))
        assert tasks("no_next_step").get().state == "void"


# --- LOST-08 ------------------------------------------------------------------------------------


class TestRevive:
    @pytest.fixture
    def lead(self, store, li):
        """The loss was confirmed on 6 March: 90 days later is 4 June."""
        customer = CustomerFactory(group=store.group)
        PhoneFactory(customer=customer)
        return LeadFactory(store=store, customer=customer, owner=li, status="lost", wake_on=day("2026-06-04"))

    def test_on_the_ninetieth_day_the_last_owner_asks(self, store, li, lead):
        assert chore(reminding.try_the_lost_again, store, "2026-06-03") == 0
        assert chore(reminding.try_the_lost_again, store, "2026-06-04") == 1
        task = tasks("revive_check").get()
        assert (task.due_at, task.assignee) == (at("2026-06-04 23:59:59"), li)
        assert reasons(li, store, "2026-06-04 09:00", Group.TODAY) == [["lost: ask again"]]

    def test_who_left_leaves_it_to_the_manager(self, store, li, chen, lead):
        Membership.objects.filter(user=li).update(ends_on=day("2026-05-01"))
        twice(store, "2026-06-04")
        assert tasks("revive_check").get().assignee == chen

    def test_it_is_asked_once(self, store, li, lead):
        twice(store, "2026-06-04")
        close_tasks(lead, "contact", by=li, at=at("2026-06-04 10:00"))
        assert (
            tasks("revive_check").get().state,
            chore(reminding.try_the_lost_again, store, "2026-06-05"),
        ) == (
            "done",
            0,
        )

    def test_who_asked_to_stop_is_left_alone(self, store, li, lead):
        word = {"customer": lead.customer, "purpose": "contact", "channel": "all", "by": li}
        Consent.objects.create(given=False, at=at("2026-03-06 10:00"), **word)
        assert chore(reminding.try_the_lost_again, store, "2026-06-04") == 0

    def test_who_comes_back_needs_no_asking(self, store, li, lead):
        night(store, "2026-06-04")
        now = at("2026-06-04 11:00")
        with transaction.atomic():
            revive(lock_lead(lead.pk), owner=li, by=li, at=now, now=now)
        assert tasks("revive_check").get().state == "void"


# --- CARD-11 ------------------------------------------------------------------------------------


class TestBirthday:
    def customer(self, store, born="1988-06-15", **facts):
        customer = CustomerFactory(group=store.group, birthday=day(born), **facts)
        PhoneFactory(customer=customer)
        return customer

    def test_at_nine_on_the_day_and_void_the_day_after(self, store, li):
        lead = LeadFactory(store=store, owner=li, step=9, customer=self.customer(store))
        assert chore(reminding.greet_on_birthdays, store, "2026-06-14") == 0
        assert chore(reminding.greet_on_birthdays, store, "2026-06-15") == 1
        task = tasks("birthday").get()
        assert (task.due_at, task.cause) == (at("2026-06-15 09:00"), f"birthday:{lead.pk}:2026-06-15")
        assert reasons(li, store, "2026-06-15 09:30", Group.TODAY) == [["birthday, greet from 09:00"]]
        twice(store, "2026-06-16")
        assert (tasks("birthday").get().state, tasks("birthday").get().closed_at) == (
            "void",
            at("2026-06-16 00:00"),
        )

    @pytest.mark.parametrize(
        ("on", "opened"), [("2026-02-28", 1), ("2026-03-01", 0), ("2028-02-28", 0), ("2028-02-29", 1)]
    )
    def test_a_leap_day(self, store, li, on, opened):
        LeadFactory(store=store, owner=li, customer=self.customer(store, "1988-02-29"))
        assert chore(reminding.greet_on_birthdays, store, on) == opened

    def test_a_message_or_a_talk_closes_it(self, store, li):
        leads = [LeadFactory(store=store, owner=li, customer=self.customer(store)) for _ in range(2)]
        night(store, "2026-06-15")
        for lead, what in zip(leads, ("message", "contact"), strict=True):
            close_tasks(lead, what, by=li, at=at("2026-06-15 09:05"))
        assert set(tasks("birthday").values_list("state", flat=True)) == {"done"}

    def test_only_who_may_be_written_to_and_is_somebodys(self, store, li):
        silent = self.customer(store)
        Consent.objects.create(
            customer=silent, purpose="contact", channel="all", given=False, at=at("2026-03-06 10:00"), by=li
        )
        LeadFactory(store=store, owner=li, customer=silent)
        LeadFactory(store=store, owner=None, customer=self.customer(store))
        LeadFactory(store=store, owner=li, status="lost", customer=self.customer(store))
        unreachable = CustomerFactory(group=store.group, birthday=day("1988-06-15"))
        LeadFactory(store=store, owner=li, customer=unreachable)
        assert chore(reminding.greet_on_birthdays, store, "2026-06-15") == 0

    def test_a_customer_of_two_leads_is_greeted_once(self, store, li):
        customer = self.customer(store)
        LeadFactory(store=store, owner=li, customer=customer)
        newest = LeadFactory(store=store, owner=li, customer=customer, car_no=2)
        twice(store, "2026-06-15")
        assert tasks("birthday").get().lead == newest


# --- all of them ----------------------------------------------------------------------------------


def work_for_each(store, li, count):
    """For each of the reminders a number of leads, as of 10 June."""
    for _ in range(count):
        make_lead(store, li, step=3, step_entered_at=at("2026-06-01 10:00"), visited="2026-06-08 10:00")
        LeadFactory(store=store, owner=li, step=2)
        for facts in ({"status": "lost", "wake_on": day("2026-06-10")}, {"step": 9}):
            customer = CustomerFactory(group=store.group, birthday=day("1988-06-10"))
            PhoneFactory(customer=customer)
            LeadFactory(store=store, owner=li, customer=customer, **facts)


@pytest.mark.thorough
def test_statements_do_not_grow_with_leads(store, li):
    statements = []
    for count in (2, 2, 30):
        work_for_each(store, li, count)
        with CaptureQueriesContext(connection) as captured:
            assert night(store, "2026-06-10").changed >= 5 * count
        statements.append(len(captured))
        NightlyRun.objects.all().delete()
    assert statements[1] == statements[2]
    assert set(Task.objects.exclude(kind="cadence").values_list("kind", flat=True)) == {
        "stuck",
        "stale_card",
        "no_next_step",
        "revive_check",
        "birthday",
    }
