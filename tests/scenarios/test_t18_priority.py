"""T18, FUP-05, FUP-10: who was brought by somebody, or comes for the next car, is a priority."""

import datetime as dt

import pytest

from followups.my_day import Group, build
from leads.intake import open_lead
from leads.log import record
from leads.models import ContactPoint, Lead, LeadEvent, Term
from leads.referrals import name_referrer, refer
from leads.second_car import another_lead
from tests.conftest import at
from tests.factories import CustomerFactory
from tests.followups.lists import import_list, write_list
from tests.followups.worked_leads import make_lead
from tests.leads.test_lead_list import LIST, lead, listed, more_link, names

pytestmark = pytest.mark.django_db
NOW = at("2026-03-12 10:00")


@pytest.fixture(autouse=True)
def _ten_o_clock(settings):
    settings.DEALER_NOW = NOW.isoformat()


@pytest.fixture
def owner_of_a_car(store, li):
    return lead(store, li, "张伟", step=9, grade="none", due=None)


def flags():
    return dict(Lead.objects.values_list("number", "priority"))


def test_the_next_car_is_a_priority_and_the_first_lead_stays_at_nine(owner_of_a_car, li):
    second = another_lead(owner_of_a_car.pk, by=li, at=NOW)
    owner_of_a_car.refresh_from_db()
    assert (second.parent, second.step, owner_of_a_car.step) == (owner_of_a_car, 1, 9)
    assert flags() == {owner_of_a_car.number: False, second.number: True}


def test_who_is_referred_is_a_priority(store, owner_of_a_car, li):
    friend = refer(store, owner_of_a_car.customer, name="赵云", phone_text="13900000009", by=li, at=NOW)
    assert (friend.referrer, friend.priority) == (owner_of_a_car.customer, True)


def test_naming_the_referrer_later_sets_the_flag(store, owner_of_a_car, li):
    ContactPoint.objects.create(
        customer=owner_of_a_car.customer, group=store.group, kind="phone", value="+8613900000001",
        tail="0001", obtained_at=NOW,
    )  # fmt: skip
    new = lead(store, li, "新客", step=1)
    assert name_referrer(new.pk, "13900000001", by=li, at=NOW).priority
    assert Lead.objects.get(pk=new.pk).priority


def test_a_channel_of_referrals_sets_it_and_another_channel_drops_it(store, li):
    codes = ("owner_referral", "walk_in")
    for code in codes:
        Term.objects.get_or_create(store=store, list="channel", code=code, defaults={"name_en": code})
    channel, walk = (Term.objects.get(store=store, list="channel", code=code) for code in codes)
    customer = CustomerFactory(group=store.group)
    new = open_lead(store, customer, number="L-1", owner=li, step=1, at=NOW, recorded_at=NOW, channel=channel)
    assert new.priority
    for term, expected in ((walk, False), (channel, True)):
        new.channel = term
        new.save(update_fields=["channel"])
        record(new, "edit", at=NOW, recorded_at=NOW, by=li, data={"fields": ["channel_id"]})
        assert Lead.objects.get(pk=new.pk).priority is expected


# --- where it shows ---------------------------------------------------------------------------


def flagged(store, owner, name, **fields):
    row = lead(store, owner, name, **fields)
    Lead.objects.filter(pk=row.pk).update(priority=True)
    return row


def test_by_priority_flagged_ones_stand_first_inside_their_grade(client, store, li):
    lead(store, li, "H1", grade="H", due=dt.date(2026, 3, 12))
    flagged(store, li, "H9", grade="H", due=dt.date(2026, 3, 19))
    lead(store, li, "A1", grade="A", due=dt.date(2026, 3, 12))
    flagged(store, li, "A9", grade="A", due=None)
    client.force_login(li)
    assert listed(client, "?order=priority") == ["H9", "H1", "A9", "A1"]
    assert listed(client) == ["H1", "A1", "H9", "A9"]  # by date as before


@pytest.mark.parametrize("undated", [0, 15])
def test_the_list_pages_over_the_flag_without_gap_or_repeat(client, store, li, undated):
    for grade in ("H", "A"):
        for number in range(20):
            due = None if number < undated else dt.date(2026, 3, 12) + dt.timedelta(days=number)
            flagged(store, li, f"{grade}!{number}", grade=grade, due=due)
            lead(store, li, f"{grade}{number}", grade=grade, due=due)
    client.force_login(li)
    seen, address = [], LIST + "?order=priority"
    while address:
        response = client.get(address, headers={"HX-Request": "true"} if seen else {})
        seen += names(response)
        address = more_link(response)
    assert len(seen) == len(set(seen)) == 80
    assert [(name[0], "!" in name) for name in seen] == [
        *[("H", True)] * 20, *[("H", False)] * 20, *[("A", True)] * 20, *[("A", False)] * 20,
    ]  # fmt: skip


def test_the_tag_stands_on_list_and_card_until_the_deal(client, store, li):
    row = flagged(store, li, "张三", step=6)
    client.force_login(li)
    for address in (LIST, f"/leads/{row.number}/"):
        assert "Priority" in client.get(address).content.decode()
    Lead.objects.filter(pk=row.pk).update(step=7)
    for address in (LIST, f"/leads/{row.number}/"):
        assert "Priority" not in client.get(address).content.decode()


def test_my_day_says_it_and_at_one_due_time_puts_it_first(store, li):
    for _number in range(2):
        make_lead(store, li, "A", visited="2026-03-09 10:00")
    second = Lead.objects.order_by("pk").last()
    Lead.objects.filter(pk=second.pk).update(priority=True)
    rows = build(li, store, now=NOW).rows[Group.TODAY]
    assert rows[0].lead.pk == second.pk
    assert ["priority" in str(row.line) for row in rows] == [True, False]
    assert LeadEvent.objects.filter(kind="edit").count() == 0


def test_a_list_of_referrals_brings_priorities(store, chen, tmp_path):
    rows = [{"渠道": "老客户转介绍"}, {"渠道": "展会"}]
    import_list(store, write_list(tmp_path / "list.csv", *rows), by=chen)
    assert [lead.priority for lead in Lead.objects.order_by("pk")] == [True, False]
