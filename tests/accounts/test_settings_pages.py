"""Settings of a store: every declared one is shown, edited with checks, and keeps who changed it."""

import pytest
from django.urls import reverse

from accounts.models import SettingChange, StoreClosure, StoreHours
from accounts.rules import is_open_on, set_setting, setting
from accounts.setting_words import WORDS, grouped, shown_value
from accounts.store_settings import DECLARED, limits
from leads.steps import Step, step_label
from tests.conftest import at
from tests.statements import statements

pytestmark = pytest.mark.django_db

NOW = at("2026-03-10 10:00")


@pytest.fixture
def manager(client, chen, settings):
    settings.DEALER_NOW = NOW.isoformat()
    client.force_login(chen)
    return client


def change(client, key, value):
    return client.post(reverse("accounts:setting", args=[key]), {"value": value})


def test_every_declared_setting_stands_on_the_page_with_default_and_source(manager, store):
    text = manager.get(reverse("accounts:settings")).content.decode()
    assert sorted(row.key for rows in grouped().values() for row in rows) == sorted(DECLARED)
    for declared in DECLARED.values():
        assert f">{declared.source}" in text, declared.key
    assert text.count("our own default") == sum(d.assumed for d in DECLARED.values()) + 1  # and the legend


def test_words_belong_to_declared_settings_and_name_every_code():
    assert WORDS.keys() <= DECLARED.keys()
    for key, words in WORDS.items():
        assert {code for code, _name in words.choices} in (set(), set(DECLARED[key].choices)), key


def test_every_number_fits_its_own_limits():
    for key, declared in DECLARED.items():
        if type(declared.default) is int:
            least, most = limits(key)
            assert least <= declared.default <= most, key


def test_a_change_is_kept_with_who_when_and_what(manager, store, chen):
    assert change(manager, "protection_days", "10").status_code == 302
    store.refresh_from_db()
    assert setting(store, "protection_days") == 10
    row = SettingChange.objects.get()
    assert (row.key, row.old, row.new, row.by, row.at) == ("setting:protection_days", 7, 10, chen, NOW)
    sheet = manager.get(reverse("accounts:setting", args=["protection_days"])).content.decode()
    assert "7 days → 10 days" in sheet
    assert "陈刚" in sheet


def test_the_same_value_again_writes_nothing(manager, store):
    change(manager, "protection_days", "7")
    assert SettingChange.objects.count() == 0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("protection_days", "0"),
        ("protection_days", "367"),
        ("protection_days", "seven"),
        ("protection_days", ""),
        ("lapse_mode", "perhaps"),
        ("tablet_lock_minutes", "121"),
    ],
)
def test_a_value_that_does_not_fit_is_told_and_changes_nothing(manager, store, key, value):
    response = change(manager, key, value)
    assert response.status_code == 422
    assert "field-error" in response.content.decode()
    store.refresh_from_db()
    assert setting(store, key) == DECLARED[key].default
    assert SettingChange.objects.count() == 0


def test_a_switch_and_a_choice_are_set(manager, store):
    change(manager, "strict_none", "on")
    change(manager, "lapse_mode", "automatic")
    store.refresh_from_db()
    assert (setting(store, "strict_none"), setting(store, "lapse_mode")) == (True, "automatic")


def test_the_profile_is_changed_on_its_own_page_only(manager, store):
    response = change(manager, "grade_profile", "classic")
    assert response["Location"] == reverse("followups:grades")
    store.refresh_from_db()
    assert setting(store, "grade_profile") == "default"


def test_an_unknown_setting_is_not_there(manager):
    assert manager.get(reverse("accounts:setting", args=["no-such"])).status_code == 404


def test_values_are_read_as_people_say_them():
    assert shown_value(DECLARED["protection_days"], 1) == "1 day"
    assert shown_value(DECLARED["follow_up_hours"], 24) == "24 hours"
    assert shown_value(DECLARED["strict_none"], False) == "Off"
    assert shown_value(DECLARED["lapse_mode"], "propose") == "Propose to the manager"


