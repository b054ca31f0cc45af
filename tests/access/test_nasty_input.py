"""Bad input into every field of every form: an answer, nothing lost, words of the reader (RELIABILITY 40).

The forms are those of the pages: each route of the table is opened, and what it shows is filled in.
"""

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit
from zlib import crc32

import pytest
from django.db import transaction
from django.urls import reverse

from accounts.roles import Role
from tests.nasty import NASTY

from .expected import OWN, ROUTES
from .routes import routes
from .test_crawl import kind_of

pytestmark = [pytest.mark.once, pytest.mark.django_db]

FOUND = dict(routes())
TYPED = {"text", "tel", "search", "number", "date", "time", "email", "textarea"}
KEPT = TYPED - {"search"}  # a number that is looked for is shown masked
ROLES = (Role.MANAGER, Role.CONSULTANT, Role.RECEPTIONIST, Role.SUPERVISOR, Role.BDC_AGENT)
ERROR = re.compile(r'class="field-error"[^>]*>.*?<span>(.*?)</span>', re.DOTALL)
HAN = re.compile("[\u4e00-\u9fff]")
UNSEEN = re.compile("[\x00-\x1f\x7f\x85\ud800-\udfff\ufffd\u2028\u2029]")


class Forms(HTMLParser):
    """The forms of a page that are posted: address, and type and value of each field by name."""

    def __init__(self, page: str, path: str):
        super().__init__()
        self.path, self.found, self._fields, self._area, self._select = path, [], None, "", ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = {key: value or "" for key, value in attrs}
        if tag == "form":
            action = attrs.get("hx-post") or attrs.get("action") or self.path
            posts = attrs.get("method", "").lower() == "post" or "hx-post" in attrs
            self._fields = {} if posts else None
            if posts:
                self.found.append((action, self._fields))
        elif self._fields is not None and attrs.get("name"):
            self._keep(tag, attrs)
        elif tag == "option" and self._select and self._fields is not None:
            kind, value = self._fields[self._select]
            if "selected" in attrs or value is None:
                self._fields[self._select] = (kind, attrs.get("value", ""))

    def _keep(self, tag, attrs):
        name, kind = attrs["name"], attrs.get("type", "text") if tag == "input" else tag
        if tag == "textarea":
            self._area = name
        if tag == "select":
            self._select = name
        chosen = kind not in ("radio", "checkbox") or "checked" in attrs or name not in self._fields
        if kind not in ("submit", "button", "file") and chosen:
            self._fields[name] = (kind, None if tag == "select" else attrs.get("value", ""))

    def handle_endtag(self, tag):
        if tag == "form":
            self._fields = None
        if tag == "select":
            if self._select and self._fields is not None:
                kind, value = self._fields[self._select]
                self._fields[self._select] = (kind, value or "")
            self._select = ""
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data):
        if self._area and self._fields is not None:
            kind, value = self._fields[self._area]
            self._fields[self._area] = (kind, value + data)


def pages(world, client, role: str) -> Iterator[tuple[str, str]]:
    """Address and text of every page that shows this role a form, each route once."""
    for name, cases in ROUTES.items():
        for case in cases:
            promised = case.answers[role]
            status = promised if isinstance(promised, int) else promised[OWN]
            if (case.method, status) != ("GET", 200):
                continue
            path = reverse(
                name, kwargs=FOUND[name] | (world.address(case.names, role, OWN) if case.names else {})
            )
            answer = client.get(path, case.data | world.data(case.names, role, OWN))
            if answer.get("Content-Type", "").startswith("text/html"):
                yield path, answer.content.decode()


def forms_of(world, client, role: str) -> dict[tuple, tuple[str, dict]]:
    """Every form a role is shown, one of a kind."""
    found = {}
    for path, text in pages(world, client, role):
        for action, fields in Forms(text, path).found:
            names = {name for name in fields if name != "csrfmiddlewaretoken"}
            if names and not urlsplit(action).path.startswith("/log"):  # the session goes on
                found.setdefault((kind_of(action), *sorted(names)), (action, fields))
    return found


def filled(fields: dict, turn: int, *, all_of_them: bool) -> dict[str, str]:
    """What is sent: another nasty text in each field that is typed, or in every field there is."""
    values = {name: value for name, (_kind, value) in fields.items()}
    for name, (kind, _value) in fields.items():
        if name != "csrfmiddlewaretoken" and (kind in TYPED or all_of_them):
            values[name] = NASTY[(crc32(name.encode()) + turn) % len(NASTY)]
    return values


