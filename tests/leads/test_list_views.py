"""Views that are there from the start, the list by grade and by priority, and where customers come from."""

import datetime as dt
import re

import pytest
import time_machine
from django.db import connection

from accounts.rules import set_setting
from leads.lists import of_grade
from leads.models import Lead, LostRecord, Term
from leads.models.terms import Grade
from tests.conftest import at
from tests.factories import CustomerFactory, make_store
from tests.leads.crowd import crowd
from tests.leads.test_lead_list import LIST, TODAY, lead, listed, more_link, names

pytestmark = [pytest.mark.django_db]


@pytest.fixture(autouse=True)
def at_ten():
    with time_machine.travel(at("2026-03-12 10:00"), tick=False):
        yield


@pytest.fixture
def client(client, li):
    client.force_login(li)
    return client


# --- the views ------------------------------------------------------------------------------


def test_grade_h_has_a_view_of_its_own(client, store, li, wang):
    lead(store, li, "H", grade="H")
    lead(store, li, "A", grade="A")
    lead(store, wang, "王", grade="H")
    assert listed(client, "?view=hot") == ["H"]


def test_a_low_grade_without_a_next_step_stands_in_the_list_of_its_owner(client, store, li, wang):
    """SPEC FLOW-09."""
    lead(store, li, "C", grade="C", step=2, due=None)
    lead(store, li, "with a date", grade="C", step=2)
    lead(store, wang, "王", grade="C", step=2, due=None)
    assert listed(client, "?view=no_date") == ["C"]


def test_who_came_today_stands_in_todays_visits(client, store, li):
    lead(store, li, "today", last_visit_at=at("2026-03-12 00:00"))
    lead(store, li, "yesterday", last_visit_at=at("2026-03-11 23:59:59"))
    lead(store, li, "never")
    assert listed(client, "?view=today") == ["today"]


@pytest.mark.parametrize(("on", "expected"), [("2026-03-09", []), ("2026-03-10", ["张三"])])
def test_a_lead_that_stays_longer_than_its_step_allows_is_stuck(client, store, li, on, expected):
    """SPEC FLOW-04: needs analysis allows seven days, entered 03-02 -> stuck on 03-10."""
    lead(store, li, "张三", step=3, step_entered_at=at("2026-03-02 15:00"))
    with time_machine.travel(at(f"{on} 10:00"), tick=False):
        assert listed(client, "?view=stuck") == expected


def test_the_store_says_how_long_a_step_may_take(client, store, li, chen):
    lead(store, li, "张三", step=3, step_entered_at=at("2026-03-09 15:00"))
    lead(store, li, "李四", step=9, step_entered_at=at("2020-03-09 15:00"), due=None)
    assert listed(client, "?view=stuck") == []
    set_setting(store, "max_days_needs", 2, by=chen, at=at("2026-03-12 10:00"))
    assert listed(client, "?view=stuck") == ["张三"]
    set_setting(store, "max_days_needs", 0, by=chen, at=at("2026-03-12 10:00"))
    assert listed(client, "?view=stuck") == []


# --- by grade (SPEC CARD-04) --------------------------------------------------------------------


def grades(client, address="") -> list[tuple[str, str]]:
    """Grade as read aloud on its plate, and count."""
    text = client.get("/leads/tabs/" + address).content.decode()
    return re.findall(
        r'aria-label="([^"]*)">[^<]*</span><span class="desk-only">[^<]*</span> <span class="count">([^<]*)<',
        text,
    )


def test_the_tabs_by_grade_sum_to_all_active_cards(client, store, li):
    for grade, count in (("O", 1), ("H", 3), ("A", 2), ("C", 4), ("none", 2)):
        for _ in range(count):
            lead(store, li, grade=grade)
    lead(store, li, grade="H", status="lost", due=None)
    assert grades(client) == [
        ("O ordered", "1"),
        ("H 7 days", "3"),
        ("A 1 month", "2"),
        ("B 3 months", "0"),
        ("C over 3 months", "4"),
        ("No grade", "2"),
    ]
    assert sum(int(count) for _grade, count in grades(client)) == len(listed(client)) == 12


def test_the_grades_are_those_of_the_profile(client, store, li, chen):
    set_setting(store, "grade_profile", "detailed", by=chen, at=at("2026-03-12 10:00"))
    codes = [name.split(" ")[0] for name, _count in grades(client)]
    assert codes == ["O", "H", "A+", "A", "B+", "B", "C", "No"]


def test_a_grade_left_over_from_another_profile_is_counted_too(client, store, li):
    lead(store, li, grade=Grade.A_PLUS)
    assert ("A+ 15 days", "1") in grades(client)


def test_a_grade_tab_counts_within_the_other_filters(client, store, li):
    lead(store, li, grade="H", step=3)
    lead(store, li, grade="H", step=6)
    assert ("H 7 days", "1") in grades(client, "?step=needs&grade=A")
    assert len(listed(client, "?step=needs&grade=H")) == 1


# --- by priority (SPEC DEV-03) --------------------------------------------------------------------


