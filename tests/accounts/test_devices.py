"""One's own phone and the shared tablet: who is signed in where, PIN, lock (RELIABILITY 52, 53, 57)."""

import datetime as dt
import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.credentials import pin_matches, set_pin
from accounts.devices import device_name
from accounts.models import AccessEvent, Device, Draft, User
from accounts.rules import set_setting
from tests.conftest import at
from tests.factories import make_person, make_store

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-enough-word"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 Version/17.0 Safari/604.1"


@pytest.fixture(autouse=True)
def morning(settings):
    settings.DEALER_NOW = at("2026-03-10 10:00").isoformat()


def later(settings, wall_clock):
    settings.DEALER_NOW = at(wall_clock).isoformat()


@pytest.fixture
def people(li, wang, chen):
    for person in (li, wang, chen):
        person.set_password(PASSWORD)
        person.save()
    set_pin(li, "4071")
    set_pin(wang, "883920")
    return {"li": li, "wang": wang, "chen": chen}


def sign_in(username, **fields):
    client = Client(headers={"User-Agent": IPHONE})
    client.post(reverse("accounts:login"), {"username": username, "password": PASSWORD, **fields})
    return client


def is_in(client) -> bool:
    return client.get(reverse("accounts:me")).status_code == 200


@pytest.fixture
def tablet(people):
    """A browser that the manager made the store's tablet."""
    client = sign_in("chen")
    response = client.post(reverse("accounts:add_tablet"), {"name": "Showroom 1"})
    assert response["Location"] == reverse("accounts:tablet")
    return client


def pin(client, person, digits, **fields):
    return client.post(reverse("accounts:tablet"), {"person": person.pk, "pin": digits, **fields})


# --- one's own devices ------------------------------------------------------------------------


def test_signing_in_on_ones_own_device_is_noted_for_thirty_days(people, store):
    client = sign_in("li", own_device="on")
    device = Device.objects.get()
    assert (device.user, device.store, device.name) == (people["li"], store, "iPhone, Safari")
    assert (device.seen_at, device.expires_at) == (at("2026-03-10 10:00"), at("2026-04-09 10:00"))
    assert device.session_key == client.session.session_key


def test_another_device_is_not_noted(people):
    sign_in("li")
    assert Device.objects.count() == 0


def test_sign_out_there_ends_the_other_device_with_its_next_request(people):
    phone, desk = sign_in("li", own_device="on"), sign_in("li", own_device="on")
    other = Device.objects.get(session_key=phone.session.session_key)
    page = desk.get(reverse("accounts:me")).content.decode()
    assert page.count("Sign out there") == 1
    assert desk.post(reverse("accounts:end_device", args=[other.pk])).status_code == 302
    assert (is_in(phone), is_in(desk)) == (False, True)
    other.refresh_from_db()
    assert (other.ended_at, other.session_key) == (at("2026-03-10 10:00"), "")


def test_nobody_ends_a_colleagues_device(people):
    phone, stranger = sign_in("li", own_device="on"), sign_in("wang", own_device="on")
    other = Device.objects.get(user=people["li"])
    assert stranger.post(reverse("accounts:end_device", args=[other.pk])).status_code == 404
    assert is_in(phone)


def test_signing_out_ends_the_device(people):
    client = sign_in("li", own_device="on")
    client.post(reverse("accounts:logout"))
    assert Device.objects.get().ended_at == at("2026-03-10 10:00")


def test_a_new_password_keeps_this_session_and_ends_all_others(people):
    """RELIABILITY 52."""
    phone, desk = sign_in("li", own_device="on"), sign_in("li", own_device="on")
    key = desk.session.session_key
    typed = {"password": PASSWORD, "new": "another-long-word", "again": "another-long-word"}
    assert desk.post(reverse("accounts:password"), typed).status_code == 302
    assert (is_in(phone), is_in(desk)) == (False, True)
    assert desk.session.session_key != key
    assert [d.session_key for d in Device.objects.filter(ended_at=None)] == [desk.session.session_key]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (
            {"password": "wrong", "new": "another-long-word", "again": "another-long-word"},
            "not your password",
        ),
        ({"password": PASSWORD, "new": "another-long-word", "again": "other"}, "The two differ"),
        ({"password": PASSWORD, "new": "12345678", "again": "12345678"}, "field-error"),
    ],
)
def test_a_password_that_does_not_do_is_told_and_nothing_changes(people, typed, says):
    client = sign_in("li")
    response = client.post(reverse("accounts:password"), typed)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert User.objects.get(username="li").check_password(PASSWORD)