def send(client, action: str, values: dict[str, str]):
    """The answer; what it writes is taken back."""
    body = urlencode(values, encoding="utf-8", errors="surrogatepass")
    with transaction.atomic():
        answer = client.post(unescape(action), body, content_type="application/x-www-form-urlencoded")
        transaction.set_rollback(True)
    return answer


def complaints(action: str, values: dict, answer, *, chinese: bool) -> Iterator[str]:
    """What is wrong with an answer: it broke, or it speaks another language than the reader."""
    if answer.status_code >= 500 and answer.status_code != 503:
        yield f"{answer.status_code} at {action}: {shortened(values)}"
    for words in map(unescape, ERROR.findall(shown_again(answer))):
        echoed = any(value and value[:20] in words for value in values.values())
        if bool(HAN.search(words)) != chinese and not echoed:
            yield f"words at {action}: {words[:80]}"


def shown_again(answer) -> str:
    """The page that shows the form again, if it is one."""
    is_page = answer.get("Content-Type", "").startswith("text/html")
    return answer.content.decode() if is_page and answer.status_code in (200, 409, 422) else ""


def lost(action: str, fields: dict, values: dict, text: str) -> Iterator[str]:
    for there, shown in Forms(text, action).found:
        if kind_of(there) != kind_of(action) or shown.keys() - fields.keys() - {"seen"}:
            continue
        for name, (kind, _first) in fields.items():
            if kind in KEPT and name in shown and plain(shown[name][1]) != plain(values[name]):
                yield f"lost at {action}: {name} was {values[name][:30]!r}, is {shown[name][1][:30]!r}"


def plain(text: str) -> str:
    return " ".join(UNSEEN.sub(" ", text).split())


def shortened(values: dict) -> dict:
    return {name: value[:20] for name, value in values.items() if name != "csrfmiddlewaretoken"}


def test_the_list_is_long_enough():
    assert len(set(NASTY)) == len(NASTY) >= 150


READERS = [(Role.CONSULTANT, "en"), (Role.MANAGER, "zh-hans"), (Role.RECEPTIONIST, "zh-hans")]


@pytest.mark.thorough
@pytest.mark.parametrize(("role", "language"), READERS)
def test_every_form_of_a_role_bears_bad_input_in_all_its_fields_at_once(role, language, world, as_role):
    client = reading(world, as_role, role, language)
    forms = forms_of(world, client, role)
    assert len(forms) > 10
    assert wrong(client, forms, turns=(0,), chinese=language != "en") == []


@pytest.mark.thorough
def test_every_form_bears_bad_input_in_all_its_fields_at_once(world, as_role):
    """A form that several roles are shown is one form: the first of them fills it in."""
    met, found = set(), []
    for role, language in READERS:
        client = reading(world, as_role, role, language)
        forms = {kind: form for kind, form in forms_of(world, client, role).items() if kind not in met}
        met |= forms.keys()
        found += wrong(client, forms, turns=(0,), chinese=language != "en")
    assert len(met) > 50
    assert found == []


@pytest.mark.thorough
def test_every_field_of_every_form_bears_every_nasty_text(world, as_role):
    """A form that several roles are shown is one form: the first of them fills it in."""
    met, found = set(), []
    for role in ROLES:
        client = reading(world, as_role, role, "zh-hans")
        forms = {kind: form for kind, form in forms_of(world, client, role).items() if kind not in met}
        met |= forms.keys()
        found += wrong(client, forms, turns=range(len(NASTY)), chinese=True)
    assert len(met) > 50
    assert found == []


def reading(world, as_role, role: str, language: str):
    """The browser of this role's person, who reads this language."""
    person = world.people[role]
    type(person).objects.filter(pk=person.pk).update(language=language)
    client = as_role(role)
    client.cookies["django_language"] = language
    return client


def wrong(client, forms: dict, *, turns, chinese: bool) -> list[str]:
    """What breaks, is lost or is said in the wrong language; what nobody types takes every tenth text."""
    found = []
    for action, fields in forms.values():
        for turn in turns:
            for all_of_them in (False, True)[: 2 if turn % 10 == 0 else 1]:
                values = filled(fields, turn, all_of_them=all_of_them)
                answer = send(client, action, values)
                found += complaints(action, values, answer, chinese=chinese)
                if not all_of_them:
                    found += lost(action, fields, values, shown_again(answer))
    return sorted(set(found))
