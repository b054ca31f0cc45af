"""The playbook: what to say at each step, found in seconds; its pages are internal (SPEC 23).

A page's words have versions: who saves writes the next one, older ones stay and can be brought back.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F, Max, Q
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.models import Store, User
from accounts.roles import LOGGING, RUNNING, Role
from accounts.rules import record_change
from leads.models import CarModel, LostRecord
from leads.steps import Step

from .models import PlaybookPage, PlaybookText
from .playbook_start import WORDS, start_pages

KINDS = PlaybookPage.Kind
TAGS = PlaybookPage.Tag
READERS = tuple({*LOGGING, *RUNNING, Role.BDC_AGENT})
EDITORS = RUNNING
LANGUAGES = ("en", "zh")
NEEDED = ("feature", "advantage", "benefit")  # SPEC PROD-02
PARTS = tuple(f"{part}_{language}" for part in (*NEEDED, "evidence") for language in LANGUAGES)
STEP_TABS = {Step.NEEDS: (TAGS.LOOK, TAGS.LISTEN, TAGS.ASK, TAGS.FEEL)}  # there though empty (SPEC NEED-03)
CLASSES = (1, 2, 3)  # general, distinguishing, connecting (SPEC NEED-05)


@dataclass(frozen=True)
class PageDraft:
    """A page as somebody wrote it; `words` and `parts` by field and language."""

    step: int
    kind: str
    words: Mapping[str, str]
    parts: Mapping[str, str] = field(default_factory=dict)
    tags: Sequence[str] = ()
    open_question: bool | None = None
    order_class: int | None = None
    car_model: CarModel | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    active: bool = True


def may_edit(user: User, store: Store) -> bool:
    return bool(user.roles_in(store) & set(EDITORS))


# --- reading -------------------------------------------------------------------------------


def pages_for(
    store: Store, step: int | None = None, *, on: dt.date, at_rest: bool = False
) -> list[PlaybookText]:
    """The standing text of each page with its page, in order; one statement.

    `on` is a store day: what begins later or ended before is left out (SPEC TRAIN-07), and what was
    retired; with `at_rest` just those. Questions come by their order class (SPEC NEED-05).
    """
    valid = Q(page__active=True) & (Q(page__valid_from=None) | Q(page__valid_from__lte=on))
    valid &= Q(page__valid_to=None) | Q(page__valid_to__gte=on)
    rows = PlaybookText.objects.filter(~valid if at_rest else valid, page__store=store)
    if step:
        rows = rows.filter(page__step=step)
    standing = rows.filter(version=F("page__version")).select_related("page__car_model", "page__loss")
    return sorted(standing, key=_place)


def _place(text: PlaybookText) -> tuple:
    page = text.page
    return page.step, page.order_class or 0, page.rank, page.pk


def narrowed(
    texts: Iterable[PlaybookText], *, kind: str = "", tag: str = "", asks: str = "", words: str = ""
) -> list[PlaybookText]:
    """Those of a kind, a tag, open or closed questions (`asks`), with all of the words in any language."""
    sought = words.casefold().split()
    return [
        text
        for text in texts
        if kind in ("", text.page.kind)
        and (not tag or tag in text.page.tags)
        and (not asks or text.page.open_question == (asks == "open"))
        and all(word in _all_words(text) for word in sought)
    ]


def _all_words(text: PlaybookText) -> str:
    written = [getattr(text, name) for name in WORDS]
    return "\n".join([*written, *map(str, text.parts.values())]).casefold()


# --- writing -------------------------------------------------------------------------------


@transaction.atomic
def save_page(
    store: Store,
    draft: PageDraft,
    *,
    page: PlaybookPage | None = None,
    loss: LostRecord | None = None,
    by: User,
    at: dt.datetime,
) -> PlaybookPage:
    """Write a new page, or the next version of one; retire it or bring it back with `active`.

    A new version is born when words change, and only then (SPEC TRAIN-08). `loss` is the lost case a new
    page answers (SPEC TRAIN-02). Refused: no title, no words; a question without its kind and class; a
    benefit missing (SPEC PROD-02); a promotion without its last day (SPEC TRAIN-07).
    NotAllowed: who does not run the store.
    """
    _must_edit(store, by)
    _check(draft)
    old = _facts(page) if page else None
    page = page or _new_page(store, draft.step, loss)
    question = draft.kind == KINDS.QUESTION
    page.step, page.kind, page.active = draft.step, draft.kind, draft.active
    page.tags = [tag for tag in TAGS.values if tag in set(draft.tags)]
    page.open_question = draft.open_question if question else None
    page.order_class = draft.order_class if question else None
    page.car_model, page.valid_from, page.valid_to = draft.car_model, draft.valid_from, draft.valid_to
    page.save()
    _write(page, _written(draft), by=by, at=at)
    if old != _facts(page):
        record_change(store, f"playbook:{page.pk}", old, _facts(page), by=by, at=at)
    return page


def _must_edit(store: Store, by: User) -> None:
    if not may_edit(by, store):
        raise NotAllowed(_("Only who runs the store writes the playbook. Tell your manager your idea."))


def _check(draft: PageDraft) -> None:
    if draft.kind not in KINDS.values or draft.step not in Step.values:
        raise Refused(_("Tap one of the answers shown."), field="kind")
    if not any(draft.words.get(f"title_{language}", "").strip() for language in LANGUAGES):
        raise Refused(_("Write the title in at least one language."), field="title_zh")
    if draft.kind == KINDS.FABE:
        _check_parts(draft.parts)
    elif not any(draft.words.get(f"body_{language}", "").strip() for language in LANGUAGES):
        raise Refused(_("Write the words in at least one language."), field="body_zh")
    if draft.kind == KINDS.QUESTION:
        _check_question(draft)
    _check_days(draft)


def _check_parts(parts: Mapping[str, str]) -> None:
    """Feature, advantage and benefit in each language that is begun, and one at least (SPEC PROD-02)."""
    begun = [
        language
        for language in LANGUAGES
        if any(parts.get(f"{part}_{language}", "").strip() for part in (*NEEDED, "evidence"))
    ]
    told = {
        "feature": _("Say what it is."),
        "advantage": _("Say what it does better."),
        "benefit": _("Say what the customer has of it; without that it is only technology."),
    }
    for language in begun or ["zh"]:
        for part in NEEDED:
            if not parts.get(f"{part}_{language}", "").strip():
                raise Refused(told[part], field=f"{part}_{language}")


def _check_question(draft: PageDraft) -> None:
    if draft.open_question is None:
        raise Refused(_("Tap whether the question is open or closed."), field="asks")
    if draft.order_class not in CLASSES:
        raise Refused(_("Tap when it is asked: general, distinguishing or connecting."), field="order_class")


def _check_days(draft: PageDraft) -> None:
    if draft.kind == KINDS.PROMOTION and not draft.valid_to:
        raise Refused(
            _("A promotion needs its last day; from the next day on it is hidden."), field="valid_to"
        )
    if draft.valid_from and draft.valid_to and draft.valid_to < draft.valid_from:
        raise Refused(_("It ends before it begins."), field="valid_to")


def _new_page(store: Store, step: int, loss: LostRecord | None) -> PlaybookPage:
    last = PlaybookPage.objects.filter(store=store, step=step).aggregate(last=Max("rank"))["last"] or 0
    return PlaybookPage(store=store, rank=last + 1, loss=loss, version=0)


def _facts(page: PlaybookPage) -> dict:
    """What the record of changes keeps of a page, its words apart."""
    days = {"from": str(page.valid_from or ""), "to": str(page.valid_to or "")}
    return {"step": page.step, "kind": page.kind, "tags": page.tags, "active": page.active, **days}


def _written(draft: PageDraft) -> dict:
    """The words as they are kept: without spaces around them, lines ended alike."""
    words = {name: _clean(draft.words.get(name, "")) for name in WORDS}
    parts = {name: _clean(draft.parts.get(name, "")) for name in PARTS}
    kept = {name: said for name, said in parts.items() if said} if draft.kind == KINDS.FABE else {}
    return {**words, "parts": kept}


def _clean(words: str) -> str:
    return "\n".join(words.splitlines()).strip()


def words_of(text: PlaybookText) -> dict:
    return {name: getattr(text, name) for name in WORDS} | {"parts": text.parts}


def standing_text(page: PlaybookPage) -> PlaybookText:
    return page.texts.get(version=page.version)


def _write(page: PlaybookPage, words: dict, *, by: User, at: dt.datetime) -> None:
    if page.version and words_of(standing_text(page)) == words:
        return
    page.version += 1
    page.save(update_fields=["version"])
    PlaybookText.objects.create(page=page, version=page.version, at=at, by=by, **words)


@transaction.atomic
def bring_back(page_id: int, version: int, *, by: User, at: dt.datetime) -> PlaybookPage:
    """Let an older version stand again, as the next one. Refused: no such version."""
    page = PlaybookPage.objects.select_for_update(no_key=True, of=("self",)).get(pk=page_id)
    _must_edit(page.store, by)
    old = page.texts.filter(version=version).first()
    if old is None:
        raise Refused(_("This version does not exist."))
    _write(page, words_of(old), by=by, at=at)
    return page


# --- the first pages -------------------------------------------------------------------------


def install_start(store: Store, *, at: dt.datetime) -> int:
    """Put in the pages we ship that the store does not have yet; answers how many.

    A page that the store retired or wrote anew stays as it is.
    """
    shipped = PlaybookPage.objects.filter(store=store).exclude(code="")
    if shipped.count() >= len(start_pages()):
        return 0
    with transaction.atomic():
        Store.objects.select_for_update(no_key=True).get(pk=store.pk)  # two releases at once
        there = set(shipped.values_list("code", flat=True))
        missing = [one for one in start_pages() if one.code not in there]
        pages = PlaybookPage.objects.bulk_create(
            PlaybookPage(
                store=store,
                code=one.code,
                step=one.step,
                rank=one.rank,
                kind=one.kind,
                tags=list(one.tags),
                open_question=one.open_question,
                order_class=one.order_class,
            )
            for one in missing
        )
        PlaybookText.objects.bulk_create(
            PlaybookText(page=page, version=1, at=at, parts=one.parts, **one.words)
            for page, one in zip(pages, missing, strict=True)
        )
    return len(missing)
