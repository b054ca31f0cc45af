"""The demo cars' day, and the sheet of a booking or the workshop (SPEC 10, A36)."""

import datetime as dt
from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import NotAllowed, Refused
from accounts.once import sent_once
from accounts.prepared import Prepared
from accounts.roles import LOGGING, Role
from accounts.rules import setting
from accounts.sheets import Sheet, saved, show_sheet
from leads.access import is_visible, visible_among
from leads.models import Lead
from leads.models.leads import Status

from .bookings import block, book, cancel_booking, move_booking, unblock
from .day_grid import day_grid, free_times
from .demo_cars import cars_on_the_road
from .forms_drives import BookingForm, CancelForm, MoveForm, WorkshopForm
from .forms_register import day_of
from .models import Booking, DemoCar, Visit
from .serving import may_book, may_serve

SEES = (*LOGGING, Role.GENERAL_MANAGER)
DAY = dt.timedelta(days=1)
AHEAD = dt.timedelta(days=60)
MOST_HERE = 12  # customers in the house to tap
SOON = dt.timedelta(minutes=30)  # a drive that begins by then goes on at the car


def _must_see(request: HttpRequest) -> None:
    if request.store is None or not request.user.roles_in(request.store) & set(SEES):
        raise PermissionDenied


def _asked_day(request: HttpRequest) -> dt.date:
    """The day in the address, at most sixty days ahead; today when there is none."""
    today = request.store.business_date(request.now)
    return day_of(request.GET.get("on", ""), today=today, last=today + AHEAD)


@login_required
@require_safe
def day(request: HttpRequest) -> HttpResponse:
    """The demo cars on a grid of the day (SPEC TEST-01)."""
    _must_see(request)
    today = request.store.business_date(request.now)
    on = _asked_day(request)
    grid = day_grid(request.store, on, user=request.user, now=request.now)
    context = {
        "grid": grid,
        "on": on,
        "today": today,
        "earlier": on - DAY,
        "later": on + DAY,
        "now_line": grid.now_line(request.now) if on == today else None,
        "plans": bool(request.user.roles_in(request.store) & set(LOGGING)),
    }
    return render(request, "showroom/drives.html", context)


# --- a booking --------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Book a drive: for the lead in the address, else for somebody who is in the house."""
    _must_see(request)
    lead = _lead_asked_for(request)
    form = _booking_form(request, lead)
    if form.is_bound and form.is_valid():
        try:
            url = sent_once(request, form, lambda: _book(request, lead, form))
            return saved(request, _("Test drive booked"), url)
        except NotAllowed as refusal:
            raise PermissionDenied(refusal.message) from refusal
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    return _booking_sheet(request, form, lead, title=_("Book a test drive"), button=_("Book"))


def _lead_asked_for(request: HttpRequest) -> Lead | None:
    number = request.GET.get("lead", "").replace("\0", "")
    if not number:
        return None
    lead = _or_404(_of_number(store=request.store.pk, number=number))
    if not _may_know(lead, request):
        raise Http404
    if not may_book(lead, request.user, now=request.now):
        raise PermissionDenied(_("This is a colleague's customer. Tell the owner instead."))
    return lead


@Prepared
def _of_number(*, store: int, number: str) -> QuerySet:
    return Lead.objects.filter(store=store, number=number).select_related("customer", "store")


def _or_404(rows: Sequence):
    """The one row that was asked for."""
    if not rows:
        raise Http404
    return rows[0]


def _may_know(lead: Lead, request: HttpRequest) -> bool:
    """Whether the person sees the customer, or books for him at reception."""
    at_reception = Role.RECEPTIONIST in request.user.roles_in(request.store)
    return at_reception or is_visible(lead, request.user, now=request.now)


def _booking_form(request: HttpRequest, lead: Lead | None) -> BookingForm:
    customers = None if lead else _in_the_house(request)
    cars = cars_on_the_road(request.store)
    if request.method == "POST":
        return BookingForm(request.POST, store=request.store, cars=cars, customers=customers)
    first = _proposed(request, cars, lead)
    return BookingForm(store=request.store, cars=cars, customers=customers, initial=first)


