"""The sheets by which a lead is lost, rests, is invalid, comes back, and gets a second one beside it."""

import datetime as dt
import json
import uuid

import pytest
from django.urls import reverse

from accounts.models import Draft
from followups.contacts import Said, log_contact
from followups.models import Contact
from leads.models import Lead, LostRecord
from tests.conftest import at
from tests.factories import CarModelFactory
from tests.followups.worked_leads import make_lead
from tests.leads.set_aside import lose_lead, set_aside
from tests.statements import statements

pytestmark = pytest.mark.django_db
NOW = at("2026-03-12 09:46")
HTMX = {"hx-request": "true", "hx-current-url": "http://testserver/"}
ON_CARD = {"hx-request": "true", "hx-current-url": "http://testserver/leads/x/"}
SHEETS = ("lose", "rest", "invalidate", "another")


@pytest.fixture
def lead(store, li):
    """H of Li at reception, last spoken to on 10 March: due today."""
    return make_lead(store, li, "H", visited="2026-03-01 10:00", contacted="2026-03-10 15:00")


@pytest.fixture
def as_li(client, settings, li):
    settings.DEALER_NOW = NOW.isoformat()
    client.force_login(li, backend="accounts.backends.StaffBackend")
    return client


def address(lead, sheet):
    return reverse(f"followups:{sheet}", args=[lead.number])


def send(client, lead, sheet, headers=None, **fields):
    return client.post(
        address(lead, sheet), {"token": uuid.uuid4(), "next": "/leads/", **fields}, headers=headers
    )


def status(lead):
    return Lead.objects.get(pk=lead.pk).status


def said(answer):
    return json.loads(answer.headers["HX-Trigger"])["toast"]["text"]


# --- lost ---------------------------------------------------------------------------------------


def test_a_loss_is_recorded_from_a_plain_page(as_li, lead, li):
    answer = send(
        as_li, lead, "lose", reason="other_brand", brand="BYD", model="Song", opinion="too small",
        found_on="2026-03-12",
    )  # fmt: skip
    assert (answer.status_code, answer.url) == (302, "/leads/")
    found = LostRecord.objects.get()
    assert (found.reason.code, found.brand, found.model, found.opinion) == (
        "other_brand", "BYD", "Song", "too small",
    )  # fmt: skip
    assert (found.kind, found.found_at, found.late, found.recorded_by) == ("lost", NOW, False, li)
    assert status(lead) == "lost_pending"


def test_over_my_day_the_toast_says_who_decides_and_offers_undo(as_li, lead):
    answer = send(as_li, lead, "lose", HTMX, reason="price", opinion="wants 10 % off")
    assert answer.status_code == 204
    assert said(answer) == "Recorded as lost, the manager confirms it"
    toast = json.loads(answer.headers["HX-Trigger"])["toast"]
    assert toast["undo"].startswith(reverse("leads:undo_loss", args=[LostRecord.objects.get().pk]))


def test_without_the_customers_opinion_it_is_saved_with_a_warning(as_li, lead):
    answer = send(as_li, lead, "lose", HTMX, reason="price")
    assert said(answer) == "Recorded as lost, but what the customer says about us is missing"
    assert status(lead) == "lost_pending"


def test_found_out_yesterday_it_is_late(as_li, lead):
    send(as_li, lead, "lose", reason="price", found_on="2026-03-11")
    found = LostRecord.objects.get()
    assert (found.found_at, found.recorded_at, found.late) == (at("2026-03-11 23:59:59"), NOW, True)


def test_out_of_contact_is_a_kind_of_loss(as_li, lead):
    send(as_li, lead, "lose", reason="other", out_of_control="on")
    assert LostRecord.objects.get().kind == "out_of_control"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, "Tap why we lost this customer."),
        ({"reason": "showroom"}, "Tap why we lost this customer."),
        ({"reason": "other_brand"}, "Which brand did they buy?"),
        ({"reason": "other_brand", "brand": "BYD"}, "Which model did they buy?"),
        ({"reason": "price", "found_on": "2026-03-13"}, "Nobody can have found it out in the future."),
        ({"reason": "price", "found_on": "2026-02-28"}, "On that day we did not know this customer yet."),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(as_li, lead, fields, error):
    answer = send(as_li, lead, "lose", HTMX, opinion="loves the seats", **fields)
    page = answer.content.decode()
    assert (answer.status_code, status(lead)) == (422, "active")
    assert error in page
    assert "loves the seats" in page


