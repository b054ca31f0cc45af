from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0005_passed_later")]
    operations = [
        migrations.AddField(
            model_name="lead",
            name="phone_only_ended_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                models.F("store"),
                models.F("phone_only_since"),
                models.F("id"),
                condition=models.Q(
                    ("phone_only_ended_on", None), ("phone_only_since__isnull", False), ("status", "active")
                ),
                name="lead_phone_only",
            ),
        ),
    ]