def _in_the_house(request: HttpRequest) -> list[tuple[str, str]]:
    """Customers of today's open visits whom this person may serve, or reception books for."""
    rows = _visiting(store=request.store.pk)
    if Role.RECEPTIONIST not in request.user.roles_in(request.store):
        keys = [key for *key, _name, _number in rows]
        seen = visible_among(keys, request.user, request.store, now=request.now)
        rows = [row for row in rows if row[0] in seen]
    return [(str(lead), name or number) for lead, *_key, name, number in rows[:MOST_HERE]]


@Prepared
def _visiting(*, store: int) -> QuerySet:
    here = {"left_at": None, "voided_at": None, "lead__status": Status.ACTIVE}
    key = ("lead_id", "lead__store_id", "lead__owner_id", "lead__setter_id")  # for `visible_among`
    visits = Visit.objects.filter(store=store, **here).order_by("-arrived_at")
    return visits.values_list(*key, "lead__customer__name", "lead__number")


def _proposed(request: HttpRequest, cars: Sequence[DemoCar], lead: Lead | None) -> dict:
    """The car of the model the customer came for, and its next free time."""
    on = _asked_day(request)
    wanted = request.GET.get("car", "")
    models = set(lead.interests.values_list("car_model_id", flat=True)) if lead else set()
    fits = [car for car in cars if str(car.pk) == wanted] or [c for c in cars if c.car_model_id in models]
    minutes = setting(request.store, "drive_minutes")
    for car in dict.fromkeys([*fits, *cars]):
        free = free_times(request.store, car, on, minutes=minutes, now=request.now)
        if free:
            return {"on": on, "car": str(car.pk), "time": free[0].astimezone(request.store.zone).time()}
    return {"on": on, "car": str(fits[0].pk) if fits else ""}


def _book(request: HttpRequest, lead: Lead | None, form: BookingForm) -> str:
    starts_at, ends_at = form.times()
    booking = book(
        int(form.cleaned_data["car"]),
        lead.pk if lead else _chosen_lead(form),
        starts_at=starts_at,
        ends_at=ends_at,
        by=request.user,
        now=request.now,
    )
    if starts_at - request.now <= SOON and may_serve(booking.lead, request.user, now=request.now):
        return reverse("showroom:drive", args=[booking.pk])
    if lead:
        return reverse("leads:card", args=[lead.number])
    return f"{reverse('showroom:drives')}?on={booking.store.business_date(starts_at).isoformat()}"


def _chosen_lead(form: BookingForm) -> int:
    if not form.cleaned_data.get("lead"):
        raise Refused(_("Tap the customer. Somebody else's drive is booked on the card."), field="lead")
    return int(form.cleaned_data["lead"])


def _booking_sheet(request, form, lead, *, title, button, booking=None, cancel=None) -> HttpResponse:
    chosen = form["car"].value()
    car = form.cars.get(str(chosen or ""))
    context = {
        "form": form,
        "lead": lead,
        "title": title,
        "button": button,
        "booking": booking,
        "cancel": cancel,
        "free": _free(request, car, form) if car else [],
        "back": reverse("leads:card", args=[lead.number]) if lead else reverse("showroom:drives"),
    }
    status = 422 if form.is_bound or (cancel and cancel.is_bound) else 200
    status = 409 if getattr(form, "conflict", "") else status
    template = "showroom/_booking_sheet.html" if request.htmx else "showroom/booking.html"
    return render(request, template, context, status=status)


def _free(request: HttpRequest, car: DemoCar, form: BookingForm) -> list[str]:
    """The next free times of the chosen car, as the store's clock shows them."""
    on = form.cleaned_data.get("on") if form.is_bound and hasattr(form, "cleaned_data") else None
    on = on or form.initial.get("on")
    minutes = setting(request.store, "drive_minutes")
    free = free_times(request.store, car, on, minutes=minutes, now=request.now) if on else []
    return [f"{start.astimezone(request.store.zone):%H:%M}" for start in free]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def booking(request: HttpRequest, pk: int) -> HttpResponse:
    """One booking: to the drive, to another time or car, or called off."""
    row, lead = customers_booking(request, pk)
    if not may_book(lead, request.user, now=request.now):
        raise PermissionDenied(_("This is a colleague's customer. Tell the owner instead."))
    row = _as_it_is(row)
    if row.state != Booking.State.PLANNED:
        return redirect("showroom:drive", row.pk)
    calls_off = request.POST.get("act") == "cancel"
    posted = request.method == "POST"
    cancel = CancelForm(request.POST if calls_off else None)
    form = _move_form(request, row, data=request.POST if posted and not calls_off else None)
    bound = cancel if calls_off else form
    if posted and bound.is_valid():
        try:
            text = _call_off(request, row, cancel) if calls_off else _move(request, row, form)
            return saved(request, text, _days_page(row, request))
        except NotAllowed as refusal:
            raise PermissionDenied(refusal.message) from refusal
        except Refused as refusal:
            row = _as_it_is(row)
            if calls_off:
                cancel.add_error(refusal.field if refusal.field in cancel.fields else None, refusal.message)
            else:
                form.refuse(refusal)
    return _booking_sheet(
        request, form, lead, title=_("Test drive"), button=_("Move the drive"), booking=row, cancel=cancel
    )


