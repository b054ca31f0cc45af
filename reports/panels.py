"""What this floor shows on the pages of others: the manager's word on My day (SPEC PDCA-01)."""

import datetime as dt

from django.http import HttpRequest

from .access import REPORTING
from .models import DailyReport

STANDS = dt.timedelta(days=3)  # so long after its day


def home(request: HttpRequest) -> dict | None:
    """HOME_PANELS: the newest comment on one's own reports of the last days."""
    store = request.store
    if store is None or not request.user.roles_in(store) & set(REPORTING):
        return None
    since = store.business_date(request.now) - STANDS
    mine = DailyReport.objects.filter(store=store, user=request.user, on__gte=since).exclude(comment="")
    report = mine.select_related("commented_by").order_by("-on").first()
    return {"template": "reports/_home_comment.html", "context": {"report": report}} if report else None
