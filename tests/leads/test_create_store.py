"""The commands that open a store and bring people in."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Group, Membership, Store, User
from leads.models import GradeRule, Term
from showroom.models import PlaybookPage

pytestmark = pytest.mark.django_db
STORE = {"code": "east", "--name": "East Motors", "--zone": "Asia/Shanghai", "--country": "CN"}
STAFF = {"--store": "east", "--role": "consultant", "--username": "li", "--name": "李强"}
PASSWORD = "a-car-a-day-2026"


def run(command, options, *more) -> dict:
    args = [word for key, value in options.items() for word in ([key, value] if key[0] == "-" else [value])]
    out = StringIO()
    call_command(command, *args, *more, "--json", stdout=out)
    return json.loads(out.getvalue())


# --- create_store -----------------------------------------------------------------------


def test_a_store_opens_with_hours_grades_and_channels():
    assert run("create_store", STORE) == {
        "code": "east", "name": "East Motors", "zone": "Asia/Shanghai", "country": "CN", "currency": "CNY",
        "language": "zh-hans",
    }  # fmt: skip
    store = Store.objects.get()
    assert store.hours.count() == 7
    assert (GradeRule.objects.count(), Term.objects.filter(list="channel").count()) == (25, 11)
    assert store.group.code == "east"
    assert PlaybookPage.objects.filter(store=store).count() == 99


def test_the_currency_is_the_countrys_own_unless_named():
    assert run("create_store", {**STORE, "--country": "de"})["currency"] == "EUR"
    assert run("create_store", {**STORE, "code": "west"}, "--currency", "usd")["currency"] == "USD"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"--zone": "Shanghai"}, "Shanghai is no time zone. Write it as Asia/Shanghai."),
        ({"--zone": "../etc/passwd"}, "is no time zone"),
        ({"--zone": "Asia"}, "is no time zone"),
        ({"--country": "China"}, "China is no country code. Write it as CN."),
        ({"--currency": "yuan"}, "yuan is no currency code. Write it as CNY."),
        ({"code": "东店"}, "A code is letters, digits and dashes"),
        ({"code": "a" * 41}, "A code is letters, digits and dashes"),
    ],
)
def test_a_wrong_word_is_refused_and_nothing_opens(wrong, words):
    with pytest.raises(CommandError, match=words):
        run("create_store", {**STORE, **wrong})
    assert not Store.objects.exists()
    assert not Group.objects.exists()


def test_a_code_is_given_once():
    run("create_store", STORE)
    with pytest.raises(CommandError, match="A store with this code exists already"):
        run("create_store", {**STORE, "--name": "Another"})
    assert Store.objects.get().name == "East Motors"


# --- create_staff -----------------------------------------------------------------------


@pytest.fixture
def east():
    run("create_store", STORE)
    return Store.objects.get()


def test_a_person_comes_in_with_roles_and_a_password(east):
    answer = run("create_staff", STAFF, "--role", "manager", "--password", PASSWORD)
    assert answer == {
        "username": "li", "name": "李强", "store": "east",
        "roles": ["consultant", "manager"], "can_sign_in": True,
    }  # fmt: skip
    user = User.objects.get()
    assert user.check_password(PASSWORD)
    assert user.roles_in(east) == {"consultant", "manager"}


def test_without_a_password_nobody_can_sign_in(east):
    assert run("create_staff", STAFF)["can_sign_in"] is False
    assert not User.objects.get().has_usable_password()


def test_a_known_user_name_gets_the_role_added_and_keeps_the_password(east):
    run("create_staff", STAFF, "--password", PASSWORD)
    assert run("create_staff", {**STAFF, "--role": "supervisor"})["roles"] == ["consultant", "supervisor"]
    assert run("create_staff", {**STAFF, "--role": "supervisor"})["roles"] == ["consultant", "supervisor"]
    assert (User.objects.count(), Membership.objects.count()) == (1, 2)
    assert User.objects.get().check_password(PASSWORD)


def test_somebody_without_a_password_gets_it_later_and_with_it_the_user_name(east):
    run("create_staff", {**STAFF, "--username": "liqiang"})
    person = User.objects.get()
    assert run("create_staff", STAFF, "--password", PASSWORD)["can_sign_in"] is True
    person.refresh_from_db()
    assert (User.objects.count(), person.username, person.check_password(PASSWORD)) == (1, "li", True)


def test_a_namesake_who_can_sign_in_is_another_person(east):
    run("create_staff", STAFF, "--password", PASSWORD)
    run("create_staff", {**STAFF, "--username": "li2"}, "--password", PASSWORD)
    assert list(User.objects.order_by("username").values_list("username", flat=True)) == ["li", "li2"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({**STAFF, "--role": "seller"}, "Unknown role: seller. Roles: consultant, supervisor"),
        ({**STAFF, "--store": "west"}, "No store has the code west. Stores: east."),
        ({**STAFF, "--password": "12345678"}, "This password is too common"),
        ({**STAFF, "--password": "kurz"}, "too short"),
        ({**STAFF, "--username": "li qiang"}, "A user name is one word"),
    ],
)
def test_what_is_wrong_is_said_and_nobody_comes_in(east, options, words):
    with pytest.raises(CommandError, match=words):
        run("create_staff", options)
    assert not User.objects.exists()
    assert not Membership.objects.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"--name": "王芳"}, "This user name belongs to somebody else"),
        ({"--password": "another-pass-2026"}, "This person has a password already"),
    ],
)
def test_nobody_takes_over_an_account(east, options, words):
    run("create_staff", STAFF, "--password", PASSWORD)
    with pytest.raises(CommandError, match=words):
        run("create_staff", {**STAFF, **options, "--role": "manager"})
    user = User.objects.get()
    assert (user.full_name, user.check_password(PASSWORD), user.roles_in(east)) == (
        "李强",
        True,
        {"consultant"},
    )
