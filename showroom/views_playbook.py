"""The playbook beside the work: look for a page, read it, write it (SPEC 23)."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.rules import setting
from accounts.sheets import Sheet, show_sheet
from leads.lost_desk import visible_losses
from leads.models import LostRecord
from leads.steps import Step, step_label

from . import playbook as verbs
from .forms_playbook import CLASSES
from .models import PlaybookPage, PlaybookText
from .playbook import KINDS, READERS, STEP_TABS, TAGS
from .playbook_words import Leaf

LONGEST = 60  # signs of a search
CODES = {step.code: step for step in Step}


def must_read(request: HttpRequest) -> None:
    if request.store is None or not request.user.roles_in(request.store) & set(READERS):
        raise PermissionDenied(_("Your role has no playbook."))


def step_of(code: str) -> Step | None:
    return CODES.get(code)


def _label(request: HttpRequest, step: int) -> str:
    return str(step_label(step, setting(request.store, "step_labels")))


# --- look for a page -------------------------------------------------------------------------


@require_safe
@login_required
def playbook(request: HttpRequest) -> HttpResponse:
    """Search and filters in the URL; without any the nine steps with their pages."""
    must_read(request)
    asked = _asked(request)
    edits = verbs.may_edit(request.user, request.store)
    today = request.store.business_date(request.now)
    everything = verbs.pages_for(request.store, on=today, at_rest=edits and asked["show"] == "rest")
    step = step_of(asked["step"])
    of_step = [text for text in everything if step is None or text.page.step == step]
    found = verbs.narrowed(
        of_step, **{name: asked[name] for name in ("kind", "tag", "asks")}, words=asked["q"]
    )
    context = {
        "asked": asked,
        "step": step,
        "edits": edits,
        "steps": _steps(request, everything, asked, step),
        "filters": _filters(of_step, asked, step),
        "groups": _groups(request, found, step),
        "count": len(found),
        "index": not any(asked.values()),
        "rest_url": playbook_url({"show": "" if asked["show"] else "rest"}),
    }
    return render(request, "showroom/playbook.html", context)


def _asked(request: HttpRequest) -> dict:
    given = {name: request.GET.get(name, "") for name in ("step", "kind", "tag", "asks", "show")}
    known = {
        "step": CODES,
        "kind": KINDS.values,
        "tag": TAGS.values,
        "asks": ("open", "closed"),
        "show": ("rest",),
    }
    asked = {name: value if value in known[name] else "" for name, value in given.items()}
    return asked | {"q": request.GET.get("q", "").strip()[:LONGEST]}


def playbook_url(asked: dict) -> str:
    given = {name: value for name, value in asked.items() if value}
    return f"{reverse('showroom:playbook')}{'?' + urlencode(given) if given else ''}"


def _steps(request: HttpRequest, texts: list[PlaybookText], asked: dict, chosen: Step | None) -> list[dict]:
    kept = {"show": asked["show"], "q": asked["q"]}
    return [
        {
            "number": step.value,
            "name": _label(request, step),
            "count": sum(text.page.step == step for text in texts),
            "url": playbook_url({"step": step.code, **kept}),
            "current": step == chosen,
        }
        for step in Step
    ]


def _filters(texts: list[PlaybookText], asked: dict, step: Step | None) -> list[dict]:
    """Chips that narrow what is there: tags, kinds, open or closed; a second tap takes one off."""
    fixed = STEP_TABS.get(step, ())
    tags = {tag: sum(tag in text.page.tags for text in texts) for tag in TAGS.values}
    kinds = {kind: sum(text.page.kind == kind for text in texts) for kind in KINDS.values}
    asks = {
        way: sum(text.page.open_question is (way == "open") for text in texts) for way in ("open", "closed")
    }
    names = {"open": _("Open questions"), "closed": _("Closed questions")}
    rows = [
        ("tag", tag, TAGS(tag).label, tags[tag])
        for tag in (*fixed, *TAGS.values)
        if tags[tag] or tag in fixed
    ]
    rows = list(dict.fromkeys(rows))
    rows += [("kind", kind, KINDS(kind).label, count) for kind, count in kinds.items() if count]
    rows += [("asks", way, names[way], count) for way, count in asks.items() if count]
    return [
        {
            "name": str(label),
            "count": count,
            "current": asked[name] == value,
            "url": playbook_url(asked | {name: "" if asked[name] == value else value}),
        }
        for name, value, label, count in rows
    ]


def _groups(request: HttpRequest, texts: list[PlaybookText], step: Step | None) -> list[dict]:
    """The pages under their step; inside one step the questions under their order class."""
    groups: dict[str, list[Leaf]] = {}
    classes = {int(number): str(label) for number, label in CLASSES}
    for text in texts:
        name = _label(request, text.page.step) if step is None else classes.get(text.page.order_class, "")
        groups.setdefault(name, []).append(Leaf(text))
    return [{"name": name, "leaves": leaves} for name, leaves in groups.items()]


@require_safe
@login_required
def beside(request: HttpRequest, step: str) -> HttpResponse:
    """The pages of a step as a sheet beside the work; `tag` narrows them, `part` leaves the frame out.

    With the `car_model` that is shown, its own pages come first, those of other models not at all.
    """
    must_read(request)
    chosen = step_of(step)
    if chosen is None:
        raise Http404
    texts = verbs.pages_for(request.store, chosen, on=request.store.business_date(request.now))
    tag = request.GET.get("tag", "") if request.GET.get("tag") in TAGS.values else ""
    part = "part" in request.GET
    used = [one for one in TAGS.values if any(one in text.page.tags for text in texts)]
    offered = [*STEP_TABS.get(chosen, ()), *(one for one in used if one not in STEP_TABS.get(chosen, ()))]
    context = {
        "groups": _of_the_car(request, verbs.narrowed(texts, tag=tag), chosen),
        "tags": [] if part else [(_tag_url(request, one), TAGS(one).label, one == tag) for one in offered],
        "whole": playbook_url({"step": chosen.code}),
    }
    if part:
        return render(request, "showroom/_playbook_leaves.html", context)
    sheet = Sheet(
        _label(request, chosen),
        playbook_url({"step": chosen.code}),
        "",
        part="showroom/_playbook_beside.html",
    )
    return show_sheet(request, sheet, **context)


def _of_the_car(request: HttpRequest, texts: list[PlaybookText], step: Step) -> list[dict]:
    """The groups of a step, on top the benefits of the car that is shown (SPEC PROD-02)."""
    car = request.GET.get("car_model", "")
    if not car:
        return _groups(request, texts, step)
    own = [text for text in texts if str(text.page.car_model_id) == car]
    general = _groups(request, [text for text in texts if text.page.car_model_id is None], step)
    first = [{"name": str(own[0].page.car_model), "leaves": [Leaf(text) for text in own]}] if own else []
    return first + general


def _tag_url(request: HttpRequest, tag: str) -> str:
    """The sheet narrowed to a tag; the second tap takes it off."""
    asked = {"car_model": request.GET.get("car_model", "")}
    asked["tag"] = "" if tag == request.GET.get("tag") else tag
    given = {name: value for name, value in asked.items() if value}
    return f"{request.path}{'?' + urlencode(given) if given else ''}"


# --- one page ----------------------------------------------------------------------------------


def _text_or_404(request: HttpRequest, pk: int) -> PlaybookText:
    """The standing text; what is hidden or retired only for who edits."""
    must_read(request)
    pages = PlaybookPage.objects.filter(store=request.store).select_related(
        "store", "car_model", "loss__lead"
    )
    page = get_object_or_404(pages, pk=pk)
    today = request.store.business_date(request.now)
    if not verbs.may_edit(request.user, request.store) and not _is_shown(page, today):
        raise Http404
    text = page.texts.select_related("by").get(version=page.version)
    text.page = page
    return text


def _is_shown(page: PlaybookPage, today) -> bool:
    begun = page.valid_from is None or page.valid_from <= today
    return page.active and begun and (page.valid_to is None or page.valid_to >= today)


@require_safe
@login_required
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One page in big letters, with its words for experts and where it comes from."""
    text = _text_or_404(request, pk)
    today = request.store.business_date(request.now)
    leaf = Leaf(text)
    step = Step(text.page.step)
    sheet = Sheet(
        leaf.title,
        playbook_url({"step": step.code}),
        "",
        line=_label(request, step),
        part="showroom/_playbook_page.html",
    )
    context = {
        "leaf": leaf,
        "edits": verbs.may_edit(request.user, request.store),
        "hidden": not _is_shown(text.page, today),
        "loss": _seen_loss(request, text.page.loss_id),
    }
    return show_sheet(request, sheet, **context)


def _seen_loss(request: HttpRequest, pk: int | None) -> LostRecord | None:
    """The lost case a page answers, for who may see it."""
    if pk is None:
        return None
    losses = visible_losses(request.user, request.store, now=request.now)
    return losses.select_related("lead", "reason").filter(pk=pk).first()
