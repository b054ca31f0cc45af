"""A register row is put right, or crossed out: the old value stays, the serial stays (SPEC RECP-10, A14)."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import sql
from accounts.errors import NotAllowed, Refused
from accounts.models import Store, User
from accounts.roles import RECEIVING, Role
from leads import acts
from leads.acts import acting
from leads.identity import name_customer
from leads.log import record
from leads.models import FieldChange, Lead
from leads.models.log import EventKind
from leads.moves import lock_lead

from .call_messages import drop_message
from .models import COUNTED_KINDS, Call, Visit
from .one_row import Row, lock_row
from .rota_turns import give_back
from .taking_back import check_nothing_stands_on, date_anew, take_back

REF_KIND = {Visit: FieldChange.Of.VISIT, Call: FieldChange.Of.CALL}
HELPERS = "helpers"
MOST_HELPERS = 2  # with the receiver three; one is as it should be (SPEC RECP-17)
LEADING = {Role.MANAGER, Role.SUPERVISOR}
HELD_IN = {HELPERS: ("assistant", "third"), "name": ("name_text",)}
OF_A_CALL = ("area", "media", "car_model", "remark", "address")
OF_A_VISIT = ("kind", "other", "persons", "area", "media", "car_model", "came_by_car", "remark")


def may_edit(row: Row, *, by: User) -> bool:
    """The receiver and who helped, reception, and those who lead the floor."""
    return has_taken(row, by) or may_edit_all(row.store, by=by)


def may_edit_all(store: Store, *, by: User) -> bool:
    """Every row of a store's registers, whoever received: reception, and those who lead the floor."""
    return bool(by.roles_in(store) & {*LEADING, Role.RECEPTIONIST})


def has_taken(row: Row, user: User) -> bool:
    """Received, or helped to."""
    return user.pk in (row.receiver_id, *helper_ids(row))


def may_void(row: Row, *, by: User) -> bool:
    """The receiver and the manager; reception the rows without a customer."""
    if by.pk == row.receiver_id or Role.MANAGER in by.roles_in(row.store):
        return True
    return row.lead_id is None and Role.RECEPTIONIST in by.roles_in(row.store)


def helper_ids(row: Row) -> list[int]:
    """Who received beside the receiver; a call is taken by one."""
    return [pk for pk in (row.assistant_id, row.third_id) if pk] if isinstance(row, Visit) else []


@transaction.atomic
def correct(row: Row, values: Mapping, *, helpers: Sequence[User] = (), by: User, at: dt.datetime) -> Row:
    """Put a row of a register right; each changed field leaves its old value, who and when.

    `values` holds new values by field, of OF_A_VISIT or OF_A_CALL, and "name" where the customer has
    none. A kind that counts no longer, or counts now, dates the lead anew (A65). Refused: a row that
    is crossed out, other business without its kind, nobody came, more than three received (RECP-17).
    NotAllowed: see `may_edit`.
    """
    lead, row = _locked(row)
    if not may_edit(row, by=by):
        raise NotAllowed(_("Only the receiver, reception or the manager corrects this row."))
    if row.voided_at:
        raise Refused(_("This row is crossed out. Write a new one."))
    if isinstance(row, Visit):
        _check_visit(row, values, helpers)
    counted = _counts(row)
    changes = [*_take_over(row, values), *_take_helpers(row, helpers), *_take_name(row, lead, values, at)]
    if changes:
        sql.update(row, [name for field, *_texts in changes for name in HELD_IN.get(field, (field,))])
        sql.insert(*_changes(row, changes, by=by, at=at))
    if lead and _counts(row) != counted:
        with acting(lead):
            date_anew(lead, row, now=at)
            told = {"to_value": "visit_kind", "data": {"visit": row.pk}}
            record(lead, EventKind.EDIT, at=at, recorded_at=at, by=by, **told)
    return row


