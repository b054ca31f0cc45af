"""A row of the outbox, written once per key: a second effect is impossible (RELIABILITY section 7)."""

from accounts.sql import insert_unless_there
from followups.models import Outbox


def put(row: Outbox) -> Outbox:
    """Write the row, or answer the one that has its key; waits for whoever is just writing it."""
    row.text = row.text[: Outbox._meta.get_field("text").max_length]
    row.subject = row.subject[: Outbox._meta.get_field("subject").max_length]
    insert_unless_there(row)
    return Outbox.objects.get(key=row.key)
