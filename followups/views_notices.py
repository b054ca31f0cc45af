"""The bell: how many notices are unread, the list of them, and what each is about."""

import datetime as dt
import json

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.rules import setting
from leads.access import is_visible

from .models import Notice
from .notice_words import NOTICE_KINDS, Kind, address_of, text_of
from .notices import MOST_UNREAD, newest_first, read, read_all, unread_of

SHOWN = 30


@require_safe
@login_required
def notices(request: HttpRequest) -> HttpResponse:
    """One's own notices, newest first; two statements however many."""
    found = newest_first(request.user, before=_before(request), most=SHOWN + 1)
    shown = found[:SHOWN]
    context = {
        "lines": [_line(notice, request) for notice in shown],
        "next": f"{shown[-1].at.isoformat()}_{shown[-1].pk}" if len(found) > SHOWN else "",
        "newest": max((notice.pk for notice in shown), default=0),
        "unread": any(notice.read_at is None for notice in shown),
        "further": "before" in request.GET,
    }
    template = "followups/_notices.html" if request.htmx else "followups/notices.html"
    return render(request, template, context)


def _before(request: HttpRequest) -> tuple[dt.datetime, int] | None:
    """The place to go on from, as the link "more" carries it; 404 for one that nobody wrote."""
    place = request.GET.get("before")
    if place is None:
        return None
    moment, _sign, pk = place.rpartition("_")
    try:
        at = dt.datetime.fromisoformat(moment)
        if at.tzinfo is None or len(pk) > 18:
            raise ValueError
        return at, int(pk)
    except (ValueError, OverflowError):
        raise Http404 from None


def _line(notice: Notice, request: HttpRequest) -> dict:
    number = notice.lead.number if notice.lead else ""
    return {
        "notice": notice,
        "icon": NOTICE_KINDS[Kind(notice.kind)].icon,
        "text": text_of(notice.kind, notice.args, number),
        "name": _name(notice, request),
    }


def _name(notice: Notice, request: HttpRequest) -> str:
    """The customer's, where the store says that notices name customers and the person sees this one."""
    if not (notice.lead and setting(notice.store, "notices_name_customers")):
        return ""
    notice.lead.store = notice.store
    return notice.lead.customer.name if is_visible(notice.lead, request.user, now=request.now) else ""


@require_safe
@login_required
def notice_count(request: HttpRequest) -> HttpResponse:
    """The number on the bell, asked for after the page and every minute; 204 while it stands.

    What is urgent and has come since is said at once.
    """
    unread = unread_of(request.user)
    stamp, seen = f"{unread.count}.{unread.newest}", request.GET.get("seen", "")
    if stamp == seen:
        return HttpResponse(status=204)
    count = f"{MOST_UNREAD}+" if unread.count > MOST_UNREAD else unread.count
    answer = render(request, "followups/_notice_count.html", {"count": count, "stamp": stamp})
    before = seen.partition(".")[2]
    if unread.urgent and before.isdecimal() and unread.newest > int(before[:18]):
        answer.headers["HX-Trigger"] = json.dumps({"toast": {"text": _newest(unread.newest)}})
    return answer


def _newest(pk: int) -> str:
    notice = Notice.objects.select_related("lead").get(pk=pk)
    return text_of(notice.kind, notice.args, notice.lead.number if notice.lead else "")


@login_required
@require_POST
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one as read and go to what it is about, as far as the person still sees it."""
    own = Notice.objects.filter(user=request.user).select_related("user", "lead__store__group")
    notice = get_object_or_404(own, pk=pk)
    read(notice, now=request.now)
    lead = notice.lead
    if lead and not is_visible(lead, request.user, now=request.now):
        text = _("%(lead)s is with somebody else now, so it does not open for you.")
        messages.warning(request, text % {"lead": lead.number})
        return redirect("followups:notices")
    return redirect(address_of(notice.kind, notice.args, lead.number if lead else ""))


@login_required
@require_POST
def read_notices(request: HttpRequest) -> HttpResponse:
    """All that stood on the page are read; what came since is not."""
    upto = request.POST.get("upto", "")
    if not upto.isdecimal() or len(upto) > 18:
        raise Http404
    read_all(request.user, upto=int(upto), now=request.now)
    return redirect("followups:notices")
