import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_devices_and_history"),
        ("followups", "0005_floor_tasks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EveningDuty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("weekday", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("on", models.DateField(blank=True, null=True)),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evening_duties",
                        to="accounts.store",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("store"),
                        models.F("weekday"),
                        condition=~Q(weekday=None),
                        name="one_evening_duty_per_weekday",
                    ),
                    models.UniqueConstraint(
                        models.F("store"),
                        models.F("on"),
                        condition=~Q(on=None),
                        name="one_evening_duty_per_day",
                    ),
                    models.CheckConstraint(
                        condition=Q(on__isnull=False, weekday=None)
                        | Q(on=None, user__isnull=False, weekday__lte=6),
                        name="evening_duty_is_weekday_or_day",
                    ),
                ],
            },
        ),
    ]
