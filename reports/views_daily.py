"""The page of daily reports: hand in one's own, read and comment the team's (SPEC PDCA-01, 04, 13)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import NotAllowed, Refused
from accounts.once import once
from leads.editing import ChangedMeanwhile

from .access import LEADING
from .daily import comment_report, submit_report
from .daily_page import QUICK, DailyPage
from .forms import CommentForm, ReportForm
from .models import DailyReport


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def daily(request: HttpRequest) -> HttpResponse:
    """One's own report, or the team's on one page; POST hands one's own in."""
    page = DailyPage(request)
    if request.method != "POST":
        return _page(request, page)
    if not page.hands_in:
        raise PermissionDenied(_("Your role hands in no daily report."))
    form = ReportForm(request.POST, results=[])
    status = 422
    if form.is_valid():
        try:
            return _submit(request, form)
        except ChangedMeanwhile as refusal:
            form.add_error(None, refusal.message)
            form.reread(page.own_version)
            status = 409
        except Refused as refusal:
            form.add_error(None, refusal.message)
    return _page(request, page, form=form, status=status)


def _submit(request: HttpRequest, form: ReportForm) -> HttpResponse:
    on = form.cleaned_data["on"]

    def create() -> str:
        seen = form.cleaned_data["version"]
        submit_report(request.store, on, form.filled(), by=request.user, now=request.now, seen=seen)
        return f"{reverse('reports:daily')}?on={on}&person={request.user.pk}"

    url, new = once(form.cleaned_data["token"], user=request.user, now=request.now, create=create)
    if new:
        messages.success(request, _("Handed in"))
    return redirect(url)


def _page(request: HttpRequest, page: DailyPage, *, form=None, comment_form=None, status=200) -> HttpResponse:
    if page.person and form is not None:
        form.result_chips = page.results
    if page.person and form is None and page.may_submit:
        form = ReportForm(results=page.results, initial=_first_values(page))
    context = {
        "page": page,
        "form": form,
        "comment_form": comment_form or CommentForm(initial={"version": page.report and page.report.version}),
        "conflict": status == 409,
        "quick": QUICK.items(),
        "today": page.today,
    }
    return render(request, "reports/daily.html", context, status=status)


def _first_values(page: DailyPage) -> dict:
    """What was handed in, else what the day proposes."""
    report = page.report
    version = {"on": page.on, "version": page.own_version}
    if report and report.submitted_at:
        kept = {"result": report.result, "estimate": report.estimate, "causes": report.causes}
        return {"note": report.note, **kept, **version}
    return page.proposed | version


@login_required
@require_POST
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Write on a report, and go on to the next that waits."""
    visible = DailyReport.objects.visible_to(request.user, now=request.now).select_related("store")
    report = get_object_or_404(visible, pk=pk)
    if not request.user.roles_in(report.store) & set(LEADING) or report.user_id == request.user.pk:
        raise PermissionDenied(_("Only who leads the team writes on a report."))
    form = CommentForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            seen = form.cleaned_data["version"]
            comment_report(report.pk, form.text, by=request.user, now=request.now, seen=seen)
            return redirect(f"{reverse('reports:daily')}?on={report.on}")
        except NotAllowed as refusal:
            raise PermissionDenied(refusal.message) from None
        except ChangedMeanwhile as refusal:
            form.add_error(None, refusal.message)
            report.refresh_from_db(fields=["version"])
            form.reread(report.version)
            status = 409
        except Refused as refusal:
            form.add_error(None, refusal.message)
    request.GET = request.GET.copy()
    request.GET.update({"on": report.on.isoformat(), "person": str(report.user_id)})
    return _page(request, DailyPage(request), comment_form=form, status=status)
