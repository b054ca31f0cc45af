"""The sheet "Organisation" of the card's menu (SPEC TYPE-05, TYPE-07, TYPE-08)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.errors import NotAllowed, Refused
from accounts.meanwhile import unchanged

from .access import may_work_on
from .forms_organisation import OrganisationForm, first_values
from .models import Lead, OrganisationProfile
from .organisations import describe
from .sheets import form_sheet, go, lead_or_404, posted


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organisation(request: HttpRequest, number: str) -> HttpResponse:
    """Rhythm, batch, persons and meetings; 409 with both persons' values when somebody saved first."""
    lead = lead_or_404(request, number)
    if not may_work_on(lead, request.user, now=request.now):
        raise PermissionDenied(_("This is a colleague's customer. Tell the owner instead."))
    typed = posted(request)
    form = OrganisationForm(typed, initial=first_values(_known(lead)) if typed is None else None)
    if form.is_bound and form.is_valid():
        try:
            return _saved(request, lead, form)
        except NotAllowed as refusal:
            raise PermissionDenied(refusal.message) from None
        except Refused as refusal:
            form.refuse(refusal)
    return form_sheet(
        request, lead, form, title=_("Organisation"), submit=_("Save"),
        says=_("The grade follows from months and cars. Organisations have no fixed rhythm of calls."),
        status=form.status,
    )  # fmt: skip


def _saved(request: HttpRequest, lead: Lead, form: OrganisationForm) -> HttpResponse:
    with unchanged(form, lead.customer, lambda: first_values(_known(lead))):
        lead = describe(lead.pk, form.values(), by=request.user, at=request.now).lead
    messages.success(request, _("Saved, grade %(grade)s") % {"grade": lead.get_grade_display()})
    return go(request, reverse("leads:card", args=[lead.number]))


def _known(lead: Lead) -> OrganisationProfile | None:
    return OrganisationProfile.objects.filter(lead=lead).first()
