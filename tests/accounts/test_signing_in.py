"""Signing in and out: the session, the device, the lock after ten wrong passwords."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import AccessEvent, Membership, User

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-enough-word"


@pytest.fixture
def li(li):
    li.set_password(PASSWORD)
    li.save()
    return li


def sign_in(client, password=PASSWORD, username="li", **fields):
    return client.post(reverse("accounts:login"), {"username": username, "password": password, **fields})


def signed_in(client) -> bool:
    return "_auth_user_id" in client.session


def test_the_right_password_leads_home(client, li):
    response = sign_in(client, own_device="on")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert signed_in(client)


def test_signing_in_writes_one_access_row(client, li, store):
    sign_in(client)
    (row,) = AccessEvent.objects.all()
    assert (row.by, row.store, row.kind) == (li, store, "login")


def test_a_wrong_password_is_told_at_the_form_and_the_name_stays(client, li):
    response = sign_in(client, "wrong")
    assert response.status_code == 422
    text = response.content.decode()
    assert "User name and password do not match" in text
    assert 'value="li"' in text
    assert not signed_in(client)
    assert AccessEvent.objects.count() == 0


def test_an_unknown_name_and_a_wrong_password_read_the_same(client, li):
    wrong = sign_in(client, "wrong", username="li").content.decode()
    unknown = sign_in(client, "wrong", username="nobody").content.decode()
    say = "User name and password do not match"
    assert say in wrong
    assert say in unknown


def test_ones_own_device_stays_signed_in_for_30_days(client, li):
    response = sign_in(client, own_device="on")
    assert response.cookies["session"]["max-age"] == 30 * 24 * 3600


def test_another_device_forgets_with_the_browser(client, li):
    response = sign_in(client)
    assert response.cookies["session"]["max-age"] == ""


def test_the_session_gets_another_key_at_sign_in(client, li):
    client.get(reverse("accounts:login"))
    client.cookies["session"] = "0" * 32
    sign_in(client)
    assert client.cookies["session"].value != "0" * 32


def test_signing_out_ends_the_session_and_clears_the_device(client, li):
    sign_in(client)
    key = client.cookies["session"].value
    response = client.post(reverse("accounts:logout"))
    assert response["Location"] == reverse("accounts:login")
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert response["Cache-Control"] == "no-store"
    client.cookies["session"] = key
    assert client.get(reverse("accounts:no_home")).status_code == 302


def test_signing_out_takes_a_post(client, li):
    sign_in(client)
    assert client.get(reverse("accounts:logout")).status_code == 405
    assert signed_in(client)


def test_a_changed_password_ends_the_other_sessions(client, li):
    sign_in(client)
    li.set_password("another-long-word")
    li.save()
    assert client.get(reverse("accounts:no_home")).status_code == 302


def test_who_is_made_inactive_is_out_with_the_next_request(client, li):
    sign_in(client)
    User.objects.filter(pk=li.pk).update(is_active=False)
    assert client.get(reverse("accounts:no_home")).status_code == 302


def test_who_left_all_stores_is_out_and_is_told_why(client, li):
    sign_in(client)
    Membership.objects.filter(user=li).update(ends_on=dt.date(2026, 3, 1))
    assert client.get(reverse("accounts:no_home")).status_code == 302
    response = sign_in(client)
    assert response.status_code == 422
    assert "You have no role in a store today" in response.content.decode()


def test_who_is_signed_in_skips_the_page(client, li):
    sign_in(client)
    assert client.get(reverse("accounts:login") + "?next=/leads/")["Location"] == "/leads/"


@pytest.mark.parametrize("wanted", ["/leads/?view=overdue", "/leads/L-260301-01/"])
def test_a_page_of_this_site_is_where_signing_in_leads(client, li, wanted):
    assert sign_in(client, next=wanted)["Location"] == wanted


AWAY = [
    "//evil.test", "///evil.test", "////evil.test", "/\\evil.test", "\\\\evil.test", "\\/evil.test",
    "/\\/evil.test",
    "https://evil.test", "http://evil.test", "https:evil.test", "http:evil.test", "https:/evil.test",
    "ftp://evil.test",
    "HTTPS://evil.test", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "javascript://%0aalert(1)",
    "data:text/html,x",
    "vbscript:x", "mailto:a@evil.test", "tel:1", "file:///etc/passwd", "blob:https://evil.test/1",
    "about:blank",
    "https://testserver@evil.test", "https://testserver.evil.test", "https://evil.test#testserver",
    "https://evil.test?testserver", "//testserver@evil.test", "//evil.test\\@testserver", "http://[::1]",
    "http://[evil", " //evil.test", "\t//evil.test", "\n//evil.test", "\x00//evil.test", "\x08//evil.test",
    "https://testserver:80@evil.test", "//google%E3%80%82test", "http://0x7f000001", "http:///evil.test",
]  # fmt: skip


@pytest.mark.parametrize("wanted", AWAY)
@pytest.mark.thorough
def test_no_address_leads_off_the_site(client, li, wanted):
    assert sign_in(client, next=wanted)["Location"] == "/"
    assert client.get(reverse("accounts:login"), {"next": wanted})["Location"] == "/"


@pytest.fixture
def locking(settings):
    settings.AXES_ENABLED = True


def test_ten_wrong_passwords_lock_the_name_wherever_they_come_from(locking, li):
    answers = [sign_in(Client(REMOTE_ADDR=f"10.0.0.{n}"), "no").status_code for n in range(11)]
    assert answers == [422] * 9 + [429] * 2
    locked = sign_in(Client())
    assert locked.status_code == 429
    assert "This user name rests for 15 minutes" in locked.content.decode()


def test_another_name_is_not_locked_with_it(locking, li, wang):
    for _ in range(11):
        sign_in(Client(), "no")
    wang.set_password(PASSWORD)
    wang.save()
    assert sign_in(Client(), username="wang").status_code == 302


def test_the_right_person_is_back_after_a_quarter_of_an_hour_though_guessing_goes_on(locking, li):
    with time_machine.travel(dt.datetime(2026, 3, 2, 7, 0, tzinfo=dt.UTC), tick=False) as clock:
        for _ in range(10):
            sign_in(Client(), "no")
        clock.shift(dt.timedelta(minutes=14))
        assert sign_in(Client(), "no").status_code == 429
        clock.shift(dt.timedelta(minutes=1, seconds=1))
        assert sign_in(Client()).status_code == 302
