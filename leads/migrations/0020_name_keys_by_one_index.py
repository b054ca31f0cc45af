"""The keys of a customer are found by their unique index, which holds the key as well."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0019_trainings_are_corrected")]
    operations = [
        migrations.AlterField(
            "namekey",
            "customer",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="name_keys",
                to="leads.customer",
            ),
        ),
    ]
