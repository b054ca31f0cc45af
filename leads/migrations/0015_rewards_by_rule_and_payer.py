import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("leads", "0014_imports_go_on"),
    ]

    operations = [
        migrations.AddField(
            "referralreward",
            "rule",
            models.CharField(
                choices=[("store", "The store's rule"), ("own", "Beside the rule")],
                default="own",
                max_length=10,
            ),
        ),
        migrations.AddField(
            "referralreward",
            "paid_by",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
