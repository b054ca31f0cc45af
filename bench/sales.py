"""The import of 23,906 sold cars of 28 stores, twice: rows a second and memory."""

import gzip
import tempfile
import time
from pathlib import Path

from .scratch import peak_memory, scratch_database

FILE = Path(__file__).resolve().parent.parent / "tests" / "data" / "car_sales.csv.gz"


def add_arguments(parser) -> None:
    parser.add_argument("--file", type=Path, default=FILE, help="a file of sales, gzipped")


def run(options) -> None:
    with scratch_database(), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sales.csv"
        path.write_bytes(gzip.decompress(options.file.read_bytes()))
        for name in ("first", "again"):
            print(measured(name, path))


def measured(name: str, path: Path) -> str:
    from accounts.clock import now
    from leads.sales_stores import Place, import_sales

    before, started = peak_memory(), time.monotonic()
    answer = import_sales(path, Place(), now=now())
    seconds = time.monotonic() - started
    rate, growth = answer["read"] / seconds, peak_memory() - before
    return (
        f"{name}: read {answer['read']:,}, created {answer['created']:,}, rejected {answer['rejected']}, "
        f"{seconds:.1f} s, {rate:,.0f} rows/s, memory +{growth:.0f} MB (peak {peak_memory():.0f} MB)"
    )
