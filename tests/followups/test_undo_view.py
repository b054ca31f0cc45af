"""The button "Undo": in the toast right after saving, and beside today's own acts in the timeline."""

import json
import re
import uuid

import pytest

from followups.contacts import Said, log_contact
from followups.models import Contact, Task
from leads.losing import Loss, lose
from leads.models import Term
from showroom.closing import Leaving, close_visit
from showroom.models import Visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CarModelFactory
from tests.followups.worked_leads import make_lead
from tests.statements import statements

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 09:46")
HTMX = {"hx-request": "true", "hx-current-url": "http://testserver/"}


@pytest.fixture
def lead(store, li):
    return make_lead(store, li, "H", visited="2026-03-10 15:00")


@pytest.fixture
def as_li(client, settings, li):
    settings.DEALER_NOW = NOW.isoformat()
    client.force_login(li, backend="accounts.backends.StaffBackend")
    return client


def called(lead, by, when=NOW, outcome="comparing"):
    return log_contact(lead.pk, Said(outcome), by=by, at=when, now=when)


def card(client, lead):
    return client.get(f"/leads/{lead.number}/").content.decode()


def sent(**fields):
    return {"token": uuid.uuid4(), "outcome": "comparing", "next_pick": "2026-03-14", **fields}


def test_the_toast_on_my_day_offers_to_undo(as_li, lead):
    answer = as_li.post(f"/leads/{lead.number}/log/", sent(), headers=HTMX)
    toast = json.loads(answer.headers["HX-Trigger"])["toast"]
    contact = Contact.objects.get()
    assert toast["undo"] == f"/contacts/{contact.pk}/undo/?next=/leads/{lead.number}/"
    answer = as_li.post(toast["undo"])
    assert answer.headers["Location"] == f"/leads/{lead.number}/"
    contact.refresh_from_db()
    assert (contact.undone_at, contact.undone_by.username) == (NOW, "li")


def test_the_page_without_scripts_offers_it_too(as_li, lead):
    as_li.post(f"/leads/{lead.number}/log/", sent(next=f"/leads/{lead.number}/"))
    address = f"/contacts/{Contact.objects.get().pk}/undo/?next=/leads/{lead.number}/"
    assert card(as_li, lead).count(f'action="{address}" method="post"') == 1


def test_the_timeline_crosses_out_what_was_undone(as_li, lead, li):
    contact = called(lead, li)
    address = f"/contacts/{contact.pk}/undo/"
    assert f'method="post" action="{address}' in card(as_li, lead)
    as_li.post(address)
    html = card(as_li, lead)
    assert address not in html
    assert '<li class="undone">' in html
    assert "Undone: it counts nowhere." in html
    assert "Contact undone" in html


@pytest.mark.parametrize(("when", "offered"), [("2026-03-12 00:00", 1), ("2026-03-11 23:59", 0)])
def test_only_todays_acts_can_be_undone(as_li, lead, li, when, offered):
    called(lead, li, at(when))
    assert card(as_li, lead).count("/undo/") == offered


def test_the_manager_sees_no_button_at_a_colleagues_contact_and_gets_403(client, settings, lead, li, chen):
    settings.DEALER_NOW = NOW.isoformat()
    contact = called(lead, li)
    client.force_login(chen)
    assert "/undo/" not in card(client, lead)
    assert client.post(f"/contacts/{contact.pk}/undo/").status_code == 403
    contact.refresh_from_db()
    assert contact.undone_at is None


def test_a_day_later_it_says_why_not(as_li, lead, li):
    contact = called(lead, li, at("2026-03-11 10:00"))
    answer = as_li.post(f"/contacts/{contact.pk}/undo/?next=/leads/{lead.number}/", follow=True)
    assert "The day is over: it can no longer be undone." in answer.content.decode()
    assert Contact.objects.standing().count() == 1


def test_what_was_undone_is_not_done_today(as_li, lead, li):
    contact = called(lead, li)
    assert "/done" not in re.sub(r"\s", "", as_li.get("/").content.decode())
    done_before = as_li.get("/").context["day"].done
    as_li.post(f"/contacts/{contact.pk}/undo/")
    assert (done_before, as_li.get("/").context["day"].done) == (1, 0)


def test_a_closed_visit_is_opened_again_from_the_toast_and_the_card(as_li, store, li):
    car = CarModelFactory(group=store.group)
    arrival, came = Arrival(phone_text="13800000001", name="张三", car_model=car), at("2026-03-12 09:00")
    visit, _new = log_visit(store, arrival, receiver=li, by=li, at=came, now=came)
    answer = as_li.post(f"/visits/{visit.pk}/close/", {"token": uuid.uuid4(), "grade": "A"}, follow=True)
    address = f"/visits/{visit.pk}/undo/"
    html = answer.content.decode()
    assert (f'action="{address}" method="post"' in html, f'method="post" action="{address}?' in html) == (
        True,
        True,
    )
    answer = as_li.post(f"{address}?next=/leads/{visit.lead.number}/", follow=True)
    assert "Undone: the visit is open again" in answer.content.decode()
    assert Visit.objects.get().left_at is None
    assert Task.objects.filter(state="open").count() == 0


def test_an_undo_takes_at_most_twenty_five_statements(as_li, store, li):
    car = CarModelFactory(group=store.group)
    arrival, came = Arrival(phone_text="13800000001", name="张三", car_model=car), at("2026-03-12 09:00")
    visit, _new = log_visit(store, arrival, receiver=li, by=li, at=came, now=came)
    close_visit(visit.pk, Leaving(grade="A"), by=li, at=NOW, now=NOW)
    contact = called(visit.lead, li)
    as_li.get("/")
    with statements() as asked:
        as_li.post(f"/contacts/{contact.pk}/undo/")
    assert len(asked) <= 25, "\n".join(asked)
    with statements() as asked:
        as_li.post(f"/visits/{visit.pk}/undo/")
    assert len(asked) <= 25, "\n".join(asked)


def test_a_loss_of_today_is_taken_back_from_the_card(as_li, lead, li, store):
    reason = Term.objects.filter(store=store, list="lost_reason").exclude(code="other_brand").first()
    loss = lose(lead.pk, Loss(reason=reason), by=li, at=NOW, now=NOW)
    address = f"/losses/{loss.pk}/undo/?next=/leads/{lead.number}/"
    assert f'method="post" action="{address}"' in card(as_li, lead)
    answer = as_li.post(address, follow=True)
    html = answer.content.decode()
    lead.refresh_from_db()
    assert (lead.status, "Loss undone" in html, '<li class="undone">' in html) == ("active", True, True)
    assert f"/losses/{loss.pk}/undo/" not in html
