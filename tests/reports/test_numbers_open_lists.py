"""Every number opens its list with the same count, for each role (UX law 6); no address breaks a page."""

import copy
import datetime as dt
import html
import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import override_settings

from accounts.models import Membership, Team
from leads.models import LeadModel
from reports.daily import Filled, submit_report
from tests.conftest import at, person
from tests.factories import CarModelFactory, make_store
from tests.registers import kept_for_the_module
from tests.sizes import MANY
from tests.statements import statements

from .day import second_of_march
from .month import many_leads, march, opened

pytestmark = pytest.mark.django_db
NUMBER = re.compile(r'<a class="(?:num|opens|stat-number opens)" href="([^"]+)">(\d+)</a>')
TOTAL = re.compile(r'data-total="(\d+)"')
READERS = ["li", "wang", "sun", "chen", "gao"]
NOW = "2026-03-31 23:59:59"


@pytest.fixture(scope="module")
def world(standing, django_db_setup, django_db_blocker):
    """Every test here asks for `group`: its store and people stand for all of them, and so may this."""
    with kept_for_the_module(django_db_blocker):
        yield in_march(**standing)


@pytest.fixture
def group(world, store, li, wang, chen, freeze):
    """A month of two consultants, a team, a second store, and a day with a report that was handed in."""
    freeze(NOW)
    return copy.deepcopy(world)


@override_settings(DEALER_NOW=at(NOW).isoformat())
def in_march(store, li, wang, chen):
    march(store, li, wang)
    second_of_march(store, li)
    team = Team.objects.create(store=store, name="A")
    Membership.objects.filter(user=li).update(team=team)
    sun = person(store, "sun", "孙丽", "supervisor")
    Membership.objects.filter(user=sun).update(team=team)
    person(store, "gao", "高远", "general_manager")
    west = make_store("west", group=store.group)
    opened(west, person(west, "tang", "唐薇", "consultant"), "2026-03-09 10:00")
    submit_report(
        store, dt.date(2026, 3, 2), Filled(estimate=1), by=li, now=at("2026-03-02 15:30")
    )  # before the last quote
    return {user.username: user for user in (li, wang, chen, sun)} | {
        "gao": Membership.objects.get(role="general_manager").user
    }


def numbers_of(client, url):
    """(address, number) of everything on a page that opens a list."""
    answer = client.get(url)
    assert answer.status_code == 200
    return [(html.unescape(link), int(n)) for link, n in NUMBER.findall(answer.content.decode())]


PAGES = [
    "/reports/funnel/",
    "/reports/funnel/?period=90",
    "/reports/funnel/?known=2026-03-05",
    "/reports/funnel/?period=own&from=2026-03-03&to=2026-03-10",
    "/reports/funnel/?store=west",
    "/reports/daily/?on=2026-03-02",
]
BOTH = [PAGES[0], PAGES[-1]]  # the funnel and the day


ALWAYS = [(who, url) for who in ("li", "chen") for url in BOTH]


@pytest.mark.parametrize(
    ("who", "url"),
    [
        pytest.param(who, url, marks=[] if (who, url) in ALWAYS else pytest.mark.thorough)
        for who in READERS
        for url in PAGES
    ],
)
def test_each_number_opens_a_list_of_that_many(who, url, group, sign_in):
    client = sign_in(group[who])
    wrong = []
    for link, number in numbers_of(client, url):
        text = client.get(link).content.decode()
        rows = text.count('<li class="row')
        if (int(TOTAL.search(text)[1]), rows) != (number, number):
            wrong.append(f"{link}: {number}, but {TOTAL.search(text)[1]} in {rows} rows")
    assert wrong == []


def test_there_are_numbers_to_open(group, sign_in):
    assert len(numbers_of(sign_in(group["chen"]), "/reports/funnel/")) >= 30
    assert len(numbers_of(sign_in(group["li"]), "/reports/daily/?on=2026-03-02")) >= 8


@pytest.mark.thorough
def test_everybody_reads_what_is_theirs(group, sign_in):
    """Leads received in March: Li 4, Wang 1, the store 5, the group 6."""
    found = {}
    for who in READERS:
        page = sign_in(group[who]).get("/reports/funnel/").context["page"]
        found[who] = (page.lines[1].entered, [worker.name for worker in page.workers])
    assert found == {
        "li": (4, ["李强"]),
        "wang": (1, ["王芳"]),
        "sun": (4, ["孙丽", "李强"]),
        "chen": (5, ["孙丽", "李强", "王芳", "陈刚"]),
        "gao": (6, ["唐薇", "孙丽", "李强", "王芳", "陈刚"]),
    }


