from django.db import migrations, models
from django.db.models import Q


def flag(apps, _schema_editor):
    """Leads brought by somebody, or for the next car of a customer."""
    lead = apps.get_model("leads", "Lead")
    referred = Q(channel__code__in=("owner_referral", "staff_referral"))
    brought = lead.objects.filter(Q(parent__isnull=False) | Q(referrer__isnull=False) | referred)
    lead.objects.filter(pk__in=brought.values("pk")).update(priority=True)


class Migration(migrations.Migration):
    dependencies = [("leads", "0011_organisations")]

    operations = [
        migrations.AddField(
            model_name="lead",
            name="priority",
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(flag, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                models.F("store"),
                models.Case(
                    models.When(grade="O", then=models.Value(0)),
                    models.When(grade="H", then=models.Value(1)),
                    models.When(grade="A+", then=models.Value(2)),
                    models.When(grade="A", then=models.Value(3)),
                    models.When(grade="B+", then=models.Value(4)),
                    models.When(grade="B", then=models.Value(5)),
                    models.When(grade="C", then=models.Value(6)),
                    models.When(grade="none", then=models.Value(7)),
                    output_field=models.SmallIntegerField(),
                ),
                models.F("next_due_on"),
                models.F("id"),
                condition=models.Q(("priority", True), ("status", "active")),
                name="lead_comes_first",
            ),
        ),
    ]
