"""Keeping a filter as a view: the sheet that names it, the one that changes it, the undo of a deletion."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature, dumps, loads
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.errors import NotAllowed, Refused
from accounts.meanwhile import SeenForm, unchanged
from accounts.once import once

from .forms import TokenForm
from .models import SavedView
from .saved_views import canonical, change_view, delete_view, may_share, save_view, views_seen_by
from .wanted import Wanted

SALT = "leads.saved_view"
A_DAY = 24 * 3600  # seconds in which a deleted view comes back


class ViewForm(TokenForm, SeenForm):
    """A name, and who sees the view where."""

    name = forms.CharField(
        label=pgettext_lazy("of a view", "Name"),
        max_length=40,
        error_messages={"required": gettext_lazy("Give the view a name.")},
        widget=forms.TextInput(attrs={"enterkeyhint": "done", "autocomplete": "off", "autofocus": True}),
    )
    pinned = forms.BooleanField(
        label=gettext_lazy("Stands as a tab"), required=False, widget=forms.CheckboxInput({"class": "switch"})
    )
    shared = forms.BooleanField(
        label=gettext_lazy("For the whole store"),
        required=False,
        widget=forms.CheckboxInput({"class": "switch"}),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def save(request: HttpRequest) -> HttpResponse:
    """Keep the filter of the address under a name; beneath it the views that are there."""
    wanted = Wanted(request)
    if request.method != "POST":
        return _save_sheet(request, wanted, ViewForm(initial={"pinned": True}))
    form = ViewForm(request.POST)
    if form.is_valid():
        try:
            return _saved(request, wanted, form)
        except NotAllowed as refusal:
            raise PermissionDenied(refusal.message) from None
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
    return _save_sheet(request, wanted, form, status=422)


def _saved(request: HttpRequest, wanted: Wanted, form: ViewForm) -> HttpResponse:
    def create() -> str:
        view = save_view(
            request.store,
            query=canonical(wanted.params),
            by=request.user,
            **form.values("name", "shared", "pinned"),
        )
        return reverse("leads:list") + f"?{view.query}"

    url, new = once(form.cleaned_data["token"], user=request.user, now=request.now, create=create)
    if new:
        messages.success(request, _("View saved"))
    return _go(request, url)


def _save_sheet(request: HttpRequest, wanted: Wanted, form: ViewForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "chips": [str(wanted.view.label), *(words for _name, words in wanted.filter.chips())],
        "query": canonical(wanted.params),
        "views": views_seen_by(request.user, request.store).select_related("user"),
        "may_share": may_share(request.user, request.store),
        "action": wanted.url("leads:save_view"),
        "back": wanted.url(),
    }
    template = "leads/_view_save.html" if request.htmx else "leads/view_save.html"
    return render(request, template, context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename, share, pin or delete one's own view; somebody else's shared one is only opened."""
    Wanted(request)
    view = get_object_or_404(
        views_seen_by(request.user, request.store).select_related("user", "store"), pk=pk
    )
    if view.user_id != request.user.pk:
        raise PermissionDenied(_("Only %(name)s changes this view.") % {"name": view.user})
    if request.method == "POST" and request.POST.get("act") == "delete":
        return _deleted(request, view)

    def now() -> dict:
        return {"name": view.name, "shared": view.shared, "pinned": view.pinned}

    form = ViewForm(request.POST if request.method == "POST" else None, initial=now())
    if form.is_valid():
        try:
            with unchanged(form, view, now):
                change_view(view, by=request.user, **form.values("name", "shared", "pinned"))
            messages.success(request, _("View saved"))
            return _go(request, reverse("leads:list") + f"?{view.query}")
        except NotAllowed as refusal:
            raise PermissionDenied(refusal.message) from None
        except Refused as refusal:
            form.refuse(refusal)
    return _change_sheet(request, view, form, status=form.status)


def _change_sheet(
    request: HttpRequest, view: SavedView, form: ViewForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "view": view,
        "may_share": may_share(request.user, request.store),
        "back": reverse("leads:list") + f"?{view.query}",
    }
    template = "leads/_view_change.html" if request.htmx else "leads/view_change.html"
    return render(request, template, context, status=status)


def _deleted(request: HttpRequest, view: SavedView) -> HttpResponse:
    kept = {"name": view.name, "query": view.query, "shared": view.shared, "pinned": view.pinned}
    delete_view(view, by=request.user)
    undo = reverse("leads:restore_view") + f"?kept={dumps(kept, salt=SALT, compress=True)}"
    messages.success(request, _("View “%(name)s” deleted") % {"name": view.name}, extra_tags=f"undo {undo}")
    return _go(request, reverse("leads:list"))


@login_required
@require_POST
def restore(request: HttpRequest) -> HttpResponse:
    """Bring a deleted view back, from the signed values in the address of its "Undo"."""
    Wanted(request)
    try:
        kept = loads(request.GET.get("kept", ""), salt=SALT, max_age=A_DAY)
    except BadSignature:
        raise Http404 from None
    try:
        view = save_view(request.store, by=request.user, **kept)
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return redirect("leads:list")
    messages.success(request, _("View “%(name)s” is back") % {"name": view.name})
    return redirect(reverse("leads:list") + f"?{view.query}")


def _go(request: HttpRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
