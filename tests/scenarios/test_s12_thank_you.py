"""S12, CAD-05: who leaves without a deal is thanked within five minutes, by a message and nothing else."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.rules import set_setting
from followups.contacts import Said, log_contact
from followups.messages import mark_sent
from followups.models import NightlyRun, Task
from followups.my_day import Group, build
from followups.night import run_night
from leads.losing import Loss, lose
from leads.models import Consent, ContactPoint, Term
from showroom.calls import Enquiry, log_call
from showroom.closing import Leaving, close_visit
from showroom.correcting import void
from showroom.undoing import undo_closing
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CarModelFactory
from tests.followups.worked_leads import make_lead, thank

pytestmark = pytest.mark.django_db

DAY = "2026-03-02"
LEFT = at(f"{DAY} 15:00:00")


def arrive(store, li, phone="138 0000 0001", **facts):
    when = at(f"{DAY} 14:20")
    arrival = Arrival(phone_text=phone, name="张三", car_model=CarModelFactory(group=store.group), **facts)
    return log_visit(store, arrival, receiver=li, by=li, at=when, now=when)[0]


def leave(visit, li, left=LEFT, now=None):
    return close_visit(visit.pk, Leaving(grade="A", horizon_days=30), by=li, at=left, now=now or left)


@pytest.fixture
def visit(store, li):
    """Zhang left without a deal at 15:00:00."""
    return leave(arrive(store, li), li)


def thanks():
    return Task.objects.get(kind="thank_you")


def kinds(lead, state="open"):
    return set(Task.objects.filter(lead=lead, state=state).values_list("kind", flat=True))


def test_it_is_due_five_minutes_after_leaving(visit, li):
    task = thanks()
    assert (task.due_at, task.assignee, task.state) == (at(f"{DAY} 15:05:00"), li, "open")
    assert task.cause == f"thank_you:visit:{visit.pk}"
    assert Task.objects.get(kind="day_after").due_at == at("2026-03-03 15:00:00")


@pytest.mark.parametrize(("clock", "late"), [("15:04:59", False), ("15:05:00", False), ("15:05:01", True)])
def test_a_message_closes_it_in_time_or_late(visit, li, clock, late):
    message = mark_sent(visit.lead_id, "谢谢您今天到店", by=li, now=at(f"{DAY} {clock}"))
    task = thanks()
    assert (task.state, task.closed_by, task.contact) == ("done", li, message)
    assert (task.closed_at > task.due_at) is late
    assert kinds(visit.lead) == {"day_after", "cadence"}  # the message is no follow-up (CAD-06)


def test_a_call_closes_the_24_hours_and_not_the_thanks(visit, li):
    called = at(f"{DAY} 15:03")
    log_contact(visit.lead_id, Said("comparing"), by=li, at=called, now=called)
    assert kinds(visit.lead) == {"thank_you", "cadence"}


def test_the_store_decides_how_many_minutes(store, li, chen):
    set_setting(store, "thank_you_minutes", 10, by=chen, at=at(f"{DAY} 09:00"))
    leave(arrive(store, li), li)
    assert thanks().due_at == at(f"{DAY} 15:10:00")


def test_opening_hours_do_not_move_it(store, li):
    left = at(f"{DAY} 17:58:30")
    leave(arrive(store, li), li, left)
    assert thanks().due_at == at(f"{DAY} 18:03:30")


def test_an_enquiry_call_is_thanked_for_from_its_end(store, li):
    called, ended = at(f"{DAY} 10:00"), at(f"{DAY} 10:07:20")
    enquiry = Enquiry(phone_text="13800000001", name="张三", ended_at=ended)
    call, _new = log_call(store, enquiry, receiver=li, by=li, at=called, now=ended)
    assert (thanks().due_at, thanks().cause) == (at(f"{DAY} 10:12:20"), f"thank_you:call:{call.pk}")


def test_a_known_caller_is_thanked_too(store, li, visit):
    thank(visit.lead, li, f"{DAY} 15:02")
    called = at("2026-03-04 10:00")
    log_call(store, Enquiry(phone_text="13800000001"), receiver=li, by=li, at=called, now=called)
    again = Task.objects.get(kind="thank_you", state="open")
    assert again.due_at == at("2026-03-04 10:05:00")


class TestWhoIsNotThanked:
    def test_whom_nobody_can_reach(self, store, li):
        visit = arrive(store, li)
        ContactPoint.objects.update(ended_at=at(f"{DAY} 14:30"))
        leave(visit, li)
        assert kinds(visit.lead) == {"day_after", "cadence"}

    def test_who_asked_to_stop_until_they_agree_again(self, store, li):
        visit = arrive(store, li)
        word = {"customer": visit.customer, "purpose": "contact", "channel": "all", "by": li}
        Consent.objects.create(given=False, at=at(f"{DAY} 14:30"), **word)
        leave(visit, li)
        assert kinds(visit.lead) == {"day_after", "cadence"}
        undo_closing(visit.pk, by=li, at=at(f"{DAY} 15:10"))
        Consent.objects.create(given=True, at=at(f"{DAY} 15:20"), **word)
        leave(visit, li, at(f"{DAY} 15:30"))
        assert "thank_you" in kinds(visit.lead)

    def test_other_business(self, store, li):
        leave(arrive(store, li, other="paperwork"), li)
        assert not Task.objects.filter(kind="thank_you").exists()

    def test_whose_visit_the_night_closed(self, store, li):
        visit = arrive(store, li)
        run_night(store, dt.date(2026, 3, 3), now=at("2026-03-03 00:00"))
        assert kinds(visit.lead) == {"day_after"}

    def test_a_leaving_of_a_day_that_is_over(self, store, li):
        leave(arrive(store, li), li, now=at("2026-03-03 09:00"))
        assert not Task.objects.filter(kind="thank_you").exists()


class TestWhatBecomesOfIt:
    def test_nobody_sent_it_void_as_of_the_end_of_its_day(self, store, visit):
        result = run_night(store, dt.date(2026, 3, 3), now=at("2026-03-03 00:10"))
        task = thanks()
        assert (task.state, task.closed_at, task.closed_by) == ("void", at("2026-03-03 00:00"), None)
        assert (task.missed_on, task.escalated, result.missed) == (None, False, 0)
        NightlyRun.objects.all().delete()
        assert run_night(store, dt.date(2026, 3, 3), now=at("2026-03-03 00:20")).changed == 0

    def test_five_minutes_across_midnight_belong_to_the_next_day(self, store, li):
        leave(arrive(store, li), li, at(f"{DAY} 23:57"))
        run_night(store, dt.date(2026, 3, 3), now=at("2026-03-03 00:00:30"))
        assert (thanks().state, thanks().due_at) == ("open", at("2026-03-03 00:02"))
        run_night(store, dt.date(2026, 3, 4), now=at("2026-03-04 00:00"))
        assert (thanks().state, thanks().closed_at) == ("void", at("2026-03-04 00:00"))

    def test_a_closing_undone_takes_it_back(self, visit, li):
        undo_closing(visit.pk, by=li, at=at(f"{DAY} 15:02"))
        assert thanks().state == "void"

    def test_closed_once_more_nobody_is_thanked_twice(self, visit, li):
        thank(visit.lead, li, f"{DAY} 15:02")
        undo_closing(visit.pk, by=li, at=at(f"{DAY} 15:10"))
        leave(visit, li, at(f"{DAY} 15:30"))
        assert (thanks().state, kinds(visit.lead)) == ("done", {"day_after", "cadence"})

    def test_a_crossed_out_visit_is_thanked_for_no_more(self, visit, chen):
        void(visit, reason="误记", by=chen, at=at(f"{DAY} 15:02"))
        assert thanks().state == "void"

    def test_a_loss_makes_it_void(self, store, visit, li):
        reason = Term.objects.filter(store=store, list="lost_reason", code="price").get()
        lose(visit.lead_id, Loss(reason), by=li, at=at(f"{DAY} 15:02"), now=at(f"{DAY} 15:02"))
        assert thanks().state == "void"


class TestOnMyDay:
    def rows(self, store, li, clock):
        return build(li, store, now=at(f"{DAY} {clock}")).rows

    def test_its_row_says_by_when_and_opens_the_message(self, store, li, visit, client, settings):
        settings.DEALER_NOW = at(f"{DAY} 15:01").isoformat()
        client.force_login(li, backend="accounts.backends.StaffBackend")
        page = client.get("/").content.decode()
        assert "thank-you, by <time" in page
        sheet = reverse("followups:message", args=[visit.lead.number])
        assert f'href="{sheet}?opening=thank_you' in page

    def test_it_stands_below_whoever_is_to_be_called(self, store, li, visit):
        caller = make_lead(store, li, "C", contacted="2026-02-10 10:00", visited=None, due=DAY)
        for clock in ("15:04", "15:06"):
            rows = self.rows(store, li, clock)
            assert [row.lead.number for row in rows[Group.TODAY]] == [caller.number, visit.lead.number]
            assert rows[Group.OVERDUE] == []

    def test_once_sent_the_customer_is_done(self, store, li, visit):
        thank(visit.lead, li, f"{DAY} 15:02")
        rows = self.rows(store, li, "15:03")
        assert not any(rows.values())

    def test_the_day_after_nobody_asks_for_it(self, store, li, visit):
        rows = build(li, store, now=at("2026-03-03 09:00")).rows
        assert [row.reasons[0].text[:8] for row in rows[Group.TODAY]] == ["24 hours"]
