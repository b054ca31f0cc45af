"""What the sheets of the card's menu share: the lead, the frame, the way back."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from accounts.signing_in import safe_next

from .access import seen_by
from .models import Lead


def lead_or_404(request: HttpRequest, number: str) -> Lead:
    """A lead the person sees whole; everything else is 404 (SPEC A55)."""
    if request.store is None:
        raise Http404
    lead = seen_by(request.user, number, "owner", "setter", now=request.now)
    if lead is None:
        raise Http404
    return lead


def posted(request: HttpRequest):
    """What a form is filled with: the fields of a POST, an empty one too."""
    return request.POST if request.method == "POST" else None


def sheet(request: HttpRequest, template: str, context: dict, *, status: int | None = None) -> HttpResponse:
    """The sheet over the page, or a page of its own without scripts; 422 when a POST shows it again."""
    status = status or (422 if request.method == "POST" else 200)
    if request.htmx:
        return render(request, template, context, status=status)
    return render(request, "leads/sheet.html", {**context, "sheet": template}, status=status)


def form_sheet(
    request: HttpRequest,
    lead: Lead,
    form: forms.Form,
    *,
    title: str,
    submit: str,
    above: str = "",
    status: int | None = None,
    **context,
) -> HttpResponse:
    """A sheet of one form; `above` is a template of what stands over it. A POST that came so far: 422.

    Opened with `?next=` it leads back there, and keeps that over a POST.
    """
    card = reverse("leads:card", args=[lead.number])
    context |= {
        "lead": lead,
        "form": form,
        "title": title,
        "submit": submit,
        "above": above,
        "action": request.get_full_path() if "next" in request.GET else request.path,
        "back": _asked(request) or card,
        "line": lead.customer.name or _("No name yet"),
    }
    return sheet(request, "leads/_form_sheet.html", context, status=status)


def done(request: HttpRequest, lead: Lead, text: str) -> HttpResponse:
    """Say it, and lead back: to the page of `?next=`, else to the card, or to the list when it is not the
    person's any more (SPEC A70).
    """
    messages.success(request, text)
    if asked := _asked(request):
        return go(request, asked)
    seen = seen_by(request.user, lead.number, now=request.now)  # as it stands now
    return go(request, reverse("leads:card", args=[lead.number]) if seen else reverse("leads:list"))


def _asked(request: HttpRequest) -> str:
    """The page from which the sheet was opened, where it said so."""
    return safe_next(request) if "next" in request.GET else ""


def go(request: HttpRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