def _as_it_is(row: Booking) -> Booking:
    """The booking that stands for it, where somebody moved it meanwhile."""
    while row.moved_to_id:
        row = Booking.objects.select_related("store", "car__car_model").get(pk=row.moved_to_id)
    return row


def customers_booking(request: HttpRequest, pk: int) -> tuple[Booking, Lead]:
    """A booking of a customer whom the person sees, or books for at reception; else 404."""
    _must_see(request)
    row = _or_404(_of_customer(booking=pk, store=request.store.pk))
    if not _may_know(row.lead, request):
        raise Http404
    row.store = request.store
    return row, row.lead


@Prepared
def _of_customer(*, booking: int, store: int) -> QuerySet:
    rows = Booking.objects.filter(pk=booking, store=store, lead__isnull=False)
    return rows.select_related("car__car_model", "lead__customer", "lead__store")


def _move_form(request: HttpRequest, row: Booking, data) -> MoveForm:
    cars = cars_on_the_road(request.store)
    return MoveForm(data, store=row.store, cars=cars, initial=MoveForm.first_values(row))


def _move(request: HttpRequest, row: Booking, form: MoveForm) -> str:
    starts_at, ends_at = form.times()
    facts = {"car_id": int(form.cleaned_data["car"]), "starts_at": starts_at, "ends_at": ends_at}

    def check(booking: Booking) -> None:
        form.check(form.first_values(_as_it_is(booking)))

    move_booking(row.pk, **facts, by=request.user, now=request.now, check=check)
    return _("Test drive moved")


def _call_off(request: HttpRequest, row: Booking, form: CancelForm) -> str:
    cancel_booking(row.pk, reason=form.cleaned_data["reason"], by=request.user, now=request.now)
    return _("Test drive called off")


def _days_page(row: Booking, request: HttpRequest) -> str:
    return f"{reverse('showroom:drives')}?on={row.store.business_date(row.starts_at).isoformat()}"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def workshop(request: HttpRequest) -> HttpResponse:
    """Take a car off the road for a time."""
    _must_see(request)
    if not request.user.roles_in(request.store) & set(LOGGING):
        raise PermissionDenied
    today = request.store.business_date(request.now)
    first = {"on": today, "until_on": today, "car": request.GET.get("car", "")}
    data = request.POST if request.method == "POST" else None
    form = WorkshopForm(data, store=request.store, cars=cars_on_the_road(request.store), initial=first)
    if form.is_bound and form.is_valid():
        try:
            url = sent_once(request, form, lambda: _block(request, form))
            return saved(request, _("The car is off the road for that time"), url)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    sheet = Sheet(_("To the workshop"), reverse("showroom:drives"), _("Take it off the road"))
    return show_sheet(request, sheet, form, status=422 if form.is_bound else 200)


def _block(request: HttpRequest, form: WorkshopForm) -> str:
    starts_at, ends_at = form.times()
    row = block(
        int(form.cleaned_data["car"]),
        starts_at=starts_at,
        ends_at=ends_at,
        reason=form.cleaned_data["reason"],
        by=request.user,
        now=request.now,
    )
    return _days_page(row, request)


@login_required
@require_POST
def back_on_the_road(request: HttpRequest, pk: int) -> HttpResponse:
    """The workshop is done with the car."""
    _must_see(request)
    row = get_object_or_404(Booking.objects.select_related("store"), store=request.store, lead=None, pk=pk)
    try:
        unblock(row.pk, by=request.user, now=request.now)
        messages.success(request, _("The car is on the road again."))
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect(_days_page(row, request))
