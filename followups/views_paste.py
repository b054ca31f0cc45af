"""The paste box: lines in, a table to look over, leads out (SPEC A19)."""

import uuid

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from accounts.errors import Refused
from accounts.models import Store, User
from accounts.once import once
from accounts.roles import SELLING, Role
from leads.book import book
from leads.bulk import customers_by_number
from leads.giving_many import people_of
from leads.models import CarModel, Lead
from leads.phones import read_phone
from leads.steps import Step

from .enquiries import Came, Enquiry, take_in
from .pasting import MOST_LINES, read_lines

CHOOSES_OWNER = {Role.MANAGER, Role.SUPERVISOR, Role.BDC_AGENT}


class PasteForm(forms.Form):
    """What was copied, where it came from, and whose it will be."""

    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    text = forms.CharField(
        label=gettext_lazy("Copied lines"),
        max_length=40_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("One customer a line: number, name and model in any order."),
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"),
        error_messages={"required": gettext_lazy("Tap where they come from.")},
    )
    media = forms.ChoiceField(label=gettext_lazy("Medium"), required=False)
    owner = forms.ChoiceField(label=gettext_lazy("Owner"), required=False)

    def __init__(self, *args, store: Store, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.terms = {str(t.pk): t for which in ("channel", "media") for t in book(store).choices(which)}
        for which in ("channel", "media"):
            rows = [(str(term.pk), str(term)) for term in book(store).choices(which)]
            self.fields[which].choices = [("", "–"), *rows]
        self.people = {str(user.pk): user}
        if user.roles_in(store) & CHOOSES_OWNER:
            self.people |= {str(person.pk): person for person in people_of(store)}
        self.fields["owner"].choices = [(pk, person.full_name) for pk, person in self.people.items()]
        self.fields["owner"].initial = str(user.pk)

    @property
    def new_owner(self) -> User:
        return self.people[self.cleaned_data["owner"] or self.fields["owner"].initial]

    def term(self, which: str):
        return self.terms.get(self.cleaned_data[which])


class RowForm(forms.Form):
    """One customer to look over; an unticked row is left out."""

    taken = forms.BooleanField(required=False, initial=True)
    phone = forms.CharField(max_length=60, required=False)
    name = forms.CharField(max_length=80, required=False)
    model = forms.ChoiceField(required=False)

    def __init__(self, *args, models: dict[str, CarModel], **kwargs):
        super().__init__(*args, **kwargs)
        self.models, self.known = models, ""
        self.fields["model"].choices = [("", "–"), *((pk, str(model)) for pk, model in models.items())]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def paste(request: HttpRequest) -> HttpResponse:
    """POST `act=read` shows what was understood, `act=save` takes the ticked rows in."""
    if request.store is None:
        raise Http404
    if not request.user.roles_in(request.store) & set(SELLING):
        raise PermissionDenied(_("Your role takes in no enquiries."))
    if request.method != "POST":
        return _page(request, PasteForm(store=request.store, user=request.user), [])
    form = PasteForm(request.POST, store=request.store, user=request.user)
    rows = _rows_sent(request) if request.POST.get("act") == "save" else _rows_read(request)
    if not rows:
        form.add_error("text", _("Paste at least one line."))
    if not form.is_valid():
        return _page(request, form, rows, status=422)
    if request.POST.get("act") != "save":
        return _page(request, form, rows)
    return _save(request, form, rows)


def _models(store: Store) -> dict[str, CarModel]:
    cars = CarModel.objects.filter(group=store.group_id, active=True).order_by("id")
    return {str(model.pk): model for model in cars}


def _rows_read(request: HttpRequest) -> list[RowForm]:
    models = _models(request.store)
    pasted = read_lines(request.POST.get("text", ""), store=request.store, models=list(models.values()))
    return [
        RowForm(
            models=models,
            prefix=f"row{number}",
            initial={
                "taken": True,
                "phone": row.phone_text or row.line[:60],
                "name": row.name,
                "model": row.car_model.pk if row.car_model else "",
            },
        )
        for number, row in enumerate(pasted)
    ]


def _rows_sent(request: HttpRequest) -> list[RowForm]:
    models = _models(request.store)
    count = sum(f"row{number}-phone" in request.POST for number in range(MOST_LINES))
    return [RowForm(request.POST, models=models, prefix=f"row{number}") for number in range(count)]


def _save(request: HttpRequest, form: PasteForm, rows: list[RowForm]) -> HttpResponse:
    """All ticked rows or none: a row that cannot be taken in says why, and nothing is lost."""
    came = {Came.NEW: 0, Came.AGAIN: 0}

    def create() -> str:
        for row in rows:
            if row.is_valid() and row.cleaned_data["taken"]:
                came[_take_in(request, form, row)] += 1
        if any(row.errors for row in rows):
            raise Refused(_("Mend the rows in red, or untick them."))
        return reverse("leads:list")

    try:
        with transaction.atomic():
            address, _first = once(
                form.cleaned_data["token"], user=request.user, now=request.now, create=create
            )
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return _page(request, form, rows, status=422)
    if any(came.values()):
        messages.success(request, _summary(came))
    return redirect(address)


def _take_in(request: HttpRequest, form: PasteForm, row: RowForm) -> Came:
    typed = row.cleaned_data
    enquiry = Enquiry(
        phone_text=typed["phone"],
        name=typed["name"],
        car_model=row.models.get(typed["model"]),
        channel=form.term("channel"),
        media=form.term("media"),
    )
    try:
        return take_in(request.store, enquiry, owner=form.new_owner, by=request.user, at=request.now)[1]
    except Refused as refusal:
        row.add_error(refusal.field if refusal.field in row.fields else None, refusal.message)
        return Came.NEW


def _summary(came: dict[Came, int]) -> str:
    new = ngettext("%(count)s new lead", "%(count)s new leads", came[Came.NEW]) % {"count": came[Came.NEW]}
    if not came[Came.AGAIN]:
        return new
    again = ngettext("%(count)s asked again", "%(count)s asked again", came[Came.AGAIN])
    return f"{new}, {again % {'count': came[Came.AGAIN]}}"


def _page(request: HttpRequest, form: PasteForm, rows: list[RowForm], status: int = 200) -> HttpResponse:
    _tell_known(request.store, rows)
    context = {"form": form, "rows": rows}
    return render(request, "followups/paste.html", context, status=status)


def _tell_known(store: Store, rows: list[RowForm]) -> None:
    """Under each row whose customer it is already: the owner's name, never the customer's (SPEC A70)."""
    phones = {row.prefix: _phone_of(row, store) for row in rows}
    customers = customers_by_number(store, [value for value in phones.values() if value])
    leads = Lead.objects.filter(
        store=store, customer__in=[c.pk for c in customers.values()], step__lt=Step.FOLLOW_UP
    )
    owners = {lead.customer_id: lead for lead in leads.select_related("owner").order_by("car_no")}
    for row in rows:
        customer = customers.get(phones[row.prefix])
        if customer and customer.pk in owners:
            owner = owners[customer.pk].owner
            row.known = owner.full_name if owner else _("in the pool")


def _phone_of(row: RowForm, store: Store) -> str:
    phone = read_phone(row["phone"].value() or "", country=store.country, store_code=store.code)
    return phone.value if phone else ""
