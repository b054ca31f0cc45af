"""My day: which customers stand there, in which group, and why (SPEC A66)."""

import datetime as dt
import gzip

import pytest
from django.db import transaction

from followups.appointments import make_appointment
from followups.contacts import Said, log_contact
from followups.models import Contact, Task
from followups.my_day import Group, build
from leads.models import Lead, LeadModel
from leads.moves import lock_lead
from leads.ownership import set_owner
from tests.conftest import at
from tests.factories import (
    CarModelFactory,
    CustomerFactory,
    LeadFactory,
    PhoneFactory,
    make_person,
    make_store,
)
from tests.sizes import MANY
from tests.statements import statements

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 09:41")


def due(owner, name, grade, due_on, *, last="2026-03-09 19:20", catch_up=False, store=None, **facts):
    """A lead with its cadence task due on a day of March."""
    store = store or owner.current_memberships[0].store
    day = dt.date.fromisoformat(due_on)
    lead = LeadFactory(
        store=store,
        customer=CustomerFactory(group=store.group, name=name),
        owner=owner,
        grade=grade,
        has_cadence=True,
        next_due_on=day,
        last_visit_at=at("2026-02-20 10:00"),
        last_contact_at=at(last),
        **facts,
    )
    Task.objects.create(
        store=store,
        lead=lead,
        kind="cadence",
        assignee=owner,
        due_on=day,
        due_at=store.end_of_day(day),
        cause=f"cadence:test:{lead.pk}",
        catch_up=catch_up,
    )
    return lead


def names(day, group):
    return [row.lead.customer_name for row in day.rows[group]]


def why(row):
    """The reasons as the phone shows them, without markup."""
    from django.utils.html import strip_tags

    return [strip_tags(reason.text) for reason in row.reasons if reason.only != "wide"]


# --- groups -----------------------------------------------------------------------------


def test_due_before_today_is_overdue_and_due_today_is_today(store, li):
    due(li, "Chen", "H", "2026-03-11")
    due(li, "Zhou", "H", "2026-03-12")
    due(li, "Hu", "A", "2026-03-13")
    day = build(li, store, now=NOW)
    assert names(day, Group.OVERDUE) == ["Chen"]
    assert names(day, Group.TODAY) == ["Zhou"]
    assert day.total == 2


def test_a_group_is_sorted_by_grade_then_by_due_date(store, li):
    for name, grade, on in [
        ("b", "B", "2026-03-01"),
        ("a9", "A", "2026-03-09"),
        ("a5", "A", "2026-03-05"),
        ("o", "O", "2026-03-10"),
    ]:
        due(li, name, grade, on)
    assert names(build(li, store, now=NOW), Group.OVERDUE) == ["o", "a5", "a9", "b"]


def test_who_comes_today_stands_first_by_the_hour_and_is_expected(store, li):
    due(li, "Zhou", "H", "2026-03-12")
    wu = due(li, "Wu", "B", "2026-03-20")
    zhao = due(li, "Zhao", "A", "2026-03-20")
    make_appointment(wu.pk, at("2026-03-12 14:15"), by=li, now=at("2026-03-09 10:00"))
    make_appointment(zhao.pk, at("2026-03-12 10:30"), by=li, now=at("2026-03-09 10:00"))
    day = build(li, store, now=NOW)
    assert names(day, Group.TODAY) == ["Zhao", "Wu", "Zhou"]
    assert [(e.name, e.late) for e in day.expected] == [("Zhao", False), ("Wu", False)]
    assert why(day.rows[Group.TODAY][0]) == ["10:30 comes in", "A 1 month"]


def test_an_hour_past_the_appointment_it_asks(store, li):
    lead = due(li, "Zhao", "A", "2026-03-20")
    make_appointment(lead.pk, at("2026-03-12 10:30"), by=li, now=at("2026-03-09 10:00"))
    assert not build(li, store, now=at("2026-03-12 11:30")).expected[0].late
    assert build(li, store, now=at("2026-03-12 11:30:01")).expected[0].late


