"""S37: the daily report and its deadline, with the refusal at nine switched on."""

import datetime as dt

import pytest

from accounts.errors import Refused
from accounts.rules import set_setting
from reports.daily import Filled, comment_report, submit_report
from reports.models import DailyReport
from tests.conftest import at

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 2)


def submit(store, li, when):
    return submit_report(store, DAY, Filled(estimate=1), by=li, now=at(when))


@pytest.fixture
def locked(store, chen):
    set_setting(store, "daily_report_lock", True, by=chen, at=at("2026-03-01 09:00"))
    return store


def test_at_the_meeting_it_is_in_time(locked, li):
    assert submit(locked, li, "2026-03-02 18:00:00").late is False


def test_until_the_last_second_before_nine_it_is_late_but_accepted(locked, li):
    assert submit(locked, li, "2026-03-03 08:59:59").late is True


def test_at_nine_it_is_refused_and_nothing_is_written(locked, li):
    with pytest.raises(Refused) as refusal:
        submit(locked, li, "2026-03-03 09:00:00")
    assert "closed at 09:00" in str(refusal.value.message)
    assert not DailyReport.objects.exists()


def test_usually_it_is_kept_and_marked_late(store, li):
    """A41: the refusal is a setting."""
    assert submit(store, li, "2026-03-03 09:00:00").late is True


def test_the_comment_is_there_before_the_morning_meeting(locked, li, chen, client, settings):
    report = submit(locked, li, "2026-03-02 18:00")
    comment_report(report.pk, "先打孙女士", by=chen, now=at("2026-03-02 18:40"))
    settings.DEALER_NOW = at("2026-03-03 08:20").isoformat()
    client.force_login(li, backend="accounts.backends.StaffBackend")
    assert "先打孙女士" in client.get("/").content.decode()
