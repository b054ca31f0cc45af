"""The sheets about families, referrals and shares of a deal (SPEC OWN-03..05, A17, A21)."""

from collections.abc import Callable
from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.errors import NotAllowed, Refused
from accounts.meanwhile import SeenForm, unchanged
from accounts.models import User
from accounts.once import once
from accounts.prepared import Prepared
from accounts.roles import Role

from .access import may_work_on
from .credit import proposed_shares, split_credit
from .forms_owner import NumberForm, ReferralForm, RelativeForm, RewardForm, SharesForm
from .giving import may_be_given_to
from .household import add_relative, relatives, unlink
from .models import Credit, CustomerLink, Lead, ReferralReward
from .referrals import Reward, approve_reward, name_referrer, pay_reward, promise_reward, refer, usual_reward
from .rewards import may_pay
from .sheets import done, form_sheet, go, lead_or_404, posted

SHEET = require_http_methods(["GET", "HEAD", "POST"])


def _must_work(request: HttpRequest, number: str) -> Lead:
    lead = lead_or_404(request, number)
    if not may_work_on(lead, request.user, now=request.now):
        raise PermissionDenied(_("This is a colleague's customer. Tell the owner instead."))
    return lead


def _saved(form, save: Callable[[], object]) -> bool:
    """Whether it was saved; a refusal stands at its field."""
    try:
        save()
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from None
    except Refused as refusal:
        if isinstance(form, SeenForm):
            form.refuse(refusal)
        else:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return False
    return True


@login_required
@SHEET
def family(request: HttpRequest, number: str) -> HttpResponse:
    """Who belongs to this customer; the first three and the shareholder share the owner."""
    lead = _must_work(request, number)
    form = RelativeForm(posted(request))
    who = {"by": request.user, "at": request.now}
    if request.method == "POST":
        if gone := request.POST.get("unlink"):
            return _unlinked(request, lead, gone)
        said = form.cleaned_data if form.is_valid() else {}
        if said and _saved(
            form,
            lambda: add_relative(
                lead.pk, said["relation"], phone_text=said["phone"], name=said["name"], **who
            ),
        ):
            return done(request, lead, _("Linked"))
    return form_sheet(
        request, lead, form, title=_("Family and company"), submit=_("Link them"),
        above="leads/_relatives.html", relatives=relatives(lead.customer),
        says=_("Spouse, parents, children and shareholders have the same owner from their first enquiry on."),
    )  # fmt: skip


def _unlinked(request: HttpRequest, lead: Lead, link: str) -> HttpResponse:
    pk = int(link) if link.isdecimal() and len(link) < 19 else 0
    try:
        unlink(lead.pk, pk, by=request.user, at=request.now)
    except CustomerLink.DoesNotExist:
        raise Http404 from None
    return done(request, lead, _("No longer linked"))


# --- referrals ----------------------------------------------------------------------------


@login_required
@SHEET
def referred(request: HttpRequest, number: str) -> HttpResponse:
    """This customer names somebody who has not been here."""
    lead = _must_work(request, number)
    form = ReferralForm(posted(request))
    if form.is_bound and form.is_valid():
        answer: list[str] = []
        if _saved(form, lambda: answer.append(_referred(request, lead, form.cleaned_data))):
            messages.success(request, _("Referral written down"))
            return go(request, answer[0])
    return form_sheet(
        request, lead, form, title=_("Refers somebody"), submit=_("Save"),
        says=_("It counts from the moment we have the number."),
    )  # fmt: skip


def _referred(request: HttpRequest, lead: Lead, said: dict) -> str:
    """Written once, however often the form is sent; answers where the new lead is."""

    def create() -> str:
        new = refer(
            lead.store,
            lead.customer,
            name=said["name"],
            phone_text=said["phone"],
            by=request.user,
            at=request.now,
        )
        return reverse("leads:card" if new.owner_id else "leads:masked", args=[new.number])

    url, _new = once(said["token"], user=request.user, now=request.now, create=create)
    return url


