"""The board of one person and the search among one's own are read out of one index."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("leads", "0017_name_keys_hold_customers")]
    operations = [
        migrations.RemoveIndex("lead", "lead_due_by_owner"),
        migrations.AddIndex(
            "lead",
            models.Index(
                *("store", "owner", "next_due_on", "id"),
                name="lead_due_by_owner",
                include=["step", "grade", "priority", "customer", "car_no"],
                condition=Q(status="active"),
            ),
        ),
    ]
