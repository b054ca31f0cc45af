"""A sheet with a form: slid over the page by htmx, a page of its own without."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from .roles import RUNNING


@dataclass(frozen=True)
class Sheet:
    """What stands around the fields: title and line on top, the button and what it does below."""

    title: str
    back: str
    button: str
    line: str = ""
    says: str = ""
    part: str = "accounts/_form_sheet.html"


def show_sheet(
    request: HttpRequest, sheet: Sheet, form: forms.Form | None = None, *, status: int = 200, **context
) -> HttpResponse:
    """The sheet with its form, for htmx or as a page."""
    context |= {"sheet": sheet, "form": form}
    return render(request, sheet.part if request.htmx else "accounts/sheet_page.html", context, status=status)


def saved(request: HttpRequest, text: str, url: str) -> HttpResponse:
    """Say once that it is saved, and show the page behind the sheet anew."""
    messages.success(request, text)
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def must_run_the_store(request: HttpRequest) -> None:
    """PermissionDenied for who is neither manager, general manager nor administrator here."""
    if not request.user.roles_in(request.store) & set(RUNNING):
        raise PermissionDenied(_("Only who runs the store changes this. Ask your manager."))
