"""The lines of a day's registers and of the desk log in the reader's words (SPEC RECP-10, A14, A18)."""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import cache, lru_cache

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Store, User
from accounts.templatetags.look import plate
from accounts.wording import per_language
from followups.why import clock
from leads.models.terms import in_reader_language
from leads.phones import mask

from .closing import may_close
from .day_register import DaysCall, DaysVisit, DeskLine, Line
from .models import Visit
from .outcomes import DECLINED
from .register import TodaysVisit

Row = dict[str, object]  # for `{% lines %}`: texts, or markup that is safe


def visit_rows(lines: Sequence[Line], store: Store) -> list[Row]:
    """The walk-in register."""
    car, kind = cache(_car), cache(_business)  # each word is asked for once a page
    edit = address("showroom:edit_visit")
    return [_shared(line, edit, store, car) | _of_a_visit(line.row, kind) for line in lines]


def call_rows(lines: Sequence[Line], store: Store) -> list[Row]:
    """The call register."""
    car, edit = cache(_car), address("showroom:edit_call")
    return [_shared(line, edit, store, car) | _of_a_call(line.row) for line in lines]


def rows_of_today(visits: Sequence[TodaysVisit], user: User, *, sees_cards: bool) -> list[Row]:
    """The register beside the walk-in sheet; the numbers are masked (SPEC A72)."""
    return [_of_today(visit, user) | _card(visit, sees_cards) for visit in visits]


def desk_rows(lines: Sequence[DeskLine], store: Store, csrf: str) -> list[Row]:
    """The desk log; `csrf` is what its forms send along."""
    return [_of_the_desk(line, store) | {"csrf": csrf} for line in lines]


def _shared(line: Line, edit: str, store: Store, car: Callable) -> Row:
    row = line.row
    return {
        "pk": row.pk,
        "void": line.is_void,
        "serial": line.serial,
        "clock": clock(line.at, store),
        "name": line.name or _("No name yet"),
        "number": line.number,
        "card": line.card and address("leads:card") % line.card,
        "edit": line.may_edit and edit % row.pk,
        "car": car(row.car_en, row.car_zh),
        "receiver": row.receiver_name,
        "outcome": line.outcome,
    }


def _of_a_visit(visit: DaysVisit, kind: Callable) -> Row:
    return {
        "flow": visit.flow_serial,
        "kind": kind(visit.other, visit.kind),
        "persons": visit.persons,
        "group": _group(visit.persons) if visit.persons > 1 else "",
        "courtesy": visit.courtesy,
        "here": visit.left_at is None,
        "forgotten": not visit.completed,
    }


def _of_today(visit: TodaysVisit, user: User) -> Row:
    here = visit.left_at is None
    return {
        "pk": visit.pk,
        "serial": visit.flow_serial,
        "name": visit.customer_name or visit.name_text or _("No name yet"),
        "model": _other(visit.other) if visit.other else _car(visit.car_en, visit.car_zh),
        "clock": clock(visit.arrived_at, visit.store),
        "number": mask(visit.phone or visit.phone_text),
        "declined": visit.outcome == DECLINED,
        "receiver": visit.receiver_name,
        "courtesy": visit.courtesy,
        "left": "" if here else clock(visit.left_at, visit.store),
        "group": _group(visit.persons) if visit.persons > 1 else "",
        "close": here and _may_close(visit, user) and address("showroom:close") % visit.pk,
    }


def _may_close(visit: TodaysVisit, user: User) -> bool:
    return may_close(visit, owner_id=visit.owner_id, by=user)


def _card(visit: TodaysVisit, sees_cards: bool) -> Row:
    return {"card": address("leads:card") % visit.lead_number} if sees_cards and visit.lead_id else {}


def _of_a_call(call: DaysCall) -> Row:
    return {"read_back": call.read_back_at is not None, "designated": call.designated_name}


def _of_the_desk(line: DeskLine, store: Store) -> Row:
    visit = line.visit
    return {
        "pk": visit.pk,
        "clock": clock(visit.arrived_at, store),
        "persons": visit.persons,
        "plate": plate(visit.lead_grade, "small") if visit.lead_id else "",
        "card": visit.lead_id and address("leads:card") % visit.lead_number,
        "name": line.name or _("No name yet"),
        "kind": _kind(visit.kind),
        "receiver": visit.receiver_name,
        "car": _car(visit.car_en, visit.car_zh),
        "drove": line.drove,
        "quoted": line.quoted,
        "met": _met(visit.manager_met_at, store) if visit.manager_met_at else "",
        "meet": address("showroom:met") % visit.pk,
        "here": _minutes(line.minutes) if line.is_here else "",
        "unmet": line.left_unmet,
        "sold": line.sold,
        "why_not": line.why_not,
    }


@lru_cache(maxsize=16)
def address(name: str) -> str:
    """An address with %s where its one number stands; to ask for each row takes longer than the row."""
    return reverse(name, args=["0"]).replace("0", "%s")


def _car(name_en: str | None, name_zh: str | None) -> str:
    return in_reader_language(name_en or "", name_zh or "")


def _business(other: str, kind: str) -> str:
    """What a group came for."""
    return _other(other) if other else _kind(kind)


@per_language
def _kind(kind: str) -> str:
    return str(Visit.Kind(kind).label)


@per_language
def _other(other: str) -> str:
    return str(Visit.Other(other).label)


@per_language
def _group(persons: int) -> str:
    return ngettext("%(persons)s person", "%(persons)s persons", persons) % {"persons": persons}


@per_language
def _minutes(minutes: int) -> str:
    return ngettext("%(minutes)s min", "%(minutes)s min", minutes) % {"minutes": minutes}


def _met(at: dt.datetime, store: Store) -> SafeString:
    return mark_safe(_("Yes, %(met)s") % {"met": clock(at, store)})
