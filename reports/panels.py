"""What this floor shows on the pages of others: the manager's word on My day (SPEC PDCA-01)."""

import datetime as dt

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.prepared import Prepared

from .access import REPORTING
from .models import DailyReport

STANDS = dt.timedelta(days=3)  # so long after its day


def home(request: HttpRequest) -> dict | None:
    """HOME_PANELS: the newest comment on one's own reports of the last days."""
    store = request.store
    if store is None or not request.user.roles_in(store) & set(REPORTING):
        return None
    since = store.business_date(request.now) - STANDS
    newest = _commented(store=store.pk, user=request.user.pk, since=since)
    return {"template": "reports/_home_comment.html", "context": {"report": newest[0]}} if newest else None


@Prepared
def _commented(*, store: int, user: int, since: dt.date) -> QuerySet:
    mine = DailyReport.objects.filter(store=store, user=user, on__gte=since).exclude(comment="")
    return mine.select_related("commented_by").order_by("-on")[:1]
