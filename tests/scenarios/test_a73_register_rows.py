"""A73: courtesy receptions, two visits a day and days without a year, on registers of a few rows."""

import pytest

from leads.models import Lead
from showroom.models import Visit
from tests.conftest import at
from tests.registers import import_register, write_register

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(store, tmp_path):
    def read(*rows):
        return import_register(store, write_register(tmp_path / "register.csv", *rows))

    return read


def test_a_number_twice_a_day_is_two_visits_and_one_lead(read):
    answer = read({"来店时间": "15:00"}, {"来店时间": "10:00", "接待顾问": "王芳", "首次来店": "否"})
    assert (answer["created"], answer["leads"]) == (2, 1)
    visits = Visit.objects.order_by("register_serial").values_list("kind", "courtesy", "receiver__full_name")
    assert list(visits) == [("first", False, "李强"), ("return", False, "王芳")]
    lead = Lead.objects.get()
    assert (lead.owner.full_name, lead.last_visit_at) == ("李强", at("2026-06-10 15:00"))


def test_a_courtesy_first_leaves_the_lead_in_the_pool_until_somebody_receives_it(read):
    read({"来店日期": "2026-06-08", "备注": "义务", "首次来店": "否"})
    lead = Lead.objects.get()
    assert lead.owner is None
    assert list(Visit.objects.values_list("kind", "courtesy", "receiver__full_name")) == [
        ("return", True, "李强")
    ]
    read({"来店日期": "2026-06-09", "接待顾问": "赵敏"}, {"来店日期": "2026-06-10", "接待顾问": "王芳"})
    lead.refresh_from_db()
    assert lead.owner.full_name == "赵敏"


@pytest.mark.parametrize(
    ("written", "on"), [("5月3日", "2026-05-03"), ("5.3", "2026-05-03"), ("12月24日", "2025-12-24")]
)
def test_a_day_without_a_year_is_the_latest_not_after_the_import_day(read, written, on):
    read({"来店日期": written})
    assert Visit.objects.get().on.isoformat() == on
