"""The log sheet: outcome and next date in one save, with and without scripts (SPEC A03, A68, A70)."""

import datetime as dt
import gzip
import json
import re
import uuid

import pytest
from django.db import transaction

from accounts.models import Draft
from followups.appointments import make_appointment
from followups.models import Appointment, Contact, Task
from leads.models import Consent, Lead, LeadEvent
from leads.moves import lock_lead
from leads.ownership import set_owner
from tests.conftest import at
from tests.factories import PhoneFactory
from tests.followups.worked_leads import make_lead
from tests.statements import statements

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 09:46")
HTMX = {"hx-request": "true", "hx-current-url": "http://testserver/"}


@pytest.fixture
def lead(store, li):
    """Zhou, an H lead of Li, last spoken to on 10 March: due today."""
    return make_lead(store, li, "H", visited="2026-03-01 10:00", contacted="2026-03-10 15:00")


@pytest.fixture
def as_li(client, settings, li):
    settings.DEALER_NOW = NOW.isoformat()
    client.force_login(li, backend="accounts.backends.StaffBackend")
    return client


def url(lead):
    return f"/leads/{lead.number}/log/"


def sent(**fields):
    return {"token": uuid.uuid4(), "outcome": "comparing", "next_pick": "2026-03-14", **fields}


def open_task(lead):
    return Task.objects.get(lead=lead, kind="cadence", state="open")


# --- the sheet --------------------------------------------------------------------------


def test_the_sheet_has_ten_outcomes_and_none_is_chosen(as_li, lead):
    html = as_li.get(url(lead)).content.decode()
    chips = re.findall(r'<input type="radio" name="outcome" value="(\w+)"[^>]*>', html)
    assert len(chips) == 10
    assert chips[:2] == ["looking", "comparing"]
    assert not re.search(r'name="outcome"[^>]*checked', html)


def test_the_cadence_date_is_chosen_and_tomorrow_stands_beside_it(as_li, lead):
    html = as_li.get(url(lead)).content.decode()
    chips = re.findall(r'name="next_pick" value="([\w-]+)"([^>]*)>', html)
    assert [value for value, _rest in chips] == ["2026-03-13", "2026-03-14", "pick"]
    assert "data-tomorrow" in chips[0][1]
    assert "data-default checked" in chips[1][1]
    assert "every 2 days" in html
    assert 'data-cadence-date="2026-03-14"' in html


def test_an_appointment_is_the_date_that_is_proposed(as_li, lead, li):
    make_appointment(lead.pk, at("2026-03-20 14:15"), by=li, now=NOW)
    html = as_li.get(url(lead)).content.decode()
    assert re.search(r'value="2026-03-20"[^>]*data-default checked', html)
    assert 'name="coming_time" value="14:15"' in html


def test_without_a_grade_there_is_no_next_date_and_the_sheet_says_so(as_li, store, li):
    lead = make_lead(store, li, "none")
    assert "No grade, so no next date follows." in as_li.get(url(lead)).content.decode()


def test_a_chip_of_the_composer_comes_chosen(as_li, lead):
    html = as_li.get(f"{url(lead)}?outcome=no_answer").content.decode()
    assert re.search(r'value="no_answer"[^>]*checked', html)


def test_the_fragment_is_small_and_no_whole_page(as_li, lead):
    html = as_li.get(url(lead), headers=HTMX).content
    assert html.lstrip().startswith(b"<header")
    assert len(gzip.compress(html)) <= 5_000


def test_a_draft_comes_back(as_li, lead, li):
    Draft.objects.create(user=li, form=f"log-{lead.number}", payload={"text": "18.2万"}, saved_at=NOW)
    assert "18.2万" in as_li.get(url(lead)).content.decode()


# --- the save ---------------------------------------------------------------------------


def test_one_save_logs_the_contact_and_dates_the_next(as_li, lead, li):
    answer = as_li.post(url(lead), sent(text="想看后排"))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    contact = Contact.objects.get(lead=lead)
    assert (contact.outcome, contact.kind, contact.channel, contact.direction) == (
        "comparing",
        "contact",
        "phone",
        "out",
    )
    assert (contact.text, contact.by, contact.at) == ("想看后排", li, NOW)
    assert open_task(lead).due_on == dt.date(2026, 3, 14)


