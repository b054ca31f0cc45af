"""Stores of before get the positions of the walkaround; new ones are created with them."""

from django.db import migrations, models

from leads.profiles import install_positions


def install(apps, schema_editor):
    store, term = apps.get_model("accounts", "Store"), apps.get_model("leads", "Term")
    for without in store.objects.exclude(terms__list="position"):
        install_positions(without, term)


class Migration(migrations.Migration):
    dependencies = [("leads", "0015_rewards_by_rule_and_payer")]
    operations = [
        migrations.AlterField(
            "term",
            "list",
            models.CharField(
                choices=[
                    ("channel", "Channel"),
                    ("media", "Media"),
                    ("area", "Area"),
                    ("lost_reason", "Reason of a loss"),
                    ("position", "Position of the walkaround"),
                ],
                max_length=20,
            ),
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
