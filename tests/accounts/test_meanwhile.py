"""Two people edit the same thing: every form shows both values and loses none (RELIABILITY 25)."""

import random
from dataclasses import dataclass

import pytest
from django.urls import reverse

from accounts.models import Team, User
from followups.appointments import make_appointment
from leads.models import Term
from leads.referrals import refer
from leads.saved_views import save_view
from showroom.calls import Enquiry, log_call
from showroom.needs import answer
from showroom.visits import Arrival, log_visit
from tests.conftest import at, person
from tests.factories import CarModelFactory
from tests.showroom.cars import booked, driven, make_car
from tests.showroom.known import know

pytestmark = pytest.mark.django_db
NOW = at("2026-03-12 10:00")
WORDS = ["杭州", "宁波", "Suzhou", "Wuxi", "南京路", "x" * 40]


@dataclass
class Case:
    """A form at an address, and the texts that may be typed into its fields."""

    url: str
    values: dict[str, list[str]]
    name: str = "form"  # of the form in the page's context


def _person(store):
    return person(store, "sun", "孙丽", "consultant")


def names(store):
    return Case(
        reverse("leads:edit_person", args=[_person(store).pk]), {"name": WORDS, "username": ["a", "b", "c"]}
    )


def roles(store):
    teams = [str(Team.objects.create(store=store, name=name).pk) for name in ("A", "B", "C")]
    return Case(reverse("leads:roles", args=[_person(store).pk]), {"team": teams})


def team(store):
    return Case(reverse("leads:team", args=[Team.objects.create(store=store, name="A").pk]), {"name": WORDS})


def term(store):
    row = Term.objects.filter(store=store, list="channel").first()
    return Case(reverse("leads:term", args=["channel", row.pk]), {"name_zh": WORDS, "name_en": WORDS})


def car_model(store):
    row = CarModelFactory(group=store.group)
    return Case(
        reverse("leads:car_model", args=[row.pk]), {"name_zh": WORDS, "name_en": WORDS, "brand": WORDS}
    )


def saved_view(store):
    owner = User.objects.get(username="chen")
    row = save_view(store, name="A", query="grade=H", shared=False, pinned=False, by=owner)
    return Case(reverse("leads:saved_view", args=[row.pk]), {"name": WORDS})


def number_setting(store):
    return Case(reverse("accounts:setting", args=["catch_up_per_day"]), {"value": ["11", "12", "13", "14"]})


def choice_setting(store):
    return Case(
        reverse("accounts:setting", args=["ownership_rule"]), {"value": ["strict_7", "off", "cadence_plus_7"]}
    )


def hours(store):
    times = {f"{what}_{day}": hours for day in (0, 1) for what, hours in
             (("opens", ["08:00", "08:30", "09:30"]), ("closes", ["17:00", "19:00", "20:00"]))}  # fmt: skip
    return Case(reverse("accounts:hours"), times)


def week_off(store):
    someone = _person(store)
    covers = [str(person(store, name, name, "consultant").pk) for name in ("ma", "hu", "xu")]
    return Case(reverse("accounts:week", args=[someone.pk]), {"deputy": covers, "weekdays": ["5"]})


def cadence(store):
    fields = {"times_A": ["1", "2", "3"], "period_B": ["20", "25", "28"]}
    return Case(
        reverse("followups:grades") + "?profile=default", fields | {"act": ["save"], "profile": ["default"]}
    )


def appointment(store):
    li = User.objects.get(username="li")
    lead = know(store, li, "13800000001", "张伟").pk
    row = make_appointment(lead, at("2026-03-20 15:00"), by=li, now=NOW)
    times = {"on": ["2026-03-21", "2026-03-22", "2026-03-23"], "time": ["10:00", "11:00", "16:30"]}
    return Case(reverse("followups:appointment", args=[row.pk]), times)


def makers_number(store):
    li = User.objects.get(username="li")
    lead = know(store, li, "13800000001", "张伟")
    return Case(reverse("leads:maker", args=[lead.number]), {"number": ["M-1", "M-2", "M-3"]})