def test_the_same_form_twice_is_one_record(as_li, lead):
    token = uuid.uuid4()
    answers = [send(as_li, lead, "lose", HTMX, token=token, reason="price") for _time in range(2)]
    assert [answer.status_code for answer in answers] == [204, 204]
    assert said(answers[1]) == "Recorded already"
    assert LostRecord.objects.count() == 1


def test_a_second_record_is_409(as_li, lead, li):
    lose_lead(lead, li, NOW)
    answer = send(as_li, lead, "lose", HTMX, reason="price")
    assert answer.status_code == 409
    assert "recorded as lost or invalid already" in answer.content.decode()


def test_the_sheet_shows_the_reasons_by_class(as_li, lead):
    form = as_li.get(address(lead, "lose"), headers=HTMX).context["form"]
    assert [(str(g["term"]), [str(term) for term in g["reasons"]]) for g in form.groups] == [
        ("Confidence", ["Other brand"]),
        ("Need", ["Model does not fit", "Colour or stock", "Delivery time"]),
        ("Buying power", ["Price", "Loan refused", "Trade-in price"]),
        ("Other", ["Family", "Other store of our brand", "Postponed"]),
    ]


def test_a_class_alone_is_a_reason_too(as_li, lead):
    send(as_li, lead, "lose", reason="confidence")
    assert LostRecord.objects.get().reason.code == "confidence"


def test_what_was_typed_and_not_saved_is_there_again(as_li, lead, li):
    Draft.objects.create(
        user=li, form=f"lose-{lead.number}", payload={"opinion": "too dear", "brand": "BYD"}, saved_at=NOW
    )
    form = as_li.get(address(lead, "lose")).context["form"]
    assert (form["opinion"].value(), form["brand"].value()) == ("too dear", "BYD")
    send(as_li, lead, "lose", reason="price")
    assert Draft.objects.count() == 0


# --- at rest, invalid, back, another ---------------------------------------------------------------


def test_it_rests_until_the_day_of_a_chip(as_li, lead):
    answer = send(as_li, lead, "rest", HTMX, reason="later", wake_pick="2026-06-10")
    assert (answer.status_code, said(answer)) == (204, "Rests until Wed 10 Jun")
    lead.refresh_from_db()
    assert (lead.status, lead.wake_on) == ("dormant", dt.date(2026, 6, 10))


def test_it_rests_until_an_own_day(as_li, lead):
    send(as_li, lead, "rest", reason="asked", wake_pick="pick", wake_on="2026-04-01")
    lead.refresh_from_db()
    assert (lead.status, lead.wake_on) == ("dormant", dt.date(2026, 4, 1))


def test_the_chips_are_30_90_and_180_days(as_li, lead):
    form = as_li.get(address(lead, "rest")).context["form"]
    assert [chip.value for chip in form.date_chips] == ["2026-04-11", "2026-06-10", "2026-09-08", "pick"]
    assert form.picked == "2026-06-10"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"wake_pick": "2026-06-10"}, "Tap a reason."),
        ({"reason": "later", "wake_pick": "pick"}, "Pick the day."),
        ({"reason": "later", "wake_pick": "pick", "wake_on": "2026-03-12"}, "Pick a later day than today."),
        ({"reason": "later", "wake_pick": "pick", "wake_on": "someday"}, "Enter a valid date."),
    ],
)
def test_a_rest_without_reason_or_day_is_refused(as_li, lead, fields, error):
    answer = send(as_li, lead, "rest", HTMX, **fields)
    assert (answer.status_code, status(lead)) == (422, "active")
    assert error in answer.content.decode()


