"""The shell's choices: language, appearance, store; and where each role begins."""

import pytest
from django.urls import reverse

from accounts.homes import home_url
from accounts.models import Membership
from accounts.roles import Role
from tests.factories import make_person, make_store

pytestmark = pytest.mark.django_db


def test_the_language_is_kept_with_the_person(client, li):
    client.force_login(li)
    response = client.post(reverse("accounts:language"), {"language": "zh-hans", "next": "/leads/"})
    assert response["Location"] == "/leads/"
    li.refresh_from_db()
    assert li.language == "zh-hans"


def test_before_signing_in_the_language_is_kept_on_the_device(client, db):
    client.post(reverse("accounts:language"), {"language": "zh-hans"})
    page = client.get(reverse("accounts:login"))
    assert page["Content-Language"] == "zh-hans"
    assert '<html lang="zh-CN"' in page.content.decode()


def test_an_unknown_language_changes_nothing(client, li):
    client.force_login(li)
    assert client.post(reverse("accounts:language"), {"language": "xx"}).status_code == 302
    li.refresh_from_db()
    assert li.language == "en"


def test_the_appearance_is_kept_with_the_person_and_the_device(client, li):
    client.force_login(li)
    response = client.post(reverse("accounts:theme"), {"theme": "dark"})
    li.refresh_from_db()
    assert li.theme == "dark"
    assert response.cookies["theme"].value == "dark"


def test_an_unknown_appearance_changes_nothing(client, li):
    client.force_login(li)
    client.post(reverse("accounts:theme"), {"theme": "pink"})
    li.refresh_from_db()
    assert li.theme == "system"


def test_one_may_work_in_another_store_of_ones_own(client, li, store):
    west = make_store("west", group=store.group)
    Membership.objects.create(user=li, store=west, role="consultant", starts_on="2026-01-01")
    client.force_login(li)
    client.post(reverse("accounts:store"), {"store": west.pk})
    assert client.get(reverse("leads:list")).wsgi_request.store == west


def test_the_menu_offers_ones_own_stores_only_when_there_are_several(client, li, store):
    west = make_store("west", group=store.group)
    client.force_login(li)
    assert 'name="store"' not in client.get(reverse("leads:list")).content.decode()
    Membership.objects.create(user=li, store=west, role="consultant", starts_on="2026-01-01")
    text = client.get(reverse("leads:list")).content.decode()
    assert f'name="store" value="{store.pk}" aria-pressed="true"' in text
    assert f'name="store" value="{west.pk}" aria-pressed="false"' in text


@pytest.mark.parametrize("wanted", ["{west}", "", "x", "-1", "99999999999999999999"])
def test_somebody_elses_store_does_not_exist(client, li, store, wanted):
    west = make_store("west", group=store.group)
    client.force_login(li)
    assert client.post(reverse("accounts:store"), {"store": wanted.format(west=west.pk)}).status_code == 404
    assert "store" not in client.session


@pytest.mark.parametrize(
    ("role", "home"),
    [
        (Role.CONSULTANT, None),
        (Role.SUPERVISOR, None),
        (Role.MANAGER, None),
        (Role.BDC_AGENT, None),
        (Role.RECEPTIONIST, "showroom:walk_in"),
        (Role.GENERAL_MANAGER, "leads:list"),
        (Role.ADMIN, "followups:night"),
        (Role.FINANCE, "leads:rewards"),
        (Role.CUSTOMER_SERVICE, "accounts:no_home"),
        (Role.DATA_CLERK, "leads:maker_list"),
        (Role.AFTER_SALES, "accounts:no_home"),
    ],
)
def test_each_role_has_its_home(store, role, home):
    assert home_url(make_person(store, "x", "何静", role), store) == home


def test_my_day_goes_before_the_home_of_a_second_role(store):
    assert home_url(make_person(store, "x", "何静", Role.ADMIN, Role.CONSULTANT), store) is None
