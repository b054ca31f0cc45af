"""A move by hand through the door: 25 pairs may, the rest answer 409 with what is missing."""

import pytest
from django.urls import reverse

from leads.machine import GUARDS, MOVES
from leads.models import Evidence, Lead, LeadEvent
from leads.steps import Step
from tests.conftest import at
from tests.factories import LeadFactory
from tests.statements import statements

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 14:58")
PAIRS = [(came_from, to) for came_from in Step for to in Step]


@pytest.fixture(autouse=True)
def _afternoon(settings):
    settings.DEALER_NOW = NOW.isoformat()


@pytest.fixture
def lead(store, li):
    return LeadFactory(store=store, owner=li, step=Step.NEEDS)


@pytest.fixture
def move(client):
    """Sends the sheet: `move(lead, li, to="walkaround", reason="...")`."""

    def send(lead, user, *, htmx=False, **fields):
        client.force_login(user)
        headers = {"HX-Request": "true"} if htmx else {}
        return client.post(reverse("leads:move", args=[lead.number]), fields, headers=headers)

    return send


def prove(lead, li, *kinds):
    for ref, kind in enumerate(kinds, start=1):
        Evidence.objects.create(lead=lead, kind=kind, at=NOW, by=li, ref_kind="test", ref_id=ref)


def moves(lead):
    rows = LeadEvent.objects.filter(lead=lead, kind="step").order_by("id")
    return [(row.from_value, row.to_value, row.reason) for row in rows]


@pytest.mark.parametrize(("came_from", "to"), PAIRS)
@pytest.mark.thorough
def test_only_the_allowed_pairs_move(move, store, li, came_from, to):
    lead = LeadFactory(store=store, owner=li, step=came_from)
    prove(lead, li, *{sorted(kinds)[0] for kinds in GUARDS.get(to, ())})
    answer = move(lead, li, to=to.code, reason="客户要求")
    lead.refresh_from_db()
    if came_from == to:
        assert (answer.status_code, lead.step, moves(lead)) == (302, to, [])
    elif (came_from, to) in MOVES:
        assert (answer.status_code, lead.step) == (302, to)
        assert moves(lead) == [(came_from.code, to.code, "客户要求")]
    else:
        assert (answer.status_code, lead.step, moves(lead)) == (409, came_from, [])


def test_a_move_leads_back_to_the_card(move, lead, li):
    answer = move(lead, li, to="walkaround", reason="边看边聊")
    assert answer.headers["Location"] == reverse("leads:card", args=[lead.number])
    assert move(lead, li, htmx=True, to="needs", reason="换车型").headers["HX-Redirect"]


def test_a_missing_reason_is_asked_for_by_the_sheet(move, lead, li):
    answer = move(lead, li, to="test_drive")
    lead.refresh_from_db()
    assert (answer.status_code, lead.step, moves(lead)) == (409, 3, [])
    assert "Say why: this step has no evidence yet." in answer.content.decode()


def test_the_refusal_lists_exactly_what_is_missing(move, store, li):
    lead = LeadFactory(store=store, owner=li, step=Step.NEGOTIATION)
    answer = move(lead, li, to="deal", reason="已谈妥")
    assert answer.status_code == 409
    assert answer.context["missing"] == ("Deposit", "Signed contract")
    prove(lead, li, "deposit")
    answer = move(lead, li, htmx=True, to="deal", reason="已谈妥")
    page = answer.content.decode()
    assert (answer.status_code, answer.context["missing"]) == (409, ("Signed contract",))
    assert "<html" not in page
    assert 'value="已谈妥"' in page
    lead.refresh_from_db()
    assert (lead.step, moves(lead)) == (6, [])


def test_with_its_evidence_the_deal_needs_no_reason(move, store, li):
    lead = LeadFactory(store=store, owner=li, step=Step.NEGOTIATION)
    prove(lead, li, "deposit", "contract")
    assert move(lead, li, to="deal").status_code == 302
    lead.refresh_from_db()
    assert lead.step == Step.DEAL


