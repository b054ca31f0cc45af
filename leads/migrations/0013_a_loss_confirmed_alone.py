from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("leads", "0012_the_flag_of_priority")]

    operations = [
        migrations.AddField("lostrecord", "alone", models.BooleanField(default=False)),
        migrations.RemoveConstraint("lostrecord", "somebody_else_confirms_a_loss"),
        migrations.AddConstraint(
            "lostrecord",
            models.CheckConstraint(
                name="somebody_else_confirms_unless_alone",
                condition=~Q(decision="confirmed") | ~Q(decided_by=F("recorded_by")) | Q(alone=True),
            ),
        ),
        migrations.AddConstraint(
            "lostrecord",
            models.CheckConstraint(
                name="alone_is_a_confirmed_loss_of_ones_own",
                condition=Q(alone=False) | Q(decision="confirmed", decided_by=F("recorded_by")),
            ),
        ),
    ]
