"""The outbox: what waits, what left, what failed; tried again, called off, stopped and let go."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import Refused
from accounts.sheets import must_run_the_store

from .models import Outbox, SendingPause
from .outbox.by_hand import call_off, may_decide, try_again
from .outbox.page import OutboxPage
from .outbox.pausing import go_on, may_say_go, pause
from .outbox.waking import wake_after_commit

PAGE = "followups:outbox"


@require_safe
@login_required
def outbox(request: HttpRequest) -> HttpResponse:
    """The messages of the store one is in; an administrator sees how many, no customer (SPEC A71)."""
    must_run_the_store(request)
    context = {
        "page": OutboxPage(request.store, request.now),
        "decides": may_decide(request.user, request.store),
        "says_go": may_say_go(request.user),
    }
    return render(request, "followups/outbox.html", context)


def _decided(
    request: HttpRequest, verb: Callable, rows: QuerySet, said: Callable[[int], str]
) -> HttpResponse:
    try:
        n = verb(rows, by=request.user, store=request.store, now=request.now)
        messages.success(request, said(n) % {"n": n})
    except Refused as refusal:
        messages.warning(request, refusal.message)
    return redirect(PAGE)


def _tried_again(n: int) -> str:
    return ngettext("%(n)s message is tried again", "%(n)s messages are tried again", n)


def _called_off(n: int) -> str:
    return ngettext("%(n)s message called off", "%(n)s messages called off", n)


def _rows(request: HttpRequest, pk: int) -> QuerySet:
    """One message of this store; 403 for who does not decide, 404 for another store's."""
    _must_decide(request)
    rows = Outbox.objects.filter(store=request.store)
    return rows.filter(pk=get_object_or_404(rows, pk=pk).pk)


def _must_decide(request: HttpRequest) -> None:
    if not may_decide(request.user, request.store):
        raise PermissionDenied(_("Only the manager decides about messages."))


@require_POST
@login_required
def outbox_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a parked message tried anew."""
    return _decided(request, try_again, _rows(request, pk), _tried_again)


@require_POST
@login_required
def outbox_all_again(request: HttpRequest) -> HttpResponse:
    """Have every parked message of the store tried anew, such as after a gateway was down."""
    _must_decide(request)
    rows = OutboxPage(request.store, request.now).rows
    return _decided(request, try_again, rows, _tried_again)


@require_POST
@login_required
def outbox_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a waiting or parked message be."""
    return _decided(request, call_off, _rows(request, pk), _called_off)


@require_POST
@login_required
def outbox_stop(request: HttpRequest) -> HttpResponse:
    """Stop all sending, of every store, until somebody says go."""
    _must_say_go(request)
    pause(SendingPause.Reason.BY_HAND, request.now, by=request.user)
    messages.success(request, _("Stopped: no message leaves the house."))
    return redirect(PAGE)


@require_POST
@login_required
def outbox_go(request: HttpRequest) -> HttpResponse:
    """End every stop; with `waiting=off` what waits is called off."""
    _must_say_go(request)
    off = go_on(by=request.user, now=request.now, call_off_waiting=request.POST.get("waiting") == "off")
    wake_after_commit()
    text = (
        f"{_('Messages go out again')} · {_called_off(off) % {'n': off}}"
        if off
        else _("Messages go out again")
    )
    messages.success(request, text)
    return redirect(PAGE)


def _must_say_go(request: HttpRequest) -> None:
    if not may_say_go(request.user):
        raise PermissionDenied(_("Only an administrator stops messages and lets them go out again."))
