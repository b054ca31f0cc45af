"""Many leads at once to a colleague, to all of them evenly, or to the pool; and the way back."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.errors import Refused
from accounts.models import FormToken, User
from accounts.sql import insert_unless_there

from .forms import TokenForm
from .giving_many import MOST, Given, at_work, give_many, may_give_many, people_of, split
from .list_pages import by_priority
from .models import Lead
from .wanted import Wanted

EVENLY, POOL = "evenly", "pool"
KEPT = "given"  # in the session: what the last reassignment did, so that it can be shown and taken back


class GiveForm(TokenForm):
    to = forms.ChoiceField(
        label=gettext_lazy("Who gets them"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose who gets them."),
            "invalid_choice": gettext_lazy("Choose who gets them."),
        },
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=200,
        error_messages={"required": gettext_lazy("Say why.")},
        widget=forms.TextInput(attrs={"enterkeyhint": "done", "autocomplete": "off"}),
    )

    def __init__(self, *args, people: list[User], **kwargs):
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        names = [(pk, person.full_name) for pk, person in self.people.items()]
        self.fields["to"].choices = [
            *names, (EVENLY, gettext_lazy("Split evenly")), (POOL, gettext_lazy("Pool"))
        ]  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest) -> HttpResponse:
    """The sheet that gives ticked leads, or all of a filter, to somebody else; a POST with `to` does it."""
    wanted = Wanted(request)
    if not may_give_many(request.user, wanted.store):
        raise PermissionDenied(_("Only a manager or a supervisor gives many customers at once."))
    form = GiveForm(_sent(request), people=people_of(wanted.store))
    ids = _chosen(request, wanted)
    if not ids:
        return _sheet(request, wanted, form, ids, error=_("Tick at least one customer."), status=422)
    if not form.is_bound:
        return _sheet(request, wanted, form, ids)
    if form.is_valid():
        try:
            return _given(request, wanted, form, ids)
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
    return _sheet(request, wanted, form, ids, status=422)


def _sent(request: HttpRequest):
    """The fields of the form; the ticks alone only open it."""
    return request.POST if request.method == "POST" and "reason" in request.POST else None


def _chosen(request: HttpRequest, wanted: Wanted) -> list[int]:
    """Ids of the ticked leads that the person sees, else of all leads of the filter, MOST of them."""
    if request.method == "POST" and "all" not in request.POST:
        numbers = [number for number in request.POST.getlist("lead") if "\0" not in number][:MOST]
        return list(wanted.visible.filter(number__in=numbers).values_list("pk", flat=True)) if numbers else []
    leads: QuerySet = wanted.filter.qs
    if wanted.of_active:
        return by_priority(leads, None, MOST)
    return list(leads.order_by("-pk").values_list("pk", flat=True)[:MOST])


def _given(request: HttpRequest, wanted: Wanted, form: GiveForm, ids: list[int]) -> HttpResponse:
    """Do it once, however often the form is sent; who could not move is listed on a page."""
    to, token = form.cleaned_data["to"], form.cleaned_data["token"]
    shares = _shares(wanted, form, to, ids)
    if not insert_unless_there(FormToken(token=token, user=request.user, at=request.now)):
        return _go(request, reverse("leads:given"))
    given = give_many(shares, by=request.user, at=request.now, reason=form.cleaned_data["reason"])
    request.session[KEPT] = {"moved": given.moved, "refused": given.refused, "already": given.already}
    messages.success(
        request, _said(given), extra_tags=f"undo {reverse('leads:give_back')}" if given.moved else ""
    )
    return _go(request, reverse("leads:given") if given.refused else wanted.url())


def _shares(wanted: Wanted, form: GiveForm, to: str, ids: list[int]) -> list[tuple[int, User | None]]:
    if to == EVENLY:
        return split(ids, at_work(list(form.people.values()), wanted.store, on=wanted.today))
    return [(pk, form.people.get(to)) for pk in ids]


def _said(given: Given) -> str:
    moved = len(given.moved)
    said = ngettext("%(n)s customer given", "%(n)s customers given", moved) % {"n": moved}
    if not given.refused:
        return said
    left = len(given.refused)
    return _("%(said)s, %(left)s not") % {"said": said, "left": left}


def _sheet(request, wanted: Wanted, form: GiveForm, ids: list[int], *, error: str = "", status: int = 200):
    ticked = request.method == "POST" and "all" not in request.POST
    context = {
        "form": form,
        "count": len(ids),
        "all": not ticked,
        "capped": not ticked and len(ids) == MOST,
        "ticked": request.POST.getlist("lead") if ticked else [],
        "error": error,
        "action": wanted.url("leads:give_many"),
        "back": wanted.url(),
    }
    template = "leads/_give_many.html" if request.htmx else "leads/give_many.html"
    return render(request, template, context, status=status)


@require_safe
@login_required
def given(request: HttpRequest) -> HttpResponse:
    """What the last reassignment did: how many moved to whom, and which did not, with the reason."""
    Wanted(request)
    kept = request.session.get(KEPT) or {"moved": [], "refused": [], "already": 0}
    why = dict(kept["refused"])
    seen = (
        Lead.objects.visible_to(request.user, now=request.now).filter(pk__in=why).select_related("customer")
    )
    names = dict(
        User.objects.filter(pk__in={to for *_lead, to in kept["moved"] if to}).values_list("pk", "full_name")
    )
    counts: dict[str, int] = {}
    for *_lead, to in kept["moved"]:
        name = names.get(to) or _("Pool")
        counts[name] = counts.get(name, 0) + 1
    context = {
        "counts": sorted(counts.items()),
        "already": kept["already"],
        "refused": [(lead, why[lead.pk]) for lead in seen.order_by("pk")],
        "can_undo": bool(kept["moved"]),
    }
    return render(request, "leads/given.html", context)


@login_required
@require_POST
def give_back(request: HttpRequest) -> HttpResponse:
    """Undo: each lead of the last reassignment that is still where it went goes back to whose it was."""
    wanted = Wanted(request)
    if not may_give_many(request.user, wanted.store):
        raise PermissionDenied(_("Only a manager or a supervisor gives many customers at once."))
    kept = request.session.pop(KEPT, None)
    if not kept or not kept["moved"]:
        messages.warning(request, _("There is nothing to take back."))
        return redirect("leads:list")
    before = {pk: owner for pk, owner, _now in kept["moved"]}
    owners = User.objects.in_bulk([owner for owner in before.values() if owner])
    given = give_many(
        [(pk, owners.get(owner)) for pk, owner in before.items()],
        by=request.user,
        at=request.now,
        reason="undo",
        still={pk: now for pk, _before, now in kept["moved"]},
    )
    request.session[KEPT] = {"moved": [], "refused": given.refused, "already": given.already}
    back = len(given.moved)
    messages.success(
        request, ngettext("%(n)s customer is back", "%(n)s customers are back", back) % {"n": back}
    )
    return redirect("leads:given" if given.refused else "leads:list")


def _go(request: HttpRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
