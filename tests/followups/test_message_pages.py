"""The pages of messages: the sheet's ways out, the templates, the outbox (SPEC A15, DEV-09, A71, A72)."""

import re
import uuid

import pytest
from django.utils import timezone

from followups.models import Contact, Outbox, SendingPause, Template
from leads.models import Lead
from tests.conftest import at, person
from tests.followups.gateway import Gateway
from tests.followups.outbox import ADDRESS, NOON, NUMBER, make_customer, object_to, queued

pytestmark = pytest.mark.django_db
THANKS = "/settings/messages/thank_you/sms/zh-hans/"


@pytest.fixture(autouse=True)
def _noon(settings, tmp_path):
    settings.DEALER_NOW = NOON.isoformat()
    settings.SMS_BACKEND, settings.SMS_FOLDER = "followups.outbox.backends.file.FileBackend", tmp_path
    settings.EMAIL_URL, settings.DEFAULT_FROM_EMAIL = "smtp://x", "sales@example.com"


@pytest.fixture
def lead(store, li):
    return make_customer(store, li)


@pytest.fixture
def as_user(client):
    def sign_in(user):
        client.force_login(user, backend="accounts.backends.StaffBackend")
        return client

    return sign_in


@pytest.fixture
def admin(store):
    return person(store, "admin", "管理员", "admin")


def sheet_of(lead, query=""):
    return f"/leads/{lead.number}/message/{query}"


def send(client, lead, way="sms", text="您好，李强", **more):
    return client.post(sheet_of(lead), {"token": str(uuid.uuid4()), "text": text, "way": way, **more})


class TestTheSheet:
    def test_offers_the_ways_that_lead_to_the_customer_masked(self, as_user, li, lead):
        html = as_user(li).get(sheet_of(lead)).content.decode()
        assert re.findall(r'name="way" value="(\w+)"', html) == ["wechat", "sms", "email"]
        assert "138****0001" in html
        assert "c***@example.com" in html
        assert NUMBER[3:] not in html
        assert ADDRESS not in html

    def test_offers_wechat_alone_where_nothing_is_set_up(self, as_user, li, lead, settings):
        settings.SMS_BACKEND = settings.EMAIL_URL = ""
        html = as_user(li).get(sheet_of(lead)).content.decode()
        assert re.findall(r'name="way" value="(\w+)"', html) == ["wechat"]

    def test_offers_no_way_that_the_customer_closed(self, as_user, li, lead):
        object_to(lead, channel="sms")
        html = as_user(li).get(sheet_of(lead)).content.decode()
        assert re.findall(r'name="way" value="(\w+)"', html) == ["wechat", "email"]
        object_to(lead)
        html = as_user(li).get(sheet_of(lead)).content.decode()
        assert "asked us to stop" in html
        assert re.findall(r'name="way" value="(\w+)"', html) == ["wechat"]
        assert re.search(r'value="wechat"[^>]* disabled', html)

    def test_queues_what_was_typed_once_and_asks_no_gateway(self, as_user, li, lead, settings):
        gateway = Gateway()
        gateway.mood = "hangs"
        settings.SMS_BACKEND = "followups.outbox.backends.http.HttpBackend"
        settings.SMS_HTTP_URL, token = gateway.url, str(uuid.uuid4())
        began = timezone.now()
        for _tap in range(2):
            answer = as_user(li).post(
                sheet_of(lead), {"token": token, "text": "您好，李强", "way": "sms", "opening": "greeting"}
            )
            assert answer.status_code == 302
        assert (timezone.now() - began).total_seconds() < 5
        row = Outbox.objects.get()
        assert (row.text, row.kind, row.sender, row.key) == ("您好，李强", "greeting", li, f"hand:{token}")
        assert (gateway.asked, Contact.objects.filter(kind="message").count()) == (0, 0)
        gateway.close()

    def test_a_letter_has_the_subject_of_its_kind(self, as_user, li, lead):
        assert send(as_user(li), lead, "email", opening="birthday").status_code == 302
        assert Outbox.objects.get().subject == "生日快乐"

    def test_an_unsigned_text_comes_back_as_it_was_typed(self, as_user, li, lead):
        answer = send(as_user(li), lead, text="您好呀")
        assert answer.status_code == 422
        assert "Write your name, 李强, into it." in answer.content.decode()
        assert "您好呀" in answer.content.decode()
        assert Outbox.objects.count() == 0

    def test_a_second_offer_on_one_day_asks_first(self, as_user, li, lead):
        queued(lead, "news")
        html = as_user(li).get(sheet_of(lead, "?opening=promotion")).content.decode()
        assert "The customer got an offer today already." in html
        assert 'name="again"' in html
        assert 'name="again"' not in as_user(li).get(sheet_of(lead)).content.decode()
        assert send(as_user(li), lead, opening="promotion").status_code == 422
        assert send(as_user(li), lead, opening="promotion", again="on").status_code == 302
        assert Outbox.objects.count() == 2

    def test_at_night_it_says_when_it_leaves(self, as_user, li, lead, settings):
        settings.DEALER_NOW = at("2026-03-12 22:00").isoformat()
        assert "leaves at 08:00" in as_user(li).get(sheet_of(lead)).content.decode()

    @pytest.mark.parametrize("data", [{"way": "staff"}, {"way": "x"}, {"opening": "x" * 50}])
    def test_a_made_up_way_or_kind_is_refused(self, as_user, li, lead, data):
        fields = {"token": str(uuid.uuid4()), "text": "您好，李强", "way": "sms", **data}
        assert as_user(li).post(sheet_of(lead), fields).status_code == 422
        assert Outbox.objects.count() == 0

    def test_asks_as_much_of_the_database_whatever_is_planned(
        self, as_user, li, lead, django_assert_max_num_queries
    ):
        client = as_user(li)
        client.get(sheet_of(lead))
        with django_assert_max_num_queries(14):
            client.get(sheet_of(lead, "?opening=promotion"))


