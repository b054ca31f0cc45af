"""What may be put on its way to a customer, and what is refused (SPEC DEV-09, FUP-08, A16, A61)."""

import pytest

from accounts.errors import NotAllowed, Refused
from accounts.rules import set_setting
from followups.models import Appointment, Outbox
from followups.outbox.kinds import MESSAGE_KINDS
from followups.outbox.queueing import Typed
from followups.outbox.reasons import CannotSend
from leads.models import ContactPoint
from tests.conftest import at
from tests.followups.outbox import ADDRESS, NOON, NUMBER, make_customer, object_to, queued

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ways_out(settings):
    settings.SMS_BACKEND, settings.EMAIL_URL = "followups.outbox.backends.file.FileBackend", "smtp://x"


@pytest.fixture
def lead(store, li):
    return make_customer(store, li)


def refused(lead, *args, **kwargs) -> str:
    before = Outbox.objects.count()
    with pytest.raises(CannotSend) as caught:
        queued(lead, *args, **kwargs)
    assert Outbox.objects.count() == before
    return caught.value.code


def test_there_are_four_types_of_news_and_four_letters_of_thanks():
    offers = {code for code, kind in MESSAGE_KINDS.items() if kind.source == "FUP-08"}
    assert offers == {"news", "promotion", "brochure", "greeting"}
    thanks = {code for code, kind in MESSAGE_KINDS.items() if "FUP-06" in kind.source}
    assert thanks == {"thank_you", "contract_thanks", "help_thanks", "trip_greeting"}


def test_a_message_waits_with_its_words_and_where_it_goes(lead, li):
    row = queued(lead)
    assert (row.state, row.point.value, row.sender, row.not_before) == ("queued", NUMBER, li, NOON)
    assert row.text == "陈建国，感谢光临Store east。想了解什么，随时找我。李强"
    letter = queued(lead, channel="email", key="letter")
    assert (letter.point.value, letter.subject) == (ADDRESS, "感谢光临Store east")
    assert letter.text.endswith("李强\nStore east")


def test_the_same_key_again_is_the_same_message(lead):
    assert queued(lead, key="thank_you:7") == queued(lead, "news", key="thank_you:7")
    assert Outbox.objects.count() == 1


def test_without_a_gateway_nothing_is_queued(lead, settings):
    settings.SMS_BACKEND = ""
    assert refused(lead) == "no_backend"


@pytest.mark.parametrize(
    "number",
    ["", "+862152345678", "local:east:52345678", "+49302345678"],  # none, landlines
)
def test_who_has_no_mobile_gets_no_text_message(store, li, number):
    lead = make_customer(store, li, number=number)
    assert refused(lead) == "no_phone"


@pytest.mark.parametrize("number", ["+8613900000002", "+4915112345678", "+12025550123"])
def test_a_mobile_takes_text_messages_anywhere(store, li, number):
    assert queued(make_customer(store, li, number=number)).point.value == number


def test_an_ended_or_wrong_number_is_not_used(lead):
    ContactPoint.objects.filter(value=NUMBER).update(valid=False)
    assert refused(lead) == "no_phone"
    ContactPoint.objects.filter(value=ADDRESS).update(ended_at=NOON)
    assert refused(lead, channel="email") == "no_email"


class TestWhatTheCustomerSaid:
    def test_asked_to_stop_means_every_way(self, lead):
        object_to(lead)
        assert refused(lead) == "asked_to_stop"
        assert refused(lead, channel="email") == "asked_to_stop"

    def test_one_way_may_be_closed_alone(self, lead):
        object_to(lead, channel="sms")
        assert refused(lead) == "asked_to_stop"
        assert queued(lead, channel="email").state == "queued"

    def test_no_offers_leaves_the_service(self, lead):
        object_to(lead, "marketing")
        assert refused(lead, "promotion") == "no_offers"
        assert queued(lead).state == "queued"

    def test_the_newest_word_decides(self, lead):
        object_to(lead, "marketing", moment=at("2026-03-01 10:00"))
        object_to(lead, "marketing", "sms", given=True, moment=at("2026-03-02 10:00"))
        assert queued(lead, "promotion").state == "queued"
        assert refused(lead, "promotion", channel="email", key="x") == "no_offers"


class TestHowManyADay:
    def test_a_second_offer_on_one_day_is_refused_and_by_hand_asked_for(self, lead, li):
        queued(lead, "news")
        assert refused(lead, "promotion") == "too_many_offers"
        typed = Typed("优惠，李强")
        assert refused(lead, "promotion", by=li, typed=typed) == "too_many_offers"
        assert queued(lead, "promotion", by=li, typed=Typed("优惠，李强", again=True)).state == "queued"

    def test_the_machine_does_not_answer_for_itself(self, lead):
        queued(lead, "news")
        assert refused(lead, "promotion", typed=Typed("李强", again=True)) == "too_many_offers"

    def test_the_next_day_counts_anew_and_what_was_called_off_never(self, lead):
        queued(lead, "news").delete()
        first = queued(lead, "news")
        assert queued(lead, "promotion", now=at("2026-03-13 10:00")).state == "queued"
        Outbox.objects.filter(pk=first.pk).update(state="cancelled", ended_at=NOON)
        assert queued(lead, "brochure").state == "queued"

    def test_a_store_says_how_many_messages_of_any_kind(self, lead, store, chen):
        set_setting(store, "messages_per_day", 1, by=chen, at=NOON)
        queued(lead)
        assert refused(lead, "help_thanks") == "too_many"

    def test_thanks_are_no_offer(self, lead):
        queued(lead, "news")
        assert queued(lead).state == "queued"


def test_quiet_hours_hold_the_sending(lead):
    assert queued(lead, now=at("2026-03-12 22:30")).not_before == at("2026-03-13 08:00")
    later = queued(lead, "help_thanks", not_before=at("2026-03-13 06:00"))
    assert later.not_before == at("2026-03-13 08:00")


def test_a_reminder_needs_an_appointment_and_names_its_hour(lead, li, store):
    with pytest.raises(Refused):
        queued(lead, "appointment")
    Appointment.objects.create(
        lead=lead, store=store, at=at("2026-03-14 15:30"), kind="drive", set_by=li, set_at=NOON
    )
    assert "3月14日15:30试驾" in queued(lead, "drive_eve").text


def test_a_colleagues_customer_and_an_unsigned_text_are_refused(lead, li, wang):
    with pytest.raises(NotAllowed):
        queued(lead, by=wang, sender=wang, typed=Typed("您好，王芳"))
    for text in ("", "您好"):
        with pytest.raises(Refused):
            queued(lead, by=li, typed=Typed(text))
    assert Outbox.objects.count() == 0


def test_a_lead_that_is_over_gets_nothing(lead):
    lead.status, lead.has_cadence = "lost", False
    assert refused(lead) == "not_active"


def test_who_has_no_name_is_greeted_all_the_same(store, li):
    assert queued(make_customer(store, li, name="")).text.startswith("尊敬的客户，感谢光临")
