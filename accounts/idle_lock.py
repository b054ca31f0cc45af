"""A shared tablet nobody touches goes back to the names; what was typed waits as a draft (RELIABILITY 57)."""

from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from .devices import SEEN, TABLET
from .rules import setting
from .signing_in import sign_out

WRITE_SECONDS = 30  # the last touch is written no more often than this


class IdleLock:
    """Locks a tablet's session that was idle too long; every other session passes untouched."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        seconds = lock_seconds(request)
        if not seconds:
            return self.get_response(request)
        idle = request.now.timestamp() - request.session.get(SEEN, 0)
        if idle > seconds:
            return lock(request)
        if idle > WRITE_SECONDS:
            request.session[SEEN] = request.now.timestamp()
        return self.get_response(request)


def lock_seconds(request: HttpRequest) -> int:
    """Idle seconds until this session locks; 0 = never, since it is no shared tablet's."""
    if getattr(request, "store", None) is None or TABLET not in request.session:
        return 0
    return setting(request.store, "tablet_lock_minutes") * 60


def lock(request: HttpRequest) -> HttpResponse:
    """Sign out and show the names, this person's on top with the page they were on."""
    url = f"{reverse('accounts:tablet')}?{urlencode({'person': request.user.pk, 'next': _page(request)})}"
    fetched = request.headers.get("HX-Request") == "true"
    return sign_out(request, HttpResponseClientRedirect(url) if fetched else redirect(url))


def _page(request: HttpRequest) -> str:
    """The page in front of the person: of a part, the one that asked for it."""
    asked = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
    if request.method == "GET" and "HX-Request" not in request.headers:
        return request.get_full_path()
    return asked.path or reverse(settings.LOGIN_REDIRECT_URL)
