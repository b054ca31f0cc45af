"""S05: a call for somebody who does not answer leaves a message and a task for him alone (SPEC CALL-02)."""

import pytest

from accounts.errors import NotAllowed, Refused
from accounts.rules import set_setting
from followups.contacts import Said, log_contact
from followups.models import Contact, Task
from showroom.call_messages import called_back
from showroom.calls import Enquiry, log_call
from showroom.models import Call, CallMessage
from tests.conftest import at
from tests.scenarios.test_s02_owner_present import zhang  # noqa: F401

pytestmark = pytest.mark.django_db

DAY = "2026-03-04"
TEN = at(f"{DAY} 10:00")


def message(store, wang, qian, when=TEN, text="问N7落地价", **facts) -> Call:
    enquiry = Enquiry(designated=wang, message=text, **facts)
    return log_call(store, enquiry, receiver=wang, by=qian, at=when, now=when)[0]


@pytest.fixture
def call(store, wang, qian) -> Call:
    """A stranger asks for Wang and leaves his number."""
    return message(store, wang, qian, phone_text="13800000031", name="吴先生")


def task_of(call) -> Task:
    return Task.objects.get(cause=f"call_back:call:{call.pk}")


def test_s05_the_call_back_is_wangs_within_half_an_hour(call, wang, qian):
    task = task_of(call)
    assert (task.kind, task.assignee, task.only_assignee) == ("call_back", wang, True)
    assert (task.due_at, task.lead.owner, task.state) == (at(f"{DAY} 10:30"), wang, "open")
    assert (call.designated, call.receiver, call.outcome) == (wang, None, "")
    left = CallMessage.objects.get()
    assert (left.for_user, left.text, left.by, left.at) == (wang, "问N7落地价", qian, TEN)
    assert Contact.objects.count() == 0
    assert list(Task.objects.values_list("kind", flat=True)) == ["call_back"]


def test_s05_li_cannot_complete_it(client, settings, call, li):
    with pytest.raises(NotAllowed):
        log_contact(call.lead_id, Said("looking"), by=li, at=at(f"{DAY} 10:10"), now=at(f"{DAY} 10:10"))
    with pytest.raises(NotAllowed):
        called_back(call.message.pk, by=li, at=at(f"{DAY} 10:10"))
    settings.DEALER_NOW = at(f"{DAY} 10:10").isoformat()
    client.force_login(li)
    assert client.post(f"/call/messages/{call.message.pk}/done/").status_code == 403
    assert task_of(call).state == "open"


def test_s05_wangs_contact_at_twenty_past_closes_it(call, wang):
    when = at(f"{DAY} 10:20")
    contact = log_contact(call.lead_id, Said("looking"), by=wang, at=when, now=when)
    task = task_of(call)
    assert (task.state, task.closed_at, task.closed_by, task.contact) == ("done", when, wang, contact)


def test_s05_a_managers_contact_leaves_it_open(call, chen):
    when = at(f"{DAY} 10:20")
    log_contact(call.lead_id, Said("looking"), by=chen, at=when, now=when)
    assert task_of(call).state == "open"


@pytest.mark.parametrize(("clock", "late"), [("10:30:00", False), ("10:30:01", True), ("10:31:00", True)])
def test_s05_at_ten_thirty_one_it_stands_overdue_before_chen(client, settings, call, chen, clock, late):
    settings.DEALER_NOW = at(f"{DAY} {clock}").isoformat()
    client.force_login(chen)
    assert ("Call-backs late" in client.get("/").content.decode()) == late
    listed = client.get("/call/messages/").content.decode()
    assert ("王芳, late since" in listed) == late
    assert "吴先生" in listed


def test_s05_the_message_stands_on_wangs_day(client, settings, call, wang, li):
    settings.DEALER_NOW = at(f"{DAY} 10:05").isoformat()
    client.force_login(wang)
    page = client.get("/").content.decode()
    assert "问N7落地价" in page
    assert "call back, by <time" in page
    client.force_login(li)
    assert "问N7落地价" not in client.get("/").content.decode()


def test_s05_a_known_customer_of_somebody_else_stays_his(store, zhang, li, wang, qian):  # noqa: F811
    call = message(store, li, qian, phone_text="13800000001")
    assert (call.lead, call.lead.owner, task_of(call).assignee) == (zhang, wang, li)
    done = called_back(call.message.pk, by=li, at=at(f"{DAY} 10:20"))
    assert (done.state, done.closed_by) == ("done", li)


def test_s05_ones_own_customer_is_closed_by_the_contact(call, wang):
    with pytest.raises(Refused, match="Log the contact"):
        called_back(call.message.pk, by=wang, at=at(f"{DAY} 10:20"))


def test_s05_a_caller_without_a_number_stands_on_the_day_too(store, client, settings, wang, qian):
    call = message(store, wang, qian, name="孙女士", text="下午再来电")
    task = task_of(call)
    assert (task.lead, task.assignee, task.due_at) == (None, wang, at(f"{DAY} 10:30"))
    settings.DEALER_NOW = at(f"{DAY} 10:05").isoformat()
    client.force_login(wang)
    assert "孙女士" in client.get("/").content.decode()
    assert client.post(f"/call/messages/{call.message.pk}/done/").status_code == 302
    assert task_of(call).state == "done"


def test_s05_the_half_hour_counts_opening_hours(store, wang, qian, chen):
    late = message(store, wang, qian, when=at(f"{DAY} 17:50"), name="孙女士")
    assert task_of(late).due_at == at("2026-03-05 09:20")
    set_setting(store, "call_back_minutes", 10, by=chen, at=at(f"{DAY} 18:00"))
    soon = message(store, wang, qian, when=at(f"{DAY} 11:00"), name="孙女士")
    assert task_of(soon).due_at == at(f"{DAY} 11:10")


def test_s05_a_message_is_for_somebody(store, client, settings, wang, qian):
    settings.DEALER_NOW = TEN.isoformat()
    client.force_login(qian)
    sent = {"token": "8f14e45f-ceea-467f-9d4c-0a1b2c3d4e5f", "no_phone": "1", "name": "孙女士",
            "outcome": "looking", "no_answer": "on", "message": "回电", "receiver": wang.pk}  # fmt: skip
    answer = client.post("/call/", sent)
    assert (answer.status_code, Call.objects.count()) == (422, 0)
    assert "Say for whom the message is." in answer.content.decode()
    assert client.post("/call/", {**sent, "designated": wang.pk}).status_code == 302
    assert CallMessage.objects.get().text == "回电"


def test_s05_a_crossed_out_call_asks_for_nothing_more(store, call, chen):
    from showroom.correcting import void

    void(call, reason="误记", by=chen, at=at(f"{DAY} 10:10"))
    assert task_of(call).state == "void"