def who_invites(store):
    lead = know(store, User.objects.get(username="li"), "13800000001", "张伟")
    type(lead).objects.filter(pk=lead.pk).update(last_visit_at=None, step=1)
    agents = [str(person(store, name, name, "bdc_agent").pk) for name in ("mei", "hua", "lan")]
    return Case(reverse("leads:setter", args=[lead.number]), {"person": agents})


def evenings(store):
    people = [str(person(store, name, name, "consultant").pk) for name in ("ma", "hu", "xu")]
    return Case(reverse("followups:evening_week"), {"day0": people, "day4": people})


def reward(store):
    li = User.objects.get(username="li")
    lead = know(store, li, "13800000001", "张伟")
    lead = refer(store, lead.customer, name="刘敏", phone_text="13900000002", by=li, at=NOW)
    return Case(reverse("leads:referral", args=[lead.number]), {"gift": WORDS})


def visit(store):
    li = User.objects.get(username="li")
    came = Arrival(phone_text="13800000001", name="张伟")
    row, _new = log_visit(store, came, receiver=li, by=li, at=NOW, now=NOW)
    return Case(reverse("showroom:edit_visit", args=[row.pk]), {"remark": WORDS, "persons": ["2", "3", "4"]})


def call(store):
    li = User.objects.get(username="li")
    row, _new = log_call(store, Enquiry(phone_text="13800000001"), receiver=li, by=li, at=NOW, now=NOW)
    return Case(reverse("showroom:edit_call", args=[row.pk]), {"remark": WORDS, "address": WORDS})


def _drive(store):
    li = User.objects.get(username="li")
    return booked(make_car(store), know(store, li, "13800000001", "张伟", step=3), li)


def drive_moved(store):
    fixed = {"on": ["2026-03-20"]}
    url = reverse("showroom:booking", args=[_drive(store).pk])
    return Case(url, {"time": ["11:00", "13:00", "15:30"], "minutes": ["20", "40", "50"]} | fixed)


def drive_papers(store):
    fixed = {"act": ["papers"], "licence": ["on"], "on_paper": ["on"]}
    url = reverse("showroom:drive", args=[_drive(store).pk])
    return Case(url, {"driver_name": WORDS} | fixed, name="papers")


def drive_feedback(store):
    booking = _drive(store)
    driven(booking, booking.consultant)
    url = reverse("showroom:drive", args=[booking.pk])
    return Case(
        url,
        {"overall": ["3", "4", "5"], "comment": WORDS, "mark_quiet": ["1", "2", "3"], "act": ["feedback"]},
        name="feedback",
    )


def _in_the_house(store):
    """A lead that an agent of the floor works on, at the needs report."""
    return know(store, User.objects.get(username="li"), "13800000001", "张伟", step=3)


def needs_part(store):
    url = reverse("showroom:needs", args=[_in_the_house(store).number])
    return Case(f"{url}?part=person", {"occupation_text": WORDS, "hobbies_text": WORDS})


def needs_agreed(store):
    lead, car = _in_the_house(store), CarModelFactory(group=store.group)
    said = {"main_use": {"chips": ["school"], "text": ""}}
    answer(lead.pk, said, by=lead.owner, at=NOW)
    fixed = {"confirmed": ["on"], "grade": ["B"], "models": [str(car.pk)]}
    return Case(reverse("showroom:needs_finish", args=[lead.number]), {"summary": WORDS} | fixed)


def shown_round(store):
    lead = _in_the_house(store)
    fixed = {"positions": ["driver"], "focus_word": ["x"], "brochure_given": ["yes"]}
    url = reverse("showroom:walkaround", args=[lead.number])
    return Case(url, {"features": WORDS, "drive_wanted": ["yes", "no"]} | fixed)


CASES = [
    names, roles, team, term, car_model, saved_view, number_setting, choice_setting, hours, week_off, cadence,
    appointment, who_invites, evenings, reward, visit, call, drive_moved, drive_papers, drive_feedback,
    needs_part, needs_agreed, shown_round, makers_number,
]  # fmt: skip


@pytest.fixture
def as_chen(client, chen, li, settings):
    settings.DEALER_NOW = NOW.isoformat()
    client.force_login(chen)
    return client


