"""/healthz: what a watchdog asks. It reads a few rows, writes nothing and needs nobody signed in."""

import datetime as dt

from django.db import Error
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.clock import now
from followups.watching import late_parts, swept_at

from . import __version__


@require_GET
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """503 only when the database fails; what is late must not make a balancer take the web away."""
    try:
        last_sweep_at = swept_at()
        late = late_parts(last_sweep_at, now())
    except Error:
        return JsonResponse(health("failed", "failed", None, []), status=503)
    if last_sweep_at is None:
        return JsonResponse(health("starting", "ok", None, []))
    return JsonResponse(health("late" if late else "ok", "ok", last_sweep_at, late))


def health(state: str, database: str, last_sweep_at: dt.datetime | None, late: list[str]) -> dict:
    return {
        "state": state,
        "database": database,
        "last_sweep_at": last_sweep_at and last_sweep_at.isoformat(),
        "late": late,  # of sweep, night and backup
        "version": __version__,
    }
