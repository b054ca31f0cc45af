"""The bell: each thing is told once, counted, listed, and opens what it is about (SPEC A43)."""

import json
import re
from datetime import timedelta

import pytest

from accounts.rules import set_setting
from followups.models import Notice
from followups.notices import tell, tell_many
from leads.models import Customer
from tests.conftest import at
from tests.factories import make_person, make_store
from tests.followups.worked_leads import make_lead
from tests.statements import statements

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 10:00")


@pytest.fixture(autouse=True)
def _morning(settings):
    settings.DEALER_NOW = NOW.isoformat()


@pytest.fixture
def lead(store, li):
    lead = make_lead(store, li, visited="2026-03-10 10:00")
    Customer.objects.filter(pk=lead.customer_id).update(name="孙丽华")
    return lead


@pytest.fixture
def as_li(client, li):
    client.force_login(li, backend="accounts.backends.StaffBackend")
    return client


def given(person, store, lead, cause="given:1", when=NOW, **more):
    return tell(person, store=store, kind="given", cause=cause, lead=lead, now=when, **more)


def test_a_cause_is_told_once(store, li, wang, lead):
    assert [given(li, store, lead), given(li, store, lead), given(wang, store, lead)] == [True, False, True]
    assert Notice.objects.count() == 2


def test_many_are_one_statement_and_say_how_many_were_new(store, li, wang, lead):
    given(li, store, lead, "a")
    rows = [
        Notice(user=person, store=store, kind="given", cause=cause, lead=lead, at=NOW)
        for person in (wang, li)
        for cause in ("b", "a")
    ]
    with statements() as asked:
        assert tell_many(rows) == 3
    assert len(asked) == 1


def bell(client, seen=""):
    return client.get(f"/notices/count/?seen={seen}", headers={"hx-request": "true"})


def about_notices(asked: list[str]) -> list[str]:
    """The statements beyond those of the person and the session."""
    return [sql for sql in asked if "followups_" in sql or "leads_" in sql]


def shown(answer) -> str:
    return re.sub(r"<.*?>", "", answer.content.decode()).strip()


def test_the_bell_counts_what_is_unread(as_li, store, li, wang, lead):
    assert shown(bell(as_li)) == ""
    given(li, store, lead)
    given(wang, store, lead)
    assert shown(bell(as_li)) == "1 unread"


def test_the_bell_counts_to_99(as_li, store, li, lead):
    tell_many(Notice(user=li, store=store, kind="given", cause=f"{n}", lead=lead, at=NOW) for n in range(100))
    assert shown(bell(as_li)) == "99+ unread"


def test_a_bell_that_shows_it_already_gets_nothing_more(as_li, store, li, lead):
    given(li, store, lead)
    stamp = re.search(r"seen=([\d.]+)", bell(as_li).content.decode())[1]
    assert bell(as_li, stamp).status_code == 204


def test_what_is_urgent_and_new_is_said_at_once(as_li, store, li, lead):
    given(li, store, lead)
    stamp = re.search(r"seen=([\d.]+)", bell(as_li).content.decode())[1]
    given(li, store, lead, "2", when=NOW + timedelta(seconds=1), urgent=True)
    said = json.loads(bell(as_li, stamp).headers["HX-Trigger"])
    assert said == {"toast": {"text": f"{lead.number} is your customer now"}}
    assert "HX-Trigger" not in bell(as_li).headers  # a page that opens does not repeat it


def test_the_bell_asks_one_statement_beyond_the_persons_own(as_li, store, li, lead):
    given(li, store, lead)
    with statements() as asked:
        bell(as_li)
    assert len(about_notices(asked)) == 1


def texts(client, address="/notices/") -> list[str]:
    rows = re.findall(r'<button class="link-row.*?</button>', client.get(address).content.decode(), re.DOTALL)
    return [re.search(r"L-\d+-\d+", row)[0] for row in rows]