def test_by_priority_the_hottest_grade_stands_first_and_inside_it_the_earliest_date(client, store, li):
    lead(store, li, "C", grade="C", due=TODAY - dt.timedelta(5))
    lead(store, li, "H later", grade="H", due=TODAY + dt.timedelta(1))
    lead(store, li, "H none", grade="H", due=None)
    lead(store, li, "O", grade="O", due=TODAY + dt.timedelta(3))
    lead(store, li, "H today", grade="H")
    lead(store, li, "no grade", grade="none", due=None)
    by_priority = ["O", "H today", "H later", "H none", "C", "no grade"]
    assert listed(client, "?order=priority") == by_priority
    assert listed(client) == ["C", "H today", "H later", "O", "H none", "no grade"]


def test_the_list_by_priority_pages_without_gap_or_repeat(client, store, li):
    expected = []
    for grade in ("H", "B", "none"):
        for n in range(30):
            name = f"{grade}{n:02d}"
            lead(store, li, name, grade=grade, due=TODAY + dt.timedelta(n // 3) if n < 20 else None)
            expected.append(name)
    response = client.get(LIST + "?order=priority")
    seen = names(response)
    while address := more_link(response):
        assert "order=priority" in address
        response = client.get(address, headers={"HX-Request": "true"})
        seen += names(response)
    assert seen == expected


@pytest.mark.parametrize(
    "after", ["~", "x~1", "2026-03-12~x~H", "2026-03-12~1~owner__password", "~1~%00", "~9e9~H"]
)
def test_a_cursor_that_is_none_begins_at_the_start(client, store, li, after):
    lead(store, li, "张三")
    assert listed(client, f"?order=priority&after={after}") == ["张三"]


def test_an_order_that_is_none_is_passed_over(client, store, li):
    lead(store, li, "张三")
    assert listed(client, "?order=owner__password") == ["张三"]


def test_only_active_leads_are_ordered_by_priority(client, store, li):
    lead(store, li, "old", status="lost", due=None, grade="H")
    lead(store, li, "new", status="lost", due=None, grade="C")
    assert listed(client, "?status=lost&order=priority") == ["new", "old"]


@pytest.mark.thorough
def test_the_list_by_priority_takes_five_statements_however_many_leads(
    client, store, li, chen, django_assert_max_num_queries
):
    client.force_login(chen)
    for count in (10, 990):
        crowd(store, count, lambda n: {"owner": li, "grade": "HABC"[n % 4], "due": TODAY if n % 3 else None})
        first = client.get(LIST + "?order=priority")
        with django_assert_max_num_queries(5):
            client.get(LIST + "?order=priority")
        if address := more_link(first):
            with django_assert_max_num_queries(5):
                client.get(address)


# --- where customers come from (SPEC DEV-04) --------------------------------------------------------


def lose(row, li, chen, *, confirmed):
    reason = Term.objects.filter(store=row.store, list="lost_reason", parent__isnull=False).first()
    LostRecord.objects.create(
        lead=row, store=row.store, reason=reason, from_step=3, found_at=confirmed, recorded_at=confirmed,
        recorded_by=li, decision="confirmed", decided_at=confirmed, decided_by=chen,
    )  # fmt: skip


def test_lost_before_lists_losses_confirmed_longer_ago_than_the_store_says(client, store, li, chen):
    old = lead(store, li, "old", status="lost", due=None)
    lose(old, li, chen, confirmed=at("2025-12-11 23:59:59"))
    fresh = lead(store, li, "fresh", status="lost", due=None)
    lose(fresh, li, chen, confirmed=at("2025-12-12 00:00"))
    lead(store, li, "asked", status="lost_pending", due=None)
    lead(store, li, "active")
    assert listed(client, "?pool=failed") == ["old"]


def test_car_owners_recommended_ones_and_those_drawn_by_advertising_are_filters(client, store, li):
    channel = {term.code: term for term in Term.objects.filter(store=store, list="channel")}
    bought = lead(store, li, "owner", step=9, due=None)
    again = lead(store, li, "again")
    type(again).objects.filter(pk=again.pk).update(customer=bought.customer, car_no=2)
    lead(store, li, "website", channel=channel["website"])
    lead(store, li, "referred", channel=channel["owner_referral"])
    lead(store, li, "by friend", referrer=CustomerFactory(group=store.group))
    lead(store, li, "walk-in", channel=channel["showroom"])
    assert sorted(listed(client, "?pool=owners")) == ["owner", "owner"]
    assert listed(client, "?pool=drawn") == ["website"]
    assert listed(client, "?pool=tipped") == ["referred", "by friend"]


def test_an_unknown_pool_is_passed_over(client, store, li):
    lead(store, li, "张三")
    for value in ("x", "%00", "owner__password"):
        assert listed(client, f"?pool={value}") == ["张三"]


def test_a_general_manager_sees_who_is_stuck_in_another_store(client, store, li):
    from tests.factories import make_person

    west = make_store("west", group=store.group)
    lead(west, None, "李四", step=3, step_entered_at=at("2026-03-01 10:00"))
    client.force_login(make_person(store, "sun", "孙总", "general_manager"))
    assert listed(client, "?store=west&view=stuck") == ["李四"]


@pytest.mark.postgres
def test_one_grade_is_read_out_of_the_index_by_priority(store, li):
    lead(store, li, grade="A")
    leads = of_grade(Lead.objects.filter(store=store, status="active"), "A").order_by("next_due_on", "pk")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    assert re.search(r"using lead_by_priority .*\n +Index Cond: .*CASE", leads.explain())
