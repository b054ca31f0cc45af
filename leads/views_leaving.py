"""Somebody leaves: their open leads are handed over first, then they are let go (SPEC OWN-12)."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import NotAllowed, Refused
from accounts.models import User
from accounts.people import check_may_change, held_by, let_go
from accounts.roles import Role
from accounts.sheets import must_run_the_store, saved

from .forms_people import TakersForm
from .leaving import hand_over_all, hand_over_one, handed_over, in_fair_order, open_leads_of, receivers
from .masking import mask_name
from .models import Lead
from .views_people import forbidden_as_403, person_or_404

SHOWN = 100  # leads to choose for one by one
POOL = "pool"


def _leaver(request: HttpRequest, pk: int) -> User:
    person = person_or_404(request, pk)
    with forbidden_as_403():
        check_may_change(person, request.store, by=request.user)
        if person.pk == request.user.pk:
            raise NotAllowed(_("Nobody lets themselves go. Ask a colleague who runs the store."))
    return person


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def leaving(request: HttpRequest, pk: int) -> HttpResponse:
    """How many leads are open, and to whom they go; a POST hands over by `act`."""
    person = _leaver(request, pk)
    people = receivers(request.store, but=person)
    form = TakersForm(request.POST if request.POST.get("act") in ("all", "split") else None, people=people)
    if request.method == "POST":
        try:
            text = _hand_over(request, person, people, form)
            if text:
                return saved(request, text, reverse("leads:leaving", args=[pk]))
        except Refused as refusal:
            form.add_error(None, refusal.message) if form.is_bound else _refuse(form, refusal)
        return _page(request, person, people, form, status=422)
    return _page(request, person, people, form)


def _refuse(form: TakersForm, refusal: Refused) -> None:
    form.refusal = refusal.message


def _hand_over(request: HttpRequest, person: User, people: list[User], form: TakersForm) -> str:
    """Do what the button says and put it in words; empty when nobody was chosen."""
    facts = {"by": request.user, "at": request.now}
    act = request.POST.get("act")
    if act == "each":
        return _in_words(_one_by_one(request, person, people))
    if act == POOL:
        return _in_words(hand_over_all(person, request.store, [], **facts))
    if not form.is_bound or not form.is_valid():
        return ""
    takers = form.takers[:1] if act == "all" else form.takers
    return _in_words(hand_over_all(person, request.store, takers, **facts))


def _one_by_one(request: HttpRequest, person: User, people: list[User]) -> dict[User | None, int]:
    """The fields `to-<lead number>` that say something: a colleague's key, or the pool."""
    by_key = {str(one.pk): one for one in people} | {POOL: None}
    wanted = {name[3:]: value for name, value in request.POST.items() if name.startswith("to-") and value}
    leads = open_leads_of(person, request.store).filter(number__in=wanted).order_by("pk")
    given: dict[User | None, int] = {}
    for lead in leads:
        if wanted[lead.number] not in by_key:
            raise Refused(_("Choose who takes over."))
        taker = by_key[wanted[lead.number]]
        hand_over_one(lead.pk, taker, person=person, by=request.user, at=request.now)
        given[taker] = given.get(taker, 0) + 1
    return given


def _in_words(given: dict[User | None, int]) -> str:
    parts = [f"{taker.full_name if taker else _('Pool')} {count}" for taker, count in given.items()]
    text = ngettext("%(n)s lead handed over", "%(n)s leads handed over", sum(given.values()))
    return pgettext("between two parts", ", ").join([text % {"n": sum(given.values())}, *parts])


def _page(request: HttpRequest, person: User, people: list[User], form: TakersForm, status: int = 200):
    leads = in_fair_order(list(open_leads_of(person, request.store).select_related("customer")))
    context = {
        "person": person,
        "people": people,
        "form": form,
        "leads": leads[:SHOWN],
        "count": len(leads),
        "more": len(leads) - len(leads[:SHOWN]),
        "held": held_by(person, request.store) if not leads else [],
        "names": _sees_names(request),
        "chosen": request.POST,
    }
    return render(request, "leads/leaving.html", context, status=status)


def _sees_names(request: HttpRequest) -> bool:
    """An administrator hands leads over without seeing customers (SPEC A71)."""
    return bool(request.user.roles_in(request.store) & {Role.MANAGER, Role.GENERAL_MANAGER})


@login_required
@require_POST
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody go; 409 with the count while leads are open."""
    person = _leaver(request, pk)
    try:
        let_go(person, request.store, by=request.user, at=request.now)
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    except Refused as refusal:
        people = receivers(request.store, but=person)
        form = TakersForm(people=people)
        form.refusal = refusal.message
        return _page(request, person, people, form, status=409)
    text = _("%(name)s is let go, every session is ended") % {"name": person.full_name}
    return saved(request, text, reverse("leads:people"))


@require_safe
@login_required
def handover_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet to print and sign: lead numbers, masked names, who has them now."""
    must_run_the_store(request)
    works_or_worked = User.objects.filter(memberships__store=request.store).distinct()
    person = get_object_or_404(works_or_worked, pk=pk)
    leads = list(open_leads_of(person, request.store).select_related("customer").order_by("number"))
    done = handed_over(person, request.store)
    if not leads and not done:
        raise Http404
    context = {
        "person": person,
        "open": [_line(lead) for lead in leads],
        "done": [_line(row.lead) | {"to": row.to, "at": row.at} for row in done],
        "names": _sees_names(request),
    }
    return render(request, "leads/handover_sheet.html", context)


def _line(lead: Lead) -> dict:
    return {"lead": lead, "name": mask_name(lead.customer.name)}
