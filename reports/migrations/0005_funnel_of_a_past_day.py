import django.db.models.deletion
from django.db import migrations, models

LEAD = models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="leads.lead")
STORE = models.ForeignKey(
    db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.store"
)
ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
# The next gathering works it all out anew, up to where the last one knew everything to be committed.
AGAIN = "UPDATE reports_gathered SET seen = upto, upto = 0, months = false, work = false"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_devices_and_history"),
        ("leads", "0010_visits_of_a_day"),
        ("reports", "0004_sums_of_months_and_days"),
    ]

    operations = [
        migrations.RunSQL(AGAIN, AGAIN),
        migrations.RenameField("gathered", "months", "sums"),
        migrations.DeleteModel("FunnelMonth"),
        migrations.DeleteModel("FunnelDay"),
        migrations.CreateModel(
            name="FunnelDay",
            fields=[
                ("id", ID),
                ("on", models.DateField()),
                (
                    "figure",
                    models.CharField(
                        choices=[("entered", "Entered"), ("skipped", "Skipped"), ("left", "Left")],
                        max_length=10,
                    ),
                ),
                ("place", models.CharField(max_length=20)),
                ("owner", models.BigIntegerField()),
                ("seconds", models.BigIntegerField(null=True)),
                ("before", models.DateField(null=True)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                ("late", models.BooleanField()),
                ("lead", LEAD),
                ("store", STORE),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("store"),
                        models.F("on"),
                        include=(
                            "figure",
                            "place",
                            "owner",
                            "seconds",
                            "before",
                            "lead",
                            "since",
                            "until",
                            "late",
                        ),
                        name="funnel_by_day",
                    ),
                    models.Index(
                        models.F("owner"),
                        models.F("on"),
                        condition=models.Q(("figure", "left")),
                        include=("store", "place", "seconds", "lead", "since", "until"),
                        name="stays_by_owner",
                    ),
                    models.Index(
                        models.F("store"),
                        models.F("place"),
                        models.F("seconds"),
                        condition=models.Q(("figure", "left"), ("until__isnull", True)),
                        include=("on", "lead", "late", "since"),
                        name="stays_by_length",
                    ),
                    models.Index(
                        models.F("store"),
                        models.F("on"),
                        condition=models.Q(("before__isnull", False)),
                        include=("before", "figure", "place", "owner", "lead", "since", "until"),
                        name="funnel_again",
                    ),
                    models.Index(
                        models.F("store"),
                        models.F("since"),
                        condition=models.Q(("late", True), ("until__isnull", True)),
                        include=("on", "figure", "place", "owner", "seconds", "before", "lead"),
                        name="funnel_late",
                    ),
                    models.Index(
                        models.F("store"),
                        models.F("until"),
                        condition=models.Q(("until__isnull", False)),
                        include=("on", "since", "figure", "place", "owner", "seconds", "before", "lead"),
                        name="funnel_past",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("figure", "left"), ("seconds__isnull", False)),
                            models.Q(models.Q(("figure", "left"), _negated=True), ("seconds", None)),
                            _connector="OR",
                        ),
                        name="a_stay_has_its_seconds",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FunnelStand",
            fields=[
                ("id", ID),
                ("place", models.CharField(max_length=20)),
                ("owner", models.BigIntegerField()),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                ("lead", LEAD),
                ("store", STORE),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("store"),
                        models.F("until"),
                        include=("since", "place", "owner", "lead"),
                        name="stands_until",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FunnelSum",
            fields=[
                ("id", ID),
                ("start", models.DateField()),
                ("end", models.DateField()),
                ("sums", models.TextField()),
                ("store", STORE),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("store"),
                        models.F("start"),
                        models.F("end"),
                        name="one_sum_of_some_days",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkKnown",
            fields=[
                ("id", ID),
                ("on", models.DateField()),
                ("first", models.DateTimeField()),
                ("last", models.DateTimeField(null=True)),
                ("store", STORE),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("store"), models.F("on"), name="one_knowledge_of_a_day")
                ],
            },
        ),
    ]
