"""What guards every answer: the form token, the headers, the cookies, quiet errors."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Draft, User
from leads.models import LeadEvent

from .routes import routes

pytestmark = [pytest.mark.once, pytest.mark.django_db]

ALL = dict(routes())
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@pytest.mark.parametrize(
    ("role", "methods"),
    [
        ("anonymous", UNSAFE[:1]),
        pytest.param("anonymous", UNSAFE[1:], marks=pytest.mark.thorough),
        pytest.param("manager", UNSAFE, marks=pytest.mark.thorough),
    ],
)
def test_nothing_is_accepted_without_the_token_of_a_form(role, methods, as_role):
    client = as_role(role, enforce_csrf_checks=True)
    accepted = [
        f"{method} {name}: {status}"
        for name, arguments in ALL.items()
        for method in methods
        for headers in ({}, {"HX-Request": "true"})
        if (status := client.generic(method, reverse(name, kwargs=arguments), headers=headers).status_code)
        != 403
    ]
    assert accepted == []


def answers(client, lead) -> dict[str, object]:
    """One answer of every kind."""
    number = f"/leads/{lead.number}/number/"
    return {
        "200": client.get("/leads/"),
        "302": client.post(reverse("accounts:theme")),
        "403": client.get("/night/"),
        "404": client.get("/nowhere/"),
        "405": client.get("/logout/"),
        "409": client.post(f"/leads/{lead.number}/move/", {"to": "delivery"}),
        "422": client.post(f"/leads/{lead.number}/log/"),
        "200 in JSON": client.get("/healthz"),
        "200 for scripts": client.post(number, headers={"X-Requested-With": "fetch"}),
        "200 as a part": client.get("/leads/tabs/", headers={"HX-Request": "true"}),
    }


HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def test_every_answer_carries_the_headers(world, as_role):
    found = answers(as_role("consultant"), world.lead("consultant", "own"))
    for kind, response in found.items():
        assert str(response.status_code) == kind[:3], kind
        assert {name: response.headers.get(name) for name in HEADERS} == HEADERS, kind
        assert "no-store" in response.headers["Cache-Control"], kind


def test_a_crash_is_a_calm_page_with_the_headers(world, as_role, monkeypatch):
    def broken(request):
        raise RuntimeError("张伟 +8613800000000")

    monkeypatch.setattr("leads.views_list.Wanted", broken)
    response = as_role("consultant").get("/leads/")
    assert response.status_code == 500
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
    text = response.content.decode()
    assert "Something broke on our side" in text
    assert "+86" not in text
    assert "张伟" not in text


def test_https_is_kept_for_a_year(world, settings):
    settings.SECURE_HSTS_SECONDS = 31_536_000
    response = Client().get("/login/", secure=True)
    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_the_session_cookie_is_out_of_reach_of_scripts_and_of_other_sites(world):
    person = User.objects.get(pk=world.people["consultant"].pk)
    person.set_password("a-long-enough-word")
    person.save()
    response = Client().post("/login/", {"username": person.username, "password": "a-long-enough-word"})
    cookie = response.cookies["session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize("host", ["evil.test", "testserver.evil.test", "testserver@evil.test"])
def test_a_forged_host_is_refused(world, as_role, host):
    assert as_role("consultant").get("/leads/", headers={"Host": host}).status_code == 400


def test_a_form_older_than_the_sign_in_can_be_sent_again_with_what_was_typed(world, as_role):
    lead = world.lead("consultant", "own")
    client = as_role("consultant", enforce_csrf_checks=True)
    client.get("/leads/")
    before = LeadEvent.objects.count()
    stale = {"csrfmiddlewaretoken": "x" * 64, "outcome": "comparing", "text": "wants blue <b>"}
    response = client.post(f"/leads/{lead.number}/log/", stale)
    assert response.status_code == 403
    text = response.content.decode()
    assert '<input type="hidden" name="text" value="wants blue &lt;b&gt;">' in text
    assert f'action="/leads/{lead.number}/log/"' in text
    assert LeadEvent.objects.count() == before

    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)[1]
    again = client.post(f"/leads/{lead.number}/log/", stale | {"csrfmiddlewaretoken": token})
    assert again.status_code != 403


def test_a_form_from_another_site_is_never_offered_again(world, as_role):
    client = as_role("consultant", enforce_csrf_checks=True)
    client.get("/leads/")
    response = client.post("/drafts/walk_in/", {"name": "张伟"}, headers={"Origin": "https://evil.test"})
    assert response.status_code == 403
    assert "张伟" not in response.content.decode()
    assert Draft.objects.count() == 0


def test_the_page_of_a_stranger_says_what_to_do(world, as_role):
    response = as_role("consultant").get(f"/leads/{world.leads['pool'].number}/")
    assert response.status_code == 404
    assert "There is nothing here for you" in response.content.decode()


def test_a_refused_page_says_what_to_do_in_the_language_of_the_reader(world, as_role):
    User.objects.filter(pk=world.people["consultant"].pk).update(language="zh-hans")
    response = as_role("consultant").get("/night/")
    assert response.status_code == 403
    assert '<html lang="zh-CN"' in response.content.decode()
