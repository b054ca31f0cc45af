"""What others did with one's customers is told from the log, once, and costs no save a statement."""

import datetime as dt

import pytest

from followups.causes import tell_of_events
from followups.enquiries import Enquiry, take_in
from followups.models import Notice, Task
from followups.notice_words import NOTICE_KINDS, text_of
from followups.telling import tell_what_happened
from leads.collaborators import add_collaborator
from leads.disputes import decide_dispute, open_dispute
from leads.giving import give
from leads.losing import Loss, confirm_loss, lose, reject_loss
from leads.models import LapseProposal, LeadEvent, Term
from leads.ownership import decide_lapse
from tests.conftest import at
from tests.followups.telling import told
from tests.followups.test_night_concurrency import in_threads
from tests.followups.worked_leads import make_lead
from tests.statements import statements

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 10:00")
LATER = at("2026-03-12 10:01")


@pytest.fixture
def lead(store, li):
    return make_lead(store, li, visited="2026-03-10 10:00")


def heard(store, *people, now=LATER):
    tell_of_events(store, now=now)
    return [[kind for kind, _what in told(person)] for person in people]


def test_given_by_the_manager_both_hear_of_it(store, li, wang, chen, lead):
    give(lead.pk, wang, by=chen, at=NOW)
    assert heard(store, li, wang, chen) == [["taken"], ["given"], []]


def test_nobody_hears_of_what_they_did_themselves(store, li, wang, lead):
    give(lead.pk, wang, by=li, at=NOW)
    assert heard(store, li, wang) == [[], ["given"]]


def test_again_tells_nothing_twice(store, wang, chen, lead):
    give(lead.pk, wang, by=chen, at=NOW)
    assert [tell_of_events(store, now=NOW + dt.timedelta(minutes=n)) for n in (1, 2, 9)] == [2, 0, 0]


def test_a_save_that_took_long_is_found(store, wang, chen, lead):
    tell_of_events(store, now=NOW + dt.timedelta(minutes=2))
    give(lead.pk, wang, by=chen, at=NOW)  # begun before
    assert heard(store, wang, now=NOW + dt.timedelta(minutes=3)) == [["given"]]


def test_many_at_once_are_one(store, li, wang, chen):
    for _ in range(4):
        give(make_lead(store, li).pk, wang, by=chen, at=NOW)
    assert heard(store, li, wang) == [["many"], ["many"]]
    facts = Notice.objects.get(user=wang)
    assert text_of(facts.kind, facts.args) == "4 customers were given to you"


def test_a_lapse_that_the_manager_confirms(store, li, chen, lead):
    proposal = LapseProposal.objects.create(lead=lead, store=store, owner=li, lapses_on="2026-03-12")
    decide_lapse(proposal.pk, "pool", by=chen, at=NOW)
    assert heard(store, li, chen) == [["lapsed"], []]


def visits(lead, by, when=NOW):
    LeadEvent.objects.create(lead=lead, store=lead.store, kind="visit", at=when, recorded_at=when, by=by)


def test_ones_customer_is_at_the_door(store, li, wang, qian, lead):
    visits(lead, qian)
    assert heard(store, li, wang) == [["at_the_door"], []]
    assert Notice.objects.get().urgent


def test_whom_one_received_oneself_or_came_long_ago_is_no_news(store, li, qian, lead):
    visits(lead, li)
    visits(lead, qian, at("2026-03-12 07:00"))
    assert heard(store, li) == [[]]


def test_a_new_enquiry_and_one_who_asks_again(store, li, wang):
    for when in (NOW, NOW + dt.timedelta(seconds=30)):
        take_in(store, Enquiry("13905186627", "张伟"), owner=li, by=wang, at=when)
    assert heard(store, li, wang) == [["enquiry_new", "asked_again"], []]
    assert {notice.urgent for notice in Notice.objects.all()} == {True}


def test_a_loss_sent_back_and_one_confirmed(store, li, chen):
    reason = Term.objects.get(store=store, list="lost_reason", code="price")
    for decide in (reject_loss, confirm_loss):
        record = lose(make_lead(store, li).pk, Loss(reason=reason), by=li, at=NOW, now=NOW)
        decide(record.pk, by=chen, at=NOW, comment="Try once more.")
    assert sorted(heard(store, li)[0]) == ["loss_confirmed", "loss_refused"]


def test_who_works_along_hears_of_it(store, li, wang, lead):
    add_collaborator(lead.pk, wang, by=li, at=NOW)
    assert heard(store, li, wang) == [[], ["along"]]


def test_a_claim_and_its_decision(store, li, wang, chen, lead, monkeypatch):
    monkeypatch.setattr("leads.disputes.has_a_ground", lambda lead, by: True)
    dispute = open_dispute(lead.pk, claim="I received them", by=wang, at=NOW)
    assert heard(store, li, wang) == [["claimed"], []]
    decide_dispute(dispute.pk, li, by=chen, reason="Li was first", at=LATER)
    assert heard(store, li, wang, now=LATER + dt.timedelta(minutes=1)) == [
        ["claimed", "settled"],
        ["settled"],
    ]


def test_a_call_back_is_told_with_its_hour(store, li, lead):
    Task.objects.create(
        store=store, lead=lead, kind="call_back", assignee=li, only_assignee=True,
        due_at=at("2026-03-12 10:30"), due_on="2026-03-12", cause="call_back:call:1",
    )  # fmt: skip
    assert heard(store, li) == [["call_back"]]
    notice = Notice.objects.get()
    assert text_of(notice.kind, notice.args, lead.number) == f"Call {lead.number} back by 10:30"
    assert text_of(notice.kind, notice.args) == "Call a caller back by 10:30"


def test_a_quiet_minute_asks_three_statements(store, lead):
    tell_what_happened(NOW)
    with statements() as asked:
        tell_of_events(store, now=LATER)
    assert len(asked) == 3


def test_ten_events_cost_as_much_as_one(store, li, wang, chen):
    asked = []
    for number, when in ((1, NOW), (10, LATER)):
        for n in range(number):
            give(make_lead(store, li).pk, wang, by=chen, at=when + dt.timedelta(seconds=n))
        with statements() as part:
            tell_of_events(store, now=when + dt.timedelta(seconds=30))
        asked.append(len(part))
    assert abs(asked[0] - asked[1]) <= 1  # the first also makes the row that says until when was told


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("kind", [kind for kind, one in NOTICE_KINDS.items() if isinstance(one.says, str)])
def test_every_kind_has_its_words(kind, language, settings):
    from django.utils import translation

    with translation.override(language):
        text = text_of(kind, {}, "L-260301-0001")
    assert "%(" not in text
    assert any("一" <= sign <= "鿿" for sign in text) is (language == "zh-hans")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sweeps", [2, 5])
def test_at_once_each_is_told_once(store, li, wang, chen, sweeps):
    for n in range(6):
        give(make_lead(store, li).pk, wang, by=chen, at=NOW + dt.timedelta(seconds=n))
    in_threads(*[lambda: tell_of_events(store, now=LATER)] * sweeps)
    assert Notice.objects.count() == 12