def test_after_it_the_page_says_the_next_date(as_li, lead):
    html = as_li.post(url(lead), sent(), follow=True).content.decode()
    assert "Logged, next date 14 Mar" in html


def test_from_my_day_the_sheet_closes_and_the_list_brings_itself_up_to_date(as_li, lead):
    answer = as_li.post(url(lead), sent(), headers=HTMX)
    assert (answer.status_code, answer.content) == (204, b"")
    events = json.loads(answer.headers["HX-Trigger"])
    undo = f"/contacts/{Contact.objects.get().pk}/undo/?next=/leads/{lead.number}/"
    assert events == {
        "toast": {"text": "Logged, next date 14 Mar", "undo": undo},
        "sheet:close": {},
        "lead:changed": {"row": f"customer-{lead.customer_id}"},
    }


def test_from_the_card_the_page_is_loaded_anew(as_li, lead):
    card = {**HTMX, "hx-current-url": f"http://testserver/leads/{lead.number}/"}
    assert as_li.post(url(lead), sent(), headers=card).headers["HX-Refresh"] == "true"


def test_it_goes_back_to_a_page_of_this_site_only(as_li, lead):
    here = as_li.post(url(lead), sent(next=f"/leads/{lead.number}/"))
    assert here.headers["Location"] == f"/leads/{lead.number}/"
    elsewhere = as_li.post(url(lead), sent(next="https://example.org/"))
    assert elsewhere.headers["Location"] == "/"


def test_no_answer_moves_the_task_to_tomorrow_whatever_the_date_says(as_li, lead):
    as_li.post(url(lead), sent(outcome="no_answer"))
    assert Contact.objects.get(lead=lead).kind == "attempt"
    assert open_task(lead).due_on == dt.date(2026, 3, 13)


def test_channel_and_direction_are_kept(as_li, lead):
    as_li.post(url(lead), sent(channel="wechat", incoming="on"))
    contact = Contact.objects.get(lead=lead)
    assert (contact.channel, contact.direction) == ("wechat", "in")


def test_coming_in_makes_an_appointment(as_li, lead):
    as_li.post(url(lead), sent(outcome="coming", next_pick="pick", next_on="2026-03-18", coming_time="14:15"))
    assert Appointment.objects.get(lead=lead).at == at("2026-03-18 14:15")
    assert open_task(lead).due_on == dt.date(2026, 3, 18)


def test_another_time_agreed_moves_the_planned_visit(as_li, lead, li):
    make_appointment(lead.pk, at("2026-03-15 10:00"), by=li, now=NOW)
    as_li.post(url(lead), sent(outcome="coming", next_pick="pick", next_on="2026-03-18", coming_time="14:15"))
    rows = Appointment.objects.filter(lead=lead).order_by("at")
    assert [(a.at, a.state) for a in rows] == [
        (at("2026-03-15 10:00"), "moved"),
        (at("2026-03-18 14:15"), "planned"),
    ]
    assert rows[0].moved_to == rows[1]
    assert open_task(lead).due_on == dt.date(2026, 3, 18)


def test_the_same_hour_again_is_one_appointment(as_li, lead, li):
    make_appointment(lead.pk, at("2026-03-15 10:00"), by=li, now=NOW)
    as_li.post(url(lead), sent(outcome="coming", next_pick="2026-03-15", coming_time="10:00"))
    assert Appointment.objects.get(lead=lead).state == "planned"


def test_asked_to_stop_withdraws_consent(as_li, lead):
    as_li.post(url(lead), sent(outcome="stop"))
    assert Consent.objects.get(customer=lead.customer).given is False


def test_the_same_form_sent_twice_is_one_contact(as_li, lead):
    form = sent()
    assert as_li.post(url(lead), form).status_code == 302
    assert as_li.post(url(lead), form).status_code == 302
    assert Contact.objects.filter(lead=lead).count() == 1


