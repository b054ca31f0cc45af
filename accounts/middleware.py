"""What every request gets at the edge: the moment, the person's language, the store, safe headers."""

from django.conf import settings
from django.db import OperationalError
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers

from . import clock

LANGUAGE_COOKIE = "language"


class AtTheEdge:
    """Sets `request.now` (UTC, taken once), `request.store` and the language of the reader."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.now = clock.now()
        request.store = current_store(request)
        language = reader_language(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response


def current_store(request):
    """The store of the person's first membership, or the one chosen in this session."""
    if request.path.startswith((settings.STATIC_URL, "/healthz")) or not request.user.is_authenticated:
        return None
    memberships = request.user.current_memberships
    chosen = request.session.get("store")
    stores = {m.store_id: m.store for m in memberships}
    return stores.get(chosen) or (memberships[0].store if memberships else None)


def reader_language(request) -> str:
    """The person's own language; before signing in the cookie, then the browser."""
    known = dict(settings.LANGUAGES)
    if request.store is not None:
        return request.user.language if request.user.language in known else settings.LANGUAGE_CODE
    cookie = request.COOKIES.get(LANGUAGE_COOKIE)
    if cookie in known:
        return cookie
    return translation.get_language_from_request(request)


class LimitedBodies:
    """Refuses by its stated length alone what is too large to be read; of other bodies no more is read."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > settings.MAX_BODY_BYTES:
            return render(request, "413.html", {"limit": settings.MAX_BODY_BYTES // 2**20 - 1}, status=413)
        return self.get_response(request)


class SecureAnswers:
    """Content security policy on every answer, and nothing personal in a shared tablet's cache."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.policy = "; ".join(f"{name} {' '.join(values)}" for name, values in settings.SECURE_CSP.items())

    def __call__(self, request):
        response = self.get_response(request)
        response.headers["Content-Security-Policy"] = self.policy
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response

    def process_exception(self, request, exception):
        """A row that somebody else holds too long is no fault: say so, keep what was typed."""
        if isinstance(exception, OperationalError) and is_lock_timeout(exception):
            response = render(request, "503.html", status=503)
            response.headers["Retry-After"] = "60"
            return response
        return None


def is_lock_timeout(error: OperationalError) -> bool:
    """PostgreSQL gave up waiting for a lock, or SQLite for its one writer."""
    return getattr(error.__cause__, "pgcode", None) == "55P03" or "database is locked" in str(error)
