"""The pool as consultants see it: masked cards with one tap to take one (SPEC A70)."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import NotAllowed, Refused
from accounts.rules import setting

from .access import may_own
from .forms_owner import NumberForm
from .giving import check_take
from .giving import take as take_lead
from .list_columns import read
from .list_rows import rows_of
from .lists import LEADING, LISTING
from .masked import masked_or_404, pool_of
from .masking import mask_name
from .models import Lead
from .referrals import has_a_number, obtain_number
from .sheets import done, sheet

PAGE = 25
MOST = 1000


@require_safe
@login_required
def pool(request: HttpRequest) -> HttpResponse:
    """The pool by next date, the longest waiting first; three statements whatever its size."""
    user, store = request.user, request.store
    roles = user.roles_in(store) if store else set()
    if roles & set(LEADING):  # they see the pool whole
        return redirect(f"{reverse('leads:list')}?view=pool")
    if not roles & set(LISTING):
        raise PermissionDenied
    asked = request.GET.get("shown", "")
    shown = min(max(int(asked), PAGE), MOST) if asked.isdecimal() and len(asked) < 6 else PAGE
    ids = list(pool_of(store).order_by("next_due_on", "pk").values_list("pk", flat=True)[: shown + PAGE])
    context = {
        "rows": _masked(ids[:shown], request),
        "more": len(ids[shown:]),
        "next_shown": shown + PAGE,
        "takes": setting(store, "pool_take"),
    }
    return render(request, "leads/pool.html", context)


def _masked(ids: list[int], request: HttpRequest) -> list[dict]:
    """Rows of the list without what a masked card does not show, each with where to `take` it."""
    leads = read(ids)
    rows = rows_of(leads, request.store, today=request.store.business_date(request.now))
    return [
        {
            **row,
            "name": mask_name(lead.customer_name) or row["name"],
            "phone": "",
            "url": reverse("leads:masked", args=[lead.number]),
            "take": reverse("leads:take", args=[lead.number]),
        }
        for lead, row in zip(leads, rows, strict=True)
    ]


@require_safe
@login_required
def masked(request: HttpRequest, number: str) -> HttpResponse:
    """Grade, model and last contact, no number; who sees the lead whole is led to its card."""
    lead = masked_or_404(request, number)
    if Lead.objects.visible_to(request.user, now=request.now).filter(pk=lead.pk).exists():
        return redirect("leads:card", number=lead.number)
    return _masked_card(request, lead)


def _masked_card(request: HttpRequest, lead: Lead, *, form=None, refusal: str = "", status: int = 200):
    nameless = lead.owner_id is None and lead.referrer_id and not has_a_number(lead)
    (row,) = _masked([lead.pk], request)
    context = {
        "lead": lead,
        "row": row,
        "refusal": refusal or _why_not(lead, request),
        "takes": not (lead.owner_id or nameless) and may_own(lead, request.user),
        "claims": bool(lead.owner_id) and may_own(lead, request.user),
        "form": form or NumberForm() if nameless else None,
        "back": reverse("leads:pool"),
    }
    return sheet(request, "leads/_masked_card.html", context, status=status)


def _why_not(lead: Lead, request: HttpRequest) -> str:
    """Why a pool lead is not taken by this person, or nothing."""
    if lead.owner_id:
        return ""
    try:
        check_take(lead, request.user)
    except Refused as refusal:
        return str(refusal.message)
    return ""


@login_required
@require_POST
def take(request: HttpRequest, number: str) -> HttpResponse:
    """One tap: it is yours, or somebody was faster (409)."""
    lead = masked_or_404(request, number)
    try:
        take_lead(lead.pk, by=request.user, at=request.now)
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from None
    except Refused as refusal:
        lead.refresh_from_db(fields=["owner", "status"])
        return _masked_card(request, lead, refusal=refusal.message, status=409)
    return done(request, lead, _("It is yours now"))


@login_required
@require_http_methods(["POST"])
def obtain(request: HttpRequest, number: str) -> HttpResponse:
    """The number of somebody who was only named: whoever gets it owns the customer (SPEC OWN-05)."""
    lead = masked_or_404(request, number)
    if not may_own(lead, request.user):
        raise PermissionDenied(_("Your role owns no customers in this store."))
    form = NumberForm(request.POST)
    if form.is_valid():
        try:
            obtain_number(lead.pk, form.cleaned_data["phone"], by=request.user, at=request.now)
            return done(request, lead, _("It is yours now"))
        except Refused as refusal:
            form.add_error("phone", refusal.message)
    return _masked_card(request, lead, form=form, status=422)
