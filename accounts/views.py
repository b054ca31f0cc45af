"""Signing in and out, the choices of the shell, drafts, and a page for roles without one."""

import json

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from . import drafts
from .demo_people import demo_people
from .devices import TABLET_COOKIE
from .forms import SignInForm
from .middleware import LANGUAGE_COOKIE
from .models import User
from .signing_in import THEME_COOKIE, keep_cookie, keep_looks, safe_next, sign_in, sign_out

BACKEND = "accounts.backends.StaffBackend"
SECRET = {"csrfmiddlewaretoken", "password"}


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_page(request: HttpRequest) -> HttpResponse:
    """User name and password; ten wrong ones lock the name for a quarter of an hour."""
    if request.user.is_authenticated:
        return redirect(safe_next(request))
    form = SignInForm(request, data=request.POST if request.method == "POST" else None)
    if form.is_valid():
        sign_in(request, form.get_user(), own_device=form.cleaned_data["own_device"])
        return keep_looks(redirect(safe_next(request)), request.user)
    context = {"form": form, "next": safe_next(request), "demo": demo_people()}
    return render(request, "accounts/login.html", context, status=422 if form.is_bound else 200)


@require_POST
def demo_login(request: HttpRequest) -> HttpResponse:
    """One tap signs in as a role of the demo store; 404 beside a real store."""
    membership = demo_people().get(request.POST.get("role"))
    if membership is None:
        raise Http404
    user = membership.user
    user.backend = BACKEND
    sign_in(request, user, own_device=True)
    return redirect(safe_next(request))


@require_POST
def sign_out_now(request: HttpRequest) -> HttpResponse:
    on_tablet = TABLET_COOKIE in request.COOKIES
    response = redirect("accounts:tablet" if on_tablet else settings.LOGOUT_REDIRECT_URL)
    if request.user.is_authenticated:
        keep_looks(response, request.user)
    return sign_out(request, response)


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """The person's language, or the device's before signing in; an unknown one changes nothing."""
    response, chosen = redirect(safe_next(request)), request.POST.get("language")
    if chosen not in dict(settings.LANGUAGES):
        return response
    if request.user.is_authenticated:
        request.user.language = chosen
        request.user.save(update_fields=["language"])
    return keep_cookie(response, LANGUAGE_COOKIE, chosen)


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the device; an unknown one changes nothing."""
    response, chosen = redirect(safe_next(request)), request.POST.get("theme")
    if chosen not in User.Theme.values:
        return response
    if request.user.is_authenticated:
        request.user.theme = chosen
        request.user.save(update_fields=["theme"])
    return keep_cookie(response, THEME_COOKIE, chosen)


@require_POST
def choose_store(request: HttpRequest) -> HttpResponse:
    """Work in another store of one's own from here on; somebody else's store does not exist (404)."""
    if not request.user.is_authenticated:
        return redirect(settings.LOGIN_URL)
    own = {str(m.store_id): m.store_id for m in request.user.current_memberships}
    chosen = own.get(request.POST.get("store"))
    if chosen is None:
        raise Http404
    request.session["store"] = chosen
    return redirect(settings.LOGIN_REDIRECT_URL)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, form: str) -> HttpResponse:
    """Keep what was typed into a form (fields or JSON, 20 kB), or hand it back as JSON."""
    if request.method != "POST":
        return JsonResponse({"payload": drafts.typed(request.user, form)})
    try:
        drafts.keep(request.user, form, sent_payload(request), at=request.now)
    except drafts.TooLong as refusal:
        return HttpResponse(refusal.message, status=413, content_type="text/plain; charset=utf-8")
    except ValueError:
        return HttpResponseBadRequest()
    return HttpResponse(status=204)


def sent_payload(request: HttpRequest) -> dict:
    """The fields of a form, or a JSON object; ValueError for other JSON."""
    if request.content_type != "application/json":
        return drafts.from_fields(request.POST)
    payload = json.loads(request.body)
    if not isinstance(payload, dict):
        raise ValueError("a draft is an object")
    return payload


@require_safe
@login_required
def no_home(request: HttpRequest) -> HttpResponse:
    """For roles whose own pages come with later work."""
    return render(request, "accounts/no_home.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was older than the sign-in. Who is signed in here may send the same fields again.

    The session cookie does not travel from other sites (SameSite=Lax), so a signed-in person typed
    this here; a missing token or a foreign origin never gets the offer.
    """
    resend = request.user.is_authenticated and reason.startswith("CSRF token from POST")
    fields = request.POST.lists() if resend else []
    typed = [(name, value) for name, values in fields for value in values if name not in SECRET]
    return render(request, "403_csrf.html", {"typed": typed}, status=403)