@pytest.mark.parametrize("digits", ["123", "1234567", "12a4", "0000", "1234", "654321"])
@pytest.mark.thorough
def test_a_pin_is_four_to_six_digits_that_nobody_guesses_first(people, digits):
    client = sign_in("li")
    response = client.post(reverse("accounts:pin"), {"pin": digits, "password": PASSWORD})
    assert response.status_code == 422
    assert pin_matches(User.objects.get(username="li"), "4071")


def test_a_pin_asks_for_the_password_and_is_kept_hashed(people):
    client = sign_in("li")
    assert client.post(reverse("accounts:pin"), {"pin": "2580", "password": "no"}).status_code == 422
    assert client.post(reverse("accounts:pin"), {"pin": "2580", "password": PASSWORD}).status_code == 302
    li = User.objects.get(username="li")
    assert pin_matches(li, "2580")
    assert "2580" not in li.pin_hash


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (IPHONE, "iPhone, Safari"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537 Chrome/120 Mobile Safari/537", "Android, Chrome"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/120 Safari/537 Edg/120", "Windows, Edge"),
        ("Mozilla/5.0 (iPhone) AppleWebKit/605 MicroMessenger/8.0", "iPhone, WeChat"),
        ("", "Browser"),
    ],
)
def test_a_device_is_named_by_what_its_browser_says(agent, name):
    assert device_name(agent) == name


# --- the shared tablet ---------------------------------------------------------------------------


def test_making_a_tablet_signs_the_manager_out_and_shows_the_names(tablet, people):
    assert not is_in(tablet)
    text = tablet.get(reverse("accounts:tablet")).content.decode()
    assert [name in text for name in ("李强", "王芳", "陈刚")] == [True, True, False]  # who has a PIN
    assert Device.objects.get(user=None).name == "Showroom 1"
    assert "Store east · Showroom 1 · 10:00" in re.sub("<[^>]+>", "", text)


def test_the_tablets_token_is_kept_hashed(tablet):
    token = tablet.cookies["tablet"].value
    assert len(token) >= 40
    assert Device.objects.get(user=None).token_hash != token
    assert tablet.cookies["tablet"]["httponly"]


def test_a_name_and_its_pin_open_a_session_under_a_new_key(tablet, people):
    before = tablet.get(reverse("accounts:tablet")) and tablet.session.session_key
    response = pin(tablet, people["li"], "4071")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert is_in(tablet)
    assert tablet.session.session_key != before
    assert response.cookies["session"]["max-age"] == ""  # ends with the browser
    assert AccessEvent.objects.filter(by=people["li"], kind="login").count() == 1


def test_a_pin_opens_nothing_without_a_tablet_of_the_store(people):
    assert pin(Client(), people["li"], "4071")["Location"] == reverse("accounts:login")
    forged = Client()
    forged.cookies["tablet"] = "x" * 43
    assert pin(forged, people["li"], "4071")["Location"] == reverse("accounts:login")


def test_a_wrong_pin_and_an_unknown_person_read_the_same(tablet, people):
    elsewhere = make_person(make_store("west"), "elsewhere", "唐薇", "consultant")
    set_pin(elsewhere, "4071")
    known = pin(tablet, people["li"], "9999")
    strange = pin(tablet, elsewhere, "4071")
    nobody = tablet.post(reverse("accounts:tablet"), {"person": "987654", "pin": "4071"})
    for response in (known, strange, nobody):
        assert response.status_code == 422
    says = "The PIN does not match"
    assert says in known.content.decode()
    assert "唐薇" not in strange.content.decode()
    assert not is_in(tablet)


@pytest.mark.parametrize("whom", ["known", "unknown"])
def test_ten_wrong_pins_rest_the_name_and_the_right_one_is_back_after_a_quarter(
    tablet, people, settings, whom
):
    """RELIABILITY 53: at most ten guesses are tried, then 429, for known and unknown alike."""
    settings.AXES_ENABLED = True
    person = people["li"] if whom == "known" else User(pk=987654)
    with time_machine.travel(dt.datetime(2026, 3, 10, 2, 0, tzinfo=dt.UTC), tick=False) as clock:
        answers = [pin(tablet, person, "9999").status_code for _ in range(12)]
        assert answers == [422] * 9 + [429] * 3
        assert pin(tablet, person, "4071").status_code == 429
        clock.shift(dt.timedelta(minutes=15, seconds=1))
        assert pin(tablet, person, "4071").status_code == (302 if whom == "known" else 422)


