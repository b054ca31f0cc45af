"""A35, the card part: entered in the maker's system, what is not yet, and the lines to copy."""

import csv
import io

import pytest
from django.db import transaction

from accounts.errors import NotAllowed, Refused
from accounts.models import AccessEvent
from accounts.rules import set_setting
from leads.importing import Line
from leads.losing import Loss, confirm_loss, lose
from leads.maker import enter_in_makers_system, entered, lines_to_copy
from leads.maker_import import MakerImport
from leads.maker_kinds import Kind, not_entered
from leads.models import Lead, MakerRecord, Term
from leads.moves import lock_lead, record_evidence
from tests.conftest import at, person
from tests.factories import make_store
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
        assert "after=" in html


# --- orders, deliveries, losses ---------------------------------------------------------------


@transaction.atomic
def prove(lead, by, *kinds, source="screen"):
    for kind in kinds:
        record_evidence(
            lock_lead(lead.pk), kind, ref_kind="test", ref_id=1, by=by, at=NOW, recorded_at=NOW, source=source
        )


def waiting(user, store):
    return [kind for kind in Kind.values if not_entered(user, store, kind=kind, now=NOW).exists()]


def test_an_order_waits_when_it_is_signed_and_a_delivery_when_the_keys_are_handed_over(store, lead, li):
    prove(lead, li, "deposit")
    assert waiting(li, store) == ["card"]
    prove(lead, li, "contract")
    assert Lead.objects.get(pk=lead.pk).step == 7
    assert waiting(li, store) == ["card", "order"]
    with pytest.raises(Refused, match="not handed over"):
        enter_in_makers_system(lead.pk, "D-1", by=li, at=NOW, kind=Kind.DELIVERY)
    Lead.objects.filter(pk=lead.pk).update(step=8)
    prove(lead, li, "handed_over")
    assert waiting(li, store) == ["card", "order", "delivery"]
    enter_in_makers_system(lead.pk, "O-1", by=li, at=NOW, kind=Kind.ORDER)
    enter_in_makers_system(lead.pk, "D-1", by=li, at=NOW, kind=Kind.DELIVERY)
    assert waiting(li, store) == ["card"]
    rows = MakerRecord.objects.order_by("kind").values_list("kind", "ref_id", "number", "by", "at")
    assert list(rows) == [
        ("delivery", lead.pk, "D-1", li.pk, NOW), ("order", lead.pk, "O-1", li.pk, NOW),
    ]  # fmt: skip


def test_imported_sales_wait_for_nobody(store, lead, li):
    prove(lead, li, "deposit", "contract", source="import")
    assert waiting(li, store) == ["card"]


def test_a_loss_waits_when_it_is_confirmed_and_a_second_one_waits_again(store, lead, li, chen):
    price = Term.objects.get(store=store, list="lost_reason", code="price")
    numbers = []
    for number in ("V-1", "V-2"):
        Lead.objects.filter(pk=lead.pk).update(status="active")
        loss = lose(lead.pk, Loss(reason=price), by=li, at=NOW, now=NOW)
        assert "loss" not in waiting(li, store)
        confirm_loss(loss.pk, by=chen, at=NOW)
        assert waiting(li, store) == ["loss"]
        enter_in_makers_system(lead.pk, number, by=li, at=NOW, kind=Kind.LOSS)
        numbers.append(entered(Lead.objects.get(pk=lead.pk), Kind.LOSS).number)
    assert (numbers, MakerRecord.objects.filter(kind="loss").count()) == (["V-1", "V-2"], 2)


# --- the data clerk ----------------------------------------------------------------------------


def test_the_data_clerk_keys_the_open_cards_of_the_store_and_of_no_other(store, lead, wang):
    clerk = person(store, "zheng", "郑敏", "data_clerk")
    know(store, wang, "13905186631", "")  # no card
    west = make_store("west", group=store.group)
    know(west, person(west, "tang", "唐薇", "consultant"), "13905186632", "别店")
    assert list(not_entered(clerk, store, now=NOW)) == [lead]
    assert enter_in_makers_system(lead.pk, "N-1", by=clerk, at=NOW).by == clerk
    other = person(west, "west", "西", "data_clerk")
    with pytest.raises(NotAllowed):
        enter_in_makers_system(lead.pk, "N-2", by=other, at=NOW)


