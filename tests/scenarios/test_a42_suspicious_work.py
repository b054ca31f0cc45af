"""A42: entries that look made up; the person is asked first, the manager reads it later, colleagues never."""

import datetime as dt

import pytest

from accounts.errors import NotAllowed, Refused
from accounts.rules import set_setting
from followups.contacts import Said, log_contact
from followups.models import Contact, NightlyRun, Notice, Suspicion
from followups.night import run_night
from followups.suspicions import answer, most_within, settle_suspicion, visible_to
from followups.undoing import undo_contact
from leads.losing import Loss, lose
from leads.undoing import undo_loss
from tests.conftest import at
from tests.followups.worked_leads import make_lead
from tests.leads.set_aside import reason

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 3, 12)
NEXT = dt.date(2026, 3, 13)


def talk(lead, by, wall_clock, kind="contact", recorded=None):
    moment = at(wall_clock)
    return Contact.objects.create(
        lead=lead, by=by, at=moment, recorded_at=at(recorded) if recorded else moment, channel="phone",
        direction="out", kind=kind, outcome="comparing" if kind == "contact" else "no_answer",
    )  # fmt: skip


@pytest.fixture
def lead(store, li):
    return make_lead(store, li, "B", visited="2026-03-10 10:00")


def found(store, on=NEXT):
    run_night(store, on, now=store.start_of_day(on))
    rows = Suspicion.objects.order_by("user_id", "kind")
    return [(row.user.username, row.kind, row.on, row.figures) for row in rows]


def test_the_most_within_a_span_is_counted_from_each_moment_on():
    minutes = [dt.datetime(2026, 3, 12, 10, m, tzinfo=dt.UTC) for m in (0, 5, 9, 10, 14, 40)]
    assert most_within(minutes, dt.timedelta(minutes=10)) == 4  # 5, 9, 10 and 14: ten minutes later is out
    assert most_within([], dt.timedelta(minutes=10)) == 0


@pytest.mark.parametrize(
    ("contacts", "asked"), [(14, []), (15, [("li", "burst", DAY, {"count": 15, "minutes": 10})])]
)
def test_fifteen_contacts_within_ten_minutes_ask_for_a_word(store, li, lead, contacts, asked):
    for n in range(contacts):
        talk(lead, li, f"2026-03-12 18:0{n // 2}:{30 * (n % 2):02}")
    assert found(store) == asked


def test_a_day_written_down_in_the_evening_of_it_is_as_it_should_be(store, li, lead):
    for hour in range(9, 18):
        for minute in (5, 25):
            talk(lead, li, f"2026-03-12 {hour:02}:{minute:02}", recorded="2026-03-12 21:40")
    assert found(store) == []


@pytest.mark.parametrize(("talks", "asked"), [(1, []), (0, [("li", "unreached", DAY, {"count": 15})])])
def test_a_day_of_tries_without_a_single_talk_asks_for_a_word(store, li, lead, talks, asked):
    for n in range(15):
        talk(lead, li, f"2026-03-12 {9 + n // 2:02}:{30 * (n % 2):02}", kind="attempt")
    for _n in range(talks):
        talk(lead, li, "2026-03-12 17:00")
    assert found(store) == asked


def test_a_loss_of_somebody_with_whom_nobody_spoke_asks_for_a_word(store, li, wang):
    now = at("2026-03-12 16:00")
    spoken = make_lead(store, li, "B", visited="2026-03-10 10:00")
    never = make_lead(store, wang, "B", visited=None)
    for lead, owner in ((spoken, li), (never, wang)):
        lose(lead.pk, Loss(reason=reason(store, "price")), by=owner, at=now, now=now)
    assert found(store) == [("wang", "lost_untried", DAY, {"count": 1})]


@pytest.mark.thorough
def test_three_entries_for_earlier_days_ask_for_a_word(store, li):
    leads = [make_lead(store, li, "B", visited="2026-03-01 10:00") for _n in range(3)]
    for lead in leads:
        talked, now = at("2026-03-11 23:59:59"), at("2026-03-12 09:00")
        log_contact(lead.pk, Said(outcome="comparing"), by=li, at=talked, now=now)
    assert found(store) == [("li", "back_dated", DAY, {"count": 3})]


@pytest.mark.thorough
def test_what_was_undone_asks_nobody(store, li):
    talked, now = at("2026-03-11 23:59:59"), at("2026-03-12 09:00")
    for _n in range(3):
        lead = make_lead(store, li, "B", visited="2026-03-01 10:00")
        contact = log_contact(lead.pk, Said(outcome="comparing"), by=li, at=talked, now=now)
    undo_contact(contact.pk, by=li, at=now)
    never = make_lead(store, li, "B", visited=None)
    loss = lose(never.pk, Loss(reason=reason(store, "price")), by=li, at=now, now=now)
    undo_loss(loss.pk, by=li, at=now)
    assert found(store) == []


