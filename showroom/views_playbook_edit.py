"""Writing the playbook: a new page, the next version of one, an older version again (SPEC TRAIN-02, 08)."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import Refused
from accounts.meanwhile import unchanged
from accounts.once import sent_once
from accounts.rules import setting
from accounts.sheets import must_run_the_store, saved
from leads.lost_desk import visible_losses
from leads.models import LostRecord
from leads.steps import Step

from . import playbook as verbs
from .cars import cars
from .forms_playbook import NewPageForm, OldPageForm, PageForm
from .models import PlaybookPage
from .playbook import KINDS, PARTS, TAGS, WORDS
from .playbook_words import Leaf
from .views_playbook import playbook_url, step_of


def _form_context(request: HttpRequest) -> dict:
    models = cars(request.store, today=request.store.business_date(request.now))
    return {"cars": models, "label_set": setting(request.store, "step_labels")}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new page; `loss` names the lost case whose measure it is (SPEC TRAIN-02)."""
    must_run_the_store(request)
    loss = _asked_loss(request)
    step = step_of(request.GET.get("step", "")) or Step(loss.from_step if loss else Step.RECEPTION)
    first = {"kind": KINDS.TALK, "step": step.code, "tags": [TAGS.OBJECTION] if loss else []}
    form = NewPageForm(
        request.POST if request.method == "POST" else None, initial=first, **_form_context(request)
    )
    if form.is_bound and form.is_valid():
        try:
            url = sent_once(request, form, lambda: _save(request, form, loss=loss))
            return saved(request, _("The page is in the playbook"), url)
        except Refused as refusal:
            form.refuse(refusal)
    return _editor(request, form, _("New page"), loss=loss)


def _asked_loss(request: HttpRequest) -> LostRecord | None:
    asked = request.GET.get("loss", "")
    if not asked:
        return None
    if not asked.isascii() or not asked.isdecimal() or len(asked) > 18:
        raise Http404
    losses = visible_losses(request.user, request.store, now=request.now)
    return get_object_or_404(losses.select_related("lead__customer", "reason"), pk=int(asked))


def _save(request: HttpRequest, form: PageForm, **more) -> str:
    page = verbs.save_page(request.store, form.draft(), by=request.user, at=request.now, **more)
    return playbook_url({"step": Step(page.step).code})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The next version of a page; two people who change it see each other's words."""
    must_run_the_store(request)
    known = get_object_or_404(PlaybookPage.objects.select_related("car_model"), pk=pk, store=request.store)
    data = request.POST if request.method == "POST" else None
    form = OldPageForm(data, initial=_values(known), **_form_context(request))
    if form.is_bound and form.is_valid():
        try:
            with unchanged(form, known, lambda: _values(known)):
                url = _save(request, form, page=known)
            return saved(request, _("Saved"), url)
        except Refused as refusal:
            form.refuse(refusal)
    versions = known.texts.select_related("by").order_by("-version")
    return _editor(
        request, form, _("Change the page"), page=known, versions=[Leaf(text) for text in versions]
    )


def _values(page: PlaybookPage) -> dict:
    """What the form shows of a page."""
    text = verbs.standing_text(page)
    asks = {True: "open", False: "closed"}.get(page.open_question, "")
    return {
        **{name: getattr(text, name) for name in WORDS},
        **{name: text.parts.get(name, "") for name in PARTS},
        **{name: getattr(page, name) for name in ("kind", "tags", "valid_from", "valid_to", "active")},
        "step": Step(page.step).code,
        "asks": asks,
        "order_class": str(page.order_class or ""),
        "car_model": str(page.car_model_id or ""),
    }


def _editor(request: HttpRequest, form: PageForm, title: str, **context) -> HttpResponse:
    return render(
        request, "showroom/playbook_edit.html", {"form": form, "title": title, **context}, status=form.status
    )


@login_required
@require_POST
def back(request: HttpRequest, pk: int) -> HttpResponse:
    """Let an older version stand again."""
    must_run_the_store(request)
    known = get_object_or_404(PlaybookPage, pk=pk, store=request.store)
    version = request.POST.get("version", "")
    if not version.isascii() or not version.isdecimal() or len(version) > 9:
        raise Http404
    try:
        verbs.bring_back(known.pk, int(version), by=request.user, at=request.now)
    except Refused as refusal:
        raise Http404(refusal.message) from refusal
    return saved(
        request,
        _("Version %(version)s stands again") % {"version": version},
        playbook_url({"step": Step(known.step).code}),
    )
