from django.db import migrations, models
from django.db.models import F


def all_are_finished(apps, _editor):
    """Until now a run was written whole or not at all."""
    apps.get_model("leads", "Import").objects.update(finished_at=F("at"))


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0013_a_loss_confirmed_alone"),
    ]

    operations = [
        migrations.AddField(
            model_name="import",
            name="finished_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(all_are_finished, migrations.RunPython.noop),
    ]
