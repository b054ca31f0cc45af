"""Run the night of a store by hand, or of all of them."""

import datetime as dt
import json
from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandError

from accounts.clock import now
from accounts.models import Store
from followups.night import run_night


class Command(BaseCommand):
    help = "Runs the night of every store, or of one: 00:00 store time of the date, whenever you call it."

    def add_arguments(self, parser):
        parser.add_argument("--store", metavar="CODE", help="only this store")
        parser.add_argument("--date", metavar="YYYY-MM-DD", help="default: today, in each store's own zone")
        parser.add_argument("--json", action="store_true", help="answer with one JSON document")

    def handle(self, *, store, date, json: bool, **options):
        moment, on = now(), _day(date)
        runs = [self._run(chosen, on or chosen.business_date(moment), moment) for chosen in _stores(store)]
        self.stdout.write(as_document(runs) if json else "\n".join(as_line(run) for run in runs))

    def _run(self, store: Store, on: dt.date, moment: dt.datetime) -> dict:
        self.stderr.write(f"{store.code}: night of {on} ...")
        result = asdict(run_night(store, on, now=moment))
        return {"store": store.code, "on": on.isoformat(), "state": result.pop("state"), **result}


def as_document(runs: list[dict]) -> str:
    return json.dumps({"runs": runs})


def as_line(run: dict) -> str:
    figures = ", ".join(
        f"{name} {value}" for name, value in run.items() if name not in ("store", "on", "state")
    )
    return f"{run['store']} {run['on']} {run['state']}: {figures}"


def _stores(code: str | None) -> list[Store]:
    stores = list(Store.objects.filter(code=code) if code else Store.objects.order_by("pk"))
    if code and not stores:
        known = ", ".join(Store.objects.order_by("code").values_list("code", flat=True)[:20])
        raise CommandError(f"There is no store {code!r}. Known: {known or 'none'}.")
    return stores


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise CommandError(f"{text!r} is no date. Write it as 2026-06-19.") from error