def test_it_is_marked_as_invalid(as_li, lead):
    answer = send(as_li, lead, "invalidate", HTMX, reason="out_of_area")
    assert (answer.status_code, said(answer)) == (204, "Marked as invalid")
    lead.refresh_from_db()
    assert (lead.status, lead.void_reason) == ("void", "out_of_area")


def test_past_reception_invalid_is_409(as_li, store, li):
    lead = make_lead(store, li, step=3)
    answer = send(as_li, lead, "invalidate", HTMX, reason="test")
    assert (answer.status_code, status(lead)) == (409, "active")
    assert "Record a loss instead." in answer.content.decode()


@pytest.mark.parametrize(
    ("aside", "fields"),
    [("dormant", {}), ("lost", {"reason": "won_back"}), ("void", {"reason": "by_mistake"})],
)
def test_it_is_worked_on_again(as_li, lead, li, chen, aside, fields):
    set_aside(lead, aside, li, chen, NOW)
    answer = send(as_li, lead, "back", HTMX, **fields)
    assert (answer.status_code, said(answer)) == (204, "Worked on again, due today")
    lead.refresh_from_db()
    assert (lead.status, lead.next_due_on) == ("active", dt.date(2026, 3, 12))


@pytest.mark.parametrize("aside", ["lost", "void"])
def test_why_it_comes_back_is_asked(as_li, lead, li, chen, aside):
    set_aside(lead, aside, li, chen, NOW)
    answer = send(as_li, lead, "back", HTMX)
    assert (answer.status_code, status(lead)) == (422, aside)


def test_a_loss_nobody_confirmed_is_not_won_back(as_li, lead, li):
    lose_lead(lead, li, NOW)
    assert send(as_li, lead, "back", HTMX, reason="won_back").status_code == 409


def test_another_car_opens_its_card(as_li, lead):
    car = CarModelFactory(group=lead.store.group)
    answer = send(as_li, lead, "another", car_model=car.pk)
    second = Lead.objects.get(parent=lead)
    assert (answer.status_code, answer.url) == (302, reverse("leads:card", args=[second.number]))
    assert second.interests.get().car_model == car
    again = send(as_li, lead, "another", HTMX)
    assert again.status_code == 409
    assert second.number in again.content.decode()


def test_another_car_twice_with_the_same_form_is_one_lead(as_li, lead):
    token = uuid.uuid4()
    answers = [send(as_li, lead, "another", token=token) for _time in range(2)]
    assert answers[0].url == answers[1].url
    assert Lead.objects.filter(parent=lead).count() == 1


# --- a result leads on ------------------------------------------------------------------------------


def log(client, lead, outcome, headers=None, **fields):
    sent = {"token": uuid.uuid4(), "outcome": outcome, "next_pick": "2026-03-14", "next": "/leads/", **fields}
    return client.post(reverse("followups:log", args=[lead.number]), sent, headers=headers)


@pytest.mark.parametrize(
    ("outcome", "sheet", "question"),
    [
        ("bought", "lose", "Logged. Record the loss too?"),
        ("wrong_number", "invalidate", "Logged. Mark the lead as invalid?"),
        ("not_now", "rest", "Logged. Let it rest until a day?"),
    ],
)
def test_a_result_that_ends_it_leads_on_in_the_same_sheet(as_li, lead, outcome, sheet, question):
    answer = log(as_li, lead, outcome, HTMX)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert question in page
    assert f'hx-post="{address(lead, sheet)}"' in page
    told = json.loads(answer.headers["HX-Trigger"])
    assert told["toast"]["text"].startswith("Logged")
    assert told["lead:changed"] == {"row": f"customer-{lead.customer_id}"}
    assert (Contact.objects.get().outcome, status(lead)) == (outcome, "active")


@pytest.mark.parametrize(
    ("outcome", "sheet"), [("bought", "lose"), ("wrong_number", "invalidate"), ("not_now", "rest")]
)
def test_without_scripts_it_leads_on_to_a_page(as_li, lead, outcome, sheet):
    answer = log(as_li, lead, outcome)
    assert (answer.status_code, answer.url) == (302, f"{address(lead, sheet)}?asked=1&next=/leads/")
    page = as_li.get(answer.url).content.decode()
    assert '<a class="btn" href="/leads/">No, leave it</a>' in page