def test_catch_up_of_today_is_the_share_and_later_ones_are_the_backlog(store, li):
    due(li, "a", "A", "2026-03-12", catch_up=True)
    for name, grade in [("b1", "B"), ("b2", "B"), ("c", "C")]:
        due(li, name, grade, "2026-03-13", catch_up=True)
    due(li, "own", "B", "2026-03-12")
    day = build(li, store, now=NOW)
    assert names(day, Group.SHARE) == ["a"]
    assert names(day, Group.TODAY) == ["own"]
    assert (day.backlog.count, day.backlog.grades) == (3, [("B", 2), ("C", 1)])
    assert day.total == 2


def test_a_lead_that_changed_hands_is_new_until_it_is_tried(store, li, wang, chen):
    lead = due(wang, "Luo", "B", "2026-03-20", last="2026-02-26 10:00")
    with transaction.atomic():
        given = at("2026-03-12 08:30")
        set_owner(lock_lead(lead.pk), li, by=chen, at=given, recorded_at=given)
    assert names(build(li, store, now=NOW), Group.NEW) == ["Luo"]
    assert build(wang, store, now=NOW).is_empty
    log_contact(lead.pk, Said("no_answer"), by=li, at=NOW, now=NOW)
    day = build(li, store, now=NOW)
    assert (names(day, Group.NEW), names(day, Group.DONE)) == ([], ["Luo"])
    assert build(li, store, now=at("2026-03-13 09:00")).is_empty


def test_a_lead_nobody_met_or_called_is_new(store, li):
    LeadFactory(store=store, owner=li, step=1, customer__name="Fang")
    day = build(li, store, now=NOW)
    assert names(day, Group.NEW) == ["Fang"]
    assert why(day.rows[Group.NEW][0]) == ["new to you, not called yet"]
    assert day.rows[Group.NEW][0].last == "nobody yet"


def test_imported_leads_of_the_backlog_are_not_new(store, li):
    due(li, "old", "C", "2026-03-20", catch_up=True, step=1)
    Lead.objects.update(last_visit_at=None, last_contact_at=None)
    assert build(li, store, now=NOW).total == 0


def test_a_lead_without_a_next_step_stands_apart_as_missing(store, li):
    LeadFactory(store=store, owner=li, last_visit_at=at("2026-03-10 10:00"), customer__name="Lin")
    day = build(li, store, now=NOW)
    assert names(day, Group.NO_DATE) == ["Lin"]
    assert (day.rows[Group.NO_DATE][0].tone, why(day.rows[Group.NO_DATE][0])) == ("missing", ["No next date"])


def test_rows_without_a_next_date_do_not_keep_the_day_from_being_finished(store, li):
    LeadFactory(store=store, owner=li, last_visit_at=at("2026-03-10 10:00"))
    lead = due(li, "Chen", "H", "2026-03-12")
    assert not build(li, store, now=NOW).is_finished
    log_contact(lead.pk, Said("comparing"), by=li, at=NOW, now=NOW)
    day = build(li, store, now=NOW)
    assert (day.is_finished, day.done, day.total) == (True, 1, 1)


def test_after_an_attempt_a_row_moves_to_done_today(store, li):
    lead = due(li, "Chen", "H", "2026-03-11")
    log_contact(lead.pk, Said("no_answer"), by=li, at=at("2026-03-12 10:02"), now=at("2026-03-12 10:02"))
    day = build(li, store, now=at("2026-03-12 10:03"))
    assert (names(day, Group.OVERDUE), names(day, Group.DONE)) == ([], ["Chen"])
    assert why(day.rows[Group.DONE][0]) == ["H, by 13 Mar", "tried 10:02"]
    assert (day.done, day.total) == (1, 1)


