"""create_store CODE --name --zone --country [--currency] [--json]"""

from accounts import clock
from accounts.commands import AnsweringCommand, refusals_as_errors
from showroom.stores import open_store


class Command(AnsweringCommand):
    help = "Open a store: hours, grades and channels as a new store has them, in a group of its own."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("code", help="Short name for commands and files, such as east.")
        parser.add_argument("--name", required=True)
        parser.add_argument("--zone", required=True, help="Time zone, such as Asia/Shanghai.")
        parser.add_argument(
            "--country", required=True, help="Two letters, such as CN; says how phones are read."
        )
        parser.add_argument(
            "--currency", default="", help="Three letters, such as CNY; the country's own if left out."
        )

    def handle(self, *args, **options):
        wanted = {key: options[key] for key in ("code", "name", "zone", "country", "currency")}
        with refusals_as_errors():
            store = open_store(**wanted, at=clock.now())
        data = {
            "code": store.code,
            "name": store.name,
            "zone": store.time_zone,
            "country": store.country,
            "currency": store.currency,
            "language": store.language,
        }
        self.answer(data, as_json=options["json"])
