"""One row of a register: read for who may open it, held by who changes it (SPEC A71)."""

from collections.abc import Callable

from django.db import connection
from django.db.models import QuerySet
from django.db.transaction import TransactionManagementError
from django.http import Http404, HttpRequest

from accounts.prepared import Prepared

from .access import sees_row
from .models import Call, Visit

Row = Visit | Call


def seen_row(request: HttpRequest, read: Callable[..., list[Row]], *shape, pk: int, **values) -> Row:
    """The row that `read` finds by its key, with its store and its lead; `row_of` finds any.

    Http404: there is none, or the person may not open it.
    """
    for row in read(*shape, pk=pk, **values):
        if sees_row(row, request.user, now=request.now):
            return row
    raise Http404


@Prepared
def row_of(model: type[Row], *related: str, pk: int) -> QuerySet:
    return model.objects.filter(pk=pk).select_related("store", "lead__store", *related)


def lock_row(model: type[Row], pk: int, *related: str) -> Row:
    """The row with its store and what is `related`, locked until the transaction ends.

    The model's DoesNotExist if there is none.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("a row of a register is locked inside a transaction")
    for row in _locked(model, *related, pk=pk):
        return row
    raise model.DoesNotExist


@Prepared
def _locked(model: type[Row], *related: str, pk: int) -> QuerySet:
    rows = model.objects.select_for_update(of=("self",), no_key=True)
    return rows.filter(pk=pk).select_related("store", *related)