def test_what_was_said_fills_the_form_of_the_loss(as_li, lead):
    form = log(as_li, lead, "bought", HTMX, text="BYD gave more for the old car").context["form"]
    assert form["opinion"].value() == "BYD gave more for the old car"
    assert form["found_on"].value() == dt.date(2026, 3, 12)


def test_a_day_later_the_form_remembers_when_it_was_found_out(as_li, lead, li):
    yesterday = at("2026-03-11 17:00")
    log_contact(lead.pk, Said("bought", text="has a Song"), by=li, at=yesterday, now=yesterday)
    form = as_li.get(address(lead, "lose")).context["form"]
    assert (form["found_on"].value(), form["opinion"].value()) == (dt.date(2026, 3, 11), "has a Song")


def test_the_reason_is_filled_in(as_li, lead):
    assert log(as_li, lead, "wrong_number", HTMX).context["form"]["reason"].value() == "wrong_number"
    assert log(as_li, lead, "not_now", HTMX).context["form"]["reason"].value() == "later"


@pytest.mark.parametrize(
    ("step", "outcome"), [(3, "wrong_number"), (7, "not_now"), (9, "bought"), (2, "comparing"), (2, "stop")]
)
def test_where_nothing_ends_the_sheet_closes_as_always(as_li, store, li, step, outcome):
    lead = make_lead(store, li, "H", step=step)
    assert log(as_li, lead, outcome, HTMX).status_code == 204


def test_over_the_card_no_means_the_page_anew(as_li, lead):
    page = log(as_li, lead, "bought", ON_CARD).content.decode()
    assert '<a class="btn" href="/leads/">No, leave it</a>' in page
    page = log(as_li, lead, "bought", HTMX).content.decode()
    assert '<a class="btn" href="/leads/" data-close>No, leave it</a>' in page


# --- the card's menu ------------------------------------------------------------------------------


def menu(client, lead):
    page = client.get(reverse("leads:card", args=[lead.number]))
    ours = [reverse(f"followups:{name}", args=[lead.number]) for name in (*SHEETS, "back")]
    return [action.label for action in page.context["actions"] if action.url.split("?")[0] in ours]


@pytest.mark.parametrize(
    ("step", "lines"),
    [
        (2, ["Another car", "Let it rest", "Record a loss", "Mark as invalid"]),
        (6, ["Another car", "Let it rest", "Record a loss"]),
        (8, ["Another car", "Record a loss"]),
        (9, ["New lead from this owner"]),
    ],
)
def test_the_menu_offers_what_fits_the_step(as_li, store, li, step, lines):
    assert menu(as_li, make_lead(store, li, "H", step=step)) == lines


@pytest.mark.parametrize(
    ("aside", "lines"),
    [
        ("dormant", ["Work on it again", "Record a loss", "Mark as invalid"]),
        ("lost_pending", []),
        ("lost", ["Win back"]),
        ("void", ["Win back"]),
    ],
)
@pytest.mark.thorough
def test_the_menu_offers_what_fits_the_status(as_li, lead, li, chen, aside, lines):
    set_aside(lead, aside, li, chen, NOW)
    assert menu(as_li, lead) == lines


# --- who, and what it costs -------------------------------------------------------------------------


@pytest.mark.parametrize("sheet", [*SHEETS, "back"])
@pytest.mark.thorough
def test_a_colleague_is_told_nothing(client, settings, lead, wang, sheet):
    settings.DEALER_NOW = NOW.isoformat()
    client.force_login(wang)
    assert client.get(address(lead, sheet)).status_code == 404
    assert send(client, lead, sheet, reason="price").status_code == 404
    assert status(lead) == "active"


def test_a_loss_takes_at_most_fifteen_statements(as_li, lead):
    with statements() as asked:
        send(as_li, lead, "lose", HTMX, reason="price", opinion="too dear")
    assert len(asked) <= 15
    assert status(lead) == "lost_pending"
