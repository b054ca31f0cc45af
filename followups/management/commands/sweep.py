"""sweep [--json] | sweep --explain NUMBER [--on DATE] [--language CODE] [--json]"""

import datetime as dt
from dataclasses import asdict

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import translation

from accounts.clock import now
from accounts.commands import AnsweringCommand
from followups.explaining import Explanation, explain
from followups.tasks import sweep_all
from leads.models import Lead


class Command(AnsweringCommand):
    help = "One sweep by hand; or why a lead is, or is not, on its owner's list."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--explain", metavar="NUMBER", help="a lead number, as it stands on the card")
        parser.add_argument("--on", metavar="YYYY-MM-DD", help="with --explain: another day, from today on")
        languages = [code for code, _name in settings.LANGUAGES]
        parser.add_argument("--language", choices=languages, default=settings.LANGUAGE_CODE)

    def handle(self, *, explain: str | None, on: str | None, language: str, json: bool, **options):
        if explain:
            with translation.override(language):
                self.answer(self.told(explained(explain, on), json), as_json=json)
            return
        results = sweep_all(now())
        stores = {code: asdict(result) for code, result in results.items()}
        lines = {code: f"{told['state']}, changed {told['changed']}" for code, told in stores.items()}
        self.answer({"stores": stores} if json else lines, as_json=json)

    def told(self, found: Explanation, as_json: bool) -> dict:
        data = found.as_data()
        if as_json:
            return data
        facts = {fact.label: fact.value.replace("\n", "; ") for fact in found.facts}
        return {key: data[key] for key in ("lead", "on", "listed", "group", "sentence")} | facts


def explained(number: str, on: str | None) -> Explanation:
    """The explanation for a lead number and a written day; CommandError says what is wrong with them."""
    lead = Lead.objects.select_related("store", "owner", "merged_into").filter(number=number).first()
    if lead is None:
        raise CommandError(f"No lead has the number {number}.")
    moment = now()
    try:
        day = dt.date.fromisoformat(on) if on else lead.store.business_date(moment)
    except ValueError as error:
        raise CommandError(f"{on!r} is no date. Write it as 2026-06-19.") from error
    try:
        return explain(lead, day, moment)
    except ValueError as error:
        raise CommandError(f"{error}: its list is kept nowhere. Name today or a later day.") from error