class TestTheTemplates:
    def test_the_page_shows_every_kind_in_one_statement(self, as_user, chen, django_assert_max_num_queries):
        client = as_user(chen)
        client.get("/settings/messages/")
        with django_assert_max_num_queries(8):
            html = client.get("/settings/messages/").content.decode()
        assert html.count('class="template-row"') == 13
        assert "own words" not in html

    def test_the_store_writes_its_own_words_and_takes_the_others_back(self, as_user, chen, store):
        client = as_user(chen)
        html = client.get(THANKS).content.decode()
        assert "感谢光临{store}" in html
        assert "张先生" in html  # the preview
        assert client.post(THANKS, {"text": "{customer}，多谢！{person}"}).status_code == 302
        assert Template.objects.get(store=store).text == "{customer}，多谢！{person}"
        html = client.get("/settings/messages/").content.decode()
        assert "own words 1" in html
        assert "李强" in client.get(THANKS).content.decode()
        assert client.post(THANKS, {"act": "ship"}).status_code == 302
        assert Template.objects.count() == 0

    def test_a_faulty_text_comes_back_with_the_fault(self, as_user, chen):
        answer = as_user(chen).post(THANKS, {"text": "{phone} {person}"})
        assert answer.status_code == 422
        assert "{phone} is not known here." in answer.content.decode()
        assert "{phone} {person}" in answer.content.decode()

    def test_who_saves_second_sees_both(self, as_user, chen):
        client = as_user(chen)
        seen = re.search(r'name="seen" value="([^"]*)"', client.get(THANKS).content.decode())[1]
        seen = seen.replace("&quot;", '"')
        client.post(THANKS, {"text": "一 {person}", "seen": seen})
        answer = client.post(THANKS, {"text": "二 {person}", "seen": seen})
        assert answer.status_code == 409
        assert "二 {person}" in answer.content.decode()
        assert Template.objects.get().text == "一 {person}"

    def test_the_preview_counts_and_names_faults(self, as_user, chen):
        client = as_user(chen)
        html = client.post(f"{THANKS}preview/", {"text": "好" * 69 + "{person}"}).content.decode()
        assert "71 signs, 2 text messages of 67" in html
        html = client.post(f"{THANKS}preview/", {"text": "<b>{person}</b>"}).content.decode()
        assert "&lt;b&gt;李强&lt;/b&gt;" in html
        assert "Write the message." in client.post(f"{THANKS}preview/", {}).content.decode()
        assert Template.objects.count() == 0

    @pytest.mark.parametrize("path", ["nothing/sms/en", "thank_you/staff/en", "thank_you/sms/fr"])
    def test_no_such_template(self, as_user, chen, path):
        assert as_user(chen).get(f"/settings/messages/{path}/").status_code == 404


