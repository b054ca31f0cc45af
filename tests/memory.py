"""What an import takes of memory, measured in a process of its own on the database of a test."""

import os
import subprocess
import sys
from pathlib import Path

from django.db import connection

BASE = Path(__file__).resolve().parent.parent
MEGABYTE = 1024  # ru_maxrss counts kilobytes

IMPORT = """
import resource, sys
import django; django.setup()
from accounts.models import Store, User
from tests.followups.lists import import_list
from pathlib import Path
store = Store.objects.get(code="east")
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
chen, dry_run = User.objects.get(username="chen"), len(sys.argv) > 2
answer = import_list(store, Path(sys.argv[1]), by=chen, dry_run=dry_run)
print(answer["created"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - idle)
"""


def memory_of_import(path: Path, *, dry_run: bool = False) -> tuple[int, float]:
    """Rows created, and megabytes over the idle process at the highest, by a process of its own."""
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    environment = {
        "DJANGO_SETTINGS_MODULE": "dealer_crm.test_settings",
        "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
    }
    command = [sys.executable, "-c", IMPORT, str(path), *["dry"] * dry_run]
    told = subprocess.run(
        command, cwd=BASE, env=os.environ | environment, capture_output=True, text=True, check=True
    )
    created, kilobytes = map(int, told.stdout.split())
    return created, kilobytes / MEGABYTE
