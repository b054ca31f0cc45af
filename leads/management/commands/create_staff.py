"""create_staff --store CODE --role ROLE --username --name [--password] [--json]"""

from django.core.management.base import CommandError

from accounts import clock
from accounts.commands import AnsweringCommand, refusals_as_errors, store_of
from accounts.roles import Role
from leads.stores import create_staff


class Command(AnsweringCommand):
    help = "Bring somebody into a store, or give a known user name more roles."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--store", required=True, help="Code of the store.")
        parser.add_argument("--role", action="append", required=True, help="May be given more than once.")
        parser.add_argument("--username", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--password", help="Without one nobody can sign in as them.")

    def handle(self, *args, **options):
        self.check_roles(options["role"])
        store = store_of(options["store"])
        with refusals_as_errors():
            user = create_staff(
                store,
                username=options["username"],
                name=options["name"],
                roles=options["role"],
                on=store.business_date(clock.now()),
                password=options["password"],
            )
        data = {
            "username": user.username,
            "name": user.full_name,
            "store": store.code,
            "roles": sorted(user.roles_in(store)),
            "can_sign_in": user.has_usable_password(),
        }
        self.answer(data, as_json=options["json"])

    def check_roles(self, roles: list[str]) -> None:
        unknown = [role for role in roles if role not in Role.values]
        if unknown:
            raise CommandError(f"Unknown role: {unknown[0]}. Roles: {', '.join(Role.values)}.")
