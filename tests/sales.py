"""Files of sold cars for tests: the real-shaped one of 28 stores, and small ones written on the spot."""

import csv
import gzip
from pathlib import Path

from leads.sales_stores import Place, import_sales

from .conftest import at

DATA = Path(__file__).parent / "data" / "car_sales.csv.gz"  # 23,906 rows of 2022 and 2023
NOON = at("2026-06-18 12:00")

HEADER = [
    "Car_id", "Date", "Customer Name", "Gender", "Annual Income", "Dealer_Name", "Company", "Model", "Engine",
    "Transmission", "Color", "Price ($)", "Dealer_No ", "Body Style", "Phone", "Dealer_Region",
]  # fmt: skip
BORING = {
    "Car_id": "C_CND_000001", "Date": "1/2/2022", "Customer Name": "Geraldine", "Gender": "Male",
    "Annual Income": "13500", "Dealer_Name": "Capitol KIA", "Company": "Ford", "Model": "Expedition",
    "Engine": "Overhead Camshaft", "Transmission": "Auto", "Color": "Black", "Price ($)": "26000",
    "Dealer_No ": "38701-8047", "Body Style": "SUV", "Phone": "8264678", "Dealer_Region": "Middletown",
}  # fmt: skip


def write_sales(path: Path, *rows: dict, encoding="utf-8") -> Path:
    """Valid, boring sales: each row says what it is about; cars are numbered."""
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, HEADER)
        writer.writeheader()
        for n, row in enumerate(rows, start=1):
            writer.writerow({**BORING, "Car_id": f"C_CND_{n:06}", **row})
    return path


def whole_file(folder: Path) -> Path:
    path = folder / "car_sales.csv"
    path.write_bytes(gzip.decompress(DATA.read_bytes()))
    return path


def first_sales(folder: Path, count: int) -> Path:
    path = folder / "first.csv"
    lines = gzip.decompress(DATA.read_bytes()).splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: count + 1]))
    return path


def sell(path: Path, *, place: Place = Place(), now=NOON, **options) -> dict:  # noqa: B008
    return import_sales(path, place, now=now, **options)