def test_a_list_shows_a_customer_given_away_by_surname_only(group, store, sign_in):
    """A70: the figures stay, the card does not."""
    from leads.models import Lead
    from leads.moves import lock_lead
    from leads.ownership import set_owner

    lead = Lead.objects.filter(contacts__by=group["li"]).first()
    lead.customer.name = "欧阳雪梅"
    lead.customer.save()
    moment = at("2026-03-05 10:00")
    set_owner(lock_lead(lead.pk), group["wang"], by=group["chen"], at=moment, recorded_at=moment)
    text = sign_in(group["li"]).get("/reports/work/?of=contacts").content.decode()
    assert "欧阳**" in text
    assert "欧阳雪梅" not in text
    assert lead.number not in text
    assert sign_in(group["chen"]).get("/reports/work/?of=contacts").content.decode().count("欧阳雪梅") == 1


STRANGE = [
    "period=x", "period=own", "period=own&from=x&to=y", "period=own&from=0001-01-01&to=9999-12-31",
    "period=own&from=2026-03-31&to=2026-03-01", "known=x", "known=0001-01-01", "known=9999-12-31",
    "person=x", "person=-1", "person=99999999999999999999", "person=1&person=2", "model=x", "model=0",
    "channel=%00", "channel='", "store=%00", "store=nowhere", "on=x", "on=0001-01-01", "on=9999-12-31",
    "shown=x", "shown=999999", "shown=-1", "of=%00&step=x", "page=1e9", "order=owner__password",
]  # fmt: skip


@pytest.mark.parametrize("query", STRANGE)
@pytest.mark.thorough
def test_a_strange_address_is_no_error_and_shows_nobody_elses(query, group, sign_in):
    """RELIABILITY 44."""
    client = sign_in(group["wang"])
    for path in (
        "/reports/funnel/?", "/reports/daily/?", "/reports/funnel/leads/?of=entered&step=reception&",
        "/reports/funnel/leads/?", "/reports/work/?of=visits&", "/reports/work/?",
    ):  # fmt: skip
        answer = client.get(path + query)
        assert answer.status_code in (200, 404), path
        assert "李强" not in answer.content.decode()


@pytest.mark.parametrize("body", [{}, {"on": "x", "estimate": "x", "token": "x"}, {"on": "9999-12-31"},
                                  {"estimate": "-1"}, {"estimate": "9" * 30}, {"causes": "x", "result": "x"},
                                  {"note": "\0"}])  # fmt: skip
def test_a_strange_form_is_shown_again(body, group, sign_in):
    assert sign_in(group["li"]).post("/reports/daily/", body).status_code == 422


# --- statements -------------------------------------------------------------------------------------

MOST = {
    "/reports/funnel/": 10,
    "/reports/funnel/?known=2026-03-05": 10,
    "/reports/daily/?on=2026-03-02": 10,
    "/reports/funnel/leads/?of=entered&step=reception": 6,
    "/reports/work/?of=visits": 6,
}


@pytest.mark.thorough
def test_a_page_asks_few_statements_and_as_many_for_a_thousand_leads(group, store, sign_in):
    few = asked_by(group, sign_in)
    many_leads(store, group["li"], MANY)
    many = asked_by(group, sign_in)
    assert {page: n for page, n in few.items() if n > MOST[page[1]]} == {}
    assert {page: n for page, n in many.items() if n > max(few[page] + 1, MOST[page[1]])} == {}


def asked_by(group, sign_in) -> dict[tuple[str, str], int]:
    """Statements of each page for each reader, when the store's rules are in memory."""
    found = {}
    for who in READERS:
        client = sign_in(group[who])
        client.get("/reports/funnel/")
        for url in MOST:
            with statements() as asked:
                assert client.get(url).status_code == 200
            found[who, url] = len(asked)
    return found


def test_the_filter_keeps_the_period_unless_other_days_are_typed(group, sign_in):
    client = sign_in(group["chen"])
    same = client.get("/reports/funnel/?period=month&from=2026-03-01&to=2026-03-31").context["asked"]
    other = client.get("/reports/funnel/?period=month&from=2026-03-02&to=2026-03-31").context["asked"]
    assert (same.period, other.period) == ("month", "own")
    assert other.days == (dt.date(2026, 3, 2), dt.date(2026, 3, 31))


def test_the_own_choices_of_the_filter_are_kept_in_every_address(group, sign_in, store):
    car = CarModelFactory(group=store.group)
    LeadModel.objects.create(lead=opened(store, group["li"], "2026-03-02 09:00"), car_model=car)
    client = sign_in(group["chen"])
    found = numbers_of(client, f"/reports/funnel/?period=30&model={car.pk}")
    leads = [dict(parse_qsl(urlsplit(link).query)) for link, _n in found if "/leads/" in link]
    assert leads
    assert all(query["period"] == "30" and query["model"] == str(car.pk) for query in leads)
