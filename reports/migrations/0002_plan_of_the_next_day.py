from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0001_the_book"),
    ]

    operations = [
        migrations.AddField(
            model_name="dailyreport",
            name="plan",
            field=models.JSONField(blank=True, default=list),
        ),
    ]
