"""One row of a file of sold cars, from the words of the sheet to values (SPEC A59)."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from .columns import Columns, RowRejected
from .register_rows import read_date
from .text import folded, one_line, person_name

HEADERS = {
    "car_id": {
        "Car_id", "car no", "vehicle id", "stock no", "VIN", "车辆编号", "车辆号", "车架号", "库存号",
    },
    "on": {
        "Date", "sale date", "sold on", "date of sale", "delivery date",
        "日期", "销售日期", "成交日期", "交车日期", "购车日期",
    },
    "name": {
        "Customer Name", "customer", "name", "buyer",
        "客户姓名", "姓名", "客户", "客户名称", "车主", "车主姓名",
    },
    "phone": {
        "Phone", "phone number", "mobile", "telephone", "tel",
        "电话", "联系电话", "手机", "手机号", "手机号码", "客户电话",
    },
    "dealer": {"Dealer_Name", "dealer", "dealership", "store", "经销商", "门店", "店名", "专营店"},
    "brand": {"Company", "make", "brand", "manufacturer", "品牌", "厂家", "厂商"},
    "model": {"Model", "car model", "车型", "车系", "购买车型", "成交车型"},
    "price": {"Price ($)", "price", "amount", "sale price", "价格", "成交价", "售价", "车价", "金额"},
    "area": {"Dealer_Region", "region", "area", "city", "区域", "地区", "城市"},
}  # fmt: skip
LONGEST = dict.fromkeys(HEADERS, 80) | {"phone": 60, "dealer": 120, "brand": 60, "car_id": 40, "price": 20}
LABELS = {
    "car_id": _("Number of the car"),
    "on": _("Day of the sale"),
    "name": _("Name"),
    "phone": _("Phone"),
    "dealer": _("Store"),
    "brand": _("Brand"),
    "model": _("Model"),
    "price": _("Price"),
    "area": _("Area"),
}
COLUMNS = Columns(HEADERS, longest=LONGEST, labels=LABELS, required=("car_id", "on", "phone"))

_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_PRICE = re.compile(r"[$¥€£]?\s*(\d{1,10})(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class SalesRow:
    """What one row says: a car that was sold. Texts are "" when blank; `price` is in whole units."""

    car_id: str
    on: dt.date
    name: str
    phone_text: str
    dealer: str
    brand: str
    model: str
    price: int | None
    area: str


def parse_sales_row(cells: Mapping[str, str], *, as_of: dt.date, country: str) -> SalesRow:
    """The values of a row, its cells given by column name; raises RowRejected.

    `country` tells how 1/2/2022 is meant: in the US the month stands first.
    """
    text = COLUMNS.texts(cells)
    if not text["car_id"]:
        raise RowRejected(_("No number of the car. A sale is known by it."), field="car_id")
    return SalesRow(
        car_id=one_line(text["car_id"]),
        on=read_date(_year_first(text["on"], country), as_of=as_of),
        name=person_name(text["name"]),
        phone_text=text["phone"],
        dealer=one_line(text["dealer"]),
        brand=one_line(text["brand"]),
        model=one_line(text["model"]),
        price=_price(text["price"]),
        area=one_line(text["area"]),
    )


def _year_first(text: str, country: str) -> str:
    match = _DAY_FIRST.fullmatch(folded(text))
    if match is None:
        return text
    first, second, year = match.groups()
    month, day = (first, second) if country == "US" else (second, first)
    return f"{year}-{month}-{day}"


def _price(text: str) -> int | None:
    if not text:
        return None
    match = _PRICE.fullmatch(folded(text).replace(",", ""))
    if match is None:
        raise RowRejected(_("The price is no number. Write it as 26000."), field="price")
    return int(match[1])
