"""check_invariants [--json]: exit 1 when a promise is broken."""

import json
import sys
from dataclasses import asdict

from django.core.management.base import BaseCommand

from accounts.invariants import run_all


class Command(BaseCommand):
    help = "Look at every row for promises that constraints alone cannot keep."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="One JSON document on standard output.")

    def handle(self, *args, **options):
        checks = run_all()
        ok = all(check.bad == 0 for check in checks)
        if options["json"]:
            self.stdout.write(
                json.dumps({"ok": ok, "checks": [asdict(check) for check in checks]}, ensure_ascii=False)
            )
        else:
            for check in checks:
                state = "ok" if not check.bad else f"{check.bad} bad: {', '.join(map(str, check.sample))}"
                self.stdout.write(f"{check.name:36} {check.count:>8}  {state}")
        if not ok:
            sys.exit(1)
