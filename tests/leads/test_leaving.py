"""Who leaves hands every open lead over first, by number (SPEC OWN-12, RELIABILITY 70)."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.errors import Refused
from accounts.models import User
from accounts.people import let_go
from followups.models import Task
from leads.leaving import hand_over_all
from leads.models import Lead, LeadEvent
from tests.conftest import at, person
from tests.factories import make_person
from tests.followups.worked_leads import make_lead
from tests.sizes import MANY
from tests.statements import statements

pytestmark = pytest.mark.django_db

NOW = at("2026-03-10 10:00")
TODAY = NOW.date()


@pytest.fixture
def manager(client, chen, settings):
    settings.DEALER_NOW = NOW.isoformat()
    client.force_login(chen)
    return client


def leads_of(store, owner, count, grade="A"):
    return [make_lead(store, owner, grade, visited="2026-03-05 10:00") for _ in range(count)]


def post(client, person, act, **fields):
    return client.post(reverse("leads:leaving", args=[person.pk]), {"act": act, **fields})


def test_wang_with_37_open_leads_stays_until_all_are_handed_over(manager, store, wang, li, chen):
    """SPEC OWN-12, the count shown."""
    leads_of(store, wang, 37)
    assert "37 open leads" in manager.get(reverse("leads:leaving", args=[wang.pk])).content.decode()
    response = manager.post(reverse("leads:leave", args=[wang.pk]))
    assert response.status_code == 409
    assert "王芳 still holds 37 open leads" in response.content.decode()
    wang.refresh_from_db()
    assert wang.is_active
    assert wang.memberships.filter(ends_on=None).count() == 1


def test_all_to_one_at_once_then_the_account_is_closed_and_every_session_dead(manager, store, wang, li):
    phone = Client()
    phone.force_login(wang)
    leads = leads_of(store, wang, 5)
    response = post(manager, wang, "split", to=[li.pk])
    assert response["Location"] == reverse("leads:leaving", args=[wang.pk])
    assert Lead.objects.filter(owner=li).count() == 5
    assert Task.objects.filter(lead__in=leads, state="open", assignee=li).count() == 5
    assert phone.get(reverse("accounts:me")).status_code == 200
    assert manager.post(reverse("leads:leave", args=[wang.pk])).status_code == 302
    assert phone.get(reverse("accounts:me")).status_code == 302
    wang = User.objects.get(pk=wang.pk)
    assert (wang.is_active, [m.ends_on for m in wang.memberships.all()]) == (False, [TODAY])


def test_an_even_split_deals_every_grade_out_in_turn(store, wang, li, zhao, chen):
    for grade, count in (("C", 3), ("H", 4), ("A", 4)):
        leads_of(store, wang, count, grade)
    given = hand_over_all(wang, store, [li, zhao], by=chen, at=NOW)
    assert given == {li: 6, zhao: 5}
    for grade, of_li, of_zhao in (("H", 2, 2), ("A", 2, 2), ("C", 2, 1)):
        rows = Lead.objects.filter(grade=grade)
        assert (rows.filter(owner=li).count(), rows.filter(owner=zhao).count()) == (of_li, of_zhao)


def test_one_tap_gives_all_to_the_pool_with_one_event_each(manager, store, wang, chen):
    leads_of(store, wang, 12)
    post(manager, wang, "pool")
    assert Lead.objects.filter(owner=None).count() == 12
    assert Task.objects.filter(state="open", assignee=None).count() == 12
    events = LeadEvent.objects.filter(kind="owner").values_list("from_value", "to_value", "reason", "by")
    assert set(events) == {(str(wang.pk), "", "handover", chen.pk)}
    assert len(events) == 12


def test_one_by_one_gives_what_was_chosen_and_leaves_the_rest(manager, store, wang, li):
    first, second, third = leads_of(store, wang, 3)
    fields = {f"to-{first.number}": li.pk, f"to-{second.number}": "pool", f"to-{third.number}": ""}
    assert post(manager, wang, "each", **fields).status_code == 302
    for lead, owner in ((first, li), (second, None), (third, wang)):
        lead.refresh_from_db()
        assert lead.owner == owner


def test_a_call_back_that_only_the_leaver_owed_goes_along(store, wang, li, zhao, chen):
    """SPEC A67 leaves it with a colleague who stays; nobody stays here."""
    own, shared = leads_of(store, wang, 2)
    Task.objects.filter(lead=own).update(only_assignee=True)
    Task.objects.filter(lead=shared).update(only_assignee=True, assignee=zhao)
    hand_over_all(wang, store, [li], by=chen, at=NOW)
    tasks = Task.objects.order_by("lead_id").values_list("assignee", "only_assignee")
    assert list(tasks) == [(li.pk, False), (zhao.pk, True)]


def test_a_call_back_owed_on_a_colleagues_lead_goes_to_its_owner_when_they_are_let_go(
    client, store, wang, li, zhao, chen
):
    """SPEC OWN-12: nothing stays on somebody who is gone, and the card says why it changed hands."""
    lis, pooled = leads_of(store, li, 1)[0], leads_of(store, None, 1)[0]
    zhaos = leads_of(store, zhao, 1)[0]
    Task.objects.filter(lead__in=[lis, pooled]).update(only_assignee=True, assignee=wang)
    due = dict(Task.objects.values_list("lead", "due_at"))
    let_go(wang, store, by=chen, at=NOW)
    tasks = Task.objects.order_by("lead_id").values_list("lead", "assignee", "only_assignee", "due_at")
    assert list(tasks) == [
        (lis.pk, li.pk, False, due[lis.pk]),
        (pooled.pk, None, False, due[pooled.pk]),
        (zhaos.pk, zhao.pk, False, due[zhaos.pk]),
    ]
    notes = LeadEvent.objects.filter(to_value="call_back").values_list("lead", "from_value", "reason", "by")
    assert set(notes) == {(pk, str(wang.pk), "handover", chen.pk) for pk in (lis.pk, pooled.pk)}
    client.force_login(li)
    assert (
        "Who was to call back has left: the owner does"
        in client.get(f"/leads/{lis.number}/").content.decode()
    )


@pytest.mark.parametrize("who", ["chen", "anna"])
def test_a_strangers_message_goes_to_the_manager(store, wang, chen, who):
    by = chen if who == "chen" else person(store, "anna", "安娜", "admin")
    (lead,) = leads_of(store, chen, 1)
    Task.objects.filter(lead=lead).update(assignee=wang, lead=None, kind="call_back", only_assignee=True)
    let_go(wang, store, by=by, at=NOW)
    assert Task.objects.get(lead=None).assignee == chen


def test_nobody_gets_them_who_does_not_sell_here(manager, store, wang, qian, li):
    (lead,) = leads_of(store, wang, 1)
    assert post(manager, wang, "split", to=[qian.pk]).status_code == 422
    assert post(manager, wang, "split").status_code == 422
    assert post(manager, wang, "each", **{f"to-{lead.number}": qian.pk}).status_code == 422
    lead.refresh_from_db()
    assert lead.owner == wang


@pytest.mark.thorough
def test_dormant_leads_and_losses_to_confirm_are_open_closed_ones_are_not(store, wang, chen):
    for status in ("dormant", "lost_pending", "lost"):
        lead = make_lead(store, wang, "A", visited="2026-03-05 10:00")
        lead.tasks.all().delete()
        facts = {"wake_on": "2026-05-01"} if status == "dormant" else {}
        Lead.objects.filter(pk=lead.pk).update(status=status, has_cadence=False, next_due_on=None, **facts)
    with pytest.raises(Refused, match="2 open leads"):
        let_go(wang, store, by=chen, at=NOW)
    hand_over_all(wang, store, [], by=chen, at=NOW)
    let_go(wang, store, by=chen, at=NOW)


def test_who_also_works_in_another_store_keeps_working_there(store, wang, chen):
    from tests.factories import make_store

    west = make_store("west", group=store.group)
    wang.memberships.create(store=west, role="consultant", starts_on=TODAY)
    let_go(wang, store, by=chen, at=NOW)
    wang = User.objects.get(pk=wang.pk)
    assert wang.is_active
    assert [m.store for m in wang.current_memberships] == [west]


@pytest.mark.parametrize("leads", [40, pytest.param(500, marks=pytest.mark.thorough)])
def test_many_leads_go_to_the_pool_and_none_is_lost(store, wang, chen, leads):
    """RELIABILITY 70."""
    leads_of(store, wang, leads)
    assert hand_over_all(wang, store, [], by=chen, at=NOW) == {None: leads}
    assert Lead.objects.filter(owner=None, store=store).count() == leads
    assert Lead.objects.filter(owner=wang).count() == 0


def test_one_lead_is_handed_over_in_few_statements(store, wang, li, chen):
    leads_of(store, wang, 1)
    with statements() as asked:
        hand_over_all(wang, store, [li], by=chen, at=NOW)
    assert len(asked) <= 15


@pytest.mark.parametrize("count", [10, MANY])
def test_the_page_asks_few_statements_whatever_the_number(manager, store, wang, li, count):
    from tests.factories import CustomerFactory, LeadFactory

    customers = CustomerFactory.build_batch(count, group=store.group)
    type(customers[0]).objects.bulk_create(customers)
    Lead.objects.bulk_create(
        LeadFactory.build(store=store, customer=customer, owner=wang) for customer in customers
    )
    with statements() as asked:
        response = manager.get(reverse("leads:leaving", args=[wang.pk]))
    assert response.status_code == 200
    assert len(asked) <= 10


def test_the_sheet_names_leads_by_number_and_customers_masked(manager, store, wang, li):
    first, second = leads_of(store, wang, 2)
    type(first.customer).objects.update(name="欧阳雪梅")
    post(manager, wang, "each", **{f"to-{first.number}": li.pk})
    manager.force_login(manager.session and User.objects.get(username="chen"))
    text = manager.get(reverse("leads:handover_sheet", args=[wang.pk])).content.decode()
    assert first.number in text
    assert second.number in text
    assert "欧阳**" in text
    assert "雪梅" not in text
    assert "李强" in text


def test_an_administrator_hands_over_without_seeing_customers(store, wang, li, settings):
    settings.DEALER_NOW = NOW.isoformat()
    admin = make_person(store, "admin", "管理员", "admin")
    (lead,) = leads_of(store, wang, 1)
    type(lead.customer).objects.update(name="欧阳雪梅")
    client = Client()
    client.force_login(admin)
    for name in ("leads:leaving", "leads:handover_sheet"):
        text = client.get(reverse(name, args=[wang.pk])).content.decode()
        assert lead.number in text
        assert "欧阳" not in text
    assert post(client, wang, "split", to=[li.pk]).status_code == 302
    lead.refresh_from_db()
    assert lead.owner == li
