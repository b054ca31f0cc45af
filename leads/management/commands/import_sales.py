"""import_sales FILE [--group CODE] [--zone ZONE] [--country CC] [--as-of YYYY-MM-DD] [--dry-run] [--json]"""

from accounts import clock
from accounts.commands import refusals_as_errors
from leads.importing_command import ImportingCommand
from leads.sales_stores import Place, import_sales


class Command(ImportingCommand):
    help = "Read a file of sold cars (CSV or XLSX) into the stores it names; again it creates nothing."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--group", default=Place.group, help="Code of the group of the stores.")
        parser.add_argument("--zone", default=Place.zone, help="Time zone of new stores.")
        parser.add_argument("--country", default=Place.country, help="Country of new stores, such as CN.")

    def handle(self, *args, **options):
        place = Place(options["group"], options["zone"], options["country"])
        with refusals_as_errors():
            answer = import_sales(
                self.file(options),
                place,
                as_of=self.as_of(options),
                now=clock.now(),
                dry_run=options["dry_run"],
                progress=self.progress,
            )
        self.answer_import(answer, options)
