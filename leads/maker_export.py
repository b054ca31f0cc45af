"""What is not in the maker's system yet, as a file in the maker's order of fields (SPEC A35)."""

import csv
import datetime as dt
import io

from django.db.models import CharField, F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounts.models import AccessEvent, Store, User
from accounts.rules import setting

from .formulas import harmless
from .maker import FIELDS, values_of
from .maker_kinds import Kind, not_entered
from .models import ContactPoint, Lead
from .reveal import dialled

MOST = 5_000  # rows of a file


def export(user: User, store: Store, kind: str, *, at: dt.datetime) -> bytes:
    """A CSV file: our number, the record, an empty column for the maker's number, then the fields.

    Full numbers stand in it, so the export goes on record. Read back in as "Maker's numbers".
    """
    leads = list(_with_all(not_entered(user, store, kind=kind, now=at))[:MOST])
    text = io.StringIO()
    rows = csv.writer(text)
    order = [
        name for name in map(str.strip, setting(store, "maker_field_order").split(",")) if name in FIELDS
    ]
    rows.writerow([_("Our number"), _("Record"), _("Maker's number"), *(str(FIELDS[name]) for name in order)])
    for lead in leads:
        lead.store = store
        values = values_of(lead, phone=dialled(lead.phone or ""))
        rows.writerow([lead.number, kind, "", *(harmless(str(values[name])) for name in order)])
    AccessEvent.objects.create(
        by=user, store=store, kind=AccessEvent.Kind.EXPORT, target_kind=f"maker_{kind}",
        reason=f"{len(leads)} rows", at=at,
    )  # fmt: skip
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _with_all(leads: QuerySet) -> QuerySet[Lead]:
    phones = ContactPoint.objects.filter(
        customer=OuterRef("customer_id"), kind=ContactPoint.Kind.PHONE, ended_at=None
    )
    newest = Subquery(phones.order_by("-valid", "id").values("value")[:1], output_field=CharField())
    related = leads.annotate(phone=newest).select_related("customer", "owner", "channel", "area")
    return related.prefetch_related("interests__car_model").order_by(F("pk"))


def file_name(kind: str, store: Store, on: dt.date) -> str:
    return f"maker-{Kind(kind).value}-{store.code}-{on.isoformat()}.csv"