def test_a_row_still_due_after_an_attempt_sinks_to_the_end_of_its_group(store, li):
    lead = due(li, "Bai", "O", "2026-03-12")
    Task.objects.create(
        store=store, lead=lead, kind="day_after", assignee=li, cause="day_after:visit:1",
        due_at=at("2026-03-12 15:00"), due_on=dt.date(2026, 3, 12),
    )  # fmt: skip
    due(li, "Hu", "B", "2026-03-12")
    assert names(build(li, store, now=NOW), Group.TODAY) == ["Bai", "Hu"]
    log_contact(lead.pk, Said("no_answer"), by=li, at=at("2026-03-12 10:02"), now=at("2026-03-12 10:02"))
    day = build(li, store, now=at("2026-03-12 10:03"))
    assert names(day, Group.TODAY) == ["Hu", "Bai"]
    assert why(day.rows[Group.TODAY][1]) == ["24 hours, by 15:00", "tried 10:02"]


def test_one_customer_with_two_leads_is_one_row(store, li):
    first = due(li, "Zhang", "B", "2026-03-12")
    second = due(li, "-", "H", "2026-03-14")
    Lead.objects.filter(pk=second.pk).update(customer=first.customer, car_no=2)
    day = build(li, store, now=NOW)
    (row,) = day.rows[Group.TODAY]
    assert row.lead.pk == first.pk
    assert why(row) == ["B 3 months", "last 3 days ago"]
    assert [reason.text for reason in row.reasons if reason.only == "wide"][-1].startswith("H, by ")


def test_nothing_of_a_colleague_or_of_another_store_stands_there(store, li, wang):
    due(wang, "Wang's", "H", "2026-03-11")
    due(li, "elsewhere", "H", "2026-03-11", store=make_store("west"))
    assert build(li, store, now=NOW).is_empty


# --- reasons ----------------------------------------------------------------------------


def test_the_line_says_the_grade_and_the_last_contact(store, li):
    due(li, "Zhou", "H", "2026-03-12", last="2026-03-10 15:00")
    (row,) = build(li, store, now=NOW).rows[Group.TODAY]
    assert why(row) == ["H 7 days", "last 2 days ago"]
    assert [reason.text for reason in row.reasons if reason.only == "wide"] == ["speed up signing"]


def test_an_overdue_line_says_by_how_many_days_and_is_late(store, li):
    due(li, "Sun", "B", "2026-03-09")
    (row,) = build(li, store, now=NOW).rows[Group.OVERDUE]
    assert (row.tone, why(row)) == ("late", ["B 3 months, 3 days late"])


@pytest.mark.parametrize(
    ("lapses_on", "says"),
    [
        ("2026-03-15", []),
        ("2026-03-14", ["goes to the pool in 2 days"]),
        ("2026-03-13", ["goes to the pool in 1 day"]),
        ("2026-03-12", ["protection has ended"]),
    ],
)
def test_two_days_before_protection_ends_the_row_says_so(store, li, lapses_on, says):
    due(li, "Sun", "B", "2026-03-09", lapses_on=lapses_on)
    (row,) = build(li, store, now=NOW).rows[Group.OVERDUE]
    assert why(row)[1:] == says


def test_an_agreed_date_says_that_it_was_agreed(store, li):
    due(li, "Zhou", "C", "2026-03-12", agreed_on="2026-03-12")
    (row,) = build(li, store, now=NOW).rows[Group.TODAY]
    assert why(row) == ["C over 3 months, agreed for today"]


def test_the_last_column_tells_the_way_of_the_last_contact(store, li):
    from django.utils.html import strip_tags

    lead = due(li, "Wu", "B", "2026-03-12")
    Contact.objects.create(
        lead=lead, by=li, at=lead.last_contact_at, recorded_at=lead.last_contact_at, channel="wechat",
        direction="out", kind="contact", outcome="looking",
    )  # fmt: skip
    (row,) = build(li, store, now=NOW).rows[Group.TODAY]
    assert strip_tags(row.last) == "last 9 Mar, WeChat"


# --- the page ---------------------------------------------------------------------------


@pytest.fixture
def page(client, settings, li):
    settings.DEALER_NOW = NOW.isoformat()
    client.force_login(li, backend="accounts.backends.StaffBackend")

    def get(**headers):
        return client.get("/", headers=headers)

    return get


