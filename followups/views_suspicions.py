"""Entries that need a word: one's own to answer, and those of the store for its manager (SPEC A42)."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import NotAllowed, Refused

from .models import Suspicion
from .suspicions import answer, settle_suspicion, visible_to

SHOWN = 50
ANSWERED, SEEN = "answer", "seen"


class AnswerForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("How did it come about?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Say in a word how it came about.")},
    )


@require_safe
@login_required
def suspicions(request: HttpRequest) -> HttpResponse:
    return _page(request)


@login_required
@require_POST
def suspicion(request: HttpRequest, pk: int) -> HttpResponse:
    """`act=answer` by the person asked, `act=seen` by the manager; 422 keeps what was typed."""
    row = get_object_or_404(_visible(request), pk=pk)
    try:
        if request.POST.get("act") == SEEN:
            settle_suspicion(row, by=request.user, now=request.now)
            messages.success(request, _("Settled"))
            return redirect("followups:suspicions")
        return _answered(request, row)
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal


def _answered(request: HttpRequest, row: Suspicion) -> HttpResponse:
    form = AnswerForm(request.POST, auto_id=f"id_%s_{row.pk}")
    if form.is_valid():
        try:
            answer(row, form.cleaned_data["text"], by=request.user, now=request.now)
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            messages.success(request, _("Your manager reads it with the entry."))
            return redirect("followups:suspicions")
    elif row.user_id != request.user.pk:
        raise PermissionDenied(_("Only the person asked may answer."))
    return _page(request, row, form)


def _visible(request: HttpRequest):
    if request.store is None:
        raise Http404
    return visible_to(request.user, request.store, today=request.store.business_date(request.now))


def _page(request: HttpRequest, typed_on: Suspicion | None = None, form: AnswerForm | None = None):
    rows = list(_visible(request).select_related("user").order_by("-on", "-pk")[:SHOWN])
    mine = [
        _line(row, form if typed_on and typed_on.pk == row.pk else None) for row in rows if _own(request, row)
    ]
    others = [_line(row) for row in rows if not _own(request, row)]
    context = {
        "mine": mine,
        "waiting": [line for line in others if line["row"].seen_at is None],
        "settled": [line for line in others if line["row"].seen_at],
    }
    return render(request, "followups/suspicions.html", context, status=422 if form else 200)


def _own(request: HttpRequest, row: Suspicion) -> bool:
    return row.user_id == request.user.pk


def _line(row: Suspicion, form: AnswerForm | None = None) -> dict:
    first = AnswerForm(initial={"text": row.answer}, auto_id=f"id_%s_{row.pk}")
    return {"row": row, "words": told(row), "form": form or first}


def told(row: Suspicion) -> str:
    """What was found, in the reader's language."""
    n = row.figures["count"]
    match row.kind:
        case Suspicion.Kind.BURST:
            words = ngettext(
                "%(n)s contact within %(minutes)s minutes", "%(n)s contacts within %(minutes)s minutes", n
            )
        case Suspicion.Kind.UNREACHED:
            words = ngettext("%(n)s try, nobody reached", "%(n)s tries, nobody reached", n)
        case Suspicion.Kind.LOST_UNTRIED:
            words = ngettext(
                "%(n)s loss of a customer nobody spoke with", "%(n)s losses of customers nobody spoke with", n
            )
        case _:
            words = ngettext("%(n)s entry for an earlier day", "%(n)s entries for earlier days", n)
    return words % {"n": n, **row.figures}
