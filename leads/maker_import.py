"""A file of numbers that the maker's system gave, read back in (SPEC A35)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import Refused

from .columns import Columns
from .importing import ImportKind, Line
from .maker_kinds import Kind, enter_many, having
from .models import ImportRow, Lead
from .text import header_key, one_line

HEADERS = {
    "lead": {"编号", "潜客编号", "线索编号", "lead", "lead number", "our number", "number of the lead"},
    "maker_number": {
        "厂家编号", "主机厂编号", "厂家系统编号",
        "maker number", "maker's number", "number in the maker's system",
    },
    "kind": {"类型", "登记类型", "record", "kind", "type"},
}  # fmt: skip
COLUMNS = Columns(
    HEADERS,
    longest={"lead": 20, "maker_number": 60, "kind": 20},
    labels={
        "lead": gettext_lazy("Our number"),
        "maker_number": gettext_lazy("Maker's number"),
        "kind": gettext_lazy("Record"),
    },
    required=("lead", "maker_number"),
)
KINDS = {
    **{header_key(kind): kind for kind in Kind.values},
    **dict.fromkeys(map(header_key, ("客户信息卡", "建卡", "客户")), Kind.CARD),
    **dict.fromkeys(map(header_key, ("订单",)), Kind.ORDER),
    **dict.fromkeys(map(header_key, ("交车",)), Kind.DELIVERY),
    **dict.fromkeys(map(header_key, ("战败",)), Kind.LOSS),
}


@dataclass(frozen=True, slots=True)
class Number:
    """The maker's number of one record of a lead."""

    lead: str
    number: str
    kind: str


class MakerImport(ImportKind):
    """Rows of our lead number and the maker's number; what is no record of the store is refused."""

    code = "maker"
    label = gettext_lazy("Maker's numbers")
    columns = COLUMNS

    def read(self, cells: Mapping[str, str]) -> Number:
        text = COLUMNS.texts(cells)
        if not text["lead"]:
            raise Refused(_("Our lead number is missing."), field="lead")
        if not text["maker_number"]:
            raise Refused(_("The maker's number is missing: fill it in."), field="maker_number")
        kind = KINDS.get(header_key(text["kind"])) if text["kind"] else Kind.CARD
        if kind is None:
            raise Refused(_("Write card, order, delivery or loss, or leave it empty for card."), field="kind")
        return Number(one_line(text["lead"]).upper(), one_line(text["maker_number"]), str(kind))

    def identity(self, row: Number) -> tuple[str, ...]:
        return (row.kind, row.lead, row.number)

    def as_shown(self, row: Number) -> dict[str, object]:
        return {"lead": row.lead, "maker_number": row.number, "kind": Kind(row.kind).label}

    def write(self, lines: list[Line]) -> None:
        for line in lines:
            lead = self._lead(line.row)
            enter_many(self.store, line.row.kind, {lead.ref: line.row.number}, by=self.by, at=self.now)
            line.outcome, line.ref = ImportRow.Outcome.UPDATED, lead.pk

    def _lead(self, row: Number) -> Lead:
        leads = Lead.objects.filter(store=self.store, merged_into=None, number=row.lead)
        if self.by is None:
            raise Refused(_("Somebody must be named who enters the numbers."))
        if not leads.exists():
            raise Refused(_("No lead of this store has this number."), field="lead")
        lead = having(leads, row.kind).first()
        if lead is None:
            raise Refused(_("This lead has no such record to enter."), field="kind")
        return lead
