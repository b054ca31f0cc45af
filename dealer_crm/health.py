"""/healthz: what a watchdog asks. It reads one row, writes nothing and needs nobody signed in."""

import datetime as dt

from django.db import Error
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.clock import now
from followups.models import Heartbeat
from followups.sweep import sweep_is_late

from . import __version__


@require_GET
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """503 only when the database fails; a late sweep must not make a balancer take the web away."""
    try:
        last_sweep_at = Heartbeat.objects.filter(name="sweep").values_list("at", flat=True).first()
    except Error:
        return JsonResponse(health("failed", "failed", None), status=503)
    return JsonResponse(health(state_of(last_sweep_at, now()), "ok", last_sweep_at))


def state_of(last_sweep_at: dt.datetime | None, at: dt.datetime) -> str:
    if last_sweep_at is None:
        return "starting"
    return "late" if sweep_is_late(last_sweep_at, at) else "ok"


def health(state: str, database: str, last_sweep_at: dt.datetime | None) -> dict:
    return {
        "state": state,
        "database": database,
        "last_sweep_at": last_sweep_at and last_sweep_at.isoformat(),
        "version": __version__,
    }
