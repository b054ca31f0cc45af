"""A store opens with the playbook we ship; a later release brings its new pages to every store."""

import datetime as dt

from django.db import connections, transaction
from django.db.migrations.executor import MigrationExecutor

from accounts.clock import now
from accounts.models import Store
from leads.stores import create_store

from .playbook import install_start


@transaction.atomic
def open_store(*, at: dt.datetime, **wanted) -> Store:
    """A store as `leads.stores.create_store` makes it from the same words, with our playbook (SPEC 23)."""
    store = create_store(**wanted)
    install_start(store, at=at)
    return store


def bring_playbooks(using: str, **how) -> None:
    """After the migrations of a release: the pages it ships that a store does not have yet."""
    if "plan" not in how or _migrations_wait(using):
        return  # rows were swept away, or somebody goes to an older state of the tables
    for store in Store.objects.using(using):
        install_start(store, at=now())


def _migrations_wait(using: str) -> bool:
    executor = MigrationExecutor(connections[using])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