# --- out to a file and back in -----------------------------------------------------------------


def exported(client, kind="card"):
    answer = client.post("/leads/maker/export/", {"kind": kind})
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_the_file_holds_the_makers_order_and_goes_on_record(client, settings, store, lead, li, chen):
    settings.DEALER_NOW = NOW.isoformat()
    set_setting(store, "maker_field_order", "phone, name, model", by=chen, at=NOW)
    know(store, li, "13905186633", "=1+1")
    client.force_login(chen)
    rows = exported(client)
    assert rows[0] == ["Our number", "Record", "Maker's number", "Phone", "Name", "Model"]
    assert rows[1] == [lead.number, "card", "", "'+8613905186627", "张伟", "N7"]
    assert rows[2][4] == "'=1+1"
    access = AccessEvent.objects.get(kind="export")
    assert (access.target_kind, access.reason, access.by) == ("maker_card", "2 rows", chen)


def test_a_consultant_exports_nothing_and_the_clerk_does(client, settings, store, lead, li):
    settings.DEALER_NOW = NOW.isoformat()
    client.force_login(li)
    assert client.post("/leads/maker/export/").status_code == 403
    client.force_login(person(store, "zheng", "郑敏", "data_clerk"))
    assert len(exported(client)) == 2
    assert exported(client, "order")[1:] == []


def read_in(store, by, *cells):
    kind = MakerImport(store, as_of=store.business_date(NOW), now=NOW, by=by)
    line = Line(2, list(cells), ["lead", "maker_number", "kind"])
    line.row = kind.read(line.raw)
    kind.write([line])
    return line


def test_a_filled_in_file_notes_the_numbers(store, lead, li, chen):
    line = read_in(store, chen, lead.number.lower(), " N-2041 ", "")
    record = MakerRecord.objects.get()
    assert (line.outcome, line.ref) == ("updated", lead.pk)
    assert (record.kind, record.ref_id, record.number, record.by) == (
        "card",
        lead.customer_id,
        "N-2041",
        chen,
    )
    read_in(store, chen, lead.number, "N-2042", "客户信息卡")
    assert MakerRecord.objects.get().number == "N-2042"
    prove(lead, li, "deposit", "contract")
    read_in(store, chen, lead.number, "O-1", "订单")
    assert list(MakerRecord.objects.order_by("kind").values_list("kind", "number")) == [
        ("card", "N-2042"), ("order", "O-1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        (("", "N-1", ""), "lead"),
        (("L-990101-01", "N-1", ""), "lead"),
        (("{lead}", " ", ""), "maker_number"),
        (("{lead}", "N-1", "warranty"), "kind"),
        (("{lead}", "N-1", "order"), "kind"),
    ],
)
def test_a_row_that_names_no_record_of_the_store_is_refused(store, lead, chen, cells, field):
    with pytest.raises(Refused) as refusal:
        read_in(store, chen, *(cell.format(lead=lead.number) for cell in cells))
    assert (refusal.value.field, MakerRecord.objects.count()) == (field, 0)


def test_a_lead_of_another_store_is_refused(store, lead, chen):
    west = make_store("west", group=store.group)
    theirs = know(west, person(west, "tang", "唐薇", "consultant"), "13905186632", "别店")
    with pytest.raises(Refused, match="No lead of this store"):
        read_in(store, chen, theirs.number, "N-1", "")


def test_the_list_has_a_tab_for_each_kind(client, settings, store, lead, li):
    settings.DEALER_NOW = NOW.isoformat()
    prove(lead, li, "deposit", "contract")
    client.force_login(li)
    for kind, there in (("card", True), ("order", True), ("delivery", False), ("loss", False), ("x", True)):
        assert ("张伟" in client.get(f"/leads/maker/?kind={kind}").content.decode()) is there
    sheet = f"/leads/{lead.number}/maker/"
    assert client.post(sheet, {"kind": "order", "number": "O-7"}).status_code == 302
    assert "张伟" not in client.get("/leads/maker/?kind=order").content.decode()
    assert "O-7" in client.get(f"{sheet}?kind=order").content.decode()