@login_required
@SHEET
def referral(request: HttpRequest, number: str) -> HttpResponse:
    """Who brought this customer, and what they get for it: promised, approved, paid (SPEC A21)."""
    lead = _must_work(request, number)
    reward = _rewards.first(lead=lead.pk)
    wanted = _referral_form(lead, reward)
    form = _referral_sheet_form(request, lead, reward, wanted)
    act = ACTS.get(request.POST.get("act", ""))
    if form.is_bound:
        complete, save = form.is_valid(), act or SAVES.get(wanted)
        if save and (act or complete) and _saved(form, lambda: save(lead.pk, form, request)):
            return done(request, lead, _("Saved"))
    return form_sheet(
        request, lead, form, title=_("Referral"), submit=_("Save") if wanted else "",
        above="leads/_referral.html", reward=reward, hide_form=not wanted,
        decides=Role.MANAGER in request.user.roles_in(lead.store), pays=may_pay(request.user, lead.store),
        status=getattr(form, "status", None),
        says=_("The reward is due when the car is delivered.") if lead.referrer_id else "",
    )  # fmt: skip


@Prepared
def _rewards(*, lead: int) -> QuerySet:
    return ReferralReward.objects.filter(lead=lead).select_related("referrer")


def _referral_form(lead: Lead, reward: ReferralReward | None):
    """What may still be written: the referrer before the first visit, the reward until it is approved."""
    if lead.referrer_id is None:
        return None if lead.last_visit_at else NumberForm
    return None if reward and reward.approved_at else RewardForm


def _referral_sheet_form(request: HttpRequest, lead: Lead, reward: ReferralReward | None, wanted):
    if wanted is not RewardForm:
        return NumberForm(posted(request))
    first = RewardForm.first_values(reward, usual=usual_reward(lead.store))
    form = RewardForm(posted(request), initial=first)
    form.fields["amount"].label = f"{_('Money')} · {lead.store.currency}"
    return form


def _name(pk: int, form, request: HttpRequest) -> None:
    name_referrer(pk, form.cleaned_data["phone"], by=request.user, at=request.now)


def _promise(pk: int, form, request: HttpRequest) -> None:
    def check(reward: ReferralReward | None) -> None:
        form.check(form.first_values(reward, usual=usual_reward(request.store)))

    promise_reward(pk, Reward(**form.values()), by=request.user, at=request.now, check=check)


ACTS = {
    "approve": lambda pk, form, request: approve_reward(pk, by=request.user, at=request.now),
    "pay": lambda pk, form, request: pay_reward(pk, by=request.user, at=request.now),
}
SAVES = {NumberForm: _name, RewardForm: _promise}


# --- shares of a deal -----------------------------------------------------------------------


@login_required
@SHEET
def credit(request: HttpRequest, number: str) -> HttpResponse:
    """The manager shares a deal out; a courtesy receiver who signed the same day is proposed half (A17)."""
    lead = lead_or_404(request, number)
    if Role.MANAGER not in request.user.roles_in(lead.store):
        raise PermissionDenied(_("Only the manager shares a deal out."))
    people: list[User] = [*([lead.owner] if lead.owner else []), *may_be_given_to(lead)]
    rows, proposed = _credits(lead), proposed_shares(lead)
    form = SharesForm(posted(request), people=people, initial=_shares(rows, proposed))
    if form.is_bound and form.is_valid():
        try:
            with unchanged(form, lead, lambda: _shares(_credits(lead), proposed)):
                split_credit(lead.pk, form.shares(), by=request.user, at=request.now)
            return done(request, lead, _("Shared out"))
        except NotAllowed as refusal:
            raise PermissionDenied(refusal.message) from None
        except Refused as refusal:
            form.refuse(refusal)
            rows = _credits(lead)
    return form_sheet(
        request, lead, form, title=_("Who counts for the deal"), submit=_("Save"),
        above="leads/_shares.html", rows=rows, proposed=proposed, status=form.status,
        says=_("The shares sum to 100. The bonus of whoever invited stands apart."),
    )  # fmt: skip


def _credits(lead: Lead) -> list[Credit]:
    return _credits_of(lead=lead.pk)


@Prepared
def _credits_of(*, lead: int) -> QuerySet:
    return Credit.objects.filter(lead=lead).select_related("user").order_by("part", "-share", "pk")


def _shares(rows: list[Credit], proposed: dict[int, Decimal]) -> dict[str, Decimal]:
    """By field: what the manager said, before that what is proposed, or what counts by itself."""
    if not proposed or any(row.set_by_id for row in rows):
        proposed = {row.user_id: row.share for row in rows if row.part == Credit.Part.SALE}
    return {f"share_{pk}": share for pk, share in proposed.items()}
