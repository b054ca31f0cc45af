"""The shared tablet: names, PIN, lock; and the list of tablets for who runs the store."""

from django.contrib.auth import authenticate
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from . import devices
from .devices import TABLET_COOKIE
from .forms_people import PinSignIn, TabletForm
from .idle_lock import lock
from .models import Device, Draft, Store, User
from .people import people_of
from .rules import setting
from .sheets import must_run_the_store, saved
from .signing_in import keep_cookie, keep_looks, safe_next, sign_in, sign_out


@sensitive_post_parameters("pin")
@require_http_methods(["GET", "HEAD", "POST"])
def tablet(request: HttpRequest) -> HttpResponse:
    """Who is using it? A name and its PIN; ten wrong ones rest the name for a quarter of an hour."""
    known = devices.tablet_of(request.COOKIES.get(TABLET_COOKIE), now=request.now)
    if request.user.is_authenticated:
        return redirect(safe_next(request))
    if known is None:
        return redirect("accounts:login")
    request.tablet = known
    people = _people(known.store)
    form = PinSignIn(request.POST if request.method == "POST" else None)
    if form.is_valid():
        user = _who_is_it(request, people, form)
        if user:
            sign_in(request, user, own_device=False)
            return keep_looks(redirect(safe_next(request)), user)
        form.add_error("pin", _("The PIN does not match. Try again, or sign in with your password."))
    return _names(request, known, people, form)


def _people(store: Store) -> list[User]:
    """Who has a PIN here, by name, each with whether something unsaved waits."""
    people = list(people_of(store).exclude(pin_hash="").order_by("full_name", "pk"))
    waiting = set(Draft.objects.filter(user__in=people).values_list("user_id", flat=True))
    for person in people:
        person.has_draft = person.pk in waiting
    return people


def _who_is_it(request: HttpRequest, people: list[User], form: PinSignIn) -> User | None:
    """The person of this PIN; for one who is not on the list the same work and the same count."""
    asked = form.cleaned_data["person"]
    known = next((person.username for person in people if str(person.pk) == asked), f"#{asked}")
    return authenticate(request, username=known, pin=form.cleaned_data["pin"])


def _names(request: HttpRequest, known: Device, people: list[User], form: PinSignIn) -> HttpResponse:
    asked = request.POST.get("person") or request.GET.get("person", "")
    before = request.GET.get("person", "")
    context = {
        "tablet": known,
        "people": people,
        "chosen": next((person for person in people if str(person.pk) == asked), None),
        "before": before,
        "next": safe_next(request),
        "form": form,
        "minutes": setting(known.store, "tablet_lock_minutes"),
        "clock": f"{request.now.astimezone(known.store.zone):%H:%M}",
    }
    return render(request, "accounts/tablet.html", context, status=422 if form.is_bound else 200)


@require_POST
def lock_now(request: HttpRequest) -> HttpResponse:
    """Back to the names, by the button or after the idle minutes; elsewhere it signs out."""
    if not request.user.is_authenticated:
        return redirect("accounts:tablet")
    return lock(request)


# --- the store's tablets -----------------------------------------------------------------


@require_safe
@login_required
def tablets(request: HttpRequest) -> HttpResponse:
    """The shared tablets of the store, and a button that makes this browser one."""
    must_run_the_store(request)
    return _tablets_page(request, TabletForm())


def _tablets_page(request: HttpRequest, form: TabletForm, status: int = 200) -> HttpResponse:
    shared = devices.live(Device.objects.filter(user=None, store=request.store), now=request.now)
    context = {
        "form": form,
        "tablets": shared.select_related("added_by").order_by("name", "pk"),
        "minutes": setting(request.store, "tablet_lock_minutes"),
        "tab": "tablets",
    }
    return render(request, "accounts/tablets.html", context, status=status)


@login_required
@require_POST
def add_tablet(request: HttpRequest) -> HttpResponse:
    """Turn this browser into a shared tablet of the store; who did it is signed out here."""
    must_run_the_store(request)
    form = TabletForm(request.POST)
    if not form.is_valid():
        return _tablets_page(request, form, status=422)
    _device, token = devices.add_tablet(
        request.store, form.cleaned_data["name"], by=request.user, now=request.now
    )
    return keep_cookie(sign_out(request, redirect("accounts:tablet")), TABLET_COOKIE, token)


@login_required
@require_POST
def end_tablet(request: HttpRequest, pk: int) -> HttpResponse:
    """The tablet shows no names any more, and who is signed in on it is out."""
    must_run_the_store(request)
    shared = devices.live(Device.objects.filter(user=None, store=request.store), now=request.now)
    devices.end(get_object_or_404(shared, pk=pk), now=request.now)
    return saved(request, _("The tablet is signed out"), reverse("accounts:tablets"))
