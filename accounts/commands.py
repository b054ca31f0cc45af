"""What the commands have in common: one answer on standard output, progress and refusals apart."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from .errors import Refused
from .models import Store


class AnsweringCommand(BaseCommand):
    """Standard output is the answer, with --json one JSON document; all else goes to standard error."""

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="One JSON document on standard output.")

    def answer(self, data: dict, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(data, ensure_ascii=False))
            return
        for key, value in data.items():
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            self.stdout.write(f"{key:14} {'-' if shown in (None, '') else shown}")

    def say(self, line: str) -> None:
        self.stderr.write(line)
        self.stderr.flush()


def store_of(code: str) -> Store:
    """The store of a code; CommandError with the codes there are."""
    store = Store.objects.select_related("group").filter(code=code).first()
    if store is None:
        codes = ", ".join(Store.objects.order_by("code").values_list("code", flat=True)) or "none yet"
        raise CommandError(f"No store has the code {code}. Stores: {codes}.")
    return store


@contextmanager
def refusals_as_errors() -> Iterator[None]:
    """A verb's refusal ends the command with its words and exit code 1."""
    try:
        yield
    except Refused as refusal:
        raise CommandError(str(refusal.message)) from refusal
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