@pytest.mark.thorough
def test_an_entry_of_its_own_day_is_not_back_dated(store, li):
    for _n in range(3):
        lead = make_lead(store, li, "B", visited="2026-03-01 10:00")
        moment = {"at": at("2026-03-12 00:00"), "now": at("2026-03-12 23:00")}
        log_contact(lead.pk, Said(outcome="comparing"), by=li, **moment)
    assert found(store) == []


@pytest.fixture
def remark(store, li, lead):
    for n in range(15):
        talk(lead, li, f"2026-03-12 18:00:{n:02}")
    found(store)
    return Suspicion.objects.get()


def test_the_night_asks_once_and_tells_the_person(store, li, remark):
    again = run_night(store, NEXT, now=at("2026-03-13 08:00"))
    assert (again.state, again.changed) == ("already", 0)
    notice = Notice.objects.get(kind="suspicion")
    assert (notice.user, notice.cause, notice.at) == (
        li,
        f"suspicion:{store.pk}:burst:2026-03-12",
        at("2026-03-13 00:00"),
    )


@pytest.fixture
def long_in_use(store):
    NightlyRun.objects.create(
        store=store, on=dt.date(2026, 2, 27), state="done", lease_until=at("2026-02-27 00:05"),
        started_at=at("2026-02-27 00:00"),
    )  # fmt: skip


@pytest.mark.usefixtures("long_in_use")
@pytest.mark.thorough
def test_the_manager_reads_it_a_day_later_and_colleagues_never(store, li, wang, chen, remark):
    who = {"li": li, "wang": wang, "chen": chen}
    seen = {
        name: [visible_to(one, store, today=dt.date(2026, 3, day)).count() for day in (13, 14)]
        for name, one in who.items()
    }
    assert seen == {"li": [1, 1], "wang": [0, 0], "chen": [0, 1]}


@pytest.mark.usefixtures("long_in_use")
@pytest.mark.thorough
def test_an_answer_brings_it_to_the_manager_at_once(store, li, chen, remark):
    answer(remark, "Wrote the calls of the day down after closing.", by=li, now=at("2026-03-13 09:10"))
    assert (
        visible_to(chen, store, today=NEXT).get().answer == "Wrote the calls of the day down after closing."
    )


def test_the_managers_list_opens_after_fourteen_days_of_use(store, chen, remark):
    days = [NEXT + dt.timedelta(days=n) for n in (13, 14)]  # the first night was that of the 13th
    assert [visible_to(chen, store, today=day).count() for day in days] == [0, 1]
    set_setting(store, "suspicions_after_days", 30, by=chen, at=at("2026-03-13 09:00"))
    assert visible_to(chen, store, today=days[1]).count() == 0


def test_only_the_person_asked_answers_and_until_it_is_settled(store, li, wang, chen, remark):
    now = at("2026-03-14 09:00")
    with pytest.raises(NotAllowed):
        answer(remark, "no", by=wang, now=now)
    with pytest.raises(Refused, match="Say in a word"):
        answer(remark, "  ", by=li, now=now)
    with pytest.raises(NotAllowed):
        settle_suspicion(remark, by=li, now=now)
    settle_suspicion(remark, by=chen, now=now)
    with pytest.raises(Refused, match="settled this already"):
        answer(remark, "too late", by=li, now=now)
    remark.refresh_from_db()
    assert (remark.answer, remark.seen_by, remark.seen_at) == ("", chen, now)


@pytest.mark.usefixtures("long_in_use")
def test_the_page_asks_the_person_and_shows_the_manager_the_answer(client, settings, li, chen, wang, remark):
    settings.DEALER_NOW = at("2026-03-14 09:00").isoformat()
    for one in (li, chen):
        one.language = "en"
        one.save(update_fields=["language"])
    client.force_login(li)
    assert "15 contacts within 10 minutes" in client.get("/entries/").content.decode()
    empty = client.post(f"/entries/{remark.pk}/", {"act": "answer", "text": ""})
    assert (empty.status_code, "Say in a word how it came about." in empty.content.decode()) == (422, True)
    client.post(f"/entries/{remark.pk}/", {"act": "answer", "text": "After closing"})
    client.force_login(chen)
    assert "After closing" in client.get("/entries/").content.decode()
    assert client.post(f"/entries/{remark.pk}/", {"act": "seen"}).status_code == 302
    client.force_login(wang)
    assert client.post(f"/entries/{remark.pk}/", {"act": "answer", "text": "x"}).status_code == 404


def test_the_manager_finds_the_list_in_the_menu(client, settings, li, chen):
    settings.DEALER_NOW = at("2026-03-14 09:00").isoformat()
    entry = 'class="menu-item" href="/entries/"'
    for person, stands in ((chen, True), (li, False)):
        client.force_login(person)
        assert (entry in client.get("/leads/").content.decode()) is stands
