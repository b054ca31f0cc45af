"""Days off, exchanges, leave and the deputy (SPEC A08, A61)."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.days_off import Kind, rows_of, set_days, set_week
from accounts.errors import Refused
from accounts.models import DayOff, SettingChange
from accounts.working_days import Calendar
from followups.timers import timer
from leads.models import Lead
from tests.conftest import at
from tests.followups.worked_leads import make_lead
from tests.statements import statements

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 10:00")  # a Thursday
TODAY = dt.date(2026, 3, 12)
FRIDAY, SUNDAY = 4, 6


def day(text):
    return dt.date.fromisoformat(text)


@pytest.fixture
def as_person(client, settings):
    settings.DEALER_NOW = NOW.isoformat()

    def sign_in(person):
        client.force_login(person, backend="accounts.backends.StaffBackend")
        return client

    return sign_in


def named(store, owner, name, grade, due, **facts):
    lead = make_lead(store, owner, grade, visited="2026-03-05 10:00", due=due)
    type(lead.customer).objects.filter(pk=lead.customer_id).update(name=name)
    Lead.objects.filter(pk=lead.pk).update(**facts)
    return lead


# --- the verbs ------------------------------------------------------------------------------


def test_a_weekly_pattern_an_exchange_and_a_swapped_in_day(store, li, wang, chen):
    """Off on Fridays; this Friday works, Saturday is off instead."""
    set_week(li, store, {FRIDAY}, deputy=wang, by=chen, at=NOW)
    set_days(li, store, day("2026-03-13"), day("2026-03-13"), Kind.WORKS, deputy=None, by=chen, at=NOW)
    set_days(li, store, day("2026-03-14"), day("2026-03-14"), Kind.OFF, deputy=wang, by=chen, at=NOW)
    calendar = Calendar(store)
    works = [calendar.works(li.pk, TODAY + dt.timedelta(days=n)) for n in range(10)]
    assert works == [True, True, False, True, True, True, True, True, False, True]
    assert not calendar.is_absent(li.pk, day("2026-03-14"))


def test_leave_writes_each_day_with_its_deputy_and_holds_a_lapse(store, li, wang, chen):
    count = set_days(li, store, day("2026-03-16"), day("2026-03-20"), Kind.ABSENT, deputy=wang, by=li, at=NOW)
    assert count == 5
    assert set(DayOff.objects.values_list("off", "absence", "deputy")) == {(True, True, wang.pk)}
    assert Calendar(store).is_absent(li.pk, day("2026-03-20"))
    change = SettingChange.objects.get()
    assert (change.key, change.by) == (f"days_off:{li.pk}", li)
    assert change.new == {"kind": "absent", "from": "2026-03-16", "until": "2026-03-20", "deputy": wang.pk}


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        ("2026-03-11", "2026-03-13", "start"),
        ("2026-03-14", "2026-03-13", "end"),
        ("2026-03-13", "2026-06-20", "end"),
    ],
)
def test_days_that_make_no_sense_are_refused(store, li, start, end, field):
    with pytest.raises(Refused) as refusal:
        set_days(li, store, day(start), day(end), Kind.ABSENT, deputy=None, by=li, at=NOW)
    assert refusal.value.field == field
    assert DayOff.objects.count() == 0


def test_a_deputy_sells_here_and_is_not_away_then(store, li, wang, qian, chen):
    set_days(wang, store, day("2026-03-17"), day("2026-03-17"), Kind.OFF, deputy=None, by=chen, at=NOW)
    for deputy in (wang, qian, li):
        with pytest.raises(Refused) as refusal:
            set_days(
                li, store, day("2026-03-16"), day("2026-03-18"), Kind.ABSENT, deputy=deputy, by=li, at=NOW
            )
        assert refusal.value.field == "deputy"


def test_nobody_is_off_all_week(store, li):
    with pytest.raises(Refused):
        set_week(li, store, set(range(7)), deputy=None, by=li, at=NOW)


# --- the pages --------------------------------------------------------------------------------


def test_ones_own_page_sets_week_and_leave_and_takes_it_back(as_person, store, li, wang):
    client = as_person(li)
    client.post(reverse("accounts:my_week"), {"weekdays": [FRIDAY], "deputy": wang.pk})
    client.post(
        reverse("accounts:my_days"),
        {"kind": "absent", "start": "2026-03-16", "end": "2026-03-18", "deputy": wang.pk},
    )
    text = client.get(reverse("accounts:me")).content.decode()
    assert "every week, 王芳 covers" in text
    assert text.count("Take back") == 1
    rows = DayOff.objects.filter(user=li).exclude(on=None)
    client.post(reverse("accounts:end_my_days"), {"day": [row.pk for row in rows]})
    assert list(DayOff.objects.values_list("weekday", "deputy")) == [(FRIDAY, wang.pk)]


def test_a_manager_sets_a_colleagues_days_and_a_colleague_does_not(as_person, store, li, wang, chen):
    typed = {"kind": "off", "start": "2026-03-14"}
    assert as_person(wang).post(reverse("accounts:days", args=[li.pk]), typed).status_code == 403
    assert as_person(chen).post(reverse("accounts:days", args=[li.pk]), typed).status_code == 302
    row = DayOff.objects.get()
    assert (row.user, row.on, row.off, row.absence) == (li, day("2026-03-14"), True, False)


def test_nobody_takes_back_somebody_elses_days(as_person, store, li, wang):
    set_days(li, store, day("2026-03-14"), day("2026-03-14"), Kind.OFF, deputy=None, by=li, at=NOW)
    row = DayOff.objects.get()
    assert as_person(wang).post(reverse("accounts:end_my_days"), {"day": row.pk}).status_code == 404
    assert DayOff.objects.count() == 1


# --- My day -------------------------------------------------------------------------------------


def test_the_day_before_shows_what_falls_on_it_and_what_the_deputy_gets(as_person, store, li, wang):
    """SPEC A08: only H, O or agreed goes to the deputy."""
    set_week(li, store, {FRIDAY}, deputy=wang, by=li, at=NOW)
    named(store, li, "赵一", "H", "2026-03-13")
    named(store, li, "赵二", "B", "2026-03-13")
    named(store, li, "赵三", "B", "2026-03-13", agreed_on="2026-03-13")
    named(store, li, "赵四", "H", "2026-03-14")
    text = as_person(li).get("/").content.decode()
    panel = text[text.index("You are off") : text.index("</section>", text.index("You are off"))]
    covered, waiting = panel.split("1 falls on it")
    assert "2 go to 王芳: H, O or agreed" in covered
    assert [name in covered for name in ("赵一", "赵三", "赵二", "赵四")] == [True, True, False, False]
    assert [name in waiting for name in ("赵一", "赵三", "赵二", "赵四")] == [False, False, True, False]


def test_on_the_day_the_deputy_sees_hot_and_agreed_ones_and_nothing_else(as_person, store, li, wang, zhao):
    set_days(li, store, TODAY, TODAY, Kind.OFF, deputy=wang, by=li, at=NOW)
    hot = named(store, li, "赵一", "H", "2026-03-12")
    cool = named(store, li, "赵二", "B", "2026-03-12")
    text = as_person(wang).get("/").content.decode()
    assert "Covering for 李强" in text
    assert [name in text for name in ("赵一", "赵二")] == [True, False]
    seen = set(Lead.objects.visible_to(wang, now=NOW))
    assert seen == {hot}
    assert set(Lead.objects.visible_to(zhao, now=NOW)) == set()
    assert set(Lead.objects.visible_to(wang, now=NOW + dt.timedelta(days=1))) == set()
    assert as_person(wang).get(reverse("leads:card", args=[cool.number])).status_code == 404


def test_a_greeting_goes_to_the_deputy_a_call_back_and_desk_work_wait(as_person, store, li, wang):
    """TASK_KINDS says which kinds a deputy does; a call-back is for one person only (SPEC A64)."""
    set_days(li, store, TODAY, TODAY, Kind.OFF, deputy=wang, by=li, at=NOW)
    for name, kind in (("赵一", "birthday"), ("赵二", "call_back"), ("赵三", "no_next_step")):
        lead = named(store, li, name, "H", "2026-03-13")
        only = kind == "call_back"
        timer(lead, kind, at("2026-03-12 09:00"), cause=f"test:{lead.pk}", only_assignee=only).save()
    text = as_person(wang).get("/").content.decode()
    panel = text[text.index("Covering for 李强") :]
    assert [name in panel for name in ("赵一", "赵二", "赵三")] == [True, False, False]


def test_a_swapped_in_day_needs_no_deputy(as_person, store, li, wang):
    set_week(li, store, {TODAY.weekday()}, deputy=wang, by=li, at=NOW)
    set_days(li, store, TODAY, TODAY, Kind.WORKS, deputy=None, by=li, at=NOW)
    named(store, li, "赵一", "H", "2026-03-12")
    assert "Covering for" not in as_person(wang).get("/").content.decode()
    assert Lead.objects.visible_to(wang, now=NOW).count() == 0


def test_days_off_cost_my_day_no_statement_while_nobody_is_away(as_person, store, li, wang):
    set_week(li, store, {SUNDAY}, deputy=wang, by=li, at=NOW)
    for person in (li, wang):
        client = as_person(person)
        client.get("/")
        with statements() as asked:
            client.get("/")
        assert [sql for sql in asked if 'FROM "accounts_dayoff"' in sql and "absence" not in sql] == []


def test_a_change_is_seen_by_every_process_at_once(store, li):
    set_week(li, store, {SUNDAY}, deputy=None, by=li, at=NOW)
    fresh = type(store).objects.get(pk=store.pk)
    assert [row.weekday for row in rows_of(fresh)] == [SUNDAY]
    DayOff.objects.create(user=li, store=fresh, on=day("2026-03-20"))
    fresh = type(store).objects.get(pk=store.pk)
    assert [row.on for row in rows_of(fresh)] == [None, day("2026-03-20")]
