"""Price talks: what holds the customer back, the agreed day, objections solved, concessions answered."""

import datetime as dt
from decimal import Decimal

import pytest

from accounts.errors import NotAllowed, Refused
from followups.contacts import Said, log_contact
from followups.models import Task
from showroom.models import Concession, Objection, PriceTalk
from showroom.price_talks import (
    Talk,
    answer_concession,
    ask_concession,
    hints,
    keep_talk,
    note_objection,
    open_obstacles,
    solve_objection,
)
from tests.conftest import at
from tests.factories import LeadFactory

pytestmark = pytest.mark.django_db
NOW = at("2026-03-07 10:00")
NOT_NOW = {"decision": "not_now", "resistance": "price"}


@pytest.fixture
def lead(store, li):
    lead = LeadFactory(store=store, owner=li, grade="H", step=6)
    log_contact(lead.pk, Said("comparing"), by=li, at=NOW, now=NOW)
    return lead


@pytest.mark.parametrize(
    ("talk", "field"),
    [
        (Talk(decision="undecided"), "resistance"),
        (Talk(**NOT_NOW), "next_on"),
        (Talk(decision="undecided", resistance="consult", next_on=dt.date(2026, 3, 9)), "aspect"),
        (Talk(decision="undecided", resistance="consult", aspect="colour"), "next_on"),
        (Talk(acceptance=101), "acceptance"),
        (Talk(decision="maybe"), "decision"),
        (Talk(decision="not_now", resistance="price", next_on=dt.date(2026, 3, 6)), "next_on"),
        (
            Talk(decision="not_now", resistance="price", next_on=dt.date(2026, 3, 9), price_pushes=2),
            "price_pushes",
        ),
    ],
)
def test_what_a_talk_lacks_is_said_at_its_field(lead, li, talk, field):
    with pytest.raises(Refused) as refused:
        keep_talk(lead.pk, talk, by=li, at=NOW)
    assert refused.value.field == field
    assert not PriceTalk.objects.exists()


def test_not_now_is_left_alone_until_the_agreed_day(lead, li):
    talk = Talk(decision="not_now", resistance="price", next_on=dt.date(2026, 3, 20), price_pushes=1)
    keep_talk(lead.pk, talk, by=li, at=NOW)
    lead.refresh_from_db()
    assert (lead.agreed_on, lead.next_due_on) == (dt.date(2026, 3, 20), dt.date(2026, 3, 20))
    assert Task.objects.get(lead=lead, kind="cadence", state="open").due_on == dt.date(2026, 3, 20)


@pytest.mark.parametrize(("acceptance", "count"), [(70, 1), (69, 0), (60, 0), (None, 0)])
def test_seven_of_ten_is_the_moment_to_ask_for_the_deposit(lead, li, acceptance, count):
    assert len(hints(keep_talk(lead.pk, Talk(acceptance=acceptance), by=li, at=NOW))) == count


def test_who_asks_when_they_get_it_is_offered_the_contract(lead, li):
    row = keep_talk(lead.pk, Talk(signals=["asks_delivery", "nonsense"]), by=li, at=NOW)
    assert row.signals == ["asks_delivery"]
    assert hints(row) == ["They ask when they get it: offer the contract."]


def test_there_are_six_causes_and_nine_techniques():
    assert (len(Objection.Cause.values), len(Objection.Technique.values)) == (6, 9)


def test_open_objections_are_counted_until_they_are_solved(lead, li):
    first = note_objection(lead.pk, cause="not_convinced", obstacle="models", by=li, at=NOW)
    note_objection(lead.pk, cause="other_opinion", technique="third_party", obstacle="price", by=li, at=NOW)
    assert open_obstacles(lead) == 2
    solve_objection(first.pk, technique="compensate", by=li, at=NOW)
    assert open_obstacles(lead) == 1
    assert Objection.objects.get(pk=first.pk).technique == "compensate"
    with pytest.raises(Refused):
        note_objection(lead.pk, cause="weather", by=li, at=NOW)


def test_nothing_is_granted_in_silence(lead, li, chen):
    price = ask_concession(lead.pk, kind="price", asked="", amount=Decimal("2000"), by=li, at=NOW)
    with pytest.raises(NotAllowed):
        answer_concession(price.pk, granted=True, by=li, at=NOW)
    answer_concession(price.pk, granted=True, text="with the loan", by=chen, at=NOW)
    with pytest.raises(Refused, match="answered already"):
        answer_concession(price.pk, granted=False, by=chen, at=NOW)
    mats = ask_concession(lead.pk, kind="accessory", asked="floor mats", by=li, at=NOW)
    answer_concession(mats.pk, granted=True, by=li, at=NOW)
    assert list(Concession.objects.order_by("id").values_list("answer", "answered_by__username")) == [
        ("granted", "chen"),
        ("granted", "li"),
    ]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "car", "asked": "x"}, "kind"),
        ({"kind": "price", "asked": " "}, "asked"),
        ({"kind": "price", "asked": "", "amount": Decimal("0")}, "amount"),
    ],
)
def test_a_concession_says_what_is_asked_for(lead, li, given, field):
    with pytest.raises(Refused) as refused:
        ask_concession(lead.pk, **given, by=li, at=NOW)
    assert refused.value.field == field
