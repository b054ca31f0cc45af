"""The pages of staff addresses: one's own under the account, the store's groups in the settings (A43)."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import Refused
from accounts.roles import RUNNING
from accounts.sheets import Sheet, must_run_the_store, saved, show_sheet
from accounts.widgets import Switch

from .models import StaffChannel
from .staff_channels import (
    SERVICES,
    add_channel,
    channels_of,
    end_channel,
    is_offered,
    masked,
    send_test,
    service_of,
)


class ChannelForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        help_text=gettext_lazy(
            "Such as wecombot://KEY, dingtalk://TOKEN, feishu://TOKEN, mailtos://user:password@host"
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    urgent_only = forms.BooleanField(
        label=gettext_lazy("Only what is urgent"),
        help_text=gettext_lazy("A customer in the showroom, a call-back, an enquiry that waits."),
        required=False,
        widget=Switch,
    )


def me(request: HttpRequest) -> dict:
    """ME_PANELS: one's own addresses in this store."""
    context = {
        "channels": _shown(request, request.user.pk),
        "offered": is_offered(),
        "add_url": reverse("followups:add_my_channel"),
    }
    return {"template": "followups/_me_channels.html", "context": context}


def _shown(request: HttpRequest, user_id: int | None) -> list[dict]:
    return [
        {"channel": one, "service": service_of(one.url), "address": masked(one.url)}
        for one in channels_of(request.store, user_id)
    ]


@require_safe
@login_required
def channels(request: HttpRequest) -> HttpResponse:
    """The store's groups: counts go there, never a customer."""
    must_run_the_store(request)
    context = {
        "channels": _shown(request, None),
        "offered": is_offered(),
        "add_url": reverse("followups:add_channel"),
        "tab": "channels",
    }
    return render(request, "followups/channels.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, *, group: bool) -> HttpResponse:
    """The sheet of a new address, one's own or a group's."""
    if group:
        must_run_the_store(request)
    form = ChannelForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            _added(request, form, group)
            return saved(request, _("Address added. Send a test."), _back(group))
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
    sheet = Sheet(
        title=_("New address"),
        back=_back(group),
        button=_("Add"),
        line=", ".join(dict.fromkeys(map(str, SERVICES.values()))),
        says=_("It holds a secret: afterwards only its end is shown."),
    )
    return show_sheet(request, sheet, form, status=422 if form.is_bound else 200)


def _added(request: HttpRequest, form: ChannelForm, group: bool) -> StaffChannel:
    if not is_offered():
        raise Refused(_("This machine cannot send to such addresses yet."), field="url")
    person = None if group else request.user
    return add_channel(request.store, person, by=request.user, now=request.now, **form.cleaned_data)


def _back(group: bool) -> str:
    return reverse("followups:channels") if group else reverse("accounts:me")


def _own(request: HttpRequest, pk: int) -> StaffChannel:
    """One's own address, or a group's for who runs the store; 404 for everybody else's."""
    live = StaffChannel.objects.filter(store=request.store, ended_at=None).select_related("store", "user")
    runs = request.user.roles_in(request.store) & set(RUNNING)
    return get_object_or_404(live, Q(user=request.user) | (Q(user=None) if runs else Q(pk=None)), pk=pk)


@login_required
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    channel = _own(request, pk)
    end_channel(channel, by=request.user, now=request.now)
    return saved(request, _("Address ended"), _back(channel.user_id is None))


@login_required
@require_POST
def test(request: HttpRequest, pk: int) -> HttpResponse:
    channel = _own(request, pk)
    send_test(channel, now=request.now)
    return saved(request, _("A test is on its way."), _back(channel.user_id is None))
