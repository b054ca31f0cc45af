"""Stores of before get the reasons of a loss; new ones are created with them."""

from django.db import migrations

from leads.profiles import install_lost_reasons


def install(apps, schema_editor):
    store, term = apps.get_model("accounts", "Store"), apps.get_model("leads", "Term")
    for without in store.objects.exclude(terms__list="lost_reason"):
        install_lost_reasons(without, term)


class Migration(migrations.Migration):
    dependencies = [("leads", "0002_the_book")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
