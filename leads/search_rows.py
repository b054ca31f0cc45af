"""Who has a name, and whom the reader sees, as parts of a statement.

By the ORM, building and compiling these took longer than the database took to answer.
"""

import datetime as dt

from django.db import connection

from accounts.models import Store, User
from accounts.roles import SELLING

from .access import sees_all_of
from .list_pages import Select, select_of
from .models import Lead

LOOKED_AT = 200  # customers weighed for the few that are shown
ONE_BY_ONE = "LIMIT 1 OFFSET 0"  # and never by reading the whole table first, as PostgreSQL might prefer
COLUMNS = "id, customer_id, car_no, status, owner_id"

# The reader's own are few; of all others only so many are weighed, however short the beginning is. One's
# own are looked for among the keys that begin so or, where those are too many to be read, one by one.
MOST_KEYS = 12_000
KEYS = r"SELECT customer_id FROM leads_namekey WHERE group_id = %s AND key LIKE %s ESCAPE '\'"
OWN = """SELECT id, customer_id, car_no, 'active', owner_id FROM leads_lead
             WHERE store_id = %s AND owner_id = %s AND status = 'active'"""
NAMED = rf"""
    WITH begun AS MATERIALIZED (SELECT COUNT(*) AS keys FROM ({KEYS} LIMIT {MOST_KEYS + 1}) found)
    SELECT {COLUMNS} FROM leads_lead
     WHERE store_id = %s AND customer_id IN ({KEYS} LIMIT {LOOKED_AT})
    UNION SELECT * FROM (
        {OWN} AND (SELECT keys FROM begun) <= {MOST_KEYS} AND customer_id IN ({KEYS})
         LIMIT {LOOKED_AT}) own
    UNION SELECT * FROM (
        {OWN} AND (SELECT keys FROM begun) > {MOST_KEYS}
           AND EXISTS (SELECT 1 FROM leads_namekey named
                        WHERE named.customer_id = leads_lead.customer_id AND key LIKE %s ESCAPE '\'
                        {ONE_BY_ONE})
         LIMIT {LOOKED_AT}) own"""


def named(store: Store, key: str, user: User) -> Select:
    """COLUMNS of the leads of a store whose customer's name has a key that begins so, and the values."""
    start = f"{connection.ops.prep_for_like_query(key)}%"
    keys, own = (store.group_id, start), (store.pk, user.pk)
    return NAMED, (*keys, store.pk, *keys, *own, *keys, *own, start)


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
