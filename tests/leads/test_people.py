"""The people of a store: adding, roles, teams, letting in (SPEC MGR-05, A08 on their pages)."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts.errors import NotAllowed, Refused
from accounts.models import Membership, SettingChange, Team, User
from accounts.people import let_go, set_roles
from leads.models import CarModel, Lead, Term
from showroom.cars import cars
from tests.conftest import at
from tests.factories import LeadFactory, make_person, make_store
from tests.statements import statements

pytestmark = pytest.mark.django_db

NOW = at("2026-03-10 10:00")
TODAY = NOW.date()


@pytest.fixture
def manager(client, chen, settings):
    settings.DEALER_NOW = NOW.isoformat()
    client.force_login(chen)
    return client


@pytest.fixture
def boss(store):
    return person(store, "boss", "general_manager")


def person(store, username, *roles):
    return make_person(store, username, f"{username}李", *roles)


def add(client, token=None, **typed):
    fields = {"token": token or uuid.uuid4(), "name": "孙丽", "username": "sun", "roles": ["consultant"]}
    return client.post(reverse("leads:add_person"), fields | typed)


# --- the list, adding, letting in -------------------------------------------------------------


@pytest.mark.parametrize("count", [10, 300])
@pytest.mark.thorough
def test_the_list_shows_roles_and_open_leads_in_few_statements(manager, store, li, count):
    for n in range(count):
        make_person(store, f"p{n}", f"顾问{n}", "consultant")
    LeadFactory.create_batch(3, store=store, customer__group=store.group, owner=li)
    with statements() as asked:
        text = manager.get(reverse("leads:people")).content.decode()
    assert len(asked) <= 6
    assert "3 open leads" in text


def test_somebody_new_is_added_once_with_roles_and_team(manager, store):
    team = Team.objects.create(store=store, name="A组")
    token = uuid.uuid4()
    first = add(manager, token, roles=["consultant", "supervisor"], team=team.pk)
    again = add(manager, token, roles=["consultant", "supervisor"], team=team.pk)
    sun = User.objects.get(username="sun")
    assert first["Location"] == again["Location"] == reverse("leads:person", args=[sun.pk])
    rows = sun.memberships.order_by("role").values_list("role", "team__name", "starts_on", "ends_on")
    assert list(rows) == [("consultant", "A组", TODAY, None), ("supervisor", "A组", TODAY, None)]
    assert not sun.has_usable_password()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"username": "chen"}, "This user name is taken"),
        ({"username": "two words"}, "A user name is one word"),
        ({"roles": []}, "Choose at least one role."),
        ({"roles": ["general_manager"]}, "field-error"),
        ({"name": ""}, "field-error"),
    ],
)
def test_a_person_that_does_not_fit_is_told_and_not_added(manager, store, typed, says):
    response = add(manager, **typed)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert not User.objects.filter(username="sun").exists()


def test_who_waits_from_a_register_is_not_added_twice(manager, store):
    waiting = User(username="孙丽", full_name="孙丽")
    waiting.set_unusable_password()
    waiting.save()
    Membership.objects.create(user=waiting, store=store, role="consultant", starts_on=TODAY)
    response = add(manager)
    assert response.status_code == 422
    assert "孙丽 is on the list already" in response.content.decode()


def link_of(client, someone) -> str:
    text = client.post(reverse("leads:person_link", args=[someone.pk])).content.decode()
    return re.search(r"http://testserver(/welcome/\S+?)</textarea>", text)[1]


def test_a_one_time_link_sets_the_password_and_works_once(manager, store, settings):
    add(manager)
    sun = User.objects.get(username="sun")
    link = link_of(manager, sun)
    phone = Client()
    assert phone.get(link).status_code == 200
    typed = {"new": "a-long-enough-word", "again": "a-long-enough-word"}
    assert phone.post(link, typed)["Location"] == "/"
    assert phone.get(reverse("accounts:me")).status_code == 200
    sun.refresh_from_db()
    assert sun.check_password("a-long-enough-word")
    assert Client().get(link).status_code == 410
    assert Client().post(link, typed).status_code == 410


def test_a_link_is_gone_after_three_days_and_for_who_left(manager, store, li, settings):
    link = link_of(manager, li)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert Client().get(link).status_code == 410
    settings.PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600
    li.memberships.update(ends_on=TODAY)
    assert Client().get(link).status_code == 410


def test_a_manager_makes_no_link_for_who_stands_above_or_works_elsewhere_too(manager, store, boss, li):
    west = make_store("west", group=store.group)
    Membership.objects.create(user=li, store=west, role="manager", starts_on=TODAY)
    for someone in (boss, li):
        assert manager.post(reverse("leads:person_link", args=[someone.pk])).status_code == 403
        assert manager.get(reverse("leads:edit_person", args=[someone.pk])).status_code == 403


def test_name_and_user_name_are_edited_and_stay_unique(manager, li, wang):
    url = reverse("leads:edit_person", args=[li.pk])
    assert manager.post(url, {"name": "李强强", "username": "wang"}).status_code == 422
    assert manager.post(url, {"name": "李强强", "username": "liqiang"}).status_code == 302
    li.refresh_from_db()
    assert (li.full_name, li.username) == ("李强强", "liqiang")


def test_who_comes_back_is_the_same_person_with_a_new_link(manager, store, chen, li):
    li.set_password("a-long-enough-word")
    li.save()
    let_go(li, store, by=chen, at=NOW)
    assert add(manager, name="李强强", username="li").status_code == 422
    assert add(manager, name="李强", username="li").status_code == 302
    back = User.objects.get(username="li")
    assert (back.pk, back.is_active, back.has_usable_password()) == (li.pk, True, False)
    assert sorted(m.ends_on is None for m in back.memberships.all()) == [False, True]


# --- roles and teams -----------------------------------------------------------------------


def test_roles_begin_and_end_on_their_day_and_keep_their_history(manager, store, li):
    manager.post(reverse("leads:roles", args=[li.pk]), {"roles": ["consultant", "supervisor"]})
    manager.post(reverse("leads:roles", args=[li.pk]), {"roles": ["supervisor"]})
    rows = li.memberships.order_by("role").values_list("role", "starts_on", "ends_on")
    january = at("2026-01-01 10:00").date()
    assert list(rows) == [("consultant", january, TODAY), ("supervisor", TODAY, None)]


def test_who_gave_roles_links_and_leave_is_kept(manager, store, chen, li):
    manager.post(reverse("leads:roles", args=[li.pk]), {"roles": ["consultant", "supervisor"]})
    link_of(manager, li)
    let_go(li, store, by=chen, at=NOW)
    rows = SettingChange.objects.order_by("pk").values_list("key", "old", "new", "by")
    assert list(rows) == [
        (f"roles:{li.pk}", ["consultant"], ["consultant", "supervisor"], chen.pk),
        (f"link:{li.pk}", None, None, chen.pk),
        (f"roles:{li.pk}", ["consultant", "supervisor"], [], chen.pk),
    ]


def test_nobody_changes_their_own_roles(manager, chen):
    assert manager.post(reverse("leads:roles", args=[chen.pk]), {"roles": ["admin"]}).status_code == 403
    assert [m.role for m in chen.memberships.all()] == ["manager"]


def test_a_manager_makes_no_general_manager_and_touches_none(store, chen, li, boss):
    with pytest.raises(Refused):
        set_roles(li, store, {"general_manager"}, team=None, by=chen, at=NOW)
    with pytest.raises(NotAllowed):
        set_roles(boss, store, {"consultant"}, team=None, by=chen, at=NOW)
    set_roles(li, store, {"manager", "general_manager"}, team=None, by=boss, at=NOW)
    held = li.memberships.filter(ends_on=None).order_by("role").values_list("role", flat=True)
    assert list(held) == ["general_manager", "manager"]


def test_the_last_selling_role_stays_while_leads_are_open(store, chen, li):
    LeadFactory(store=store, customer__group=store.group, owner=li)
    with pytest.raises(Refused, match="李强 still holds 1 open lead"):
        set_roles(li, store, {"receptionist"}, team=None, by=chen, at=NOW)
    set_roles(li, store, {"supervisor"}, team=None, by=chen, at=NOW)


def test_a_supervisor_sees_the_own_group_only(store, chen, li, wang, zhao):
    """SPEC MGR-05: one supervisor and several consultants, put together by the sales manager."""
    east, west = (Team.objects.create(store=store, name=name) for name in ("东组", "西组"))
    for someone, roles, team in (
        (zhao, {"supervisor"}, east),
        (li, {"consultant"}, east),
        (wang, {"consultant"}, west),
    ):
        set_roles(someone, store, roles, team=team, by=chen, at=NOW)
    own = LeadFactory(store=store, customer__group=store.group, owner=li)
    LeadFactory(store=store, customer__group=store.group, owner=wang)
    zhao = User.objects.get(pk=zhao.pk)
    assert list(Lead.objects.visible_to(zhao, now=NOW)) == [own]


def test_teams_are_added_renamed_and_unique(manager, store):
    url = reverse("leads:teams")
    assert manager.post(url, {"name": "A组"}).status_code == 302
    assert manager.post(url, {"name": "A组"}).status_code == 422
    team = Team.objects.get(store=store)
    assert manager.post(reverse("leads:team", args=[team.pk]), {"name": "飞虎组"}).status_code == 302
    assert list(Team.objects.values_list("name", flat=True)) == ["飞虎组"]


# --- lists and models ------------------------------------------------------------------------


def channel(client, **typed):
    return client.post(reverse("leads:terms", args=["channel"]), {"token": uuid.uuid4(), **typed})


def test_a_new_store_offers_the_eleven_channels(store):
    """SPEC DEV-01."""
    assert store.terms.filter(list="channel", active=True).count() == 11


def test_adding_a_trade_directory_needs_no_code(manager, store):
    """SPEC DEV-02: 行业名录 is offered at once on the walk-in sheet."""
    assert channel(manager, name_zh="行业名录", name_en="Trade directory").status_code == 302
    term = Term.objects.get(name_zh="行业名录")
    assert (term.code, term.rank, term.active) == ("trade-directory", 12, True)
    assert "Trade directory" in manager.get(reverse("showroom:walk_in")).content.decode()
    change = SettingChange.objects.get()
    assert (change.key, change.new) == (f"term:{term.pk}", {"en": "Trade directory", "zh": "行业名录"})


@pytest.mark.thorough
def test_one_language_is_enough_and_names_are_unique(manager, store):
    assert channel(manager, name_zh="电话黄页").status_code == 302
    assert Term.objects.get(name_zh="电话黄页").code == "term"
    assert channel(manager, name_zh="电话黄页").status_code == 422
    assert channel(manager, name_en="walk-in").status_code == 422
    assert channel(manager).status_code == 422


def test_a_used_choice_is_retired_and_stays_readable(manager, store, li):
    term = Term.objects.get(store=store, code="roadshow")
    lead = LeadFactory(store=store, customer__group=store.group, owner=li, channel=term)
    url = reverse("leads:term", args=["channel", term.pk])
    assert manager.post(url, {"name_en": "Roadshow", "name_zh": "路演"}).status_code == 302
    assert "Roadshow" not in manager.get(reverse("showroom:walk_in")).content.decode()
    lead.refresh_from_db()
    assert lead.channel.name_en == "Roadshow"
    page = manager.get(reverse("leads:terms", args=["channel"])).content.decode()
    assert "retired" in page
    assert "1 lead" in page
    manager.post(url, {"name_en": "Roadshow", "name_zh": "路演", "active": "on"})
    assert "Roadshow" in manager.get(reverse("showroom:walk_in")).content.decode()


def test_the_last_channel_stays(manager, store):
    Term.objects.filter(store=store, list="channel").exclude(code="showroom").update(active=False)
    term = Term.objects.get(store=store, code="showroom")
    response = manager.post(reverse("leads:term", args=["channel", term.pk]), {"name_en": "Walk-in"})
    assert response.status_code == 422
    assert "keep at least one" in response.content.decode()


def test_choices_change_places_among_their_siblings(manager, store):
    rows = store.terms.filter(list="channel").order_by("rank")
    before = [row.code for row in rows]
    second = rows[1]
    manager.post(reverse("leads:move_term", args=["channel", second.pk]), {"to": "up"})
    manager.post(reverse("leads:move_term", args=["channel", second.pk]), {"to": "up"})
    after = list(store.terms.filter(list="channel").order_by("rank").values_list("code", flat=True))
    assert after == [before[1], before[0], *before[2:]]


def test_a_choice_of_another_store_is_not_there(manager, store):
    west = make_store("west", group=store.group)
    term = west.terms.first()
    assert manager.get(reverse("leads:term", args=["channel", term.pk])).status_code == 404


def test_models_are_added_renamed_and_retired_for_the_whole_group(manager, store):
    url = reverse("leads:car_models")
    fields = {"brand": "Nissan", "name_zh": "天籁", "name_en": "Altima"}
    assert manager.post(url, {"token": uuid.uuid4(), **fields}).status_code == 302
    assert manager.post(url, {"token": uuid.uuid4(), **fields}).status_code == 422
    model = CarModel.objects.get()
    assert (model.group, model.code) == (store.group, "altima")
    store.refresh_from_db()
    assert [car.name_zh for car in cars(store, today=TODAY)] == ["天籁"]
    manager.post(reverse("leads:car_model", args=[model.pk]), fields)
    store.refresh_from_db()
    assert cars(store, today=TODAY) == []