def many(li, count):
    for number in range(count):
        lead = due(li, f"客户{number}", "HABC"[number % 4], "2026-03-12")
        PhoneFactory(customer=lead.customer)
        LeadModel.objects.create(lead=lead, car_model=CarModelFactory(group=lead.store.group))
        Contact.objects.create(
            lead=lead, by=li, at=lead.last_contact_at, recorded_at=lead.last_contact_at, channel="phone",
            direction="out", kind="contact", outcome="looking",
        )  # fmt: skip


def asked_by(get) -> int:
    get()  # the store's rules are in memory from here on
    with statements() as asked:
        assert get().status_code == 200
    return len(asked)


@pytest.mark.thorough
def test_my_day_asks_the_same_for_ten_rows_and_for_a_thousand(page, li):
    many(li, 10)
    few = asked_by(page)
    many(li, MANY - 10)
    assert asked_by(page) == few <= 10


def test_a_manager_with_team_and_proposals_stays_within_ten(client, settings, store, li, chen):
    settings.DEALER_NOW = NOW.isoformat()
    client.force_login(chen, backend="accounts.backends.StaffBackend")
    many(li, 10)
    many(chen, 5)
    for number in range(12):
        make_person(store, f"person{number}", f"Person {number}", "consultant")
    assert asked_by(lambda: client.get("/")) <= 10


def test_forty_rows_are_small_on_the_wire(client, page, li):
    many(li, 40)
    page()
    html = client.get("/?all=today").content
    assert html.count(b'<li class="row"') == 40
    assert len(gzip.compress(html)) <= 15_000


def test_a_long_group_is_cut_and_says_how_many_more(page, client, li):
    many(li, 30)
    html = page().content.decode()
    assert html.count('<li class="row"') == 25
    assert "5 more" in html
    assert client.get("/?all=today").content.decode().count('<li class="row"') == 30


def test_no_number_stands_in_the_page(page, li):
    many(li, 3)
    html = page().content.decode()
    assert "138000" not in html
    assert "tel:" not in html


def test_the_list_alone_answers_where_it_stands(page, li):
    many(li, 1)
    html = page(hx_request="true", hx_target="day").content.decode()
    assert html.lstrip().startswith("<div")
    assert 'id="day"' in html


def test_an_empty_day_says_what_to_do_first(page):
    html = page().content.decode()
    assert "Nobody to call yet" in html
    assert "/walk-in/" in html


def test_a_finished_day_says_so(page, li):
    lead = due(li, "Chen", "H", "2026-03-12")
    log_contact(lead.pk, Said("comparing"), by=li, at=NOW, now=NOW)
    html = page().content.decode()
    assert "All of today is done" in html
    assert "<b>1</b> of 1 done" in html


def test_the_backlog_opens_its_list(client, page, li):
    for number in range(30):
        due(li, f"later{number}", "C", "2026-03-20", catch_up=True)
    assert "Backlog 30" in page().content.decode()
    html = client.get("/backlog/").content.decode()
    assert html.count("later") == 25
    assert "5 more" in html
    assert client.get("/backlog/?shown=50").content.decode().count("later") == 30


def test_a_role_without_a_day_begins_elsewhere(client, qian):
    client.force_login(qian, backend="accounts.backends.StaffBackend")
    assert client.get("/").headers["Location"] == "/walk-in/"


def test_a_stranger_is_asked_to_sign_in(client, db):
    assert client.get("/").headers["Location"] == "/login/?next=/"


def test_a_setter_after_reception_sees_who_comes_and_has_no_buttons(client, settings, store, li, wang):
    settings.DEALER_NOW = NOW.isoformat()
    lead = due(li, "Zhao", "A", "2026-03-20", setter=wang, step=3)
    make_appointment(lead.pk, at("2026-03-12 10:30"), by=li, now=at("2026-03-09 10:00"))
    client.force_login(wang, backend="accounts.backends.StaffBackend")
    html = client.get("/").content.decode()
    assert html.count("Zhao") == 2
    assert "data-dial" not in html
    assert f"/leads/{lead.number}/log/" not in html
