"""FLOW-05, A09: inviting is never blocked, only hinted at; `invite_needs_relation` refuses."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from accounts.errors import Refused
from accounts.rules import set_setting
from followups.appointments import make_appointment, move_appointment
from followups.contacts import Said, log_contact
from followups.enquiries import Enquiry, take_in
from followups.models import Appointment, Contact
from tests.conftest import at
from tests.showroom.known import know

pytestmark = pytest.mark.django_db
NOW = at("2026-03-05 10:00")
SATURDAY = at("2026-03-07 14:00")
HINT = "First a relation, then the invitation."


@pytest.fixture(autouse=True)
def _ten(settings):
    settings.DEALER_NOW = NOW.isoformat()


@pytest.fixture
def lead(store, li):
    """Asked in writing; nobody talked to them yet."""
    return take_in(store, Enquiry("13905186627", "张伟"), owner=li, by=li, at=at("2026-03-05 09:00"))[0]


@pytest.fixture
def strict(store, chen):
    set_setting(store, "invite_needs_relation", True, by=chen, at=at("2026-03-01 09:00"))
    store.refresh_from_db()


def talk(lead, by, when, outcome="comparing", **said):
    return log_contact(lead.pk, Said(outcome, **said), by=by, at=at(when), now=at(when))


def coming(lead, by, when="2026-03-05 10:00", **said):
    return talk(lead, by, when, "coming", coming_at=SATURDAY, **said)


def test_by_default_the_first_talk_may_invite_and_the_sheet_only_hints(client, lead, li):
    client.force_login(li)
    address = reverse("followups:log", args=[lead.number])
    assert HINT in client.get(address).content.decode()
    coming(lead, li)
    assert Appointment.objects.get().at == SATURDAY
    assert HINT not in client.get(address).content.decode()


def test_who_was_here_needs_no_hint(client, store, li):
    client.force_login(li)
    known = know(store, li, "13800000001", "张伟", grade="A")
    assert HINT not in client.get(reverse("followups:log", args=[known.number])).content.decode()


def test_with_the_setting_the_first_talk_does_not_invite_and_nothing_is_written(strict, lead, li):
    with pytest.raises(Refused, match="after a first talk") as refusal:
        coming(lead, li)
    assert refusal.value.field == "coming_at"
    with pytest.raises(Refused):
        make_appointment(lead.pk, SATURDAY, by=li, now=NOW)
    assert (Contact.objects.count(), Appointment.objects.count()) == (0, 0)


def test_after_one_talk_it_does_and_an_appointment_moves_freely(strict, lead, li):
    talk(lead, li, "2026-03-05 09:30")
    coming(lead, li)
    moved = move_appointment(Appointment.objects.get().pk, SATURDAY + dt.timedelta(days=1), by=li, now=NOW)
    assert Appointment.objects.filter(state="planned").get() == moved


def test_a_try_is_no_talk_and_an_undone_talk_is_none(strict, lead, li):
    talk(lead, li, "2026-03-05 09:30", "no_answer")
    with pytest.raises(Refused):
        coming(lead, li)
    Contact.objects.update(kind="contact", undone_at=NOW, undone_by=li)
    with pytest.raises(Refused):
        coming(lead, li)


def test_who_calls_us_invites_himself(strict, lead, li):
    coming(lead, li, direction=Contact.Direction.IN)
    assert Appointment.objects.get().at == SATURDAY


def test_the_sheet_says_so_and_keeps_the_text(strict, client, lead, li):
    client.force_login(li)
    fields = {
        "token": str(uuid.uuid4()), "outcome": "coming", "next_pick": "pick", "next_on": "2026-03-07",
        "coming_time": "14:00", "text": "下周六带家人来",
    }  # fmt: skip
    answer = client.post(reverse("followups:log", args=[lead.number]), fields)
    page = answer.content.decode()
    assert (answer.status_code, Contact.objects.count()) == (422, 0)
    assert "Your store invites after a first talk." in page
    assert "下周六带家人来" in page
