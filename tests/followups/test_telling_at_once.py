"""Several sweeps at once tell each person once of each cause (RELIABILITY 10)."""

import pytest

from followups.enquiries import Enquiry, take_in
from followups.models import Notice, Task
from followups.sweep import sweep
from followups.telling import tell_what_is_due
from tests.conftest import at
from tests.followups.telling import make_supervisor
from tests.followups.test_night_concurrency import in_threads
from tests.followups.worked_leads import make_lead

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def sweep_and_tell(now):
    sweep(now)
    tell_what_is_due(now)


@pytest.mark.parametrize("sweeps", [2, pytest.param(5, marks=pytest.mark.thorough)])
@pytest.mark.thorough
def test_sweeps_at_once_tell_each_once(store, li, wang, chen, sweeps):
    sun = make_supervisor(store, li, wang)
    for n in range(12):
        who = (li, wang)[n % 2]
        take_in(store, Enquiry(f"1390518{n:04}", "张伟"), owner=who, by=who, at=at("2026-03-07 10:00"))
        make_lead(store, who, "H", due="2026-03-04", visited="2026-03-01 10:00")
    now = at("2026-03-07 12:00")
    in_threads(*[lambda: sweep_and_tell(now)] * sweeps)
    of = {kind: Notice.objects.filter(kind=kind) for kind in ("enquiry_due", "enquiry_late", "overdue_up")}
    assert {kind: rows.count() for kind, rows in of.items()} == {
        "enquiry_due": 12,
        "enquiry_late": 24,
        "overdue_up": 2,
    }
    assert {row.user_id: row.args["n"] for row in of["overdue_up"]} == {sun.pk: 12, chen.pk: 12}
    assert Task.objects.filter(kind="ladder", told_up=2, escalated=True).count() == 12
