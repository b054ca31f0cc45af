from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_devices_and_history"),
        ("leads", "0004_folded_leads"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="leadevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("created", "Lead opened"),
                    ("step", "Step"),
                    ("passed", "Step passed later"),
                    ("grade", "Grade"),
                    ("owner", "Owner"),
                    ("status", "Status"),
                    ("contact", "Contact"),
                    ("visit", "Visit"),
                    ("leaving", "Left the showroom"),
                    ("appointment", "Appointment"),
                    ("call", "Call"),
                    ("setter", "Invited by"),
                    ("collaborator", "Collaborator"),
                    ("dispute", "Dispute"),
                    ("credit", "Credit"),
                    ("referral", "Referral"),
                    ("merge", "Merged"),
                    ("undo", "Undone"),
                    ("edit", "Card edited"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(models.F("group"), models.F("card_opened_at"), name="cards_by_day"),
        ),
        migrations.AddIndex(
            model_name="leadevent",
            index=models.Index(
                models.F("undoes_id"),
                condition=models.Q(("undoes_id__isnull", False)),
                name="undone_events",
            ),
        ),
    ]