def test_saving_forgets_the_draft(as_li, lead, li):
    Draft.objects.create(user=li, form=f"log-{lead.number}", payload={"text": "x"}, saved_at=NOW)
    as_li.post(url(lead), sent(text="x"))
    assert not Draft.objects.filter(user=li).exists()


@pytest.mark.parametrize("form", [{}, {"outcome": "coming", "coming_time": "14:15", "text": "at the door"}])
def test_a_save_takes_fifteen_statements_at_most(as_li, lead, form):
    as_li.get(url(lead))
    with statements() as asked:
        assert as_li.post(url(lead), sent(**form), headers=HTMX).status_code == 204
    assert len(asked) <= 15


# --- refusals -----------------------------------------------------------------------------


def refused(client, lead, form):
    before = (Contact.objects.count(), LeadEvent.objects.count(), open_task(lead).due_on)
    answer = client.post(url(lead), form)
    assert (Contact.objects.count(), LeadEvent.objects.count(), open_task(lead).due_on) == before
    return answer


def test_without_an_outcome_nothing_is_saved_and_everything_typed_stays(as_li, lead):
    answer = refused(as_li, lead, sent(outcome="", text="她先生也在"))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Tap what came out of it." in html
    assert "她先生也在" in html


def test_a_date_past_the_cadence_needs_the_customers_word(as_li, lead):
    form = sent(next_pick="pick", next_on="2026-03-20")
    answer = refused(as_li, lead, form)
    assert answer.status_code == 422
    assert "Tick “agreed with the customer” for a later day." in answer.content.decode()
    assert 'value="2026-03-20"' in answer.content.decode()
    assert as_li.post(url(lead), {**form, "agreed": "on"}).status_code == 302
    assert open_task(lead).due_on == dt.date(2026, 3, 20)


def test_a_date_in_the_past_is_refused(as_li, lead):
    assert refused(as_li, lead, sent(next_pick="pick", next_on="2026-03-11")).status_code == 422


def test_coming_in_needs_a_time_and_not_in_the_past(as_li, lead):
    assert "Pick the time." in refused(as_li, lead, sent(outcome="coming")).content.decode()
    late = sent(outcome="coming", next_pick="pick", next_on="2026-03-12", coming_time="09:00")
    assert "lies in the past" in refused(as_li, lead, late).content.decode()


def test_a_strangers_customer_is_not_there(as_li, store, wang):
    lead = make_lead(store, wang, "H", contacted="2026-03-10 15:00")
    assert as_li.get(url(lead)).status_code == 404
    assert refused(as_li, lead, sent()).status_code == 404


def test_a_lead_one_only_looks_at_may_not_be_logged(client, settings, lead, wang):
    settings.DEALER_NOW = NOW.isoformat()
    Lead.objects.filter(pk=lead.pk).update(setter=wang, step=3)
    client.force_login(wang, backend="accounts.backends.StaffBackend")
    assert client.get(url(lead)).status_code == 403
    assert refused(client, lead, sent()).status_code == 403


def test_a_form_open_while_the_lead_was_given_away_keeps_its_text(as_li, lead, wang, chen):
    html = as_li.get(url(lead)).content.decode()
    seen = re.search(r'name="seen" value="([^"]+)"', html)[1]
    with transaction.atomic():
        set_owner(lock_lead(lead.pk), wang, by=chen, at=NOW, recorded_at=NOW)
    assert as_li.get(url(lead)).status_code == 404
    answer = refused(as_li, lead, sent(text="太太周六能来", seen=seen))
    assert answer.status_code == 409
    assert "太太周六能来" in answer.content.decode()
    assert refused(as_li, lead, sent(seen=f"{seen}x")).status_code == 404


def test_a_strange_address_is_no_error(as_li):
    assert as_li.get("/leads/L%00x/log/").status_code == 404


def test_no_number_stands_in_the_sheet(as_li, lead):
    PhoneFactory(customer=lead.customer, value="+8613800000001")
    html = as_li.get(f"{url(lead)}?dialled=1").content.decode()
    assert "0000001" not in html
    assert "tel:" not in html
