"""The tabs of a list are counted out of the indexes alone, without a look at the leads."""

from django.db import migrations, models
from django.db.models import Case, F, Q, SmallIntegerField, Value, When

GRADES = ("O", "H", "A+", "A", "B+", "B", "C", "none")
RANK = Case(
    *[When(grade=grade, then=Value(rank)) for rank, grade in enumerate(GRADES)],
    output_field=SmallIntegerField(),
)


class Migration(migrations.Migration):
    dependencies = [("leads", "0021_snoozes")]
    operations = [
        migrations.RemoveIndex("lead", "lead_due_by_store"),
        migrations.AddIndex(
            "lead",
            models.Index(
                *("store", "next_due_on", "id"),
                name="lead_due_by_store",
                include=["step", "customer"],
                condition=Q(status="active"),
            ),
        ),
        migrations.RemoveIndex("lead", "lead_by_priority"),
        migrations.AddIndex(
            "lead",
            models.Index(
                F("store"),
                RANK,
                F("next_due_on"),
                F("id"),
                name="lead_by_priority",
                include=["grade"],
                condition=Q(status="active"),
            ),
        ),
    ]
