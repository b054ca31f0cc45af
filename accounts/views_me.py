"""One's own page: language, theme, password, PIN, devices, days off; and the one-time link of a newcomer."""

from django.conf import settings
from django.contrib.auth import authenticate, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from . import devices
from .credentials import links, set_password, set_pin
from .days_off_rows import days_off_of
from .errors import Refused
from .forms_people import NewPasswordForm, OwnPassword, PasswordForm, PinForm
from .models import Device, User
from .sheets import Sheet, saved, show_sheet
from .signing_in import keep_looks, sign_in

BACKEND = "accounts.backends.StaffBackend"


@require_safe
@login_required
def me(request: HttpRequest) -> HttpResponse:
    """The page behind one's own name; floors above add their cards by ME_PANELS, as {template, context}."""
    own = devices.live(Device.objects.filter(user=request.user), now=request.now).order_by("-seen_at", "-pk")
    context = {
        "devices": list(own),
        "this_session": request.session.session_key,
        "roles": [m for m in request.user.current_memberships if m.store_id == request.store.pk],
        "days_off": days_off_of(request.user, request.store, today=request.store.business_date(request.now)),
        "panels": [_panel(request, name) for name in settings.ME_PANELS],
    }
    return render(request, "accounts/me.html", context)


def _panel(request: HttpRequest, name: str) -> str:
    panel = import_string(name)(request)
    return render_to_string(panel["template"], panel["context"], request)


@sensitive_post_parameters("password", "new", "again")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """A new password; every other session of this person ends."""
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _is_own(request, form):
        before = request.session.session_key
        try:
            set_password(request.user, form.cleaned_data["new"], keep_session=before, now=request.now)
        except ValidationError as error:
            form.add_error("new", error)
        else:
            update_session_auth_hash(request, request.user)
            request.session.save()
            Device.objects.filter(session_key=before).update(session_key=request.session.session_key)
            return saved(
                request, _("Password changed. Other devices are signed out."), reverse("accounts:me")
            )
    sheet = Sheet(_("Change the password"), reverse("accounts:me"), _("Save"))
    return show_sheet(request, sheet, form, status=422 if form.is_bound else 200)


def _is_own(request: HttpRequest, form: OwnPassword) -> bool:
    """Whether the password typed is the person's own; wrong ones count as wrong sign-ins do."""
    typed = form.cleaned_data["password"]
    if authenticate(request, username=request.user.username, password=typed) == request.user:
        return True
    form.add_error("password", _("This is not your password."))
    return False


@sensitive_post_parameters("password", "pin")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def pin(request: HttpRequest) -> HttpResponse:
    """Set, change or take away one's PIN for shared tablets."""
    form = PinForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _is_own(request, form):
        try:
            set_pin(request.user, form.cleaned_data["pin"])
            text = _("PIN set") if request.user.pin_hash else _("PIN taken away")
            return saved(request, text, reverse("accounts:me"))
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
    sheet = Sheet(_("PIN for shared tablets"), reverse("accounts:me"), _("Save"))
    return show_sheet(request, sheet, form, status=422 if form.is_bound else 200)


@login_required
@require_POST
def end_device(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign out there: one of one's own devices."""
    own = devices.live(Device.objects.filter(user=request.user), now=request.now)
    devices.end(get_object_or_404(own, pk=pk), now=request.now)
    return saved(request, _("Signed out there"), reverse("accounts:me"))


@sensitive_post_parameters("new", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """The one-time link: whoever holds it sets the password and is in; 410 once it was used or is old."""
    user = User.objects.filter(pk=pk, is_active=True).first()
    if user is None or not links.check_token(user, token) or not user.current_memberships:
        return render(request, "accounts/link_gone.html", status=410)
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            set_password(user, form.cleaned_data["new"], now=request.now)
        except ValidationError as error:
            form.add_error("new", error)
        else:
            user.backend = BACKEND
            sign_in(request, user, own_device=False)
            return keep_looks(redirect("home"), user)
    context = {"form": form, "person": user}
    return render(request, "accounts/welcome.html", context, status=422 if form.is_bound else 200)