def test_the_list_stands_newest_first_in_pages(as_li, store, li):
    leads = [make_lead(store, li) for _ in range(31)]
    for n, lead in enumerate(leads):
        given(li, store, lead, f"{n}", when=NOW - timedelta(minutes=n // 2))  # two at each moment
    with statements() as asked:
        page = as_li.get("/notices/").content.decode()
    assert len(about_notices(asked)) == 1
    more = re.search(r'href="(/notices/\?before=[^"]+)"', page)[1]
    both = texts(as_li) + texts(as_li, more.replace("&amp;", "&"))
    assert (len(texts(as_li)), sorted(both)) == (30, sorted(lead.number for lead in leads))


@pytest.mark.parametrize("place", ["x", "_", "2026-03-12_1", "2026-03-12T10:00:00+00:00_x"])
def test_a_place_that_nobody_wrote_is_none(as_li, place):
    assert as_li.get("/notices/", {"before": place}).status_code == 404


def test_no_notice_names_the_customer(as_li, store, li, lead):
    given(li, store, lead)
    html = as_li.get("/notices/").content.decode()
    assert lead.number in html
    assert "孙丽华" not in html


def test_it_does_where_the_store_says_so_and_the_person_sees_the_lead(
    client, as_li, store, li, wang, chen, lead
):
    set_setting(store, "notices_name_customers", True, by=chen, at=NOW)
    given(li, store, lead)
    given(wang, store, lead)
    assert "孙丽华" in as_li.get("/notices/").content.decode()
    client.force_login(wang, backend="accounts.backends.StaffBackend")
    html = client.get("/notices/").content.decode()
    assert lead.number in html
    assert "孙丽华" not in html


def tap(client, notice):
    return client.post(f"/notices/{notice.pk}/open/")


def test_a_tap_reads_it_and_opens_the_card(as_li, store, li, lead):
    given(li, store, lead)
    notice = Notice.objects.get()
    assert tap(as_li, notice).headers["Location"] == f"/leads/{lead.number}/"
    notice.refresh_from_db()
    assert notice.read_at == NOW
    assert shown(bell(as_li)) == ""


def test_a_lead_one_no_longer_sees_is_said_plainly(as_li, store, li, wang):
    lead = make_lead(store, wang)
    given(li, store, lead)
    answer = as_li.post(f"/notices/{Notice.objects.get().pk}/open/", follow=True)
    assert answer.status_code == 200
    assert f"{lead.number} is with somebody else now" in answer.content.decode()


def test_nobody_opens_anothers_notice(as_li, store, wang, lead):
    given(wang, store, lead)
    assert tap(as_li, Notice.objects.get()).status_code == 404
    assert Notice.objects.get().read_at is None


def test_all_that_was_shown_is_read_and_nothing_that_came_since(as_li, store, li, wang, lead):
    given(li, store, lead, "a")
    newest = Notice.objects.get().pk
    given(li, store, lead, "b")
    given(wang, store, lead, "c")
    as_li.post("/notices/read/", {"upto": newest})
    assert set(Notice.objects.filter(read_at=None).values_list("cause", flat=True)) == {"b", "c"}


@pytest.mark.parametrize("upto", ["", "x", "9" * 19])
def test_all_up_to_nothing_is_none(as_li, upto):
    assert as_li.post("/notices/read/", {"upto": upto}).status_code == 404


def test_every_page_has_the_bell_and_asks_nothing_for_it(as_li, store, li, lead):
    given(li, store, lead)
    with statements() as asked:
        html = as_li.get("/leads/").content.decode()
    assert 'href="/notices/"' in html
    assert not [sql for sql in asked if "followups_notice" in sql]


def test_of_several_stores_the_other_one_is_named(as_li, store, li, lead):
    west = make_store("west", group=store.group)
    make_person(west, "west", "West", "manager")
    li.memberships.create(store=west, role="consultant", starts_on="2026-01-01")
    given(li, west, make_lead(west, li))
    assert "Store west" in as_li.get("/notices/").content.decode()


def test_the_words_are_the_readers(as_li, store, li, lead):
    given(li, store, lead)
    li.language = "zh-hans"
    li.save()
    assert f"{lead.number}现在由你负责" in as_li.get("/notices/").content.decode()
