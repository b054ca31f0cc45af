"""demo [--year] [--if-needed] [--logins]"""

import logging

from django.core.management.base import BaseCommand

from accounts import clock
from accounts.models import Store
from showroom.demo.build import MONTH, YEAR, build, demo_store, logins


class Command(BaseCommand):
    help = (
        "A store that is alive: a month of invented history up to now, or a year; again: carried on to today."
    )

    def add_arguments(self, parser):
        parser.add_argument("--year", action="store_true", help="A year of history instead of a month.")
        parser.add_argument("--if-needed", action="store_true", help="Only into an empty or a demo database.")
        parser.add_argument("--logins", action="store_true", help="Print who can sign in, and stop.")

    def handle(self, *args, **options):
        if options["logins"]:
            for username, password, name, role in logins():
                self.stdout.write(f"  {username:<8} {password:<16} {name} ({role})")
            return
        if options["if_needed"] and Store.objects.exists() and demo_store() is None:
            return
        logging.getLogger("followups.night").setLevel(
            logging.WARNING
        )  # a line a night would drown the progress
        build(now=clock.now(), days=YEAR if options["year"] else MONTH, progress=self._progress)

    def _progress(self, done: int, of: int) -> None:
        self.stderr.write(f"\rdemo: day {done} of {of}", ending="\n" if done == of else "")
