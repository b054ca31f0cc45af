"""Behind the lock of the car's row: no two live bookings of one car share a moment (PostgreSQL only)."""

from django.db import migrations

EXTENSION = "CREATE EXTENSION IF NOT EXISTS btree_gist"
ADD = """
ALTER TABLE showroom_booking ADD CONSTRAINT bookings_do_not_overlap
EXCLUDE USING gist (car_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
WHERE (state IN ('planned', 'running', 'returned'))
"""
DROP = "ALTER TABLE showroom_booking DROP CONSTRAINT IF EXISTS bookings_do_not_overlap"


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(EXTENSION)
        schema_editor.execute(ADD)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP)


class Migration(migrations.Migration):
    dependencies = [("showroom", "0005_the_floor")]
    operations = [migrations.RunPython(add, drop)]