@transaction.atomic
def void(row: Row, *, reason: str, by: User, at: dt.datetime) -> Row:
    """Cross a wrong row out: it stands in the register with its serial and counts nowhere.

    What it proved, moved, closed and opened is taken back as an undo does, and the lead is dated from
    what remains (A74); a turn that it used is given back. Refused: no reason, crossed out already, a
    later step that stands on this row alone. NotAllowed: see `may_void`.
    """
    lead, row = _locked(row)
    if not may_void(row, by=by):
        raise NotAllowed(_("Only the receiver or the manager crosses a row out."))
    if row.voided_at:
        raise Refused(_("This row is crossed out already."))
    if not reason.strip():
        raise Refused(_("Say why the row is wrong."), field="reason")
    if lead:
        check_nothing_stands_on(lead, row)
    _cross_out(row, by=by, at=at)
    if isinstance(row, Call) and row.designated_id:
        drop_message(row, at=at)
    [change] = _changes(row, [("voided", "", reason.strip())], by=by, at=at)
    if lead:
        with acting(lead):
            acts.insert(lead, change)
            take_back(lead, row, by=by, at=at)
    else:
        sql.insert(change)
    give_back(row)
    return row


def _cross_out(row: Row, *, by: User, at: dt.datetime) -> None:
    """Whoever is still in the house has left."""
    row.voided_at, row.voided_by = at, by
    changed = ["voided_at", "voided_by"]
    if isinstance(row, Visit) and row.left_at is None:
        row.left_at = row.closed_at = at
        changed += ["left_at", "closed_at"]
    sql.update(row, changed)


def _locked(row: Row) -> tuple[Lead | None, Row]:
    """The lead and the row, locked in that order."""
    lead = lock_lead(row.lead_id) if row.lead_id else None
    row = lock_row(type(row), row.pk)
    if lead:
        row.lead = lead
    return lead, row


def _check_visit(visit: Visit, values: Mapping, helpers: Sequence[User]) -> None:
    if values.get("persons", visit.persons) < 1:
        raise Refused(_("At least one person came."), field="persons")
    other = values.get("kind", visit.kind) == Visit.Kind.OTHER_BUSINESS
    if other != bool(values.get("other", visit.other)):
        raise Refused(_("Say which business it was."), field="kind")
    if len(helpers) > MOST_HELPERS:
        raise Refused(_("Never more than three receive a customer. Leave somebody out."), field=HELPERS)
    if any(not helper.roles_in(visit.store) & set(RECEIVING) for helper in helpers):
        raise Refused(_("Choose somebody who receives customers."), field=HELPERS)
    if visit.receiver_id in [helper.pk for helper in helpers]:
        raise Refused(_("The receiver helps nobody but the customer. Choose somebody else."), field=HELPERS)


def _take_over(row: Row, values: Mapping):
    """Set the fields that differ; answers (field, old, new) as texts."""
    for field in OF_A_VISIT if isinstance(row, Visit) else OF_A_CALL:
        if field in values and getattr(row, field) != values[field]:
            old = _text(getattr(row, field))
            setattr(row, field, values[field])
            yield field, old, _text(values[field])


def _take_helpers(row: Row, helpers: Sequence[User]):
    if not isinstance(row, Visit) or helper_ids(row) == [helper.pk for helper in helpers]:
        return
    old = _pks(helper_ids(row))
    row.assistant, row.third = [*helpers, None, None][:MOST_HELPERS]
    yield HELPERS, old, _pks(helper_ids(row))


def _take_name(row: Row, lead: Lead | None, values: Mapping, at: dt.datetime):
    """The name, where the customer has none: a card keeps its own edits."""
    name = values.get("name", "")
    if not name or name == row.name_text or (lead and lead.customer.name):
        return
    old, row.name_text = row.name_text, name
    if lead:
        name_customer(lead.customer, name, at=at)
    yield "name", old, name


def _text(value) -> str:
    return str(getattr(value, "pk", value) if value is not None else "")


def _pks(ids: Sequence[int]) -> str:
    return ", ".join(map(str, ids))


def _changes(row: Row, changes, *, by: User, at: dt.datetime) -> list[FieldChange]:
    facts = {"ref_kind": REF_KIND[type(row)], "ref_id": row.pk, "by": by, "at": at}
    return [FieldChange(field=field, old=old[:500], new=new[:500], **facts) for field, old, new in changes]


def _counts(row: Row) -> bool:
    return isinstance(row, Visit) and row.kind in COUNTED_KINDS and row.voided_at is None
