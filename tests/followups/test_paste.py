"""The paste box: number, name and model in any order become leads (SPEC A19)."""

import uuid

import pytest

from followups.pasting import read_lines
from leads.models import Customer, Lead, Term
from tests.conftest import at
from tests.factories import CarModelFactory
from tests.showroom.known import know

pytestmark = pytest.mark.django_db

NOW = "2026-03-12 14:58"


@pytest.fixture
def models(store):
    names = [("N7", "N7"), ("Sylphy", "轩逸"), ("Sylphy Classic", "轩逸 经典")]
    return [CarModelFactory(group=store.group, name_en=en, name_zh=zh) for en, zh in names]


@pytest.mark.parametrize(
    ("line", "phone", "name", "model"),
    [
        ("张伟 13905186627 N7", "13905186627", "张伟", "N7"),
        ("13905186627，轩逸，何静", "13905186627", "何静", "轩逸"),
        ("姓名：欧阳雪梅 电话：139 0518 6627 意向车型：轩逸 经典", "139 0518 6627", "欧阳雪梅", "轩逸 经典"),
        ("n7\t+86 139-0518-6627\t王芳", "+86 139-0518-6627", "王芳", "N7"),
        ("Telma Schmidt / 13905186627 / sylphy classic", "13905186627", "Telma Schmidt", "轩逸 经典"),
        ("１３９０５１８６６２７ 张伟", "13905186627", "张伟", None),
        ("抖音直播间 没有号码", "", "抖音直播间", None),
    ],
)
def test_a_line_is_read_in_any_order(store, models, line, phone, name, model):
    (read,) = read_lines(line, store=store, models=models)
    assert (read.phone_text, read.name, read.car_model and read.car_model.name_zh) == (phone, name, model)


def test_blank_lines_say_nothing(store, models):
    assert len(read_lines("\n  \n张伟 13905186627\r\n\n", store=store, models=models)) == 1


class TestThePage:
    @pytest.fixture(autouse=True)
    def _afternoon(self, settings, client, li):
        settings.DEALER_NOW = at(NOW).isoformat()
        client.force_login(li, backend="accounts.backends.StaffBackend")

    @pytest.fixture
    def channel(self, store):
        return Term.objects.get(store=store, list="channel", code="website")

    def send(self, client, channel, act, rows=(), **fields):
        data = {"token": str(uuid.uuid4()), "channel": channel.pk, "act": act, **fields}
        for number, (phone, name, taken) in enumerate(rows):
            data |= {f"row{number}-phone": phone, f"row{number}-name": name}
            data |= {f"row{number}-taken": "on"} if taken else {}
        return client.post("/paste/", data)

    def test_reading_shows_what_was_understood_and_writes_nothing(self, client, channel, store, wang):
        know(store, wang, "13620878805")
        text = "张伟 13905186627\n13620878805 何静"
        html = self.send(client, channel, "read", text=text).content.decode()
        assert 'value="13905186627"' in html
        assert 'value="何静"' in html
        assert "known already: 王芳" in html
        assert Lead.objects.count() == 1

    def test_saving_takes_the_ticked_rows_in(self, client, channel, li):
        rows = [("13905186627", "张伟", True), ("13905186628", "何静", True), ("13905186629", "吴磊", False)]
        answer = self.send(client, channel, "save", rows)
        assert answer.status_code == 302
        leads = Lead.objects.select_related("customer").order_by("id")
        assert [(lead.customer.name, lead.owner, lead.channel, lead.step) for lead in leads] == [
            ("张伟", li, channel, 1),
            ("何静", li, channel, 1),
        ]

    def test_a_row_that_cannot_be_taken_in_keeps_all_of_them(self, client, channel):
        rows = [("13905186627", "张伟", True), ("139051", "何静", True)]
        answer = self.send(client, channel, "save", rows)
        html = answer.content.decode()
        assert answer.status_code == 422
        assert "This is no usable phone number." in html
        assert 'value="张伟"' in html
        assert (Lead.objects.count(), Customer.objects.count()) == (0, 0)

    def test_sent_twice_it_counts_once(self, client, channel):
        token = str(uuid.uuid4())
        for _time in range(2):
            answer = self.send(client, channel, "save", [("13905186627", "张伟", True)], token=token)
            assert answer.status_code == 302
        assert Lead.objects.get().events.count() == 1

    def test_nothing_pasted_and_no_channel_are_told(self, client, channel):
        html = self.send(client, channel, "read", text=" ").content.decode()
        assert "Paste at least one line." in html
        fields = {"token": str(uuid.uuid4()), "channel": "", "act": "read", "text": "张伟 13905186627"}
        html = client.post("/paste/", fields).content.decode()
        assert "Tap where they come from." in html
        assert "张伟" in html

    def test_a_manager_chooses_whose_they_are(self, client, channel, chen, wang):
        client.force_login(chen, backend="accounts.backends.StaffBackend")
        rows = [("13905186627", "张伟", True)]
        assert self.send(client, channel, "save", rows, owner=wang.pk).status_code == 302
        assert Lead.objects.get().owner == wang

    def test_a_consultant_cannot_give_them_to_somebody_else(self, client, channel, wang):
        rows = [("13905186627", "张伟", True)]
        assert self.send(client, channel, "save", rows, owner=wang.pk).status_code == 422
        assert Lead.objects.count() == 0

    def test_a_new_enquiry_stands_on_my_day_with_its_call(self, client, channel):
        self.send(client, channel, "save", [("13905186627", "张伟", True)])
        page = client.get("/").content.decode()
        assert "张伟" in page
        assert "new enquiry, call 1" in page