class TestTheOutbox:
    @pytest.fixture
    def rows(self, lead, li, store):
        other = make_customer(store, li, "周雪", number="+8613800000002", address="")
        failed, sent = queued(lead), queued(lead, "help_thanks")
        Outbox.objects.filter(pk=failed.pk).update(
            state="failed", reason="timeout", attempts=3, ended_at=NOON
        )
        Outbox.objects.filter(pk=sent.pk).update(state="sent", ended_at=NOON)
        return {"failed": failed, "sent": sent, "waiting": queued(other)}

    def test_the_manager_sees_what_waits_left_and_failed_masked(self, as_user, chen, rows):
        html = as_user(chen).get("/messages/").content.decode()
        assert [int(n) for n in re.findall(r"stat-number[^>]*>(\d+)<", html)] == [1, 1, 1]
        assert "The service did not answer in time." in html
        assert "陈建国" in html
        assert "138****0002" in html
        assert not re.search(r"1[3-9]\d{9}", html)

    def test_the_administrator_sees_how_many_and_no_customer(self, as_user, admin, rows):
        html = as_user(admin).get("/messages/").content.decode()
        assert [int(n) for n in re.findall(r"stat-number[^>]*>(\d+)<", html)] == [1, 1, 1]
        assert "陈建国" not in html
        assert "****" not in html
        assert as_user(admin).post(f"/messages/{rows['failed'].pk}/again/").status_code == 403

    def test_try_again_gives_three_more_tries(self, as_user, chen, rows):
        as_user(chen).post(f"/messages/{rows['failed'].pk}/again/")
        row = Outbox.objects.get(pk=rows["failed"].pk)
        assert (row.state, row.attempts, row.reason, row.ended_at) == ("queued", 0, "", None)

    def test_try_all_again_takes_the_failed_ones_alone(self, as_user, chen, rows):
        as_user(chen).post("/messages/again/")
        states = dict(Outbox.objects.values_list("pk", "state"))
        assert states == {rows["failed"].pk: "queued", rows["sent"].pk: "sent", rows["waiting"].pk: "queued"}

    def test_what_left_is_neither_tried_again_nor_called_off(self, as_user, chen, rows):
        for act in ("again", "off"):
            answer = as_user(chen).post(f"/messages/{rows['sent'].pk}/{act}/", follow=True)
            assert "look at its state" in answer.content.decode()
        assert Outbox.objects.get(pk=rows["sent"].pk).state == "sent"

    def test_called_off_it_stays_off(self, as_user, chen, rows):
        as_user(chen).post(f"/messages/{rows['waiting'].pk}/off/")
        row = Outbox.objects.get(pk=rows["waiting"].pk)
        assert (row.state, row.reason) == ("cancelled", "called_off")

    def test_another_stores_message_is_not_there(self, as_user, chen, rows):
        from tests.factories import make_store

        other = make_store("west")
        Outbox.objects.filter(pk=rows["waiting"].pk).update(store=other)
        assert as_user(chen).post(f"/messages/{rows['waiting'].pk}/off/").status_code == 404

    def test_a_pause_is_shown_to_all_and_ended_by_an_administrator(self, as_user, chen, admin, rows):
        assert as_user(chen).post("/messages/stop/").status_code == 403
        as_user(admin).post("/messages/stop/")
        assert SendingPause.objects.get().by == admin
        html = as_user(chen).get("/messages/").content.decode()
        assert "Everything is stopped" in html
        assert "/messages/go/" not in html
        assert as_user(chen).post("/messages/go/").status_code == 403
        as_user(admin).post("/messages/go/", {"waiting": "off"})
        assert SendingPause.objects.get().ended_by == admin
        assert Outbox.objects.get(pk=rows["waiting"].pk).state == "cancelled"

    def test_asks_as_much_of_the_database_for_forty_rows(
        self, as_user, chen, rows, lead, django_assert_max_num_queries
    ):
        for n in range(40):
            Outbox.objects.create(
                store=lead.store,
                key=f"x{n}",
                kind="thank_you",
                channel="sms",
                lead=lead,
                point=rows["failed"].point,
                sender=lead.owner,
                text="x",
                queued_at=NOON,
                not_before=NOON,
            )
        client = as_user(chen)
        client.get("/messages/")
        with django_assert_max_num_queries(12):
            client.get("/messages/")


def test_a_lost_customer_keeps_no_way_out(as_user, li, lead):
    Lead.objects.filter(pk=lead.pk).update(status="lost", has_cadence=False)
    assert send(as_user(li), lead).status_code == 422
    assert Outbox.objects.count() == 0
