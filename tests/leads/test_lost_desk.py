"""The lost desk: what waits and is overdue, one tap, reasons x cars, whom to win back (SPEC 20, S35)."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from accounts.models import Team
from leads.losing import Loss, confirm_loss, lose, reject_loss
from leads.lost_desk import Lost as Row
from leads.lost_desk import Period, days_of, table_of
from leads.models import Lead, LostRecord
from leads.statuses import invalidate, win_back
from tests.conftest import at, person
from tests.factories import CustomerFactory, LeadFactory, make_person, make_store
from tests.leads.set_aside import lose_for_good, lose_lead, reason
from tests.statements import statements

pytestmark = pytest.mark.django_db
THURSDAY = at("2026-03-05 16:00")  # week 10: 2 to 8 March
DESK = "/losses/"


@pytest.fixture
def as_chen(client, settings, chen):
    settings.DEALER_NOW = at("2026-03-06 08:30").isoformat()
    client.force_login(chen)
    return client


def make_lead(store, owner, name="周敏", **facts):
    customer = CustomerFactory(group=store.group, name=name)
    return LeadFactory(store=store, owner=owner, grade="A", step=6, customer=customer, **facts)


def waiting(answer):
    return [loss.lead.customer.name for loss in answer.context["waiting"]]


def status(lead):
    return Lead.objects.get(pk=lead.pk).status


# --- nobody else may confirm ----------------------------------------------------------------------


def test_a_manager_alone_reads_when_he_may_confirms_it_and_it_is_counted_apart(
    as_chen, store, li, chen, settings
):
    lose_for_good(make_lead(store, li, "别人的"), li, chen, THURSDAY)
    own = lose_lead(make_lead(store, chen, "自己的"), chen, at("2026-03-06 08:00"))
    assert "so you may from tomorrow on" in as_chen.get(DESK).content.decode()
    assert as_chen.post(f"{DESK}{own.pk}/", {"decision": "confirmed"}).status_code == 409
    settings.DEALER_NOW = at("2026-03-07 09:00").isoformat()
    assert 'value="confirmed"' in as_chen.get(f"{DESK}{own.pk}/").content.decode()
    assert as_chen.post(f"{DESK}{own.pk}/", {"decision": "confirmed"}).status_code == 302
    desk = as_chen.get(DESK)
    assert (desk.context["table"].total, desk.context["alone_count"]) == (2, 1)
    found = as_chen.get(f"{DESK}found/?period=week&alone=1")
    assert [loss.lead.customer.name for loss in found.context["losses"]] == ["自己的"]
    card = as_chen.get(f"/leads/{own.lead.number}/").content.decode()
    assert "Confirmed by who recorded it: nobody else here may." in card


# --- what waits -----------------------------------------------------------------------------------


def test_the_oldest_record_stands_first(as_chen, store, li):
    for name, when in (("二", "2026-03-05 17:00"), ("一", "2026-03-05 16:00"), ("三", "2026-03-06 08:00")):
        lose_lead(make_lead(store, li, name), li, at(when))
    answer = as_chen.get(DESK)
    assert (waiting(answer), answer.context["waiting_count"]) == (["一", "二", "三"], 3)


@pytest.mark.parametrize(
    ("now", "overdue"),
    [("2026-03-06 23:59:59", False), ("2026-03-07 00:00", True), ("2026-03-07 00:00:01", True)],
)
def test_s35_unconfirmed_at_the_end_of_the_next_day_it_is_overdue(as_chen, settings, store, li, now, overdue):
    lose_lead(make_lead(store, li), li, THURSDAY)
    settings.DEALER_NOW = at(now).isoformat()
    assert (">Overdue</span>" in as_chen.get(DESK).content.decode()) is overdue


def test_lost_03_a_late_record_says_so_and_when_it_was_found_out(as_chen, store, li):
    lead = make_lead(store, li)
    lose_lead(lead, li, THURSDAY)
    assert "recorded late" not in as_chen.get(DESK).content.decode()
    LostRecord.objects.update(found_at=at("2026-03-04 10:00"), late=True)
    page = as_chen.get(DESK).content.decode()
    assert "recorded late" in page
    assert "found out" in page


def test_lost_10_a_missing_opinion_is_a_warning(as_chen, store, li):
    lose_lead(make_lead(store, li), li, THURSDAY, opinion="")
    assert "the customer&#x27;s opinion is missing" in as_chen.get(DESK).content.decode().replace(
        "'", "&#x27;"
    )


def test_one_tap_confirms(as_chen, store, li, chen):
    lead = make_lead(store, li)
    found = lose_lead(lead, li, THURSDAY)
    answer = as_chen.post(reverse("leads:loss", args=[found.pk]), {"decision": "confirmed"}, follow=True)
    assert [str(message) for message in answer.context["messages"]] == ["周敏: loss confirmed"]
    assert (status(lead), waiting(answer)) == ("lost", [])
    found.refresh_from_db()
    assert (found.decided_by, found.decided_at) == (chen, at("2026-03-06 08:30"))


def test_sent_back_with_a_word(as_chen, store, li):
    lead = make_lead(store, li)
    url = reverse("leads:loss", args=[lose_lead(lead, li, THURSDAY).pk])
    answer = as_chen.post(url, {"decision": "rejected", "comment": "offer the older model"}, follow=True)
    assert [str(message) for message in answer.context["messages"]] == ["周敏: sent back, due today"]
    lead.refresh_from_db()
    assert (lead.status, lead.step, lead.next_due_on) == ("active", 6, dt.date(2026, 3, 6))


def test_sent_back_without_a_word_is_422_and_what_was_typed_stays(as_chen, store, li):
    lead = make_lead(store, li)
    url = reverse("leads:loss", args=[lose_lead(lead, li, THURSDAY).pk])
    answer = as_chen.post(url, {"decision": "rejected", "comment": "  "}, headers={"hx-request": "true"})
    assert (answer.status_code, status(lead)) == (422, "lost_pending")
    assert "Say what is still to be tried." in answer.content.decode()
    assert as_chen.post(url, {"comment": "call again"}).status_code == 422


def test_somebody_was_faster(as_chen, store, li, chen):
    lead = make_lead(store, li)
    found = lose_lead(lead, li, THURSDAY)
    reject_loss(found.pk, by=chen, at=THURSDAY, comment="call again")
    answer = as_chen.post(reverse("leads:loss", args=[found.pk]), {"decision": "confirmed"})
    assert (answer.status_code, status(lead)) == (409, "active")
    assert "settled already" in answer.content.decode()


def test_nobody_confirms_what_he_recorded_himself(as_chen, store, chen):
    lead = make_lead(store, chen)
    person(store, "sun", "孙伟", "general_manager")
    url = reverse("leads:loss", args=[lose_lead(lead, chen, THURSDAY).pk])
    page = as_chen.get(DESK).content.decode()
    assert "Yours: somebody else confirms it" in page
    assert 'value="confirmed"' not in page
    assert as_chen.post(url, {"decision": "confirmed"}).status_code == 403
    assert status(lead) == "lost_pending"


def test_a_supervisor_reads_the_desk_of_the_team_and_decides_nothing(client, settings, store, li):
    settings.DEALER_NOW = at("2026-03-06 08:30").isoformat()
    team = Team.objects.create(store=store, name="A")
    mate = make_person(store, "mate", "周凯", "consultant", team=team)
    client.force_login(make_person(store, "sun", "孙伟", "supervisor", team=team))
    found = lose_lead(make_lead(store, mate, "甲"), mate, THURSDAY)
    lose_lead(make_lead(store, li, "乙"), li, THURSDAY)
    answer = client.get(DESK)
    assert waiting(answer) == ["甲"]
    assert "The manager decides" in answer.content.decode()
    assert client.post(reverse("leads:loss", args=[found.pk]), {"decision": "confirmed"}).status_code == 403


def test_the_losses_of_another_store_are_not_there(as_chen, store):
    west = make_store("west", group=store.group)
    tang = person(west, "tang", "唐薇", "consultant")
    found = lose_lead(make_lead(west, tang), tang, THURSDAY)
    assert waiting(as_chen.get(DESK)) == []
    assert as_chen.get(reverse("leads:loss", args=[found.pk])).status_code == 404


# --- why they were lost -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (Period.WEEK, dt.date(2026, 3, 2), dt.date(2026, 3, 8)),
        (Period.LAST_WEEK, dt.date(2026, 2, 23), dt.date(2026, 3, 1)),
        (Period.MONTH, dt.date(2026, 3, 1), dt.date(2026, 3, 31)),
        (Period.LAST_MONTH, dt.date(2026, 2, 1), dt.date(2026, 2, 28)),
    ],
)
def test_a_week_begins_on_monday(period, first, last):
    for day in (2, 5, 8):
        assert days_of(period, dt.date(2026, 3, day)) == (first, last)


def test_a_table_has_no_empty_columns_and_the_most_frequent_car_on_top():
    rows = [
        Row(1, "price", "Price", 31, "BYD Song"),
        Row(2, "price", "Price", 31, "byd song"),
        Row(3, "model", "Model", 21, "BYD Song"),
        Row(4, "price", "Price", 31, ""),
        Row(5, "price", "Price", 31, ""),
        Row(6, "price", "Price", 31, ""),
        Row(7, "price", "Price", 31, ""),
        Row(8, "model", "Model", 21, "Aion S"),
    ]
    table = table_of(rows)
    assert table.reasons == [("model", "Model", 2), ("price", "Price", 6)]
    assert [(line.car, line.counts, line.total) for line in table.lines] == [
        ("BYD Song", [("model", 1), ("price", 2)], 3),
        ("Aion S", [("model", 1), ("price", 0)], 1),
        ("", [("model", 0), ("price", 4)], 4),
    ]
    assert table.total == 8


@pytest.fixture
def week_ten(store, li, chen):
    """LOST-05: five lost in week 10, three for the price, two for the model."""
    for name, code, facts in (
        ("一", "price", {"brand": "BYD", "model": "Song"}),
        ("二", "price", {"brand": "byd", "model": "song"}),
        ("三", "price", {}),
        ("四", "model", {"brand": "BYD", "model": "Song"}),
        ("五", "model", {"brand": "R&D", "model": "50%"}),
    ):
        lose_for_good(make_lead(store, li, name), li, chen, THURSDAY, code=code, **facts)


def numbers(page):
    """Every number of the table with the address of its list."""
    table = page[page.index("<table") : page.index("</table>")]
    return re.findall(r'<a class="num" href="([^"]+)">(\d+)</a>', table)


def test_lost_05_every_number_opens_the_list_it_counts(as_chen, week_ten):
    found = numbers(as_chen.get(DESK).content.decode())
    assert sorted(int(count) for _url, count in found) == [1, 1, 1, 1, 1, 2, 2, 3, 3, 5]
    for url, count in found:
        answer = as_chen.get(url.replace("&amp;", "&"))
        assert (answer.context["count"], len(answer.context["losses"])) == (int(count), int(count))


def test_a_list_says_what_it_holds(as_chen, week_ten):
    page = as_chen.get("/losses/found/?period=week&reason=price&car=BYD Song").content.decode()
    assert "This week · 2 · Price · BYD Song" in page
    assert ("一" in page, "三" in page) == (True, False)


def test_only_what_was_confirmed_counts_in_the_week_it_was_found_out(as_chen, settings, store, li, chen):
    lose_for_good(make_lead(store, li), li, chen, at("2026-03-01 23:59:59"))
    lose_for_good(make_lead(store, li), li, chen, at("2026-03-02 00:00"))
    late = make_lead(store, li)
    found = lose(
        late.pk, Loss(reason(store)), by=li, at=at("2026-03-08 23:59:59"), now=at("2026-03-10 10:00")
    )
    lose_lead(make_lead(store, li), li, THURSDAY)
    sent_back = lose_lead(make_lead(store, li), li, THURSDAY)
    reject_loss(sent_back.pk, by=chen, at=THURSDAY, comment="no")
    settings.DEALER_NOW = at("2026-03-10 11:00").isoformat()
    assert as_chen.get(f"{DESK}?period=last-week").context["table"].total == 1
    confirm_loss(found.pk, by=chen, at=at("2026-03-10 11:00"))
    assert as_chen.get(f"{DESK}?period=last-week").context["table"].total == 2
    assert as_chen.get(f"{DESK}?period=week").context["table"].total == 0


def test_a_customer_won_back_stays_counted_and_the_list_says_so(as_chen, store, li, chen):
    lead = make_lead(store, li)
    lose_for_good(lead, li, chen, THURSDAY)
    win_back(lead.pk, reason="won_back", by=li, at=THURSDAY)
    answer = as_chen.get("/losses/found/?period=week")
    assert answer.context["count"] == 1
    assert '<span class="tag tag-ok">Active</span>' in answer.content.decode()


@pytest.mark.parametrize(
    "query", ["period=year", "shown=x", "shown=99999999", "reason=%00", "car=%00", "period=month&reason='--"]
)
@pytest.mark.thorough
def test_an_odd_address_is_no_error(as_chen, week_ten, query):
    for page in (DESK, "/losses/found/"):
        assert as_chen.get(f"{page}?{query}").status_code == 200


# --- whom to win back ---------------------------------------------------------------------------------


def test_dev_04_who_was_lost_long_ago_stands_in_the_list_the_number_opens(as_chen, settings, store, li, chen):
    lost = make_lead(store, li, "甲", created_at=at("2026-01-01 10:00"), arrived_at=at("2026-01-01 10:00"))
    lose_for_good(lost, li, chen, at("2026-02-01 10:00"))
    lose_for_good(make_lead(store, li, "乙"), li, chen, THURSDAY)
    for now, count in (("2026-05-02 23:59:59", 0), ("2026-05-03 00:00", 1)):  # 90 and 91 days after
        settings.DEALER_NOW = at(now).isoformat()
        desk = as_chen.get(DESK)
        assert desk.context["win_back"] == count
        rows = as_chen.get(desk.context["win_back_url"]).context["rows"]
        assert [row["name"] for row in rows] == ["甲"] * count


def test_a07_what_was_marked_invalid_is_there_to_be_sampled(as_chen, store, li, chen):
    for name, step in (("甲", 1), ("乙", 2)):
        lead = LeadFactory(store=store, owner=li, step=step, customer__name=name, customer__number=step)
        invalidate(lead.pk, reason="out_of_area", by=li, at=THURSDAY)
    win_back(lead.pk, reason="by_mistake", by=li, at=THURSDAY)
    desk = as_chen.get(DESK)
    answer = as_chen.get(desk.context["struck_url"])
    assert desk.context["struck"] == answer.context["count"] == 2
    page = answer.content.decode()
    assert page.count("Out of our area · 李强") == 2
    assert page.count('<span class="tag tag-ok">Active</span>') == 1
    assert as_chen.get("/losses/invalid/?period=last-week").context["count"] == 0


# --- My day, and what it costs ------------------------------------------------------------------------


def test_the_managers_day_says_how_many_wait_and_opens_the_desk(as_chen, settings, store, li):
    assert "to confirm" not in as_chen.get("/").content.decode()
    for name in ("一", "二"):
        lose_lead(make_lead(store, li, name), li, THURSDAY)
    page = as_chen.get("/").content.decode()
    assert "2 losses to confirm" in page
    assert f'href="{DESK}"' in page
    assert "1 overdue" not in page
    assert "2 overdue" not in page
    settings.DEALER_NOW = at("2026-03-07 00:00").isoformat()
    assert "2 overdue" in as_chen.get("/").content.decode()


def test_nobody_else_is_told(client, settings, store, li, wang):
    settings.DEALER_NOW = at("2026-03-06 08:30").isoformat()
    lose_lead(make_lead(store, li), li, THURSDAY)
    client.force_login(li)
    assert "to confirm" not in client.get("/").content.decode()
    assert client.get(DESK).status_code == 403


@pytest.mark.thorough
def test_its_pages_take_ten_statements_at_most_however_many_there_are(as_chen, store, li, chen):
    def fill(count):
        for _n in range(count):
            lose_lead(make_lead(store, li), li, THURSDAY)
            lose_for_good(make_lead(store, li), li, chen, THURSDAY, brand="BYD", model="Song")

    def asked_by(page) -> list[str]:
        as_chen.get(page)
        with statements() as asked:
            as_chen.get(page)
        return asked

    pages = (DESK, "/losses/found/", "/losses/invalid/")
    fill(2)
    few = {page: asked_by(page) for page in pages}
    fill(60)
    for page in pages:
        many = asked_by(page)
        assert len(few[page]) == len(many) <= 10, "\n".join([page, *many])


def test_a_decision_takes_fifteen_statements_at_most(as_chen, store, li):
    urls = [reverse("leads:loss", args=[lose_lead(make_lead(store, li), li, THURSDAY).pk]) for _n in range(2)]
    for url, sent in zip(
        urls, ({"decision": "confirmed"}, {"decision": "rejected", "comment": "x"}), strict=True
    ):
        with statements() as asked:
            assert as_chen.post(url, sent).status_code == 302
        assert len(asked) <= 15, "\n".join(asked)
