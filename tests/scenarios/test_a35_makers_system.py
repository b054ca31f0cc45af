"""A35, the card part: entered in the maker's system, what is not yet, and the lines to copy."""

import pytest

from accounts.errors import NotAllowed, Refused
from accounts.models import AccessEvent
from accounts.rules import set_setting
from leads.maker import enter_in_makers_system, lines_to_copy, not_entered
from leads.models import Lead, MakerRecord
from tests.conftest import at
from tests.showroom.known import know
from tests.statements import statements

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 15:05")


@pytest.fixture
def lead(store, li):
    lead = know(store, li, "13905186627", "张伟", car="N7")
    return Lead.objects.select_related("store", "customer", "owner").get(pk=lead.pk)


def test_the_number_stands_with_who_entered_it_and_when(lead, li):
    record = enter_in_makers_system(lead.pk, " N-2041 ", by=li, at=NOW)
    assert (record.kind, record.ref_id, record.number, record.by, record.at) == (
        "card",
        lead.customer_id,
        "N-2041",
        li,
        NOW,
    )


def test_a_later_number_corrects_it(lead, li, chen):
    enter_in_makers_system(lead.pk, "N-2041", by=li, at=NOW)
    enter_in_makers_system(lead.pk, "N-2042", by=chen, at=at("2026-03-13 09:00"))
    assert [(row.number, row.by) for row in MakerRecord.objects.all()] == [("N-2042", chen)]


def test_no_number_no_open_card_and_a_colleagues_customer_are_refused(store, lead, li, wang):
    nameless = know(store, li, "13905186628", "")
    for pk, number, by in ((lead.pk, " ", li), (nameless.pk, "N-1", li)):
        with pytest.raises(Refused):
            enter_in_makers_system(pk, number, by=by, at=NOW)
    with pytest.raises(NotAllowed):
        enter_in_makers_system(lead.pk, "N-1", by=wang, at=NOW)
    assert MakerRecord.objects.count() == 0


def test_what_is_not_entered_yet_are_open_cards_of_active_leads_one_sees(store, lead, li, wang, chen):
    know(store, li, "13905186628", "")  # no card
    know(store, li, "13905186629", "何静", status="dormant", has_cadence=False, next_due_on=None)
    other = know(store, wang, "13905186630", "吴磊")
    assert list(not_entered(li, store, now=NOW)) == [lead]
    assert list(not_entered(chen, store, now=NOW)) == [lead, other]
    enter_in_makers_system(lead.pk, "N-2041", by=li, at=NOW)
    assert list(not_entered(chen, store, now=NOW)) == [other]


def test_the_lines_stand_in_the_makers_order_and_the_look_is_on_record(store, lead, li):
    set_setting(store, "maker_field_order", "phone, name, model, no such field", by=li, at=NOW)
    lead.store.refresh_from_db()
    assert lines_to_copy(lead, by=li, at=NOW) == "Phone: +8613905186627\nName: 张伟\nModel: N7"
    assert AccessEvent.objects.get(kind="reveal").reason == "maker"


class TestThePages:
    @pytest.fixture(autouse=True)
    def _afternoon(self, settings, client, li):
        settings.DEALER_NOW = NOW.isoformat()
        client.force_login(li, backend="accounts.backends.StaffBackend")

    def test_the_sheet_holds_no_number_before_it_is_asked_for(self, client, lead):
        address = f"/leads/{lead.number}/maker/"
        assert "13905186627" not in client.get(address).content.decode()
        assert "+8613905186627" in client.post(address, {"act": "copy"}).content.decode()
        assert AccessEvent.objects.filter(kind="reveal").count() == 1

    def test_a_number_is_saved_and_leaves_the_list(self, client, lead):
        assert "张伟" in client.get("/leads/maker/").content.decode()
        assert client.post(f"/leads/{lead.number}/maker/", {"number": "N-2041"}).status_code == 302
        page = client.get("/leads/maker/").content.decode()
        assert "张伟" not in page
        assert "Everything is entered" in page
        assert "N-2041" in client.get(f"/leads/{lead.number}/maker/").content.decode()

    def test_an_empty_number_comes_back_with_a_word_about_it(self, client, lead):
        answer = client.post(f"/leads/{lead.number}/maker/", {"number": ""})
        assert answer.status_code == 422
        assert "Write the number that the maker&#x27;s system gave." in answer.content.decode()

    @pytest.mark.parametrize("after", ["x", "-1", "99999999999999999999", "1e9"])
    def test_a_strange_place_in_the_list_is_read_leniently(self, client, lead, after):
        assert client.get(f"/leads/maker/?after={after}").status_code == 200

    def test_the_list_asks_the_same_for_ten_and_a_hundred(self, client, store, li, lead):
        def add(first, count):
            for n in range(count):
                know(store, li, f"1370000{first + n:04}", "何静")

        add(0, 9)
        client.get("/leads/maker/")
        with statements() as few:
            client.get("/leads/maker/")
        add(100, 90)
        with statements() as many:
            html = client.get("/leads/maker/").content.decode()
        assert len(few) == len(many) <= 6
        assert html.count("何静") == 49
        assert "?after=" in html
