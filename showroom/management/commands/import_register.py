"""import_register FILE --store CODE [--as-of YYYY-MM-DD] [--dry-run] [--json]"""

from accounts import clock
from accounts.commands import refusals_as_errors, store_of
from leads.importing_command import ImportingCommand
from leads.importing_run import run_import
from showroom.register_import import RegisterImport


class Command(ImportingCommand):
    help = "Read a walk-in register (CSV or XLSX) into a store; the same file again creates nothing."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--store", required=True, help="Code of the store.")

    def handle(self, *args, **options):
        store, now, file = store_of(options["store"]), clock.now(), self.file(options)
        kind = RegisterImport(store, as_of=self.as_of(options) or store.business_date(now), now=now)
        with refusals_as_errors():
            answer = run_import(kind, file, dry_run=options["dry_run"], progress=self.progress)
        self.answer_import(answer, options)