def test_step_five_has_the_label_of_the_set_that_the_store_chose(store, chen, settings):
    """SPEC A51: 试乘试驾 under `trade`, 试车 under `classic`."""
    from django.utils.translation import override

    with override("zh-hans"):
        assert str(step_label(Step.TEST_DRIVE, setting(store, "step_labels"))) == "试乘试驾"
        set_setting(store, "step_labels", "classic", by=chen, at=NOW)
        assert str(step_label(Step.TEST_DRIVE, setting(store, "step_labels"))) == "试车"


# --- opening hours and closing days ---------------------------------------------------------


def week(**changed):
    typed = {f"opens_{day}": "09:00" for day in range(7)} | {f"closes_{day}": "18:00" for day in range(7)}
    return typed | changed


def test_hours_are_saved_per_weekday_and_a_day_without_hours_is_closed(manager, store, chen):
    response = manager.post(reverse("accounts:hours"), week(closes_0="19:00", opens_6="", closes_6=""))
    assert response.status_code == 302
    rows = {
        row.weekday: f"{row.opens:%H:%M}-{row.closes:%H:%M}" for row in StoreHours.objects.filter(store=store)
    }
    assert rows == {0: "09:00-19:00"} | dict.fromkeys(range(1, 6), "09:00-18:00")
    store.refresh_from_db()
    assert not is_open_on(store, at("2026-03-15 10:00").date())  # a Sunday
    changes = SettingChange.objects.order_by("key").values_list("key", "old", "new")
    assert list(changes) == [("hours:0", "09:00-18:00", "09:00-19:00"), ("hours:6", "09:00-18:00", "")]


def test_a_store_that_never_opens_is_refused(manager, store):
    """Nothing could ever be due in it."""
    closed = {f"{end}_{day}": "" for end in ("opens", "closes") for day in range(7)}
    response = manager.post(reverse("accounts:hours"), week(**closed))
    assert response.status_code == 422
    assert "Write the hours of one day at least." in response.content.decode()
    assert store.hours.count() == 7


@pytest.mark.parametrize("typed", [{"closes_2": ""}, {"closes_2": "08:00"}, {"opens_2": "25:00"}])
def test_hours_that_make_no_sense_are_told_and_kept_in_the_form(manager, store, typed):
    response = manager.post(reverse("accounts:hours"), week(**typed))
    assert response.status_code == 422
    assert "field-error" in response.content.decode()
    assert SettingChange.objects.count() == 0


def test_closing_days_are_added_once_and_taken_back(manager, store):
    url = reverse("accounts:add_closure")
    manager.post(url, {"start": "2026-04-04", "end": "2026-04-06"})
    manager.post(url, {"start": "2026-04-06", "end": "2026-04-07"})
    days = list(StoreClosure.objects.order_by("on").values_list("on", flat=True))
    assert [str(day) for day in days] == ["2026-04-04", "2026-04-05", "2026-04-06", "2026-04-07"]
    store.refresh_from_db()
    assert not is_open_on(store, days[0])
    manager.post(reverse("accounts:end_closure", args=[StoreClosure.objects.get(on="2026-04-04").pk]))
    store.refresh_from_db()
    assert is_open_on(store, days[0])


@pytest.mark.parametrize(
    "typed", [{"start": "2026-03-09"}, {"start": "2026-04-04", "end": "2026-04-03"}, {"start": ""}]
)
def test_closing_days_in_the_past_or_turned_round_are_refused(manager, typed):
    assert manager.post(reverse("accounts:add_closure"), typed).status_code == 422
    assert StoreClosure.objects.count() == 0


def test_the_page_asks_few_statements_whatever_was_changed(manager, store, chen):
    for days in range(8, 40):
        set_setting(store, "protection_days", days, by=chen, at=NOW)
    with statements() as asked:
        manager.get(reverse("accounts:settings"))
    assert len(asked) <= 6