def test_a_step_that_changed_meanwhile_is_told_before_anything_moves(move, lead, li):
    answer = move(lead, li, to="walkaround", seen="reception", reason="看车")
    lead.refresh_from_db()
    assert (answer.status_code, lead.step) == (409, 3)
    assert "The lead was moved meanwhile." in answer.content.decode()
    assert move(lead, li, to="walkaround", seen="needs", reason="看车").status_code == 302


@pytest.mark.parametrize("to", ["", "0", "4", "sold", "deal'--"])
def test_a_step_nobody_knows_moves_nothing(move, lead, li, to):
    assert move(lead, li, to=to, reason="x").status_code == 422
    lead.refresh_from_db()
    assert (lead.step, moves(lead)) == (3, [])


def test_fields_the_sheet_does_not_have_change_nothing(move, lead, li, wang):
    move(lead, li, to="walkaround", reason="x", owner=wang.pk, grade="O", status="lost", store="9")
    lead.refresh_from_db()
    assert (lead.owner, lead.grade, lead.status, lead.step) == (li, "none", "active", 4)


def test_sent_twice_it_is_one_move(move, lead, li):
    for _time in range(2):
        assert move(lead, li, to="walkaround", reason="x").status_code == 302
    assert moves(lead) == [("needs", "walkaround", "x")]


def test_a_lost_lead_does_not_move(move, store, li):
    lead = LeadFactory(store=store, owner=li, step=3, status="lost")
    assert move(lead, li, to="walkaround", reason="x").status_code == 409
    assert Lead.objects.get().step == 3


def test_a_colleague_does_not_find_it_and_the_general_manager_may_not_move_it(move, store, lead, wang):
    from tests.conftest import person

    boss = person(store, "boss", "总经理", "general_manager")
    assert move(lead, wang, to="walkaround", reason="x").status_code == 404
    assert move(lead, boss, to="walkaround", reason="x").status_code == 403
    assert moves(lead) == []


def test_the_manager_moves_a_colleagues_lead(move, lead, chen):
    assert move(lead, chen, to="walkaround", reason="早会决定").status_code == 302
    assert LeadEvent.objects.get(kind="step").by == chen


def test_the_sheet_offers_the_next_step_first_then_ahead_then_back(client, store, li):
    lead = LeadFactory(store=store, owner=li, step=Step.NEGOTIATION)
    client.force_login(li)
    answer = client.get(reverse("leads:move", args=[lead.number]))
    assert [(int(way.step), way.is_open, way.note) for way in answer.context["ways"]] == [
        (7, False, "still missing: Deposit; say why"),
        (5, True, "1 step back, say why"),
        (4, True, "2 steps back, say why"),
        (3, True, "3 steps back, say why"),
    ]
    page = answer.content.decode()
    assert "still missing: Deposit, Signed contract" in page
    assert "The other steps cannot be reached from Negotiation." in page
    assert 'value="deal"' not in page


def test_what_each_way_asks_is_said_in_a_few_words(client, lead, li):
    prove(lead, li, "walkaround")
    client.force_login(li)
    ways = client.get(reverse("leads:move", args=[lead.number])).context["ways"]
    assert [(way.step.code, way.note) for way in ways] == [
        ("walkaround", "nothing is missing"),
        ("test_drive", "skips 1 step, say why"),
        ("negotiation", "skips 2 steps, say why"),
        ("deal", "still missing: Deposit; say why"),
    ]


def test_a_move_takes_fifteen_statements_at_most(client, lead, li):
    client.force_login(li)
    url = reverse("leads:move", args=[lead.number])
    client.get(url)
    with statements() as asked:
        client.post(url, {"to": "walkaround", "reason": "x"})
    assert Lead.objects.get().step == 4
    assert len(asked) <= 15
