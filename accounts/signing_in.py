"""Signing in and out: what a session keeps, and what stays behind on the device."""

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from .devices import (
    SEEN,
    TABLET,
    TABLET_COOKIE,
    device_name,
    forget_session,
    note_sign_in,
    remember_own,
    tablet_of,
)
from .middleware import LANGUAGE_COOKIE
from .models import AccessEvent, Device, User

THEME_COOKIE = "theme"
A_YEAR = 365 * 24 * 3600  # seconds
ENDS_WITH_THE_BROWSER = 0


def sign_in(request: HttpRequest, user: User, *, own_device: bool) -> None:
    """Open a session under a new key: 30 days on one's own device, else until the browser closes.

    A shared tablet of the store is nobody's own, whatever the form says: it locks itself when idle.
    """
    tablet = tablet_of(request.COOKIES.get(TABLET_COOKIE), now=request.now)
    login(request, user)
    if tablet or not own_device:
        request.session.set_expiry(ENDS_WITH_THE_BROWSER)
    _remember_device(request, user, tablet, own_device=own_device)
    AccessEvent.objects.create(
        by=user, store=user.current_memberships[0].store, kind=AccessEvent.Kind.LOGIN, at=request.now
    )


def _remember_device(request: HttpRequest, user: User, tablet: Device | None, *, own_device: bool) -> None:
    request.session.save()  # so that it has a key
    key = request.session.session_key
    if tablet:
        request.session[TABLET], request.session[SEEN] = tablet.pk, request.now.timestamp()
        if user.roles_in(tablet.store):
            request.session["store"] = tablet.store_id
        note_sign_in(tablet, session_key=key, now=request.now)
    elif own_device:
        name = device_name(request.headers.get("User-Agent", ""))
        store = user.current_memberships[0].store
        remember_own(user, store, name=name, session_key=key, now=request.now)


def sign_out(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """End the session and leave nothing about customers on the device (RELIABILITY 57)."""
    forget_session(request.session.session_key, now=request.now)
    logout(request)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    response.headers["Cache-Control"] = "no-store"
    return response


def safe_next(request: HttpRequest) -> str:
    """Where the person wanted to go, if that is a page of this site, else home (RELIABILITY 54)."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    if ours and wanted.startswith(("/", "http")):  # anything else `redirect` takes for the name of a view
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def keep_cookie(response: HttpResponse, name: str, value: str) -> HttpResponse:
    """Remember a choice on this device for a year, for the page before signing in."""
    response.set_cookie(name, value, max_age=A_YEAR, httponly=True, samesite="Lax", secure=settings.HTTPS)
    return response


def keep_looks(response: HttpResponse, user: User) -> HttpResponse:
    """Language and theme of the person, for the sign-in page of this device."""
    keep_cookie(response, LANGUAGE_COOKIE, user.language)
    return keep_cookie(response, THEME_COOKIE, user.theme)
