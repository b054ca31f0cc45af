"""A name is looked up in its index alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0016_walkaround_positions")]
    operations = [
        migrations.RemoveIndex("namekey", "name_key_prefix"),
        migrations.AddIndex(
            "namekey",
            models.Index(
                fields=["group", "key"],
                name="name_key_prefix",
                opclasses=["int8_ops", "varchar_pattern_ops"],
                include=["customer"],
            ),
        ),
    ]