def test_a_tried_pin_is_starred_in_the_list_of_wrong_tries(tablet, people, settings):
    from axes.models import AccessAttempt

    settings.AXES_ENABLED = True
    pin(tablet, people["li"], "97531")
    assert "97531" not in AccessAttempt.objects.get().post_data


def test_an_idle_tablet_locks_after_ten_minutes_and_keeps_the_draft(tablet, people, settings):
    """UX Habits, RELIABILITY 57."""
    pin(tablet, people["li"], "4071")
    tablet.post(reverse("accounts:draft", args=["walk_in"]), {"name": "吴先生"})
    key = tablet.session.session_key
    later(settings, "2026-03-10 10:09:59")
    assert is_in(tablet)
    later(settings, "2026-03-10 10:20:00")
    response = tablet.get("/walk-in/")
    assert response.status_code == 302
    li = people["li"].pk
    assert response["Location"] == f"/tablet/?person={li}&next=%2Fwalk-in%2F"
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert response["Cache-Control"] == "no-store"
    assert Draft.objects.get(user=li).payload == {"name": "吴先生"}
    tablet.cookies["session"] = key
    assert not is_in(tablet)
    names = tablet.get(reverse("accounts:tablet")).content.decode()
    assert "something unsaved waits" in names
    assert "吴先生" not in names
    assert pin(tablet, people["li"], "4071", next="/walk-in/")["Location"] == "/walk-in/"


def test_who_goes_on_working_is_not_locked(tablet, people, settings):
    pin(tablet, people["li"], "4071")
    for minute in range(9, 60, 9):
        later(settings, f"2026-03-10 10:{minute:02}:00")
        assert is_in(tablet)


def test_the_idle_minutes_are_a_setting(tablet, people, settings, store, chen):
    set_setting(store, "tablet_lock_minutes", 3, by=chen, at=at("2026-03-10 09:00"))
    pin(tablet, people["li"], "4071")
    later(settings, "2026-03-10 10:03:01")
    assert not is_in(tablet)


def test_a_part_that_htmx_asks_for_leads_the_whole_page_to_the_names(tablet, people, settings):
    pin(tablet, people["li"], "4071")
    later(settings, "2026-03-10 10:30")
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/leads/"}
    response = tablet.get("/leads/tabs/", headers=headers)
    assert response["HX-Redirect"] == f"/tablet/?person={people['li'].pk}&next=%2Fleads%2F"


def test_ones_own_phone_does_not_lock(people, settings):
    phone = sign_in("li", own_device="on")
    later(settings, "2026-03-10 17:00")
    assert is_in(phone)


def test_the_lock_button_goes_back_to_the_names_and_leaves_nothing(tablet, people):
    pin(tablet, people["li"], "4071")
    page = tablet.get(reverse("accounts:me")).content.decode()
    assert 'data-lock-after="600"' in page
    response = tablet.post(reverse("accounts:lock"))
    assert response["Location"].startswith("/tablet/?person=")
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert response["Cache-Control"] == "no-store"
    assert not is_in(tablet)
    assert pin(tablet, people["wang"], "883920").status_code == 302


def test_signing_out_on_a_tablet_leads_to_the_names(tablet, people):
    pin(tablet, people["li"], "4071")
    assert tablet.post(reverse("accounts:logout"))["Location"] == reverse("accounts:tablet")


def test_a_password_on_a_tablet_opens_a_session_that_locks_too(tablet, people, settings):
    tablet.post(reverse("accounts:login"), {"username": "chen", "password": PASSWORD, "own_device": "on"})
    assert is_in(tablet)
    assert Device.objects.filter(user=people["chen"]).count() == 0
    later(settings, "2026-03-10 10:11")
    assert not is_in(tablet)


def test_ending_a_tablet_takes_names_and_session_away(tablet, people):
    pin(tablet, people["li"], "4071")
    manager = sign_in("chen")
    device = Device.objects.get(user=None)
    assert manager.post(reverse("accounts:end_tablet", args=[device.pk])).status_code == 302
    assert not is_in(tablet)
    assert tablet.get(reverse("accounts:tablet"))["Location"] == reverse("accounts:login")


def test_a_tablet_of_another_store_is_not_there(people, tablet):
    west = make_store("west")
    boss = make_person(west, "boss", "马超", "manager")
    client = Client()
    client.force_login(boss)
    assert (
        client.post(reverse("accounts:end_tablet", args=[Device.objects.get(user=None).pk])).status_code
        == 404
    )