def page(client, case) -> dict:
    """What the form of the page holds, as a browser would send it back unchanged."""
    return values_in(client.get(case.url).context[case.name])


def values_in(form) -> dict:
    values = {}
    for bound in form:
        value = bound.value()
        if isinstance(value, bool):
            values |= {bound.html_name: "on"} if value else {}
        elif isinstance(value, (list, tuple, set)):
            values[bound.html_name] = [str(one) for one in value]
        else:
            typed = value if isinstance(value, str) else bound.field.widget.format_value(value)
            if typed != []:
                values[bound.html_name] = typed[0] if isinstance(typed, list) else typed or ""
    return values


def another(values: list[str], *than: str | None) -> str:
    return next(one for one in values if one not in than)


@pytest.mark.parametrize("make", CASES)
@pytest.mark.thorough
def test_who_saves_second_gets_409_with_both_values_and_the_next_sending_saves(as_chen, store, make):
    case = make(store)
    field = next(iter(case.values))
    fixed = {name: one for name, [one, *more] in case.values.items() if not more}
    first = page(as_chen, case)
    theirs = another(case.values[field], first.get(field, ""))
    yours = another(case.values[field], first.get(field, ""), theirs)
    assert as_chen.post(case.url, first | fixed | {field: theirs}).status_code == 302

    answer = as_chen.post(case.url, first | fixed | {field: yours})
    form = answer.context[case.name]
    assert answer.status_code == 409
    assert values_in(form)[field] == yours
    assert [len(clash.theirs) > 0 and clash.theirs != clash.yours for clash in form.clashes] == [True]
    text = answer.content.decode()
    assert "Somebody saved this meanwhile. Look at both, then save." in text
    assert form.clashes[0].theirs in text
    assert form.clashes[0].yours in text

    again = as_chen.post(answer.context.get("action", case.url), values_in(form) | fixed)
    assert again.status_code == 302
    assert page(as_chen, case)[field] == yours


@pytest.mark.parametrize(
    "make",
    [names, term, car_model, hours, cadence, appointment, evenings, visit, call, drive_feedback, needs_part],
)
@pytest.mark.thorough
def test_what_only_one_of_the_two_changed_is_kept(as_chen, store, make):
    case = make(store)
    fields = [name for name, values in case.values.items() if len(values) > 1]
    fixed = {name: one for name, [one, *more] in case.values.items() if not more}
    first = page(as_chen, case)
    one, other = fields[:2]
    theirs, yours = (another(case.values[name], first.get(name, "")) for name in (one, other))
    as_chen.post(case.url, first | fixed | {one: theirs})
    answer = as_chen.post(case.url, first | fixed | {other: yours})
    assert (answer.status_code, answer.context[case.name].clashes) == (409, ())
    assert as_chen.post(case.url, values_in(answer.context[case.name]) | fixed).status_code == 302
    now = page(as_chen, case)
    assert (now.get(one, ""), now.get(other, "")) == (theirs, yours)


@pytest.mark.parametrize("turns", [20, pytest.param(200, marks=pytest.mark.thorough)])
@pytest.mark.thorough
def test_of_many_stale_saves_each_is_told_and_none_loses_a_field(turns, as_chen, store):
    """RELIABILITY 25, over the forms of the settings and people pages in turn."""
    cases = [make(store) for make in (term, car_model, hours, saved_view)]
    chance, told = random.Random(7), 0
    for turn in range(turns):
        case = cases[turn % len(cases)]
        first = page(as_chen, case)
        mine, others = chance.choice(list(case.values)), chance.choice(list(case.values))
        theirs = another(case.values[others], first.get(others, ""))
        yours = another(case.values[mine], first.get(mine, ""), theirs if mine == others else None)
        as_chen.post(case.url, first | {others: theirs})
        answer = as_chen.post(case.url, first | {mine: yours})
        told += answer.status_code == 409
        as_chen.post(case.url, values_in(answer.context[case.name]))
        now = page(as_chen, case)
        assert now.get(mine, "") == yours
        assert mine == others or now.get(others, "") == theirs
    assert told == turns
