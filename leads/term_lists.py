"""The verbs that keep a store's lists and the group's models: add, rename, order, retire (SPEC DEV-02).

A used choice is never deleted: what is retired stays readable on old leads.
"""

import datetime as dt

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Store, User, new_stamp
from accounts.rules import record_change

from .models import CarModel, Term

CODE_LENGTH = 40


@transaction.atomic
def add_term(
    store: Store,
    which: str,
    *,
    name_en: str,
    name_zh: str,
    parent: Term | None = None,
    by: User,
    at: dt.datetime,
) -> Term:
    """Add a choice at the end of a list. Refused without a name, or when one is called so already."""
    name_en, name_zh = _checked_names(store, which, name_en, name_zh)
    rows = Term.objects.filter(store=store, list=which)
    term = Term(
        store=store,
        list=which,
        code=_free_code(rows, name_en),
        name_en=name_en,
        name_zh=name_zh,
        parent=parent,
        rank=max(rows.filter(parent=parent).values_list("rank", flat=True), default=0) + 1,
    )
    term.save()
    record_change(store, f"term:{term.pk}", None, {"en": name_en, "zh": name_zh}, by=by, at=at)
    return term


def _checked_names(store: Store, which: str, name_en: str, name_zh: str, but: Term | None = None):
    """The names without spaces around them; one language is enough, the other falls back to it."""
    name_en, name_zh = name_en.strip(), name_zh.strip()
    if not (name_en or name_zh):
        raise Refused(_("Write the name in at least one language."), field="name_zh")
    others = Term.objects.filter(store=store, list=which).exclude(pk=but.pk if but else None)
    for field, name in (("name_en", name_en), ("name_zh", name_zh)):
        if name and others.filter(**{f"{field}__iexact": name}).exists():
            raise Refused(_("This list has that name already."), field=field)
    return name_en, name_zh


def _free_code(rows, name_en: str) -> str:
    """A code nobody has: from the English name, else "term", with a number where needed."""
    taken = set(rows.values_list("code", flat=True))
    stem = slugify(name_en)[: CODE_LENGTH - 4] or "term"
    numbered = (f"{stem}-{n}" for n in range(2, len(taken) + 3))
    return stem if stem not in taken else next(code for code in numbered if code not in taken)


@transaction.atomic
def edit_term(
    term: Term,
    *,
    name_en: str,
    name_zh: str,
    active: bool,
    parent: Term | None = None,
    by: User,
    at: dt.datetime,
) -> None:
    """Rename, put under another, retire or bring back. Refused: the last channel that is in use."""
    names = _checked_names(term.store, term.list, name_en, name_zh, but=term)
    if term.active and not active:
        _check_not_last(term)
    old = {"en": term.name_en, "zh": term.name_zh, "active": term.active}
    term.name_en, term.name_zh = names
    term.active, term.parent = active, parent
    term.save()
    new = {"en": term.name_en, "zh": term.name_zh, "active": active}
    record_change(term.store, f"term:{term.pk}", old, new, by=by, at=at)


def _check_not_last(term: Term) -> None:
    others = Term.objects.filter(store=term.store, list=term.list, active=True).exclude(pk=term.pk)
    if term.list == Term.List.CHANNEL and not others.exists():
        raise Refused(_("A new lead needs a channel: keep at least one."), field="active")


@transaction.atomic
def move_term(term: Term, *, up: bool) -> None:
    """Change places with the neighbour under the same parent; at the end of the list nothing happens."""
    siblings = Term.objects.filter(store=term.store, list=term.list, parent=term.parent_id)
    rows = list(siblings.select_for_update().order_by("rank", "id"))
    place = next(n for n, row in enumerate(rows) if row.pk == term.pk)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rows):
        return
    rows[place], rows[other] = rows[other], rows[place]
    for rank, row in enumerate(rows, start=1):
        row.rank = rank
    Term.objects.bulk_update(rows, ["rank"])
    term.renew_stamp()


@transaction.atomic
def save_car_model(
    store: Store,
    *,
    brand: str,
    name_en: str,
    name_zh: str,
    active: bool = True,
    car_model: CarModel | None = None,
    by: User,
    at: dt.datetime,
) -> CarModel:
    """Add a model of the store's group, or change one. Refused without a name, or a second of that name."""
    brand, name_en, name_zh = brand.strip(), name_en.strip(), name_zh.strip()
    if not (name_en or name_zh):
        raise Refused(_("Write the name in at least one language."), field="name_zh")
    rows = CarModel.objects.filter(group=store.group, brand=brand)
    others = rows.exclude(pk=car_model.pk if car_model else None)
    for field, name in (("name_en", name_en), ("name_zh", name_zh)):
        if name and others.filter(**{f"{field}__iexact": name}).exists():
            raise Refused(_("This brand has that model already."), field=field)
    model = car_model or CarModel(group=store.group, code=_free_code(rows, name_en))
    model.brand, model.name_en, model.name_zh, model.active = brand, name_en, name_zh, active
    model.save()
    # The stores of the group keep their choice of models in memory until their stamp changes.
    Store.objects.filter(group=store.group_id).update(rules_stamp=new_stamp())
    new = {"brand": brand, "en": name_en, "zh": name_zh, "active": active}
    record_change(store, f"model:{model.pk}", None, new, by=by, at=at)
    return model
