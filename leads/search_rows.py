"""Who has a name, and whom the reader sees, as parts of a statement.

By the ORM, building and compiling these took longer than the database took to answer.
"""

import datetime as dt

from django.db import connection

from accounts.models import Store, User
from accounts.roles import SELLING

from .access import sees_all_of
from .list_pages import Select, select_of
from .models import Lead, NameKey

LOOKED_AT = 200  # customers weighed for the few that are shown
ONE_BY_ONE = "LIMIT 1 OFFSET 0"  # and never by reading the whole table first, as PostgreSQL might prefer
COLUMNS = "id, customer_id, car_no, status, owner_id"

# The reader's own are few; of all others only so many are weighed, however short the beginning is. One's
# own are looked for among the keys that begin so or, where those are too many to be read, one by one,
# the newest first.
MOST_KEYS = 5_000
MOST_OWN = 5_000  # looked at one by one
KEYS = r"SELECT customer_id FROM leads_namekey WHERE group_id = %s AND key LIKE %s ESCAPE '\'"
HAS_KEY = rf"""
    EXISTS (SELECT 1 FROM leads_namekey named
             WHERE named.customer_id = {{customer}} AND key LIKE %s ESCAPE '\' {ONE_BY_ONE})"""
OWN = "SELECT customer_id FROM leads_lead WHERE store_id = %s AND owner_id = %s AND status = 'active'"
NAMED = f"""
    WITH begun AS MATERIALIZED (SELECT COUNT(*) AS keys FROM ({KEYS} LIMIT {{most_keys}} + 1) found),
    own AS MATERIALIZED (
        SELECT * FROM (
            {OWN} AND (SELECT keys FROM begun) <= {{most_keys}} AND customer_id IN ({KEYS})
             LIMIT {LOOKED_AT}) few
        UNION SELECT * FROM (
            SELECT * FROM (
                {OWN} AND (SELECT keys FROM begun) > {{most_keys}}
                 ORDER BY id DESC LIMIT {MOST_OWN}) newest
             WHERE {HAS_KEY.format(customer="newest.customer_id")} LIMIT 2 * {{enough}}) many)
    SELECT {COLUMNS} FROM leads_lead WHERE store_id = %s AND customer_id IN (SELECT customer_id FROM own)
    UNION SELECT {COLUMNS} FROM leads_lead
     WHERE store_id = %s AND customer_id IN ({KEYS} LIMIT {LOOKED_AT})
       AND (SELECT COUNT(*) FROM own) <= {{enough}}"""


LONGEST = NameKey._meta.get_field("key").max_length + 1  # fits none; SQLite refuses a pattern of pages


def key_begins(key: str) -> str:
    """The pattern of the keys that begin so."""
    return f"{connection.ops.prep_for_like_query(key[:LONGEST])}%"


def named(store: Store, key: str, user: User, *, enough: int) -> Select:
    """COLUMNS of the leads of a store whose customer's name has a key that begins so, and the values.

    With more than `enough` customers of one's own, nobody else is looked for.
    """
    keys, own = (store.group_id, key_begins(key)), (store.pk, user.pk)
    values = (*keys, *own, *keys, *own, key_begins(key), store.pk, store.pk, *keys)
    return NAMED.format(most_keys=MOST_KEYS, enough=enough), values


def seen_by(user: User, store: Store, *, now: dt.datetime) -> Select:
    """Whether a person sees the row `lead` of a store, at an instant (UTC), and the values (SPEC A71).

    Own leads need no further rule to be seen by who sells.
    """
    if sees_all_of(user, store):
        return "TRUE", ()
    visible = select_of(Lead.objects.visible_to(user, now=now).values("pk"))
    if visible is None:
        return "FALSE", ()
    sql, values = visible
    seen = f"EXISTS (SELECT 1 FROM ({sql}) visible WHERE visible.pk = lead.id {ONE_BY_ONE})"
    if user.roles_in(store) & set(SELLING):
        return f"(lead.owner_id IS NOT NULL AND lead.owner_id = %s OR {seen})", (user.pk, *values)
    return seen, values
